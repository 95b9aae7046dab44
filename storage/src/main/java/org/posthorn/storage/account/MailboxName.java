package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The full name of a mailbox: components separated by `/`, Unicode, INBOX in upper case. Names
/// compare exactly but for INBOX, which is the same in any case (RFC 9051 §5.1), also as the first
/// component of a longer name. INBOX sorts first.
///
/// Throws [MailboxException.NotPermitted] for a name that no mailbox can have, and
/// [MailboxException.LimitReached] for one that is too long or too deep.
public record MailboxName(String value) implements Comparable<MailboxName> {
  public static final char SEPARATOR = '/';
  public static final int COMPONENT_MAX_BYTES = 255;
  public static final int DEPTH_MAX = 20;
  private static final String INBOX_NAME = "INBOX";
  public static final MailboxName INBOX = new MailboxName(INBOX_NAME);

  public MailboxName {
    String[] components = value.split("/", -1);
    if (components.length > DEPTH_MAX) {
      throw new MailboxException.LimitReached(
          "Mailboxes are nested at most " + DEPTH_MAX + " deep");
    }
    for (String component : components) {
      check(component);
    }
    if (components[0].equalsIgnoreCase(INBOX_NAME)) {
      value = INBOX_NAME + value.substring(INBOX_NAME.length());
    }
  }

  public boolean isInbox() {
    return value.equals(INBOX_NAME);
  }

  /// Throws [MailboxException.NotPermitted] where no mailbox is given this name any more, though
  /// there may be some that have it: programs that keep mailboxes in folders take `.` and `..` for
  /// the way out of theirs.
  void checkNew() {
    for (String component : value.split("/", -1)) {
      if (component.equals(".") || component.equals("..")) {
        throw new MailboxException.NotPermitted("No part of a mailbox name is \".\" or \"..\"");
      }
    }
  }

  /// The name above; empty at the top.
  public Optional<MailboxName> parent() {
    int end = value.lastIndexOf(SEPARATOR);
    return end < 0 ? Optional.empty() : Optional.of(new MailboxName(value.substring(0, end)));
  }

  /// Whether `other` is one of the names above this one.
  public boolean isBelow(MailboxName other) {
    return value.length() > other.value.length()
        && value.startsWith(other.value)
        && value.charAt(other.value.length()) == SEPARATOR;
  }

  /// This name with the part `from`, which it is or is below, replaced by `to`.
  MailboxName moved(MailboxName from, MailboxName to) {
    return new MailboxName(to.value + value.substring(from.value.length()));
  }

  @Override
  public int compareTo(MailboxName other) {
    if (isInbox() != other.isInbox()) {
      return isInbox() ? -1 : 1;
    }
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }

  private static void check(String component) {
    if (component.isEmpty()) {
      throw new MailboxException.NotPermitted("A mailbox name has no empty component");
    }
    byte[] bytes = component.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > COMPONENT_MAX_BYTES) {
      throw new MailboxException.LimitReached(
          "A component of a mailbox name has at most " + COMPONENT_MAX_BYTES + " bytes");
    }
    if (component.codePoints().anyMatch(MailboxName::isForbidden)) {
      throw new MailboxException.NotPermitted("A mailbox name has no control characters");
    }
  }

  /// Control characters, line separators and halves of surrogate pairs (RFC 5198 §2, RFC 9051
  /// §5.1).
  private static boolean isForbidden(int c) {
    return Character.isISOControl(c)
        || c == 0x2028
        || c == 0x2029
        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
        || c == 0xFFFE
        || c == 0xFFFF;
  }
}
