package org.posthorn.mailets;

import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Smarthost;

/// Sends to other servers: by the MX of each recipient's domain, or all to one host.
///
/// ```yaml
/// - mailet: Relay
/// ```
///
/// ```yaml
/// - mailet: Relay
///   host: smtp.provider.example
///   port: 587
///   tls: starttls            # none, opportunistic, starttls (required) or implicit (as on 465)
///   credentials: provider    # an entry of the server's configuration
/// ```
public final class Relay implements Mailet {
  private static final int SUBMISSION_PORT = 587;

  /// Submission over TLS from the first byte (RFC 8314 §3.3).
  private static final int SUBMISSIONS_PORT = 465;

  private final Optional<Smarthost> smarthost;

  private Relay(Optional<Smarthost> smarthost) {
    this.smarthost = smarthost;
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Relay(mail, smarthost);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value =
                  "A server that takes mail for all domains. Without it, mail goes to the servers of each"
                      + " domain.",
              example = "smtp.provider.example")
          Optional<String> host,
      @Parameter(value = "The port of that server; 587 if nothing is said.", min = 1, max = 65_535)
          Optional<Integer> port,
      @Parameter(
              value =
                  "How the connection to it is encrypted: not at all, if it can be, by STARTTLS or not at"
                      + " all (that one, if nothing is said), or from the first byte (on port 465, if"
                      + " nothing is said).")
          Optional<Smarthost.Tls> tls,
      @Parameter(
              value = "The name of an entry of the server's configuration with login and password.",
              example = "provider")
          Optional<String> credentials) {
    Settings {
      if (host.isEmpty() && (port.isPresent() || tls.isPresent() || credentials.isPresent())) {
        throw new ParameterException(
            "parameter 'host' is missing: 'port', 'tls' and 'credentials' are about that server");
      }
    }

    Optional<Smarthost> smarthost() {
      int at = port.orElse(SUBMISSION_PORT);
      Smarthost.Tls usual =
          at == SUBMISSIONS_PORT ? Smarthost.Tls.IMPLICIT : Smarthost.Tls.STARTTLS;
      return host.map(name -> new Smarthost(name, at, tls.orElse(usual), credentials));
    }
  }

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "Relay";
    }

    @Override
    public String summary() {
      return "Sends to other servers.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Relay(settings.smarthost());
    }
  }
}
