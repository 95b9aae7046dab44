package org.posthorn.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.posthorn.storage.content.ContentStore;

/// Makes messages as mailets get them from the server, for tests.
public final class SpooledMessages {
  private SpooledMessages() {}

  public static SpooledMessage of(ContentStore contents, byte[] bytes) {
    return of(contents, bytes, NewMail.Options.NONE);
  }

  public static SpooledMessage of(ContentStore contents, byte[] bytes, NewMail.Options options) {
    try {
      return new SpooledMessage(
          contents, contents.write(new ByteArrayInputStream(bytes)), "", List.of(), options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
