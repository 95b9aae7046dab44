package org.posthorn.spool;

import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.EncodedWord;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.MailForm;

/// Reads subjects. The queue does not have them: each is a read in the store of contents, of what
/// stands there beside the message, and not of the message.
record Subjects(ContentStore contents) {
  /// Whether people read `part` in the subject of this form, in any case. What cannot be read has
  /// none.
  boolean contain(String part, MailForm form) {
    return subject(form)
        .filter(text -> text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT)))
        .isPresent();
  }

  private Optional<String> subject(MailForm form) {
    try {
      return contents
          .find(form.content())
          .flatMap(known -> known.structure().behind(form.prefix()).envelope().subject())
          .map(EncodedWord::decode);
    } catch (UncheckedIOException | StorageUnavailable | IllegalStateException _) {
      return Optional.empty(); // It is damaged, or the disk cannot read it.
    }
  }
}
