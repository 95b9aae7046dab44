package org.posthorn.smtp.wire;

import java.io.IOException;

/// The text of a message is not taken; carries the reply. Thrown out of the stream, so that whoever
/// reads it keeps nothing; what is left of the text must still be read from the client before the
/// reply is given.
public final class MessageRefused extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient SmtpReply reply;

  public MessageRefused(SmtpReply reply) {
    super(reply.lines().getFirst());
    this.reply = reply;
  }

  public SmtpReply reply() {
    return reply;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
