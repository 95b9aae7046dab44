package org.posthorn.spool;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Mail;

/// Notes of a mail that the queue itself reads. They are attributes, so the chain sees them, each
/// group of recipients has its own, and they survive a restart.
public final class Notes {
  /// How urgent the mail is, -9 to 9 (RFC 6710): what its sender asked for and may ask for, unless
  /// a step has said otherwise.
  public static final String PRIORITY = "posthorn.priority";

  /// So often may the chain send on what failed at a destination. A `bounces` that knows other ways
  /// needs a few; one whose ways all fail would send the mail round and round.
  private static final int FAILURES_MAX = 10;

  /// How often recipients with these notes failed at a destination.
  private static final String FAILURES = "posthorn.failures";

  /// Until when a step made the mail wait; patience with other servers begins then.
  private static final String WAITED_UNTIL = "posthorn.waited-until";

  private Notes() {}

  /// The attributes of a mail that comes in, with the priority that its sender asked for.
  static Map<String, String> accepted(NewMail mail) {
    int priority = mail.options().wishes().priority();
    if (priority == 0 || mail.attributes().containsKey(PRIORITY) || isFull(mail.attributes())) {
      return mail.attributes();
    }
    var more = new HashMap<>(mail.attributes());
    more.put(PRIORITY, Integer.toString(priority));
    return more;
  }

  /// Near what a mail may have of them.
  private static boolean isFull(Map<String, String> attributes) {
    int characters =
        attributes.entrySet().stream()
            .mapToInt(note -> note.getKey().length() + note.getValue().length())
            .sum();
    return attributes.size() > 60 || characters > 5_000;
  }

  /// Empty when no step and no sender said anything that can be read.
  public static Optional<Integer> priority(Map<String, String> attributes) {
    return Optional.ofNullable(attributes.get(PRIORITY)).flatMap(Notes::number);
  }

  private static Optional<Integer> number(String text) {
    return text.matches("-?[0-9]") ? Optional.of(Integer.valueOf(text)) : Optional.empty();
  }

  /// The notes after one more failure at a destination, without it when they are as many as a mail
  /// may have.
  static Map<String, String> failed(Map<String, String> attributes) {
    if (!attributes.containsKey(FAILURES) && isFull(attributes)) {
      return attributes;
    }
    var more = new HashMap<>(attributes);
    more.put(FAILURES, Integer.toString(failures(attributes) + 1));
    return more;
  }

  /// Why nothing more is tried with what failed at a destination; empty as long as something is.
  static Optional<String> failedTooOften(Map<String, String> attributes) {
    int failures = failures(attributes);
    return failures < FAILURES_MAX
        ? Optional.empty()
        : Optional.of("It failed " + failures + " times: what 'bounces' sends on comes back");
  }

  /// Whether failures at a destination could not be counted.
  static boolean uncounted(Map<String, String> attributes) {
    return failures(attributes) == 0;
  }

  private static int failures(Map<String, String> attributes) {
    String noted = attributes.getOrDefault(FAILURES, "");
    return noted.matches("[0-9]{1,4}") ? Integer.parseInt(noted) : 0;
  }

  /// The mail without the note when it has as many as it may have.
  static Mail waited(Mail mail, Instant until) {
    try {
      return mail.withAttribute(WAITED_UNTIL, until.toString());
    } catch (IllegalArgumentException _) {
      return mail;
    }
  }

  /// The same of notes alone.
  static Map<String, String> waited(Map<String, String> attributes, Instant until) {
    if (!attributes.containsKey(WAITED_UNTIL) && isFull(attributes)) {
      return attributes;
    }
    var more = new HashMap<>(attributes);
    more.put(WAITED_UNTIL, until.toString());
    return more;
  }

  static Optional<Instant> waitedUntil(Map<String, String> attributes) {
    try {
      return Optional.ofNullable(attributes.get(WAITED_UNTIL)).map(Instant::parse);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
