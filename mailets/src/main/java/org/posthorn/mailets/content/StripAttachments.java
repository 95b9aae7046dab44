package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Metrics;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.storage.files.DataFolder;
import org.posthorn.storage.files.Shelf;

/// Takes attachments out of the message, also out of messages inside it, and leaves a note in the
/// place of each that says what was there. A message inside that is under a transfer encoding goes
/// as a whole. What goes is chosen by name or type (`*` stands for anything), or all above a size.
/// The text of the message is no attachment. Nobody can see into encrypted mail, and signatures
/// over what was taken out do not hold any more. A message with more parts than can be looked
/// through is bounced (5.6.0). What goes can be kept in a folder: as it was, for
/// `RecoverAttachments`, or as files for people and programs.
///
/// ```yaml
/// - mailet: StripAttachments
///   names: ["*.exe", "*.js", "*.vbs"]
///   types: [application/x-msdownload]
/// ```
final class StripAttachments implements Mailet {
  private static final String BOUNCES = "bounces";
  private static final String FILES = "attachments.files";

  private final Settings settings;
  private final List<Glob> names;
  private final List<Glob> types;
  private final Shelf shelf;

  /// How much is kept, for the operator.
  private final Optional<Metrics.Gauge> used;

  private StripAttachments(Settings settings, DataFolder data, Services services) {
    this.settings = settings;
    this.shelf =
        new Shelf(
            data.root().resolve(settings.folder),
            settings.keepFor,
            settings.keepLimitBytes,
            services.clock());
    this.used = figure(settings, services);
    this.names = Glob.all(settings.names);
    this.types = Glob.all(settings.types);
  }

  @Override
  public Outcome service(Mail mail) {
    Optional<List<Attached>> found = Attached.around(mail.message(), this::isUnwanted);
    if (found.isEmpty()) {
      var why =
          new Recipient.Failure(
              "5.6.0", Optional.empty(), "The message has too many parts to look through");
      return new Outcome.Route(
          mail.withRecipients(
              mail.recipients().stream().map(each -> each.withFailure(why)).toList()),
          BOUNCES);
    }
    if (found.get().isEmpty()) {
      return new Outcome.Continue(mail);
    }
    try {
      return new Outcome.Continue(stripped(mail, found.get()));
    } catch (Shelf.Full full) {
      return new Outcome.Retry(String.valueOf(full.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Mail stripped(Mail mail, List<Attached> found) throws IOException {
    String box = settings.keep == Keep.NOTHING ? "" : shelf.box();
    List<Rewritten.Edit> edits = new ArrayList<>();
    for (Attached each : found) {
      int number = edits.size();
      edits.add(
          switch (settings.keep) {
            case NOTHING -> each.replaced(note(each), Optional.empty(), (_, _) -> {});
            case FILES ->
                each.replaced(
                    note(each),
                    Optional.empty(),
                    (_, body) -> shelf.putFile(box, number, name(each), each.decoded(body)));
            case PARTS ->
                each.replaced(
                    note(each),
                    Optional.of(RecoverAttachments.id(box, number)),
                    (header, body) -> shelf.putPart(box, number, each.kept(header, body)));
          });
    }
    Mail changed = mail.withMessage(Rewritten.of(mail.message(), edits));
    used.ifPresent(figure -> figure.set(shelf.usedBytes()));
    return switch (settings.keep) {
      case NOTHING -> changed;
      case FILES -> changed.withAttribute(FILES, box);
      case PARTS -> RecoverAttachments.noted(changed, box);
    };
  }

  /// `attachments.bytes`, by the folder.
  private Optional<Metrics.Gauge> figure(Settings wanted, Services services) {
    if (wanted.keep == Keep.NOTHING) {
      return Optional.empty();
    }
    String folder =
        wanted
            .folder
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "");
    String name =
        folder.isEmpty() ? "attachments" : folder.substring(0, Math.min(60, folder.length()));
    Metrics.Gauge gauge = services.metrics().gauge(name + ".bytes");
    try {
      shelf.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    gauge.set(shelf.usedBytes());
    return Optional.of(gauge);
  }

  private static String name(Attached attached) {
    return attached.names().stream().findFirst().orElse("unnamed");
  }

  private boolean isUnwanted(Attached attached) {
    if (attached.isBody()) {
      return false;
    }
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

  enum Keep {
    NOTHING,
    PARTS,
    FILES
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
          String note,
      @Parameter(
              value =
                  "Whether what goes is kept: parts for RecoverAttachments, or files, decoded, for"
                      + " people and programs.",
              otherwise = "nothing")
          Keep keep,
      @Parameter(value = "The folder that it is kept in.", otherwise = "attachments") String folder,
      @Parameter(value = "How long it is kept.", otherwise = "30d") Duration keepFor,
      @Parameter(
              value =
                  "How much the folder may have; what comes after that waits in the queue until"
                      + " there is room.",
              otherwise = "10GB",
              min = 1)
          long keepLimitBytes) {
    Settings {
      if (names.isEmpty() && types.isEmpty() && overBytes == 0) {
        throw new ParameterException(
            "one of the parameters 'names', 'types', 'over' is needed; names: \"*\" takes all");
      }
    }
  }

  static MailetFactory<Settings> factory(DataFolder data) {
    return new Made<>(
        "StripAttachments",
        "Takes attachments out and leaves a note.",
        Settings.class,
        (settings, services) -> new StripAttachments(settings, data, services));
  }
}
