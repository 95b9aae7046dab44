package org.posthorn.senderauth.dkim;

/// What the DNS said about a key.
public sealed interface KeyAnswer {
  record Found(DkimKey key) implements KeyAnswer {}

  /// There is none, or none to be believed.
  record Refused(String reason) implements KeyAnswer {}

  /// Nobody answered.
  record Unknown(String reason) implements KeyAnswer {}
}
