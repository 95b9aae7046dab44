package org.posthorn.mailets;

import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
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
///   tls: starttls            # none, opportunistic, starttls (required) or implicit
///   credentials: provider    # an entry of the server's configuration
/// ```
public final class Relay implements Mailet {
  private static final int SUBMISSION_PORT = 587;
  private static final int PORT_MAX = 65_535;

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

  static final class Factory implements MailetFactory {
    @Override
    public String name() {
      return "Relay";
    }

    @Override
    public Mailet create(Parameters parameters, Services services) {
      Optional<String> host = parameters.optionalText("host");
      if (host.isEmpty()) {
        return new Relay(Optional.empty());
      }
      return new Relay(
          Optional.of(
              new Smarthost(
                  host.get(),
                  parameters.number("port", SUBMISSION_PORT, 1, PORT_MAX),
                  tls(parameters.optionalText("tls").orElse("starttls")),
                  parameters.optionalText("credentials"))));
    }

    private static Smarthost.Tls tls(String word) {
      return switch (word.toLowerCase(Locale.ROOT)) {
        case "none" -> Smarthost.Tls.NONE;
        case "opportunistic" -> Smarthost.Tls.OPPORTUNISTIC;
        case "starttls" -> Smarthost.Tls.STARTTLS;
        case "implicit" -> Smarthost.Tls.IMPLICIT;
        default ->
            throw new ParameterException(
                "parameter 'tls' is '%s', but should be none, opportunistic, starttls or implicit"
                    .formatted(word));
      };
    }
  }
}
