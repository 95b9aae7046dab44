package org.posthorn.storage.account;

import java.util.Arrays;
import java.util.Optional;

/// What a mailbox is for (RFC 6154). The codes are part of the stored format.
public enum SpecialUse {
  ARCHIVE("\\Archive"),
  DRAFTS("\\Drafts"),
  FLAGGED("\\Flagged"),
  JUNK("\\Junk"),
  SENT("\\Sent"),
  TRASH("\\Trash");

  private final String attribute;

  SpecialUse(String attribute) {
    this.attribute = attribute;
  }

  /// As IMAP writes it, with the backslash.
  public String attribute() {
    return attribute;
  }

  /// As rows have it: the attribute, or nothing.
  static String text(Optional<SpecialUse> use) {
    return use.map(SpecialUse::attribute).orElse("");
  }

  static Optional<SpecialUse> of(String text) {
    return Arrays.stream(values()).filter(use -> use.attribute.equals(text)).findFirst();
  }
}
