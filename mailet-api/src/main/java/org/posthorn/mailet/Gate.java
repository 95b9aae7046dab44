package org.posthorn.mailet;

/// Looks at a client and its mail while the client waits, and decides whether we want it. What a
/// gate refuses was never ours, so nobody gets a bounce for it. Must be safe for use by many
/// threads.
///
/// The least there is:
///
/// ```java
/// final class NoStrangers implements Gate {
///   @Override
///   public Verdict hello(Visitor visitor) {
///     return visitor.helo().orElse("").endsWith(".example")
///         ? Verdict.pass()
///         : Verdict.refuse("We do not know you", "stranger " + visitor.helo().orElse(""));
///   }
/// }
/// ```
///
/// The methods are called in the order in which they stand here, each for what it is named after; a
/// gate overrides those that it has an opinion on. They may block: each call has a time limit, and
/// what is to happen to mail when a gate takes longer or throws is for the operator to say. It
/// never stops the server.
public interface Gate extends AutoCloseable {
  /// Whether an answer may take its time: whoever asks the DNS, a file or another program, or
  /// computes for long, waits. A gate that never does says `false`, and is asked on the client's
  /// own thread: that costs less, and nothing watches over its time.
  default boolean mayWait() {
    return true;
  }

  /// Somebody has connected and was not greeted yet.
  default Verdict connection(Visitor visitor) {
    return Verdict.pass();
  }

  /// EHLO, HELO or LHLO: [Visitor#helo] is present from here on.
  default Verdict hello(Visitor visitor) {
    return Verdict.pass();
  }

  /// MAIL: [Visitor#login] is known; `mail` has no recipients yet.
  default Verdict sender(Visitor visitor, IncomingMail mail) {
    return Verdict.pass();
  }

  /// RCPT, for a recipient that we would take. `mail` has those that were taken before.
  default Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    return Verdict.pass();
  }

  /// The message is here and not ours yet: the client waits for the answer. `message` is what the
  /// chain would see, with the `Received` line that we put on top. Here a gate may change the mail
  /// ([Verdict.Change]).
  default Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    return Verdict.pass();
  }

  /// The connection is over, however it ended. Called once for each [#connection] that was called.
  default void gone(Visitor visitor) {}

  /// Called once when nobody will come any more: the gates were replaced by a reload or the server
  /// stops, and the last connection that it saw is over. Lets go of what it owns, such as threads,
  /// files and connections; what [Services] gave it stays the server's. Must not wait for long, and
  /// what it throws is only logged. Closing twice is no harm.
  @Override
  default void close() {}
}
