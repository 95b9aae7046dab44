package org.posthorn.app.transfer.imap;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/// Where another IMAP server is, and how it is spoken to. With `anyCertificate` whoever sits on the
/// line can read along.
public record ImapServerAddress(String host, int port, Security security, boolean anyCertificate) {
  /// How the connection is protected.
  public enum Security {
    TLS(993),
    STARTTLS(143),
    /// Not at all: only for a server on this machine.
    PLAIN(143);

    private final int port;

    Security(int port) {
      this.port = port;
    }
  }

  /// `HOST` or `HOST:PORT`, an IPv6 address in brackets. Throws `IllegalArgumentException` with
  /// words for people.
  public static ImapServerAddress parse(String text, Security security, boolean anyCertificate) {
    int colon = text.lastIndexOf(':');
    boolean hasPort = colon > text.lastIndexOf(']') && text.indexOf(':') == colon;
    hasPort |= colon > text.lastIndexOf(']') && text.startsWith("[");
    String host = hasPort ? text.substring(0, colon) : text;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    int port = security.port;
    if (hasPort) {
      String digits = text.substring(colon + 1);
      if (!digits.matches("\\d{1,5}") || Integer.parseInt(digits) > 65_535) {
        throw new IllegalArgumentException("\"" + digits + "\" is no port");
      }
      port = Integer.parseInt(digits);
    }
    if (host.isEmpty()) {
      throw new IllegalArgumentException("Name the server, such as mail.example.org:993");
    }
    if (security == Security.PLAIN && !isLoopback(host)) {
      throw new IllegalArgumentException(
          "Without TLS the password would go over the network for all to read: only to a server on this machine");
    }
    return new ImapServerAddress(host.toLowerCase(Locale.ROOT), port, security, anyCertificate);
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException _) {
      return false;
    }
  }
}
