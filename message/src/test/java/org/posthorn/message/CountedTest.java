package org.posthorn.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountedTest {
  @Test
  void oneIsNotMany() {
    assertThat(Counted.of(0, "message")).isEqualTo("0 messages");
    assertThat(Counted.of(1, "message")).isEqualTo("1 message");
    assertThat(Counted.of(2_000, "message")).isEqualTo("2,000 messages");
    assertThat(Counted.of(1, "day")).isEqualTo("1 day");
    assertThat(Counted.of(2, "day")).isEqualTo("2 days");
    assertThat(Counted.of(2, "entry")).isEqualTo("2 entries");
    assertThat(Counted.of(2, "mailbox")).isEqualTo("2 mailboxes");
    assertThat(Counted.of(2, "alias")).isEqualTo("2 aliases");
    assertThat(Counted.noun(1, "problem")).isEqualTo("problem");
  }
}
