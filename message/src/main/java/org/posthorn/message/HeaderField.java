package org.posthorn.message;

/// One header field: `name` as it stands in the message, `value` unfolded, without the space after
/// the colon; bytes outside ASCII are read as UTF-8, or as ISO 8859-1 where they are no UTF-8.
public record HeaderField(String name, String value) {
  public boolean is(String otherName) {
    return name.equalsIgnoreCase(otherName);
  }
}
