package org.posthorn.smtp.outbound;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.posthorn.mailet.Message;
import org.posthorn.message.HeaderField;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;

/// A message that is bytes in memory.
final class TextMessage implements Message {
  private final byte[] bytes;

  TextMessage(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  TextMessage(String text) {
    this(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public long sizeBytes() {
    return bytes.length;
  }

  @Override
  public List<HeaderField> headers() {
    return Headers.read(bytes).stream().map(Headers.Placed::field).toList();
  }

  @Override
  public MessageStructure structure() {
    return StructureScanner.scan(bytes);
  }

  @Override
  public InputStream open() {
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public Message withHeader(String name, String value) {
    return new TextMessage(
        name + ": " + value + "\r\n" + new String(bytes, StandardCharsets.UTF_8));
  }

  @Override
  public Message withoutHeaders(Predicate<HeaderField> matching) {
    var kept = new ByteArrayOutputStream();
    int at = 0;
    for (Headers.Placed field : Headers.read(bytes)) {
      if (matching.test(field.field())) {
        kept.write(bytes, at, (int) field.start() - at);
        at = (int) field.end();
      }
    }
    kept.write(bytes, at, bytes.length - at);
    return new TextMessage(kept.toByteArray());
  }

  @Override
  public Message withBytes(InputStream other) throws IOException {
    return new TextMessage(other.readAllBytes());
  }
}
