package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.ContentForm;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.Pace;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.memory.InMemoryEngine;

/// A message that somebody reads while it is expunged, forgotten and collected.
final class SegmentCollectionOfReadMailTest {
  private static final int BIG_BYTES = 20 << 20;

  @TempDir private Path directory;

  private final SteppedClock clock = new SteppedClock();

  private SegmentContentStore contents(boolean encrypted, int largeFrom) {
    return SegmentContentStore.openIn(
        directory,
        new SegmentContentStore.Settings(64 << 20, largeFrom, 8 << 20, 0),
        new ContentForm(ContentForm.Compression.ZSTD, encrypted),
        clock);
  }

  private static byte[] letter(int seed) {
    var random = new byte[BIG_BYTES / 4 * 3];
    new Random(seed).nextBytes(random);
    String header = "From: bob@example.net\r\nSubject: Big\r\n\r\n";
    return (header + Base64.getMimeEncoder().encodeToString(random))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static void append(AccountHouse house, byte[] letter) throws IOException {
    var email =
        new NewEmail(
            house.contents().write(new ByteArrayInputStream(letter)),
            "",
            Flags.NONE,
            house.clock().instant());
    long uid = house.change(draft -> draft.append(house.inbox(), email));
    assertThat(uid).isPositive();
  }

  /// In a file of its own, and together with others.
  @ParameterizedTest
  @CsvSource({"false, 65536", "true, 65536", "false, 33554432", "true, 33554432"})
  void whoReadsAMessageGetsItsBytesOrIsToldSo(boolean encrypted, int largeFrom) throws IOException {
    try (SegmentContentStore contents = contents(encrypted, largeFrom);
        var house =
            new AccountHouse(new InMemoryEngine(), UnaryOperator.identity(), () -> contents)) {
      byte[] big = letter(1);
      append(house, big);
      Email email = house.account().email(house.view(house.inbox()).emailId(0)).orElseThrow();
      try (InputStream begun = house.account().open(email, 0, email.sizeBytes());
          InputStream piece = house.account().open(email, 1 << 20, 5 << 20);
          InputStream opened = house.account().open(email, 0, email.sizeBytes())) {
        assertThat(begun.readNBytes(1 << 20)).isEqualTo(Arrays.copyOf(big, 1 << 20));
        house.expunge(house.inbox(), UidSet.of(1));
        assertThat(piece.readNBytes(1 << 20)).isEqualTo(Arrays.copyOfRange(big, 1 << 20, 2 << 20));
        house.clock().forward(Duration.ofDays(40));
        assertThat(house.upkeep().emailsForgotten()).isEqualTo(1);
        clock.forward(Duration.ofDays(40));
        byte[] other = letter(2);
        append(house, other);
        collect(contents, house);
        assertThat(contents.find(email.content())).isEmpty();
        append(house, letter(3));

        assertThat(begun.readAllBytes()).isEqualTo(Arrays.copyOfRange(big, 1 << 20, big.length));
        assertThat(piece.readAllBytes()).isEqualTo(Arrays.copyOfRange(big, 2 << 20, 6 << 20));
        assertThat(opened.readAllBytes()).isEqualTo(big);
        assertThatThrownBy(() -> house.account().open(email, 0, 100).readAllBytes())
            .isInstanceOf(ContentMissing.class);
      }
    }
  }

  private void collect(SegmentContentStore contents, AccountHouse house) {
    try (CollectionRound round = contents.collect(10)) {
      MailboxView view = house.view(house.inbox());
      for (int i = 0; i < view.size(); i++) {
        round.needs(house.account().email(view.emailId(i)).orElseThrow().content());
      }
      var rules =
          new CollectionRound.Rules(clock.instant().minus(Duration.ofDays(1)), 0.25, false, true);
      assertThat(round.reclaim(rules, Pace.FULL).freedContents()).isEqualTo(1);
    }
  }
}
