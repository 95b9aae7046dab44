package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

final class FlagsTest {
  @Test
  void systemFlagsComeFirstThenKeywordsInOrder() {
    assertThat(Flags.of("work", "\\flagged", "$Label1", "\\SEEN", "Apple").names())
        .containsExactly("\\Seen", "\\Flagged", "$Label1", "Apple", "work");
  }

  @Test
  void keywordsCompareWithoutCaseAndKeepTheirSpelling() {
    Flags flags = Flags.of("$MDNSent", "\\Seen");
    assertThat(flags)
        .isEqualTo(Flags.of("\\seen", "$mdnsent"))
        .hasSameHashCodeAs(Flags.of("$MdnSent", "\\Seen"))
        .isNotEqualTo(Flags.of("$MDNSent"));
    assertThat(flags.has("$mdnSENT")).isTrue();
    assertThat(flags.has("\\SEEN")).isTrue();
    assertThat(flags.has("\\Draft")).isFalse();
    assertThat(flags.has("\\Nothing")).isFalse();
    assertThat(Flags.of("$mdnsent").names()).containsExactly("$mdnsent");
    assertThat(Flags.of("a", "A").keywords()).containsExactly("a");
  }

  @Test
  void equalSetsAreMostlyTheSameObject() {
    assertThat(Flags.of("\\Seen", "work")).isSameAs(Flags.of("work", "\\Seen"));
    assertThat(Flags.of("\\Seen")).isSameAs(Flags.of("\\Seen"));
    assertThat(Flags.of()).isSameAs(Flags.NONE);
  }

  @Test
  void setsAreJoinedAndTakenAway() {
    Flags some = Flags.of("\\Seen", "work");
    assertThat(some.with(Flags.of("\\Deleted", "WORK", "play")).names())
        .containsExactly("\\Seen", "\\Deleted", "play", "work");
    assertThat(some.without(Flags.of("Work", "\\Deleted"))).isEqualTo(Flags.of("\\Seen"));
    assertThat(some.without(some)).isEqualTo(Flags.NONE);
    assertThat(some.with(Flags.NONE)).isSameAs(some);
  }

  @Test
  void everySetIsReadBackAsWritten() {
    for (Flags flags :
        List.of(
            Flags.NONE,
            Flags.of("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"),
            Flags.of("work", "$Label1", "\\Draft"))) {
      var row = new RowWriter(4);
      flags.writeTo(row);
      assertThat(Flags.readFrom(new RowReader(row.toBytes()))).isEqualTo(flags);
    }
  }

  /// Part of the stored format.
  @Test
  void theChecksumOfASetNeverChanges() {
    assertThat(Flags.NONE.stableHash()).isEqualTo(-2152535657050944081L);
    assertThat(Flags.of("\\Seen", "$Label1").stableHash())
        .isEqualTo(Flags.of("$LABEL1", "\\SEEN").stableHash());
  }

  @Test
  void whatNoFlagCanBeIsRefused() {
    for (String name :
        List.of(
            "\\Recent",
            "\\Foo",
            "\\",
            "",
            "a b",
            "a(b",
            "{x",
            "100%",
            "x*",
            "\"",
            "a]",
            "\u00fc")) {
      assertThatThrownBy(() -> Flags.of(name))
          .as(name)
          .isInstanceOf(MailboxException.NotPermitted.class);
    }
    assertThatThrownBy(() -> Flags.of("x".repeat(101)))
        .isInstanceOf(MailboxException.LimitReached.class);
    assertThatThrownBy(() -> Flags.of(IntStream.range(0, 101).mapToObj(i -> "k" + i).toList()))
        .isInstanceOf(MailboxException.LimitReached.class);
  }
}
