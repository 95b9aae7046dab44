package org.posthorn.app.transfer.frame;

import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.SourceKey;

/// One thing in a stream of mail between a server and whoever imports or exports. The form of the
/// stream is part of the admin API: see docs/admin-api.md.
public sealed interface Frame {
  /// A mailbox; messages after it name it by `number`. `use` is an attribute such as `\Sent`, or
  /// empty. `keepName`: an empty mailbox of the same use may take this name. `messages` and `bytes`
  /// are what will come, as far as it is known.
  record Folder(
      int number,
      String name,
      String use,
      boolean keepName,
      boolean subscribed,
      long messages,
      long bytes)
      implements Frame {}

  /// A message; its bytes follow. `label` is what people call it where it comes from.
  record Message(int folder, SourceKey key, List<String> flags, long internalMillis, String label)
      implements Frame {
    public Message {
      flags = List.copyOf(flags);
    }
  }

  /// The flags that a message has at its source now.
  record Flagged(SourceKey key, List<String> flags) implements Frame {
    public Flagged {
      flags = List.copyOf(flags);
    }
  }

  /// A message is gone at its source.
  record Removed(SourceKey key) implements Frame {}

  /// All of a folder that had been there when `key` was current was sent before: if nothing of it
  /// was left out, `key` is known from now on, and `instead` is not any more. A key of a source
  /// that has no messages.
  record Mark(int folder, SourceKey key, Optional<SourceKey> instead) implements Frame {}

  /// A name that is subscribed although there is no such mailbox.
  record Subscription(String name) implements Frame {}

  /// A message that could not be sent, and why.
  record Problem(String kind, String label) implements Frame {}

  /// The stream is whole.
  record End() implements Frame {}
}
