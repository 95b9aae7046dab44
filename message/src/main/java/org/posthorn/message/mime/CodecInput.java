package org.posthorn.message.mime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads what [CodecOutput] wrote; damaged bytes give `IllegalArgumentException`, and never more
/// memory than they are long. Used by one thread.
final class CodecInput {
  private final byte[] bytes;
  private int at;

  CodecInput(byte[] bytes) {
    this.bytes = bytes;
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      if (at >= bytes.length) {
        break;
      }
      byte b = bytes[at++];
      value |= (b & 0x7FL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw damaged();
  }

  /// The number of things that follow, each at least one byte long.
  int count() {
    long count = number();
    if (count > bytes.length - at) {
      throw damaged();
    }
    return (int) count;
  }

  String text() {
    return optional().orElseThrow(CodecInput::damaged);
  }

  Optional<String> optional() {
    long lengthAndOne = number();
    if (lengthAndOne == 0) {
      return Optional.empty();
    }
    if (lengthAndOne - 1 > bytes.length - at) {
      throw damaged();
    }
    int length = (int) (lengthAndOne - 1);
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return Optional.of(text);
  }

  List<String> texts() {
    int count = count();
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(text());
    }
    return texts;
  }

  Map<String, String> textsByName() {
    int count = count();
    if (count == 0) {
      return Map.of();
    }
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = text();
      texts.put(name, text());
    }
    return texts.equals(Part.DEFAULT_PARAMETERS) ? Part.DEFAULT_PARAMETERS : texts;
  }

  void end() {
    if (at != bytes.length) {
      throw damaged();
    }
  }

  static IllegalArgumentException damaged() {
    return new IllegalArgumentException("Damaged message structure");
  }
}
