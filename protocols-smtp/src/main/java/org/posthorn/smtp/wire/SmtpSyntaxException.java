package org.posthorn.smtp.wire;

/// The client sent something that is no command; carries the reply it gets.
public final class SmtpSyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient SmtpReply reply;
  private final boolean lost;

  SmtpSyntaxException(SmtpReply reply) {
    this(reply, false);
  }

  SmtpSyntaxException(SmtpReply reply, boolean lost) {
    super(reply.lines().getFirst(), null, false, false);
    this.reply = reply;
    this.lost = lost;
  }

  public SmtpReply reply() {
    return reply;
  }

  /// Whether nobody knows where the next command begins: bytes of a message may follow, and must
  /// never be taken for commands.
  public boolean isLost() {
    return lost;
  }
}
