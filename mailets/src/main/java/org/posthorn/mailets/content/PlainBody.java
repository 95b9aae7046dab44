package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.mime.Part;

/// The text of a message as plain text, as far as it was read: the plain one of alternatives, or
/// that of HTML in lines. `isWhole` says whether that was all.
public record PlainBody(String text, boolean isWhole) {
  private static final int BLANK_BYTES = 4;

  /// At most so many characters of it; empty where a message has none, or it is encrypted.
  public static PlainBody of(Message message, int charactersMax) {
    List<Part> bodies =
        Bodies.in(message.structure().root()).stream().filter(Bodies::isReadable).toList();
    Optional<Part> plain =
        bodies.stream()
            .filter(part -> part.subtype().equals("plain") && part.bodyBytes() > BLANK_BYTES)
            .findFirst();
    return plain
        .or(() -> bodies.stream().findFirst())
        .map(part -> read(message, part, charactersMax))
        .orElseGet(() -> new PlainBody("", true));
  }

  private static PlainBody read(Message message, Part part, int charactersMax) {
    Charset charset =
        CharsetNames.find(part.parameters().getOrDefault("charset", "utf-8"))
            .filter(found -> !found.equals(StandardCharsets.US_ASCII))
            .orElse(StandardCharsets.UTF_8);
    try (Reader decoded = new InputStreamReader(Rewritten.decoded(message, part), charset)) {
      Reader lines = part.subtype().equals("html") ? new HtmlLines(decoded) : decoded;
      char[] buffer = new char[Math.min(charactersMax, 8_192) + 1];
      var text = new StringBuilder();
      while (text.length() <= charactersMax) {
        int count =
            lines.read(buffer, 0, Math.min(buffer.length, charactersMax + 1 - text.length()));
        if (count <= 0) {
          return new PlainBody(text.toString(), true);
        }
        text.append(buffer, 0, count);
      }
      return new PlainBody(Fields.beginning(text.toString(), charactersMax), false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
