package org.posthorn.imap.wire;

import static org.assertj.core.api.Assertions.assertThat;

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

  @Test
  void takesNoTimeToSpeakOf() {
    var pattern = new MailboxPattern("*a%a".repeat(200) + "*b", '/');
    String name = "a/".repeat(500);
    long start = System.nanoTime();
    assertThat(pattern.matches(name)).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }

  private static String some(String characters, Random random, int maxLength) {
    var text = new StringBuilder();
    for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
      text.append(characters.charAt(random.nextInt(characters.length())));
    }
    return text.toString();
  }
}
