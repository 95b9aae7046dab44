package org.posthorn.storage.account;

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
}
