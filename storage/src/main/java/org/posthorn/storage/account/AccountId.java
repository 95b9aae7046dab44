package org.posthorn.storage.account;

/// Names an account for ever, whatever its login becomes. 1 to 32 lower-case letters and digits;
/// also the name of its partition.
public record AccountId(String value) {
  public AccountId {
    if (value.isEmpty()
        || value.length() > 32
        || !value.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
      throw new IllegalArgumentException("Not an account id: " + value);
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
