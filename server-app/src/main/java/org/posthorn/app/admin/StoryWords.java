package org.posthorn.app.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.posthorn.message.Counted;
import org.posthorn.storage.story.StoryEntry;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryEvent.Addresses;

/// The story of a mail in sentences for people.
final class StoryWords {
  private static final int SHOWN_MAX = 5;

  /// How the steps begin that hand a mail over.
  private static final List<String> DELIVERIES = List.of("delivered into ", "sent to ", "told ");

  private static final String WAITS = "waits: ";

  /// How a fate begins until its sender lets a mail set out.
  private static final String SET_OUT_LATER = WAITS + "until ";

  /// What is said of that at its beginning ([StoryEvent.Accepted#asked]).
  private static final Pattern HELD_BACK =
      Pattern.compile("to be held until (\\S+) at the sender's wish");

  private static final String HELD = "held: ";
  private static final String DEAD = "in the dead letters";
  private static final String IN_REPOSITORY = "in the repository ";

  /// How the fates begin of those who are still here.
  private static final List<String> HERE = List.of(WAITS, HELD, DEAD, IN_REPOSITORY);

  private StoryWords() {}

  /// What happened, without when.
  static String sentence(StoryEvent event) {
    return switch (event) {
      case StoryEvent.Accepted accepted -> accepted(accepted);
      case StoryEvent.Discarded(var sender, var to, var remote, var _, var _, var because) ->
          "thrown away, as %s: mail of %s for %s, from [%s]"
              .formatted(
                  because.isEmpty() ? "a gate said" : "gate " + because,
                  sender(sender),
                  people(to),
                  remote);
      case StoryEvent.Refused refused -> refused(refused);
      case StoryEvent.Step step -> step(step);
      case StoryEvent.Served(var to, var place, var how) ->
          "%s, for %s (%s)".formatted(how, people(to), place);
      case StoryEvent.Retried(var to, var place, var why, var next) ->
          "%s comes again at %s, for %s: %s".formatted(place, next, people(to), why);
      case StoryEvent.Dead(var to, var place, var why) ->
          "into the dead letters, for %s (%s): %s".formatted(people(to), place, why);
      case StoryEvent.Parked(var to, var place, var repository, var why) ->
          "into the repository %s, for %s (%s): %s".formatted(repository, people(to), place, why);
      case StoryEvent.Relayed(var to, var remote, var said, var tls) ->
          "taken by %s%s, for %s: %s".formatted(remote, over(tls), people(to), said);
      case StoryEvent.Deferred(
              var to,
              int attempts,
              var status,
              var remote,
              var said,
              var next,
              var tls) ->
          attempts == 0 // Its destination was left alone, since others were not taken.
              ? "not tried for %s, next at %s: %s %s".formatted(people(to), next, status, said)
              : "try %d for %s failed%s, next at %s: %s %s"
                  .formatted(attempts, people(to), by(remote, tls), next, status, said);
      case StoryEvent.Failed(var to, int attempts, var status, var remote, var said, var tls) ->
          "failed for %s%s%s: %s %s"
              .formatted(
                  people(to),
                  // Otherwise what was said last was no reason to stop.
                  status.startsWith("4") || said.matches("(?s)4[0-9]{2}[ -].*")
                      ? ", given up" + (attempts > 0 ? " after try " + attempts : "")
                      : "",
                  by(remote, tls),
                  status,
                  said);
      case StoryEvent.Administered(var what, int recipients, var by) ->
          "%s said %s, for %s".formatted(operator(by), what, Counted.of(recipients, "recipient"));
      case StoryEvent.Missing(long events) ->
          "%s of these or other mails came too fast and %s missing"
              .formatted(Counted.of(events, "event"), events == 1 ? "is" : "are");
    };
  }

  static String note(StoryEvent.GateNote note) {
    return "gate " + note.gate() + ": " + note.reason();
  }

