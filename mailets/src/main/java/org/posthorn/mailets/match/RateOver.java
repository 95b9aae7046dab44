package org.posthorn.mailets.match;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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

/// Mail beyond a rate: more than `limit` within a time, of each sender, each sender's domain, each
/// login, for each recipient, or of all: `RateOver(newsletter, 500, 1h, login)`. What becomes of it
/// is the step's: `TryLater`, `ToProcessor`, `Bounce`. Counts mails, for `recipient` copies; what
/// is beyond the rate does not count, so mail that is tried later gets its turn. The window slides:
/// of the one before counts what is left of it.
final class RateOver implements MatcherFactory<RateOver.Settings> {
  /// So many mails are known again when a step is repeated.
  private static final int IDS_KEPT = 20;

  enum Per {
    SENDER,
    DOMAIN,
    LOGIN,
    RECIPIENT,
    ALL
  }

  record Settings(
      @Parameter(
              value = "What is counted: steps with the same name count together.",
              example = "newsletter")
          String name,
      @Parameter(value = "How many are within the rate.", min = 1, example = "500") int limit,
      @Parameter(value = "In which time.", min = 1_000, example = "1h") Duration within,
      @Parameter(
              value =
                  "Whether each sender is counted, each sender's domain, each login, each recipient,"
                      + " or all mail together. Mail without one is never beyond the rate.",
              otherwise = "all",
              example = "login")
          Per per) {}

  @Override
  public String name() {
    return "RateOver";
  }

  @Override
  public String summary() {
    return "Mail beyond a rate of its sender, domain, login or recipient, or of all.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    var counting = new Counting(settings, services.memory("rate-over"), services.clock());
    return switch (settings.per) {
      case RECIPIENT -> counting::beyond;
      case SENDER, DOMAIN, LOGIN, ALL ->
          Whole.matcher(mail ->
              of(settings.per, mail).filter(whose -> counting.isBeyond(whose, mail)).isPresent());
    };
  }

  private static Optional<String> of(Per per, Mail mail) {
    return switch (per) {
      case SENDER -> mail.sender().map(Object::toString);
      case DOMAIN -> mail.sender().map(sender -> sender.domain().toString());
      case LOGIN -> mail.origin().login().map(Object::toString);
      case RECIPIENT, ALL -> Optional.of("all");
    };
  }

  private record Counting(Settings settings, Memory memory, InstantSource clock) {
    List<Recipient> beyond(Mail mail) {
      return mail.recipients().stream()
          .filter(one -> isBeyond(one.address().toString(), mail))
          .toList();
    }

    boolean isBeyond(String whose, Mail mail) {
      String key =
          Hashing.sha256()
              .hashString(
                  settings.name + "\n" + settings.per + "\n" + whose.toLowerCase(Locale.ROOT),
                  StandardCharsets.UTF_8)
              .toString();
      String id = mail.id().value();
      return memory
          .update(
              key,
              settings.within.multipliedBy(2),
              before -> Optional.of(Window.of(before).with(id, settings, clock.millis()).text()))
          .filter(after -> Window.of(Optional.of(after)).ids.contains(id))
          .isEmpty();
    }
  }

  /// The number of the window, how many were in it and in the one before, and the last ids.
  private record Window(long number, int count, int before, List<String> ids) {
    static Window of(Optional<String> text) {
      List<String> words = List.of(text.orElse("0 0 0").split(" ", -1));
      return new Window(
          Long.parseLong(words.get(0)),
          Integer.parseInt(words.get(1)),
          Integer.parseInt(words.get(2)),
          words.subList(3, words.size()));
    }

    Window with(String id, Settings settings, long nowMillis) {
      long length = settings.within.toMillis();
      long current = nowMillis / length;
      Window now = this;
      if (current == number + 1) {
        now = new Window(current, 0, count, ids);
      } else if (current != number) { // Long ago, or the clock was ahead.
        now = new Window(current, 0, 0, ids);
      }
      double left = 1 - (double) (nowMillis % length) / length;
      boolean within = now.count + now.before * left < settings.limit;
      return ids.contains(id) || !within ? now : now.and(id);
    }

    private Window and(String id) {
      var last = new ArrayList<>(ids.subList(Math.max(0, ids.size() - IDS_KEPT + 1), ids.size()));
      last.add(id);
      return new Window(number, count + 1, before, last);
    }

    String text() {
      String all = number + " " + count + " " + before;
      return ids.isEmpty() ? all : all + " " + String.join(" ", ids);
    }
  }
}
