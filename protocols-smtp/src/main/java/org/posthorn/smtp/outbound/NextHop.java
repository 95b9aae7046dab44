package org.posthorn.smtp.outbound;

import java.util.Optional;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.AddressText;

/// Where a route leads.
sealed interface NextHop {
  /// To the servers that the recipient's domain names.
  record ByMx() implements NextHop {}

  /// To one host, or a socket of this machine: then its name is the path.
  record Host(String name, int port, Smarthost.Tls tls, Optional<String> login, boolean lmtp)
      implements NextHop {
    String destination() {
      return isSocket() ? name : AddressText.ofHost(name, port);
    }

    boolean isSocket() {
      return name.startsWith("/");
    }
  }

  /// Back to the sender.
  record Refused(String reason) implements NextHop {}

  int SMTP_PORT = 25;
  int SUBMISSION_PORT = 587;
  int SUBMISSIONS_PORT = 465;
  int LMTP_PORT = 24;
  String LMTP = "lmtp:";

  /// Reads `mx`, `refuse`, `host`, `host:port`, `lmtp:host:port`, `lmtp:/path`. Throws
  /// [IllegalArgumentException] with what is wrong.
  static NextHop parse(
      String to,
      Optional<Smarthost.Tls> tls,
      Optional<String> credentials,
      Optional<String> reason) {
    if (to.equals("mx")) {
      return new ByMx();
    }
    if (to.equals("refuse")) {
      return new Refused(reason.orElse("This server does not send mail there"));
    }
    boolean lmtp = to.startsWith(LMTP);
    String where = lmtp ? to.substring(LMTP.length()) : to;
    if (lmtp && where.startsWith("/")) {
      return new Host(where, 0, Smarthost.Tls.NONE, credentials, true);
    }
    int usualPort = lmtp ? LMTP_PORT : credentials.isPresent() ? SUBMISSION_PORT : SMTP_PORT;
    HostPort host = parsed(to, where, usualPort);
    Smarthost.Tls usualTls =
        host.port() == SUBMISSIONS_PORT
            ? Smarthost.Tls.IMPLICIT
            : credentials.isPresent() ? Smarthost.Tls.STARTTLS : Smarthost.Tls.OPPORTUNISTIC;
    return new Host(host.host(), host.port(), tls.orElse(usualTls), credentials, lmtp);
  }

  private static HostPort parsed(String to, String where, int usualPort) {
    try {
      return HostPort.parse("to", where, usualPort);
    } catch (IllegalArgumentException _) {
      throw new IllegalArgumentException(
          "to must be mx, refuse, host:port such as mail.example.org:25, lmtp:host:port or"
              + " lmtp:/path/of/socket, not '"
              + to
              + "'");
    }
  }
}