  private static String accepted(StoryEvent.Accepted accepted) {
    String size = size(accepted.sizeBytes());
    if (accepted.remote().isEmpty()) {
      return "made here%s, %s, of %s for %s"
          .formatted(
              accepted.onBehalfOf().isEmpty() ? "" : " on behalf of " + accepted.onBehalfOf(),
              size,
              sender(accepted.sender()),
              people(accepted.to()));
    }
    String protocol = accepted.protocol();
    return "taken from %s [%s]%s%s, %s, of %s for %s%s"
        .formatted(
            accepted.helo().isEmpty() ? "a client" : accepted.helo(),
            accepted.remote(),
            protocol.endsWith("S") || protocol.endsWith("SA") ? " over TLS" : " in clear",
            accepted.login().isEmpty() ? "" : ", logged in as " + accepted.login(),
            size,
            sender(accepted.sender()) + written(accepted.written().sender()),
            people(accepted.to()) + written(accepted.written().to()),
            accepted.asked().isEmpty() ? "" : "; " + accepted.asked());
  }

  private static String written(Addresses addresses) {
    return addresses.isEmpty() ? "" : written(people(addresses));
  }

  private static String written(String text) {
    return text.isEmpty() ? "" : " (the client wrote " + text + ")";
  }

  private static String refused(StoryEvent.Refused refused) {
    var text = new StringBuilder("refused");
    if (!refused.stage().equals("connection") && !refused.stage().equals("hello")) {
      text.append(" mail of ").append(sender(refused.sender()));
      if (!refused.to().isEmpty()) {
        text.append(" for ").append(people(refused.to()));
      }
    }
    text.append(" from ").append(refused.helo().isEmpty() ? "a client" : refused.helo());
    text.append(" [").append(refused.remote()).append(']');
    if (!refused.login().isEmpty()) {
      text.append(", logged in as ").append(refused.login());
    }
    text.append(" (").append(refused.stage()).append("): ").append(refused.reply());
    if (!refused.because().isEmpty()) {
      text.append("; gate ").append(refused.because());
    }
    return text.toString();
  }

  private static String over(String tls) {
    return switch (tls) {
      case "" -> "";
      case "none" -> " in clear";
      default -> " over " + tls;
    };
  }

  private static String operator(String by) {
    return by.isEmpty() ? "an operator" : "operator " + by;
  }

  private static String step(StoryEvent.Step step) {
    return step.place()
        + ": "
        + step.outcome()
        + (step.became().isEmpty() ? "" : ", now for " + people(step.became()))
        + (step.sender().isEmpty() ? "" : ", sent on as " + step.sender())
        + " (%.1f ms)".formatted(step.micros() / 1_000.0);
  }

  /// Whether only people who want to know every step need to see it.
  static boolean isDetail(StoryEvent event) {
    return event instanceof StoryEvent.Step step
        && step.became().isEmpty()
        && step.sender().isEmpty();
  }

  /// Whether somebody is done with, or given up on, without having got the mail.
  static boolean isFailure(StoryEvent event) {
    return switch (event) {
      case StoryEvent.Failed _, StoryEvent.Dead _ -> true;
      case StoryEvent.Served served ->
          served.how().equals("bounced") || served.how().startsWith("not bounced");
      default -> false;
    };
  }

  /// Of what [#isFailure] the reason.
  static String why(StoryEvent event) {
    return switch (event) {
      case StoryEvent.Failed failed -> failed.status() + " " + failed.said();
      case StoryEvent.Dead dead ->
          "went into the dead letters, in front of " + dead.place() + ": " + dead.why();
      case StoryEvent.Served served -> served.how() + " by " + served.place();
      default -> "";
    };
  }

  /// Whether who is served has got the mail, and was not only done with: bounced, say, or dropped.
  /// Where a plugin's step says it in words of its own, it is taken for none: what comes twice is
  /// better than what is lost.
  static boolean isDelivery(StoryEvent.Served served) {
    return DELIVERIES.stream().anyMatch(served.how()::startsWith);
  }

  /// Whether somebody has got the mail, or another server has taken it for them.
  static boolean hasArrived(StoryEvent event) {
    return event instanceof StoryEvent.Relayed
        || (event instanceof StoryEvent.Served served && isDelivery(served));
  }

  /// What became of a mail so far, in few words.
  static String fate(List<StoryEntry> entries) {
    return fate(entries, new LinkedHashMap<>());
  }

