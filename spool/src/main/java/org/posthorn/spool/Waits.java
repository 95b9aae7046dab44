package org.posthorn.spool;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.mailet.Mail;

/// How often steps made a mail wait for less than five minutes, with no longer wait in between, and
/// how often of late for a time that was past. Once that is what was meant; again and again it is a
/// chain that goes in circles. So short waits become longer, a second each time, up to five
/// minutes, and those for what is past come to an end.
record Waits(int brief, int past) {
  private static final String NOTE = "posthorn.waits";
  private static final Pattern WRITTEN = Pattern.compile("([0-9]{1,6}) ([0-9]{1,6})");
  private static final Waits NONE = new Waits(0, 0);
  private static final Duration LONG = Duration.ofMinutes(5);

  /// Of a mail on which nothing more can be noted.
  private static final Duration UNCOUNTED = Duration.ofMinutes(1);

  /// They take twenty minutes together.
  private static final int PAST_MAX = 50;

  static Waits of(Mail mail) {
    Matcher written = WRITTEN.matcher(mail.attribute(NOTE).orElse(""));
    return written.matches()
        ? new Waits(Integer.parseInt(written.group(1)), Integer.parseInt(written.group(2)))
        : NONE;
  }

  /// With one more, for which a step has asked for so much time.
  Waits and(Duration asked) {
    return asked.compareTo(LONG) < 0
        ? new Waits(Math.min(brief + 1, 999_999), asked.isPositive() ? 0 : past + 1)
        : NONE;
  }

  boolean areBrief() {
    return !equals(NONE);
  }

  boolean areInVain() {
    return past > PAST_MAX;
  }

  /// The mail with these in its notes, if there is room for them.
  Mail noted(Mail mail) {
    try {
      return equals(NONE)
          ? mail.withoutAttribute(NOTE)
          : mail.withAttribute(NOTE, brief + " " + past);
    } catch (IllegalArgumentException _) {
      return mail;
    }
  }

  /// How long the last of them takes at least; `noted` is what [#noted] made of the mail.
  Duration least(Mail noted) {
    if (!of(noted).equals(this)) {
      return UNCOUNTED;
    }
    Duration least = Duration.ofSeconds(Math.max(0, brief - 1));
    return least.compareTo(LONG) < 0 ? least : LONG;
  }

  /// Why there is no other.
  static IllegalStateException failure() {
    return new IllegalStateException(
        "It was made to wait for a time that was past " + PAST_MAX + " times, and comes back");
  }
}
