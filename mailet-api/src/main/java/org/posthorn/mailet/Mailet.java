package org.posthorn.mailet;

/// Does something to a mail, or decides what becomes of it. Must be safe for use by many threads.
///
/// The least there is:
///
/// ```java
/// Mailet stamp = mail ->
///     new Outcome.Continue(mail.withMessage(mail.message().withHeader("X-Seen-By", "stamp")));
/// ```
///
/// What is thrown is no decision: the mail is tried again later and then goes to the dead letters,
/// never lost. A step may run again after a crash, so what it does outside the mail must bear
/// repeating (use [Mail#id]).
@FunctionalInterface
public interface Mailet extends AutoCloseable {
  Outcome service(Mail mail);

  /// What [#service] would decide, while nothing is done outside: the server asks this when
  /// somebody wants to know what would become of a mail (`posthorn chain test`), and never
  /// otherwise. Who only looks and computes, and does all else through [Services], has nothing to
  /// add: what is submitted, told or remembered through them is noted for the report and not done.
  default Outcome rehearse(Mail mail) {
    return service(mail);
  }

  /// Whether twice is as good as once: it only looks and computes, or what it does outside happens
  /// once for each [Mail#id]. Then the server need not note durably that the step was done, and
  /// after a crash runs it again together with the steps behind it. Otherwise a crash repeats this
  /// step only when it was the one that was running.
  default boolean repeatable() {
    return false;
  }

  /// Called once when no mail will come any more: the chain was replaced by a reload or the server
  /// stops, and the last call of [#service] is over; a call that was given up because it took too
  /// long may still be at it. Lets go of what it owns, such as threads, files and connections; what
  /// [Services] gave it stays the server's. Must not wait for long, and what it throws is only
  /// logged. Closing twice is no harm.
  @Override
  default void close() {}
}
