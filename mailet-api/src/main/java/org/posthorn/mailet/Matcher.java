package org.posthorn.mailet;

import java.util.List;

/// Chooses the recipients that a step is for. Must be safe for use by many threads.
///
/// One that looks at each recipient, and one that looks at the mail:
///
/// ```java
/// Matcher admins = mail -> mail.recipients().stream()
///     .filter(recipient -> recipient.address().localPart().equals("admin"))
///     .toList();
/// Matcher large = mail -> mail.message().sizeBytes() > 1_000_000 ? mail.recipients() : List.of();
/// ```
///
/// It is asked again when a step is repeated, and also when a chain is only tried (`posthorn chain
/// test`): it looks and computes, and does all else through [Services]. What it throws is no
/// choice: the mail is tried again later, as for a [Mailet].
@FunctionalInterface
public interface Matcher extends AutoCloseable {
  /// A part of `mail.recipients()`: all, some or none; whoever is not in it skips the step.
  List<Recipient> match(Mail mail);

  /// Called once when no mail will come any more: the chain was replaced by a reload or the server
  /// stops, and the last call of [#match] is over; a call that was given up because it took too
  /// long may still be at it. Lets go of what it owns, such as threads, files and connections; what
  /// [Services] gave it stays the server's. Must not wait for long, and what it throws is only
  /// logged. Closing twice is no harm.
  @Override
  default void close() {}
}
