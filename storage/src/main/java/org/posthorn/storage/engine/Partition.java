package org.posthorn.storage.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An ordered key space with a version of its own. `name` is 1 to 255 bytes of UTF-8 without NUL.
/// No commit spans two partitions.
public record Partition(Kind kind, String name) implements Comparable<Partition> {
  private static final int NAME_MAX_BYTES = 255;

  /// The codes are part of the stored format.
  public enum Kind {
    ACCOUNT('a'),
    DOMAIN('d'),
    QUEUE('q'),
    SYSTEM('s');

    private final char code;

    Kind(char code) {
      this.code = code;
    }

    public byte code() {
      return (byte) code;
    }
  }

  public Partition {
    if (name.isEmpty()
        || name.indexOf('\0') >= 0
        || name.getBytes(StandardCharsets.UTF_8).length > NAME_MAX_BYTES) {
      throw new IllegalArgumentException("Not a partition name: " + name);
    }
  }

  /// By kind, then by the bytes of the name: the order of [Engine#partitions].
  @Override
  public int compareTo(Partition other) {
    int byKind = Byte.compareUnsigned(kind.code(), other.kind.code());
    return byKind != 0
        ? byKind
        : Arrays.compareUnsigned(
            name.getBytes(StandardCharsets.UTF_8), other.name.getBytes(StandardCharsets.UTF_8));
  }
}
