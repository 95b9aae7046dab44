package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ProcessorName;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.list.BounceOf;
import org.posthorn.message.MailAddress;
import org.posthorn.message.report.BounceReader.Kind;
import org.posthorn.message.report.BounceReader.Said;
import org.posthorn.spool.returnpath.ReturnPath;
import org.posthorn.spool.returnpath.ReturnPaths;

/// Reads what comes back to the return paths of [Verp]. A bounce goes to `processor` with what it
/// says as notes (attributes): `bounce.name`, `bounce.recipient`, `bounce.kind` (`permanent` or
/// `temporary`), `bounce.status`, `bounce.text`, `bounce.count`. What is no bounce (an automatic
/// answer, a notice of delay) goes to `others`, or nowhere.
///
/// Days on which an address bounced are counted, until `within` has passed without: from
/// `threshold` on the bounce goes to `over`.
///
/// ```yaml
/// - mailet: Bounces
///   processor: bounced
///   threshold: 5
///   within: 30d
///   over: bounced-too-often
/// ```
public final class Bounces implements Mailet {
  /// The memory in which the days are counted.
  public static final String MEMORY = "bounces";

  private final ReturnPaths returnPaths;
  private final Services services;
  private final Memory memory;
  private final Settings settings;

  record Settings(
      @Parameter(value = "Where bounces go.", example = "bounced") ProcessorName processor,
      @Parameter("Where goes what is no bounce; without it, nowhere.")
          Optional<ProcessorName> others,
      @Parameter(
              value = "Where the bounces go of an address that has bounced too often.",
              example = "bounced-too-often")
          Optional<ProcessorName> over,
      @Parameter(
              value = "On how many days it has bounced then.",
              otherwise = "5",
              min = 1,
              max = 1_000)
          int threshold,
      @Parameter(
              value = "After how long without a bounce the days are counted anew.",
              otherwise = "30d")
          Duration within) {}

  private Bounces(ReturnPaths returnPaths, Services services, Settings settings) {
    this.returnPaths = returnPaths;
    this.services = services;
    this.memory = services.memory(MEMORY);
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    List<Recipient> on = new ArrayList<>();
    List<Outcome.Split.Part> parts = new ArrayList<>();
    for (Recipient recipient : mail.recipients()) {
      if (returnPaths.read(recipient.address()) instanceof ReturnPath.ForOne one) {
        Outcome outcome = read(mail.withRecipients(List.of(recipient)), one);
        parts.add(new Outcome.Split.Part(List.of(recipient), outcome));
      } else {
        on.add(recipient);
      }
    }
    if (parts.isEmpty()) {
      return new Outcome.Continue(mail);
    }
    if (!on.isEmpty()) {
      parts.add(new Outcome.Split.Part(on, new Outcome.Continue(mail.withRecipients(on))));
    }
    return new Outcome.Split(parts);
  }

  /// Days are counted, so that twice is as good as once.
  @Override
  public boolean repeatable() {
    return true;
  }

  private Outcome read(Mail mail, ReturnPath.ForOne path) {
    Said said = BounceOf.read(mail.message(), path.recipient());
    Mail noted =
        mail.withAttribute("bounce.name", path.name())
            .withAttribute("bounce.recipient", path.recipient().toString())
            .withAttribute("bounce.kind", said.kind().name().toLowerCase(Locale.ROOT))
            .withAttribute("bounce.status", said.status())
            .withAttribute("bounce.text", said.text());
    if (said.kind() == Kind.NONE) {
      return settings
          .others
          .<Outcome>map(name -> new Outcome.Route(noted, name.value()))
          .orElseGet(() -> new Outcome.Finish("no bounce"));
    }
    int days = counted(path.name(), path.recipient());
    ProcessorName next =
        settings.over.filter(_ -> days >= settings.threshold).orElse(settings.processor);
    return new Outcome.Route(
        noted.withAttribute("bounce.count", Integer.toString(days)), next.value());
  }

  private int counted(String name, MailAddress recipient) {
    Instant now = services.clock().instant();
    long today = LocalDate.ofInstant(now, ZoneOffset.UTC).toEpochDay();
    Optional<String> after =
        memory.update(
            key(name, recipient),
            settings.within,
            before -> Optional.of(Days.of(before).and(today).toText()));
    return Days.of(after).count();
  }

  /// Under which the days of an address are kept.
  static String key(String name, MailAddress recipient) {
    String key = name + " " + recipient.toString().toLowerCase(Locale.ROOT);
    return key.getBytes(UTF_8).length <= Memory.KEY_MAX_BYTES
        ? key
        : name + " " + UUID.nameUUIDFromBytes(key.getBytes(UTF_8));
  }

  /// On how many days it bounced, and the last of them.
  private record Days(int count, long last) {
    private static final String FORM = "1 ";

    static Days of(Optional<String> text) {
      String[] words = text.filter(one -> one.startsWith(FORM)).orElse("1 0 -1").split(" ", -1);
      return new Days(Integer.parseInt(words[1]), Long.parseLong(words[2]));
    }

    Days and(long day) {
      return day <= last ? this : new Days(count + 1, day);
    }

    String toText() {
      return FORM + count + " " + last;
    }
  }

  static final class Factory implements MailetFactory<Settings> {
    private final ReturnPaths returnPaths;

    Factory(ReturnPaths returnPaths) {
      this.returnPaths = returnPaths;
    }

    @Override
    public String name() {
      return "Bounces";
    }

    @Override
    public String summary() {
      return "Reads the bounces that come back to the return paths of Verp.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Bounces(returnPaths, services, settings);
    }
  }
}
