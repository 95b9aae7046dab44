package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.posthorn.storage.engine.Batch;

/// What a draft does to the annotations of mailboxes and of the account. Confined to the draft's
/// thread.
final class DraftNotes {
  private final Edited<SortedMap<Annotation, String>> annotations;
  private final Batch rows;

  DraftNotes(SortedMap<Annotation, String> base, Batch rows) {
    this.annotations = new Edited<>(base, TreeMap::new);
    this.rows = rows;
  }

  SortedMap<Annotation, String> now() {
    return annotations.now();
  }

  Optional<String> at(Annotation note) {
    return Optional.ofNullable(annotations.now().get(note));
  }

  /// Those of one mailbox, as they are now.
  SortedMap<Annotation, String> of(MailboxId mailbox) {
    return new TreeMap<>(
        annotations
            .now()
            .subMap(
                new Annotation(mailbox, "", ""),
                new Annotation(new MailboxId(mailbox.value() + 1), "", "")));
  }

  void set(Annotation note, Optional<String> value) {
    if (value.isPresent()) {
      check(note, value.get());
      annotations.writable().put(note, value.get());
      rows.put(Keys.annotation(note), Rows.text(value.get()));
    } else {
      annotations.writable().remove(note);
      rows.delete(Keys.annotation(note));
    }
  }

  private void check(Annotation note, String value) {
    long there =
        annotations.now().keySet().stream()
            .filter(
                one -> one.mailbox().equals(note.mailbox()) && one.reader().equals(note.reader()))
            .count();
    long bytes = annotations.now().values().stream().mapToLong(String::length).sum();
    if (value.length() > Annotation.VALUE_MAX_BYTES
        || note.entry().getBytes(StandardCharsets.UTF_8).length > Annotation.ENTRY_MAX_BYTES
        || (at(note).isEmpty() && there >= Annotation.MAX_AT_ONE)
        || bytes + value.length() > Annotation.MAX_BYTES) {
      throw new MailboxException.LimitReached("There is no room for more notes");
    }
  }
}
