package org.posthorn.app.transfer.mbox;

/// What was done to lines of text that begin with `From `.
public enum MboxVariant {
  /// One `>` more in front of those with any number of them.
  MBOXRD,
  /// A `>` in front of those with none.
  MBOXO,
  /// Nothing: a Content-Length says where the message ends.
  MBOXCL2
}
