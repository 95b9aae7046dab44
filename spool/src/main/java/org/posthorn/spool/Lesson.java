package org.posthorn.spool;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Recipient;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.storage.queue.QueuedRecipient;

/// What a load tells of its destination.
sealed interface Lesson {
  /// Codes that mean too much mail or too many connections, as 421 does (RFC 3463 §3.4, §3.5).
  Set<String> CROWDED = Set.of("4.3.2", "4.4.2", "4.4.5", "4.7.28");

  /// Nobody could be reached.
  record Unreachable(QueuedRecipient.Answer why) implements Lesson {}

  /// A server was reached that lets nobody in with the login that we have for it, or as we came; or
  /// those of a domain do not prove what it, or the mail, asks for.
  record ShutOut(QueuedRecipient.Answer why) implements Lesson {}

  /// It has too much to do, or too many connections. Whether it lets us in is not known: many say
  /// so before they look at the login.
  record Crowded() implements Lesson {}

  record Reached() implements Lesson {}

  /// Nothing: no server was tried, or it is not known what came of it.
  record Nothing() implements Lesson {}

  /// What `answers` say together.
  static Lesson of(Map<Recipient, Answer> answers, Instant now) {
    if (answers.values().stream().noneMatch(Answer::tried)) {
      return new Nothing();
    }
    Optional<QueuedRecipient.Answer> door = shutOut(answers, now);
    if (door.isPresent()) {
      return new ShutOut(door.get());
    }
    Optional<QueuedRecipient.Answer> why = unreachable(answers, now);
    if (why.isPresent()) {
      return new Unreachable(why.get());
    }
    return answers.values().stream().anyMatch(Lesson::isCrowded) ? new Crowded() : new Reached();
  }

  /// What to tell the next loads, though some recipients may have gone before over a connection
  /// that was open still.
  private static Optional<QueuedRecipient.Answer> shutOut(
      Map<Recipient, Answer> answers, Instant now) {
    for (Answer answer : answers.values()) {
      if (answer instanceof Answer.Deferred(var status, var remote, var text, _, var came)
          && came == Answer.Extent.DOOR) {
        return Optional.of(new QueuedRecipient.Answer(status, remote, text, now, false));
      }
    }
    return Optional.empty();
  }

  /// What to tell the next loads, if no server could be asked at all.
  private static Optional<QueuedRecipient.Answer> unreachable(
      Map<Recipient, Answer> answers, Instant now) {
    Optional<QueuedRecipient.Answer> last = Optional.empty();
    for (Answer answer : answers.values()) {
      if (!(answer instanceof Answer.Deferred(var status, var remote, var text, _, _))
          || remote.isPresent()) {
        return Optional.empty();
      }
      last = Optional.of(new QueuedRecipient.Answer(status, remote, text, now, false));
    }
    return last;
  }

  private static boolean isCrowded(Answer answer) {
    return answer instanceof Answer.Deferred(var status, var remote, var text, _, _)
        && isCrowded(status, remote, text);
  }

  static boolean isCrowded(QueuedRecipient.Answer answer) {
    return isCrowded(answer.status(), answer.remote(), answer.text());
  }

  /// The system takes no mail now, it is congested, it hung up. Not greylisting, which means one
  /// mail and no more.
  private static boolean isCrowded(String status, Optional<String> remote, String text) {
    return remote.isPresent() && (text.startsWith("421") || CROWDED.contains(status));
  }
}
