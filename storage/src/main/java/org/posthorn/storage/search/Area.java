package org.posthorn.storage.search;

/// Where in an email a text is looked for. The codes are part of the index's form.
public enum Area {
  /// All fields of the header, each as `Name: value`.
  HEADER('h'),
  /// The text of all parts, the names of attachments, and the headers of messages within.
  BODY('b'),
  SUBJECT('s'),
  /// Addresses, each as `Name <address>`; so the next three.
  FROM('f'),
  TO('t'),
  CC('c'),
  BCC('k');

  private final byte code;

  Area(char code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }
}
