package org.posthorn.imap.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MailboxPatternTest {
  @Test
  void matchesInboxInAnyCase() {
    assertThat(new MailboxPattern("inbox", '/').matches("INBOX")).isTrue();
    assertThat(new MailboxPattern("Inbox/%", '/').matches("INBOX/a")).isTrue();
    assertThat(new MailboxPattern("inboxes", '/').matches("INBOXES")).isFalse();
    assertThat(new MailboxPattern("work", '/').matches("Work")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void matchesAsARegularExpressionWould(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      String pattern = some("ab/*%", random, 8);
      String name = some("ab/", random, 8);
      String regex = pattern.replace("*", ".*").replace("%", "[^/]*");
      assertThat(new MailboxPattern(pattern, '/').matches(name))
          .as("seed " + seed + ": " + pattern + " and " + name)
          .isEqualTo(Pattern.matches(regex, name));
    }
  }

  /// Longer than what is walked at once.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void matchesLongNames(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      String name = some("aaaaab/", random, 300);
      var pattern = new StringBuilder(name);
      for (int change = random.nextInt(5); change > 0 && !pattern.isEmpty(); change--) {
        int from = random.nextInt(pattern.length());
        int to = Math.min(pattern.length(), from + random.nextInt(90));
        pattern.replace(from, to, "*%a/b".substring(random.nextInt(3)).substring(0, 1));
      }
      String regex = pattern.toString().replace("*", ".*").replace("%", "[^/]*");
      assertThat(new MailboxPattern(pattern.toString(), '/').matches(name))
          .as("seed " + seed + ": " + pattern + " and " + name)
          .isEqualTo(Pattern.matches(regex, name));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*a", "*a%a", "%a"})
  void takesNoTimeToSpeakOf(String start) {
    var pattern = new MailboxPattern(start.repeat(900 / start.length()) + "*b", '/');
    String name = "a".repeat(5_000);
    var threads = ManagementFactory.getThreadMXBean();
    long begin = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < 300; i++) {
      assertThat(pattern.matches(name)).isFalse();
    }
    assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - begin))
        .isLessThan(Duration.ofSeconds(2));
  }

  private static String some(String characters, Random random, int maxLength) {
    var text = new StringBuilder();
    for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
      text.append(characters.charAt(random.nextInt(characters.length())));
    }
    return text.toString();
  }
}
