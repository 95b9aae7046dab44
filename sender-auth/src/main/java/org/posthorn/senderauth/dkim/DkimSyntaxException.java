package org.posthorn.senderauth.dkim;

/// What somebody signed or published is not what the RFCs call a signature, a key, a seal. The
/// message is for the header of results: it says what is wrong and repeats nothing.
public final class DkimSyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  public DkimSyntaxException(String message) {
    super(message);
  }

  /// Never empty.
  public String reason() {
    return String.valueOf(getMessage());
  }
}
