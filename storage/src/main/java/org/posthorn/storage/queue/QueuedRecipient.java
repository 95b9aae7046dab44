package org.posthorn.storage.queue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.MailAddress;

/// One recipient of a mail: `number` is unique in the mail and never given out twice; `form` the
/// [MailForm] that this recipient gets. `attempts` counts the tries in this state, `due` is when
/// the next one is, to the millisecond. `notifications` are the words of NOTIFY (RFC 3461 §4.1).
/// `delayTold`: the sender has been told that it takes long.
public record QueuedRecipient(
    int number,
    int form,
    MailAddress address,
    Optional<String> originalRecipient,
    Set<String> notifications,
    RecipientState state,
    int attempts,
    Instant due,
    Optional<Answer> answer,
    boolean delayTold) {
  /// What was said last about this recipient: by `remote`, or by us when absent. `status` is an
  /// enhanced status code (RFC 3463). `failed`: this is why the recipient cannot be reached.
  /// `lastTry` is when a server was last tried for this recipient, which may be before `at`: much
  /// is said without a try. Absent: never, or it is not known.
  public record Answer(
      String status,
      Optional<String> remote,
      String text,
      Instant at,
      boolean failed,
      Optional<Instant> lastTry) {
    private static final int TEXT_MAX = 1_000;

    public Answer {
      at = at.truncatedTo(ChronoUnit.MILLIS);
      lastTry = lastTry.map(time -> time.truncatedTo(ChronoUnit.MILLIS));
      text = text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX - 1) + "…";
    }

    /// Without a try.
    public Answer(String status, Optional<String> remote, String text, Instant at, boolean failed) {
      this(status, remote, text, at, failed, Optional.empty());
    }

    /// The same, said of somebody for whom a server was last tried then.
    public Answer lastTried(Optional<Instant> when) {
      return new Answer(status, remote, text, at, failed, when);
    }
  }

  public QueuedRecipient {
    notifications = Set.copyOf(notifications);
    due = due.truncatedTo(ChronoUnit.MILLIS);
  }

  /// In another state, to be taken up at `when`, with attempts counted from zero.
  public QueuedRecipient moved(RecipientState to, Instant when) {
    return new QueuedRecipient(
        number, form, address, originalRecipient, notifications, to, 0, when, answer, delayTold);
  }

  /// In another state, which says nothing of its attempts and when the next one is due.
  public QueuedRecipient in(RecipientState to) {
    return new QueuedRecipient(
        number,
        form,
        address,
        originalRecipient,
        notifications,
        to,
        attempts,
        due,
        answer,
        delayTold);
  }

  /// The sender has been told that it takes long.
  public QueuedRecipient afterDelayNotice() {
    return new QueuedRecipient(
        number,
        form,
        address,
        originalRecipient,
        notifications,
        state,
        attempts,
        due,
        answer,
        true);
  }

  /// In the same state, with so many attempts behind it.
  public QueuedRecipient afterAttempt(int count, Instant next) {
    return new QueuedRecipient(
        number,
        form,
        address,
        originalRecipient,
        notifications,
        state,
        count,
        next,
        answer,
        delayTold);
  }

  /// The same try, later.
  public QueuedRecipient postponedTo(Instant when) {
    return new QueuedRecipient(
        number,
        form,
        address,
        originalRecipient,
        notifications,
        state,
        attempts,
        when,
        answer,
        delayTold);
  }

  /// When a server was last tried for it, if that is known.
  public Optional<Instant> lastTry() {
    return answer.flatMap(Answer::lastTry);
  }

  public QueuedRecipient withAnswer(Answer said) {
    return new QueuedRecipient(
        number,
        form,
        address,
        originalRecipient,
        notifications,
        state,
        attempts,
        due,
        Optional.of(said),
        delayTold);
  }
}
