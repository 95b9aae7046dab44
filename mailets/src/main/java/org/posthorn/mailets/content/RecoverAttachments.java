package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.storage.files.DataFolder;
import org.posthorn.storage.files.Shelf;

/// Puts back what `StripAttachments` has taken out and kept (`keep: parts`), byte for byte,
/// wherever its notes are still in the message. Only what was taken out of this very mail: whose
/// note somebody outside has copied gets nothing. A part that is no longer kept leaves its note.
///
/// ```yaml
/// - mailet: RecoverAttachments
/// ```
final class RecoverAttachments implements Mailet {
  private static final String NOTE = "attachments.parts";
  private static final Pattern ID = Pattern.compile("<?kept\\.(\\d{1,4})\\.([0-9a-f]{32})@.*");

  private final Shelf shelf;

  private RecoverAttachments(Shelf shelf) {
    this.shelf = shelf;
  }

  /// The Content-ID of the note in the place of a part.
  static String id(String box, int number) {
    return "kept.%d.%s@attachments.invalid".formatted(number, secret(box));
  }

  private static String secret(String box) {
    return box.substring(box.indexOf('/') + 1);
  }

  /// Remembers a box of parts beside those that the mail has already.
  static Mail noted(Mail mail, String box) {
    String known = mail.attributes().get(NOTE);
    return mail.withAttribute(NOTE, known == null ? box : known + " " + box);
  }

  @Override
  public Outcome service(Mail mail) {
    String boxes = mail.attributes().get(NOTE);
    if (boxes == null) {
      return new Outcome.Continue(mail);
    }
    try {
      Mail back = mail;
      // What was taken out last may have what was taken out before in it.
      for (String box : List.of(boxes.split(" ")).reversed()) {
        back = recovered(back, box);
      }
      return new Outcome.Continue(back.withoutAttribute(NOTE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Mail recovered(Mail mail, String box) throws IOException {
    Optional<List<Attached>> notes =
        Attached.in(mail.message(), part -> number(part, box).isPresent());
    List<Rewritten.Edit> edits = new ArrayList<>();
    for (Attached note : notes.orElse(List.of())) {
      Optional<InputStream> kept = shelf.part(box, number(note, box).orElseThrow());
      kept.ifPresent(bytes -> edits.add(note.restored(bytes)));
    }
    return edits.isEmpty() ? mail : mail.withMessage(Rewritten.of(mail.message(), edits));
  }

  private static Optional<Integer> number(Attached attached, String box) {
    Matcher id = ID.matcher(attached.part().id().orElse(""));
    return id.matches() && id.group(2).equals(secret(box))
        ? Optional.of(Integer.valueOf(id.group(1)))
        : Optional.empty();
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "The folder that StripAttachments keeps it in.", otherwise = "attachments")
          String folder) {}

  static MailetFactory<Settings> factory(DataFolder data) {
    return new Made<>(
        "RecoverAttachments",
        "Puts back the attachments that were taken out before.",
        Settings.class,
        (settings, services) -> new RecoverAttachments(shelf(data, settings, services)));
  }

  private static Shelf shelf(DataFolder data, Settings settings, Services services) {
    return new Shelf(
        data.root().resolve(settings.folder), Duration.ofDays(36_500), services.clock());
  }
}
