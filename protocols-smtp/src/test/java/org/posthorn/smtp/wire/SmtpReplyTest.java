package org.posthorn.smtp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SmtpReplyTest {
  @Test
  void marksEveryLineButTheLast() {
    var reply = new SmtpReply(250, Optional.empty(), List.of("host.example", "SIZE 1", "HELP"));
    assertThat(reply.format()).isEqualTo("250-host.example\r\n250-SIZE 1\r\n250 HELP\r\n");
  }

  /// RFC 2034 §4: on every line.
  @Test
  void takesTheClassOfTheStatusFromTheCode() {
    var lines = List.of("One", "two");
    assertThat(new SmtpReply(452, Optional.of(EnhancedStatus.MAILBOX_FULL), lines).format())
        .isEqualTo("452-4.2.2 One\r\n452 4.2.2 two\r\n");
    assertThat(SmtpReply.of(552, EnhancedStatus.MAILBOX_FULL, "Full").format())
        .isEqualTo("552 5.2.2 Full\r\n");
  }

  @Test
  void cannotCarryALineBreakOrAnythingElseThatIsNotText() {
    for (String line : List.of("a\r\n250 b", "a\0", "\u001b[2J", "ü")) {
      assertThatThrownBy(() -> SmtpReply.plain(250, line))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /// RFC 6531 §3.7.4.2: addresses in answers to VRFY and EXPN.
  @Test
  void hasWhatIsNotAsciiInAddressesOnly() {
    assertThat(SmtpReply.of(250, EnhancedStatus.RECIPIENT_VALID, "<ü@example.org>").format())
        .isEqualTo("250 2.1.5 <ü@example.org>\r\n");
    for (String line : List.of("a\r\n250 b", "\u0085")) {
      assertThatThrownBy(() -> SmtpReply.of(250, EnhancedStatus.RECIPIENT_VALID, line))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void hasNoStatusInAnIntermediateReply() {
    assertThatThrownBy(() -> SmtpReply.of(354, EnhancedStatus.OTHER, "Go ahead"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
