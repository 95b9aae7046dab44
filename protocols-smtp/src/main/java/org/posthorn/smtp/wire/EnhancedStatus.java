package org.posthorn.smtp.wire;

/// Subject and detail of an enhanced status code (RFC 3463 §3).
///
/// The class (2, 4 or 5) is not stored: it is the first digit of the reply code, so the two cannot
/// disagree.
public enum EnhancedStatus {
  OTHER(0, 0),
  ADDRESS(1, 0),
  MAILBOX_UNKNOWN(1, 1),
  RECIPIENT_SYNTAX(1, 3),
  RECIPIENT_VALID(1, 5),
  SENDER_SYNTAX(1, 7),
  MAILBOX_DISABLED(2, 1),
  MAILBOX_FULL(2, 2),
  SYSTEM(3, 0),
  SYSTEM_FULL(3, 1),
  SYSTEM_NOT_ACCEPTING(3, 2),
  MESSAGE_TOO_BIG(3, 4),
  /// RFC 6710 §4.1.
  PRIORITY_CHANGED(3, 6),
  CONNECTION(4, 2),
  ROUTING_LOOP(4, 6),
  INVALID_COMMAND(5, 1),
  SYNTAX(5, 2),
  TOO_MANY_RECIPIENTS(5, 3),
  INVALID_ARGUMENTS(5, 4),
  /// RFC 4954 §6.
  LOGIN_LINE_TOO_LONG(5, 6),
  CONTENT(6, 0),
  /// RFC 3463 §3.7: it would have to be converted, and cannot.
  CONVERSION(6, 3),
  /// RFC 4468 §5.
  CONTENT_NOT_AVAILABLE(6, 6),
  /// RFC 6531 §4.1.
  ADDRESS_BEYOND_ASCII(6, 7),
  /// RFC 6531 §4.1.
  REPLY_BEYOND_ASCII(6, 8),
  /// A lone CR or LF, in the words of others that refuse it.
  LINE_ENDS(6, 11),
  SECURITY(7, 0),
  NOT_AUTHORIZED(7, 1),
  /// RFC 4954 §6.
  CREDENTIALS(7, 8),
  /// RFC 4954 §6.
  ENCRYPTION_REQUIRED(7, 11),
  /// RFC 4468 §5, under the number that RFC 5248 gave it.
  TRUST_REQUIRED(7, 14);

  private final int subject;
  private final int detail;

  EnhancedStatus(int subject, int detail) {
    this.subject = subject;
    this.detail = detail;
  }

  /// As it stands on the wire behind `replyCode`, such as `5.1.1`.
  public String in(int replyCode) {
    return replyCode / 100 + "." + subject + "." + detail;
  }
}
