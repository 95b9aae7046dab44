package org.posthorn.app.transfer.eml;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// One way through the messages of a [Manifest], entry by entry. Used by one thread.
final class ManifestWalk implements AutoCloseable {
  private final Path file;
  private final InputStream in;
  private final JsonParser parser;

  /// Null at the end.
  private Manifest.@Nullable Entry next;

  /// Stands at the first message. `in` is `file`, from its beginning.
  ManifestWalk(Path file, InputStream in) throws IOException {
    this.file = file;
    this.in = in;
    try {
      this.parser = Manifest.JSON.createParser(in);
      begin();
    } catch (JacksonException e) {
      in.close();
      throw odd(e);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    parser.nextToken();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean here = parser.currentName().equals("messages");
      parser.nextToken();
      if (here) {
        advance();
        return;
      }
      parser.skipChildren();
    }
  }

  void advance() throws IOException {
    try {
      next =
          parser.nextToken() == JsonToken.START_OBJECT
              ? parser.readValueAs(Manifest.Entry.class)
              : null;
    } catch (JacksonException e) {
      throw odd(e);
    }
  }

  private IOException odd(JacksonException e) {
    return new IOException(file + " cannot be understood: " + e.getOriginalMessage(), e);
  }

  /// Goes on as long as entries are such.
  void skip(Predicate<Manifest.Entry> such) throws IOException {
    while (next != null && such.test(next)) {
      advance();
    }
  }

  boolean isAt(String mailbox) {
    return next != null && next.mailbox().equals(mailbox);
  }

  Manifest.Entry entry() {
    if (next == null) {
      throw new NoSuchElementException(file + " has ended");
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    try (in) {
      parser.close();
    }
  }
}
