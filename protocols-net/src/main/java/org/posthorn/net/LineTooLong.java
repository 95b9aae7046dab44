package org.posthorn.net;

import java.io.IOException;

/// A line did not fit. It was read to its end and dropped, so the next line can be served after the
/// client was told; left alone, this ends the connection like any `IOException`.
public final class LineTooLong extends IOException {
  private static final long serialVersionUID = 1L;

  LineTooLong(int limitBytes) {
    super("Line is longer than " + limitBytes + " bytes");
  }
}
