package org.posthorn.storage.account;

import java.util.List;

/// The flags of a message (RFC 9051 §2.3.2): an immutable set of system flags and keywords. Equal
/// sets are equal values and mostly the same object, so a mailbox view shares them. Keywords
/// compare without regard to ASCII case. `\Recent` is no flag here: it belongs to sessions.
public final class Flags {
  public static final Flags NONE = new Flags();

  private Flags() {}

  /// Names as IMAP writes them: `\Seen`, `$Forwarded`, `work`.
  public static Flags of(String... names) {
    throw new IllegalStateException("SEAM " + names.length);
  }

  public boolean has(String name) {
    throw new IllegalStateException("SEAM " + name);
  }

  public boolean seen() {
    throw new IllegalStateException("SEAM");
  }

  public boolean answered() {
    throw new IllegalStateException("SEAM");
  }

  public boolean flagged() {
    throw new IllegalStateException("SEAM");
  }

  public boolean deleted() {
    throw new IllegalStateException("SEAM");
  }

  public boolean draft() {
    throw new IllegalStateException("SEAM");
  }

  public Flags with(Flags more) {
    throw new IllegalStateException("SEAM " + more.names());
  }

  public Flags without(Flags less) {
    throw new IllegalStateException("SEAM " + less.names());
  }

  /// System flags first, then keywords in alphabetical order.
  public List<String> names() {
    throw new IllegalStateException("SEAM");
  }

  public List<String> keywords() {
    throw new IllegalStateException("SEAM");
  }
}
