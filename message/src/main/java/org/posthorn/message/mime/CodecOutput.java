package org.posthorn.message.mime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes what [CodecInput] reads. Used by one thread.
final class CodecOutput {
  private byte[] bytes = new byte[512];
  private int length;

  byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }

  void number(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  void text(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    number(encoded.length + 1L);
    room(encoded.length);
    System.arraycopy(encoded, 0, bytes, length, encoded.length);
    length += encoded.length;
  }

  void optional(Optional<String> text) {
    if (text.isPresent()) {
      text(text.get());
    } else {
      number(0);
    }
  }

  void texts(List<String> texts) {
    number(texts.size());
    texts.forEach(this::text);
  }

  void texts(Map<String, String> texts) {
    number(texts.size());
    texts.forEach((name, value) -> {
      text(name);
      text(value);
    });
  }

  private void room(int count) {
    if (length + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
    }
  }
}
