package org.posthorn.storage.engine;

/// An ordered key space with a version of its own. `name` is 1 to 255 bytes of UTF-8 without NUL.
/// No commit spans two partitions.
public record Partition(Kind kind, String name) {
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
    if (name.isEmpty() || name.length() > 255 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("Not a partition name: " + name);
    }
  }
}
