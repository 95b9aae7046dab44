package org.posthorn.mailets.match;

import org.posthorn.mailet.Directory;
import org.posthorn.message.MailAddress;

/// Whose mailbox has no room.
public final class FullMailboxes {
  private FullMailboxes() {}

  /// Whether this address has a mailbox here, and no room in it for a message of this size.
  public static boolean isFull(Directory directory, MailAddress address, long sizeBytes) {
    return directory.find(address) instanceof Directory.Mailbox mailbox
        && directory
            .room(mailbox.person().login())
            .filter(room -> !room.isThereFor(sizeBytes))
            .isPresent();
  }
}
