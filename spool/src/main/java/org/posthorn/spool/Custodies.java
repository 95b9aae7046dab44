package org.posthorn.spool;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;

/// The mails that somebody works on right now, each once. Safe for use by many threads.
final class Custodies {
  private final QueueStore queue;
  private final ContentStore contents;
  private final ConcurrentHashMap<MailId, Custody> held = new ConcurrentHashMap<>();

  Custodies(QueueStore queue, ContentStore contents) {
    this.queue = queue;
    this.contents = contents;
  }

  /// A mail that is about to be accepted under a new id: nobody takes it for a left-over meanwhile.
  Custody pinNew(QueuedMail mail, Acceptance acceptance) {
    Custody custody = pinned(mail, acceptance);
    if (held.putIfAbsent(mail.id(), custody) != null) {
      throw new IllegalStateException("There is a mail " + mail.id() + " already");
    }
    return custody;
  }

  /// The same of a mail that was here before; empty if it is here, or on its way here.
  Optional<Custody> pinAbsent(QueuedMail mail, Acceptance acceptance) {
    Custody custody = pinned(mail, acceptance);
    return Optional.ofNullable(
            held.compute(
                mail.id(),
                (id, known) -> known != null || queue.find(id).isPresent() ? known : custody))
        .filter(here -> here == custody);
  }

  private Custody pinned(QueuedMail mail, Acceptance acceptance) {
    var custody = new Custody(mail, contents, acceptance);
    custody.pins = 1;
    return custody;
  }

  /// The mail, from memory or the store; empty when it is gone. Whoever pins it unpins it.
  Optional<Custody> pin(MailId id) {
    return Optional.ofNullable(
        held.compute(
            id,
            (_, known) -> {
              Custody custody =
                  known != null
                      ? known
                      : queue.find(id).map(mail -> new Custody(mail, contents)).orElse(null);
              if (custody != null) {
                custody.pins++;
              }
              return custody;
            }));
  }

  /// One more pin on what is pinned already.
  void pinAgain(Custody custody) {
    held.computeIfPresent(
        custody.id(),
        (_, known) -> {
          known.pins++;
          return known;
        });
  }

  void unpin(Custody custody) {
    held.computeIfPresent(
        custody.id(),
        (_, known) -> {
          known.pins--;
          return known.pins == 0 ? null : known;
        });
  }

  int count() {
    return held.size();
  }
}
