package org.posthorn.pop3;

/// The client got a command wrong; the message is what it is told.
final class Pop3SyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  Pop3SyntaxException(String toldToClient) {
    super(toldToClient, null, false, false);
  }

  /// What the client is told.
  String toldToClient() {
    return String.valueOf(getMessage());
  }
}
