package org.posthorn.spool;

/// The server's own name, as in its greeting.
public record ServerName(String value) {
  @Override
  public String toString() {
    return value;
  }
}
