package org.posthorn.mailet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;

/// A message in memory, for tests of mailets. Immutable.
public final class HeapMessage implements Message {
  private final byte[] bytes;

  private HeapMessage(byte[] bytes) {
    this.bytes = bytes;
  }

  public static HeapMessage of(byte[] bytes) {
    return new HeapMessage(bytes.clone());
  }

  /// Line ends may be LF; they become CRLF.
  public static HeapMessage of(String text) {
    return new HeapMessage(
        text.replace("\r\n", "\n").replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
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
    byte[] line = HeaderText.line(name, value).getBytes(StandardCharsets.UTF_8);
    var all = new ByteArrayOutputStream(line.length + bytes.length);
    all.writeBytes(line);
    all.writeBytes(bytes);
    return new HeapMessage(all.toByteArray());
  }

  @Override
  public Message withoutHeaders(Predicate<HeaderField> matching) {
    var kept = new ByteArrayOutputStream(bytes.length);
    int from = 0;
    for (Headers.Placed placed : Headers.read(bytes)) {
      if (matching.test(placed.field())) {
        kept.write(bytes, from, (int) placed.start() - from);
        from = (int) placed.end();
      }
    }
    kept.write(bytes, from, bytes.length - from);
    return new HeapMessage(kept.toByteArray());
  }

  @Override
  public Message withBytes(InputStream others) throws IOException {
    return new HeapMessage(others.readAllBytes());
  }

  /// The bytes as UTF-8.
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
