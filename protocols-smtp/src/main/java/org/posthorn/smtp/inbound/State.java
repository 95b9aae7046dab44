package org.posthorn.smtp.inbound;

import org.posthorn.smtp.wire.SmtpCommand;

/// Where a session stands; each state carries exactly what is known in it.
sealed interface State {
  /// Nobody has said hello, or TLS made us forget it.
  record Connected() implements State {}

  record Greeted(SmtpCommand.Hello hello) implements State {}

  /// Since MAIL.
  record InTransaction(SmtpCommand.Hello hello, Envelope envelope) implements State {}

  /// Between the first chunk of a message and the last (RFC 3030 §2).
  record Chunking(SmtpCommand.Hello hello, Envelope envelope) implements State {}
}
