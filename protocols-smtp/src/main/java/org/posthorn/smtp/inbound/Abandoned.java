package org.posthorn.smtp.inbound;

import java.io.IOException;
import java.util.Optional;
import org.posthorn.smtp.wire.SmtpCommand;

/// The client gave up a message between two chunks; carries the command with which it did, if that
/// still wants an answer.
final class Abandoned extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<SmtpCommand> command;

  Abandoned(Optional<SmtpCommand> command) {
    super("Message given up between two chunks");
    this.command = command;
  }

  Optional<SmtpCommand> command() {
    return command;
  }
}
