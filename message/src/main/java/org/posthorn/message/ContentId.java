package org.posthorn.message;

import java.util.Optional;

/// Names immutable bytes in the content store. The form belongs to the store that gave it out; at
/// most 64 printable ASCII characters without space. Behind a `~` there may be the key that opens
/// the content: that part is for the store and for sealed rows only, and never shown.
public record ContentId(String value) {
  private static final char KEY = '~';

  public ContentId {
    if (value.isEmpty() || value.length() > 64 || !isPrintable(value)) {
      throw new IllegalArgumentException("Not a content id: " + beforeKey(value));
    }
  }

  /// Asked for each email that is read.
  private static boolean isPrintable(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) <= ' ' || value.charAt(i) >= 0x7f) {
        return false;
      }
    }
    return true;
  }

  /// Where the content is: all but the key. What checksums, logs and rows that anybody may read
  /// have of it.
  public String place() {
    return beforeKey(value);
  }

  /// Empty for a content that is not encrypted.
  public Optional<String> key() {
    int at = value.indexOf(KEY);
    return at < 0 ? Optional.empty() : Optional.of(value.substring(at + 1));
  }

  public ContentId withKey(String key) {
    return new ContentId(place() + KEY + key);
  }

  public ContentId withoutKey() {
    return new ContentId(place());
  }

  /// Without the key.
  @Override
  public String toString() {
    return place();
  }

  private static String beforeKey(String value) {
    int at = value.indexOf(KEY);
    return at < 0 ? value : value.substring(0, at);
  }
}