  /// The same of a story that comes in parts: `fates` has what the parts before have told, and then
  /// what this one has.
  static String fate(List<StoryEntry> entries, Map<String, String> fates) {
    for (StoryEntry entry : entries) {
      switch (entry.event()) {
        case StoryEvent.Served(var to, var _, var how) ->
            each(to, fates, before -> before.startsWith("failed") ? before : how);
        case StoryEvent.Relayed(var to, var remote, var _, var _) ->
            each(to, fates, _ -> "taken by " + remote);
        case StoryEvent.Deferred(var to, int _, var _, var _, var said, var _, var _) ->
            each(to, fates, _ -> WAITS + said);
        case StoryEvent.Retried(var to, var _, var why, var _) -> each(to, fates, _ -> WAITS + why);
        case StoryEvent.Failed(var to, int _, var _, var _, var said, var _) ->
            each(to, fates, _ -> "failed: " + said);
        case StoryEvent.Dead(var to, var _, var _) -> each(to, fates, _ -> DEAD);
        case StoryEvent.Parked(var to, var _, var repository, var _) ->
            each(to, fates, _ -> IN_REPOSITORY + repository);
        case StoryEvent.Discarded _ -> fates.put("", "thrown away");
        case StoryEvent.Administered(var what, int recipients, var by) -> {
          String said = operator(by) + " said " + what;
          switch (what) {
            case "drop", "expire" -> forget(fates, HERE, recipients);
            case "release", "fail" -> forget(fates, List.of(HELD), recipients);
            case "hold" -> {
              forget(fates, List.of(WAITS), recipients);
              said = held(said, entry);
            }
            default -> {}
          }
          fates.put("", said);
        }
        case StoryEvent.Accepted accepted -> {
          if (!accepted.held().isEmpty()) {
            each(accepted.to(), fates, _ -> held("Quarantine: " + accepted.held(), entry));
          } else {
            heldBack(accepted).ifPresent(until -> each(accepted.to(), fates, _ -> until));
          }
        }
        // It has set out.
        case StoryEvent.Step step ->
            step.to()
                .some()
                .forEach(address ->
                    fates.computeIfPresent(
                        address, (_, fate) -> fate.startsWith(SET_OUT_LATER) ? null : fate));
        case StoryEvent.Refused _, StoryEvent.Missing _ -> {}
      }
    }
    return fates.isEmpty()
        ? "under way"
        : fates.values().stream().distinct().limit(SHOWN_MAX).collect(Collectors.joining("; "));
  }

  private static Optional<String> heldBack(StoryEvent.Accepted accepted) {
    Matcher asked = HELD_BACK.matcher(accepted.asked());
    return asked.lookingAt()
        ? Optional.of(SET_OUT_LATER + asked.group(1) + ", as its sender wants")
        : Optional.empty();
  }

  private static String held(String why, StoryEntry entry) {
    return HELD + why + " (posthorn queue release " + entry.mail() + ")";
  }

  /// What an order has done with as many as these are. Nobody has said with whom: when that were
  /// fewer than have such a fate, nobody is known to have it no more.
  private static void forget(Map<String, String> fates, List<String> begins, int recipients) {
    List<String> those =
        fates.entrySet().stream()
            .filter(fate -> !fate.getKey().isEmpty())
            .filter(fate -> begins.stream().anyMatch(fate.getValue()::startsWith))
            .map(Map.Entry::getKey)
            .toList();
    if (those.size() <= recipients) {
      those.forEach(fates::remove);
    }
  }

  private interface Next {
    String after(String before);
  }

  private static void each(Addresses to, Map<String, String> fates, Next next) {
    to.some().forEach(address -> fates.put(address, next.after(fates.getOrDefault(address, ""))));
  }

  static String people(Addresses addresses) {
    List<String> some = addresses.some();
    int shown = Math.min(SHOWN_MAX, some.size());
    int others = addresses.count() - shown;
    if (shown == 0) {
      return "nobody";
    }
    if (others > 0) {
      return String.join(", ", some.subList(0, shown)) + " and " + others + " more";
    }
    return shown == 1
        ? some.getFirst()
        : String.join(", ", some.subList(0, shown - 1)) + " and " + some.get(shown - 1);
  }

  static String sender(String sender) {
    return sender.isEmpty() ? "<>" : sender;
  }

  private static String by(String remote, String tls) {
    return remote.isEmpty() ? "" : " at " + remote + over(tls);
  }

  private static String size(long bytes) {
    return bytes < 1_024
        ? bytes + " bytes"
        : bytes < 1 << 20
            ? bytes / 1_024 + " KB"
            : String.format(Locale.ROOT, "%.1f MB", bytes / 1_048_576.0);
  }
}
