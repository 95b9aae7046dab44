package org.posthorn.senderauth.spf;

/// A record is wrong, or asks for more than is allowed: the check's result is `permerror`. The text
/// is for whoever has to mend the record.
final class SpfSyntax extends Exception {
  private static final long serialVersionUID = 1L;

  SpfSyntax(String what) {
    super(what, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
  }

  String what() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
