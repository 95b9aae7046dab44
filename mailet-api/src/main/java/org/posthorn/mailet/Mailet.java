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
public interface Mailet {
  Outcome service(Mail mail);
}
