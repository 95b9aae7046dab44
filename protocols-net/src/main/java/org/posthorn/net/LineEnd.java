package org.posthorn.net;

/// What ends a line.
public enum LineEnd {
  /// CRLF only; a lone CR or LF is a byte of the line, for the grammar to refuse.
  CRLF,

  /// CRLF or a lone LF; a lone CR is a byte of the line.
  LF_TOO
}
