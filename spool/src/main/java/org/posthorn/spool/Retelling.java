package org.posthorn.spool;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RowDamaged;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of acceptances that the story has lost: mail is durable before its sender hears 250, the
/// story is written a moment later. Used once, before the spool works.
final class Retelling {
  private static final Logger log = LoggerFactory.getLogger(Retelling.class);

  /// A power failure takes what the system had not written; that is half a minute.
  private static final Duration WINDOW = Duration.ofMinutes(10);

  private static final int ROWS_MAX = 20_000;

  private final QueueStore queue;
  private final ContentStore contents;
  private final StoryLog told;

  Retelling(QueueStore queue, ContentStore contents, StoryLog told) {
    this.queue = queue;
    this.contents = contents;
    this.told = told;
  }

  /// Looks at what came last; nothing else can be missing. It is no reason not to start.
  void run() {
    if (!told.isOn() || told.isWhole()) {
      return;
    }
    try {
      told.becomesWhole(this::tellAgain);
    } catch (StorageUnavailable e) {
      log.atWarn().setCause(e).log("acceptances-not-told-again");
    }
  }

  private void tellAgain() {
    List<MailId> newest = queue.newest(ROWS_MAX);
    newest.stream()
        .findFirst()
        .flatMap(MailIds::timeOf)
        .map(last -> last.minus(WINDOW))
        .ifPresent(since -> tellAgain(newest, since));
  }

  private void tellAgain(List<MailId> newest, Instant since) {
    Set<String> late =
        newest.stream()
            .takeWhile(id -> MailIds.timeOf(id).filter(since::isBefore).isPresent())
            .map(MailId::value)
            .collect(Collectors.toSet());
    Set<String> lost = told.notAccepted(late, since);
    lost.forEach(id -> tell(new MailId(id)));
    if (!lost.isEmpty()) {
      log.atInfo().addKeyValue("mails", lost.size()).log("acceptances-told-again");
    }
  }

  private void tell(MailId id) {
    try {
      Optional<QueuedMail> mail = queue.find(id);
      Optional<StoredContent> content =
          mail.flatMap(found -> contents.find(found.forms().getFirst().content()));
      if (content.isPresent()) {
        told.tell(mail.get().arrival().received(), id.value(), accepted(mail.get(), content.get()));
      }
    } catch (RowDamaged | UncheckedIOException e) {
      log.atDebug().addKeyValue("mail", id).setCause(e).log("damaged"); // Whoever needs it says so.
    }
  }

  /// As far as it is still known: recipients that were served meanwhile are not, nor for which mail
  /// it was made; nor that it was held, once it has been released.
  private static StoryEvent accepted(QueuedMail mail, StoredContent content) {
    MailForm form = mail.forms().getFirst();
    Map<String, String> notes = new LinkedHashMap<>(form.attributes());
    if (mail.recipients().stream().noneMatch(row -> row.state() instanceof RecipientState.Held)) {
      notes.remove(NewMail.QUARANTINE);
    }
    return StoryEvents.accepted(
        new NewMail(
            form.sender(),
            mail.recipients().stream().map(Rows::recipient).toList(),
            content,
            form.prefix(),
            List.of(),
            Rows.options(mail.arrival()),
            Rows.origin(mail.arrival()),
            notes),
        Optional.empty());
  }
}
