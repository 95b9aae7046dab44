package org.posthorn.message;

/// Names immutable bytes in the content store. The form belongs to the store that gave it out; at
/// most 64 printable ASCII characters without space.
public record ContentId(String value) {
  public ContentId {
    if (value.isEmpty() || value.length() > 64 || !value.chars().allMatch(c -> c > 32 && c < 127)) {
      throw new IllegalArgumentException("Not a content id: " + value);
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
