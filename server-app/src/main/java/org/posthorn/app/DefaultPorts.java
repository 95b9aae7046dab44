package org.posthorn.app;

import org.posthorn.imap.ImapConfig;
import org.posthorn.net.ListenerConfig;
import org.posthorn.pop3.Pop3Config;
import org.posthorn.smtp.SmtpConfig;

/// Where a server listens that nobody has configured: the usual ports plus 3000.
final class DefaultPorts {
  private DefaultPorts() {}

  static SmtpConfig of(SmtpConfig smtp) {
    return new SmtpConfig(
        smtp.hostname(),
        smtp.postmaster(),
        at(smtp.mx(), 3025),
        at(smtp.submission(), 3587),
        at(smtp.submissions(), 3465),
        at(smtp.lmtp(), 3024),
        smtp.greetingDelay(),
        smtp.limits(),
        smtp.extensions(),
        smtp.sending());
  }

  static ImapConfig of(ImapConfig imap) {
    return new ImapConfig(
        imap.plain().map(listener -> at(listener, 3143)),
        imap.tls().map(listener -> at(listener, 3993)),
        imap.plainTextLogins(),
        imap.messageMaxBytes(),
        imap.loginTimeout(),
        imap.idleTimeout(),
        imap.keepAlive(),
        imap.loginFailuresMax(),
        imap.loginFailureDelay(),
        imap.hide(),
        imap.quotaAdministrators());
  }

  static Pop3Config of(Pop3Config pop3) {
    return new Pop3Config(
        pop3.plain().map(listener -> at(listener, 3110)),
        pop3.tls().map(listener -> at(listener, 3995)),
        pop3.plainTextLogins(),
        pop3.loginTimeout(),
        pop3.idleTimeout(),
        pop3.loginFailuresMax(),
        pop3.loginDelay());
  }

  private static SmtpConfig.Port at(SmtpConfig.Port port, int number) {
    return new SmtpConfig.Port(
        port.enabled(), at(port.listener(), number), port.logins(), port.plainTextLogins());
  }

  private static ListenerConfig at(ListenerConfig listener, int number) {
    return listener.withPort(number);
  }
}
