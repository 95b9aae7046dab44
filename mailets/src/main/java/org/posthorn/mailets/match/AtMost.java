package org.posthorn.mailets.match;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.MailId;

/// The first so many mails within a time, of each sender, for each recipient or of all:
/// `AtMost(welcome, 1, 30d, sender)`. A mail that was among them stays among them, so a step that
/// is repeated chooses the same.
final class AtMost implements MatcherFactory<AtMost.Settings> {
  enum Per {
    SENDER,
    RECIPIENT,
    ALL
  }

  record Settings(
      @Parameter(
              value = "What is counted: steps with the same name count together.",
              example = "welcome")
          String name,
      @Parameter(value = "How many are chosen.", min = 1, max = 100, example = "1") int count,
      @Parameter(value = "From the first on; then it begins anew.", min = 1_000, example = "30d")
          Duration within,
      @Parameter(
              value = "Whether each sender is counted, each recipient, or all mail together.",
              otherwise = "all",
              example = "sender")
          Per per) {}

  @Override
  public String name() {
    return "AtMost";
  }

  @Override
  public String summary() {
    return "The first so many mails within a time, of each sender, for each recipient or of all.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    var counting = new Counting(settings, services.memory("at-most"), services.clock());
    return switch (settings.per) {
      case SENDER ->
          Whole.matcher(mail ->
              counting.admits(
                  "sender " + mail.sender().map(Object::toString).orElse("<>"), mail.id()));
      case RECIPIENT -> mail -> counting.admitted(mail);
      case ALL -> Whole.matcher(mail -> counting.admits("all", mail.id()));
    };
  }

  /// What is kept: when the count began, in seconds, and the ids of the mails that were chosen.
  private record Counting(Settings settings, Memory memory, InstantSource clock) {
    List<Recipient> admitted(Mail mail) {
      return mail.recipients().stream()
          .filter(recipient -> admits("recipient " + recipient.address(), mail.id()))
          .toList();
    }

    boolean admits(String of, MailId id) {
      String key =
          Hashing.sha256()
              .hashString(
                  settings.name + "\n" + of.toLowerCase(Locale.ROOT), StandardCharsets.UTF_8)
              .toString();
      return memory
          .update(key, settings.within, before -> Optional.of(with(before, id.value())))
          .filter(after -> ids(after).contains(id.value()))
          .isPresent();
    }

    private String with(Optional<String> before, String id) {
      long now = clock.instant().getEpochSecond();
      String counted = before.filter(value -> isFresh(value, now)).orElse(Long.toString(now));
      List<String> ids = ids(counted);
      return ids.contains(id) || ids.size() >= settings.count ? counted : counted + " " + id;
    }

    /// Not where it began when the clock was ahead.
    private boolean isFresh(String value, long now) {
      long began = Long.parseLong(words(value).getFirst());
      return began <= now && began + settings.within.toSeconds() > now;
    }

    private static List<String> ids(String value) {
      List<String> words = words(value);
      return words.subList(1, words.size());
    }

    private static List<String> words(String value) {
      return List.of(value.split(" ", -1));
    }
  }
}
