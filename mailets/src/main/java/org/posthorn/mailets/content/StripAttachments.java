package org.posthorn.mailets.content;

import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;

/// Takes attachments out of the message, also out of messages inside it, and leaves a note in the
/// place of each that says what was there. What goes is chosen by name or type (`*` stands for
/// anything), or all above a size. The text of the message is no attachment. Nobody can see into
/// encrypted mail, and signatures over what was taken out do not hold any more. A message with more
/// parts than can be looked through is bounced (5.6.0).
///
/// ```yaml
/// - mailet: StripAttachments
///   names: ["*.exe", "*.js", "*.vbs"]
///   types: [application/x-msdownload]
/// ```
final class StripAttachments implements Mailet {
  private static final String BOUNCES = "bounces";

  private final Settings settings;
  private final List<Glob> names;
  private final List<Glob> types;

  private StripAttachments(Settings settings) {
    this.settings = settings;
    this.names = Glob.all(settings.names);
    this.types = Glob.all(settings.types);
  }

  @Override
  public Outcome service(Mail mail) {
    Optional<List<Attached>> found = Attached.in(mail.message(), this::isUnwanted);
    if (found.isEmpty()) {
      var why =
          new Recipient.Failure(
              "5.6.0", Optional.empty(), "The message has too many parts to look through");
      return new Outcome.Route(
          mail.withRecipients(
              mail.recipients().stream().map(each -> each.withFailure(why)).toList()),
          BOUNCES);
    }
    List<Rewritten.Edit> edits =
        found.get().stream().map(each -> each.replaced(note(each))).toList();
    return new Outcome.Continue(
        edits.isEmpty() ? mail : mail.withMessage(Rewritten.of(mail.message(), edits)));
  }

  private boolean isUnwanted(Attached attached) {
    if (settings.overBytes > 0 && attached.sizeBytes() <= settings.overBytes) {
      return false;
    }
    return (names.isEmpty() && types.isEmpty())
        || attached.names().stream()
            .anyMatch(name -> names.stream().anyMatch(glob -> glob.matches(name)))
        || types.stream().anyMatch(glob -> glob.matches(attached.type()));
  }

  private String note(Attached attached) {
    return "%s %s (%s, %d KB)"
        .formatted(
            settings.note,
            attached.names().stream().findFirst().orElse("no name"),
            attached.type(),
            (attached.sizeBytes() + 1023) >> 10);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "The names of attachments to take out, with * and ?, in any case.",
              example = "[\"*.exe\", \"*.js\"]")
          List<String> names,
      @Parameter(
              value = "Their types, with * and ?.",
              example = "[application/x-msdownload, \"video/*\"]")
          List<String> types,
      @Parameter(value = "Smaller ones stay in any case.", otherwise = "0", example = "1KB")
          long overBytes,
      @Parameter(
              value = "What the note says before name, type and size.",
              otherwise = "An attachment was removed here:")
          String note) {
    Settings {
      if (names.isEmpty() && types.isEmpty() && overBytes == 0) {
        throw new ParameterException(
            "one of the parameters 'names', 'types', 'over' is needed; names: \"*\" takes all");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "StripAttachments",
        "Takes attachments out and leaves a note.",
        Settings.class,
        (settings, _) -> new StripAttachments(settings));
  }
}
