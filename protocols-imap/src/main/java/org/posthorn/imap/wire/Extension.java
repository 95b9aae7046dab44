package org.posthorn.imap.wire;

import java.util.Arrays;
import java.util.Optional;

/// What changes how a client is spoken to, so the client must ask for it (RFC 5161) or say by a
/// command that it knows it.
public enum Extension {
  /// RFC 7162 §3.1.
  CONDSTORE("CONDSTORE"),
  /// RFC 7162 §3.2; has CONDSTORE in it.
  QRESYNC("QRESYNC"),
  /// RFC 9586: messages are named by UID only, by both sides.
  UIDONLY("UIDONLY"),
  /// RFC 9051 appendix A.
  IMAP4REV2("IMAP4rev2"),
  /// RFC 6855 §3.
  UTF8_ACCEPT("UTF8=ACCEPT");

  private final String text;

  Extension(String text) {
    this.text = text;
  }

  /// As the protocol writes it.
  public String text() {
    return text;
  }

  public static Optional<Extension> of(String name) {
    return Arrays.stream(values()).filter(one -> one.text.equalsIgnoreCase(name)).findFirst();
  }
}
