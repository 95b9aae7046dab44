package org.posthorn.spool;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.spool.chain.Fate;
import org.posthorn.storage.queue.RecipientState.Place;

/// How often steps have asked for another try of a mail that another step holds up now, whose count
/// is in the row: so steps that fail in turn do not begin each other's count anew. Noted on the
/// mail when the second step asks.
record Tries(Map<String, Integer> counts) {
  private static final String NOTE = "posthorn.tries";
  private static final Pattern LINE = Pattern.compile("(?m)^([0-9]{1,4}) (.+)$");

  Tries {
    counts = Collections.unmodifiableMap(new TreeMap<>(counts));
  }

  /// What comes next: the mail with its notes, and the number of the try.
  record Next(Mail mail, int attempt) {}

  /// After a run that began at `start`, which had asked for `attempts` of them already.
  static Next next(Fate.Retried retried, Place start, int attempts) {
    Mail mail = retried.mail();
    if (retried.step().equals(start)) { // Of a row that waited in between, the note knows more.
      return new Next(mail, 1 + Math.max(attempts, of(mail).before(start)));
    }
    Tries tries = of(mail).and(start, attempts);
    Mail noted = tries.noted(mail);
    // Where a circle is broken off, may be another step each time; what has no room for the note
    // must come to an end too.
    boolean isOfStep = !retried.goesInCircles() && of(noted).equals(tries);
    return new Next(noted, 1 + (isOfStep ? tries.before(retried.step()) : tries.most()));
  }

  static Tries of(Mail mail) {
    Map<String, Integer> counts = new TreeMap<>();
    Matcher written = LINE.matcher(mail.attribute(NOTE).orElse(""));
    while (written.find()) {
      counts.put(written.group(2), Integer.parseInt(written.group(1)));
    }
    return new Tries(counts);
  }

  /// With those of a step that the mail leaves behind.
  Tries and(Place step, int count) {
    if (count == 0) {
      return this;
    }
    Map<String, Integer> more = new TreeMap<>(counts);
    more.put(name(step), count);
    return new Tries(more);
  }

  /// The mail with these in its notes, if there is room for them.
  Mail noted(Mail mail) {
    if (counts.isEmpty()) {
      return mail;
    }
    String lines =
        counts.entrySet().stream()
            .map(each -> each.getValue() + " " + each.getKey())
            .collect(Collectors.joining("\n"));
    try {
      return mail.withAttribute(NOTE, lines);
    } catch (IllegalArgumentException _) {
      return mail;
    }
  }

  /// The mail without any: all count anew.
  static Mail forgotten(Mail mail) {
    return mail.withoutAttribute(NOTE);
  }

  private int before(Place step) {
    return counts.getOrDefault(name(step), 0);
  }

  private int most() {
    return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  private static String name(Place step) {
    return step.processor() + "/" + step.step();
  }
}
