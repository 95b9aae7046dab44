package org.posthorn.storage.directory;

/// What somebody logs in for. The codes are part of the stored format.
public enum Service {
  IMAP(1),
  POP3(2),
  SMTP(4);

  private final int bit;

  Service(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
