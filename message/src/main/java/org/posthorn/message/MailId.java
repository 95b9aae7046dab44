package org.posthorn.message;

/// Names one mail in transit, from acceptance until its last recipient is served, and in logs and
/// stories for ever. 1 to 32 letters and digits; ids given out later sort after earlier ones.
public record MailId(String value) {
  public MailId {
    if (value.isEmpty()
        || value.length() > 32
        || !value.chars().allMatch(c -> c < 128 && Character.isLetterOrDigit(c))) {
      throw new IllegalArgumentException("Not a mail id: " + value);
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
