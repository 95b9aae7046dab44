package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MailboxNameTest {
  /// RFC 9051 §5.1.
  @Test
  void inboxIsTheSameInAnyCase() {
    assertThat(new MailboxName("inBox")).isEqualTo(MailboxName.INBOX);
    assertThat(new MailboxName("inbox/Sub").value()).isEqualTo("INBOX/Sub");
    assertThat(new MailboxName("inboxes").value()).isEqualTo("inboxes");
    assertThat(new MailboxName("a/inbox").value()).isEqualTo("a/inbox");
    assertThat(new MailboxName("inbox").isInbox()).isTrue();
    assertThat(new MailboxName("inbox/a").isInbox()).isFalse();
  }

  @Test
  void otherNamesCompareExactly() {
    assertThat(new MailboxName("Work")).isNotEqualTo(new MailboxName("work"));
  }

  @Test
  void inboxSortsFirst() {
    assertThat(
            Stream.of("b", "INBOX/a", "A", "INBOX", "a/b", "a")
                .map(MailboxName::new)
                .sorted()
                .map(MailboxName::value))
        .containsExactly("INBOX", "A", "INBOX/a", "a", "a/b", "b");
  }

  @Test
  void namesKnowWhatIsAboveThem() {
    assertThat(new MailboxName("a/b/c").parent()).contains(new MailboxName("a/b"));
    assertThat(new MailboxName("a").parent()).isEmpty();
    assertThat(new MailboxName("a/b").isBelow(new MailboxName("a"))).isTrue();
    assertThat(new MailboxName("ab").isBelow(new MailboxName("a"))).isFalse();
    assertThat(new MailboxName("a").isBelow(new MailboxName("a"))).isFalse();
  }

  @Test
  void whatNoMailboxCanBeCalledIsRefused() {
    for (String name :
        List.of("", "/a", "a/", "a//b", "a\r\nb", "a\u0000", "a\u0085b", "a\u2028b", "a\ud800b")) {
      assertThatThrownBy(() -> new MailboxName(name))
          .as(name)
          .isInstanceOf(MailboxException.NotPermitted.class);
    }
    assertThatThrownBy(() -> new MailboxName("\u00fc".repeat(128)))
        .isInstanceOf(MailboxException.LimitReached.class);
    assertThatThrownBy(() -> new MailboxName("a" + "/a".repeat(20)))
        .isInstanceOf(MailboxException.LimitReached.class);
    assertThat(new MailboxName("\u00fc".repeat(127) + "/\ud83d\ude00").value()).hasSize(130);
  }
}
