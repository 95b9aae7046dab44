package org.posthorn.imap.wire;

/// The bytes do not follow the grammar, or follow it beyond a budget. What follows them on the line
/// is still unread.
public final class ImapSyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient ImapAnswer answer;

  ImapSyntaxException(String text) {
    this(ImapAnswer.bad(text));
  }

  ImapSyntaxException(ImapAnswer answer) {
    super(answer.text(), null, false, false);
    this.answer = answer;
  }

  /// What the client is told.
  public ImapAnswer answer() {
    return answer;
  }
}
