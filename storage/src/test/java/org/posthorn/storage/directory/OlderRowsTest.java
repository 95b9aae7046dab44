package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.RowWriter;

/// Rows as older programs wrote them are read for ever.
final class OlderRowsTest {
  private static final MailAddress ANN = MailAddress.of("ann@example.org");

  @Test
  void settingsWithoutHistoryAndRetention() {
    byte[] stored =
        new RowWriter(32).raw(1).text("").text("ann@example.org").text("-").number(500).toBytes();

    DomainSettings settings = DomainSettings.decode(stored);

    assertThat(settings)
        .isEqualTo(
            DomainSettings.STANDARD
                .withCatchAll(Optional.of(ANN))
                .withSeparator(Optional.of("-"))
                .withQuotaBytes(OptionalLong.of(500)));
    DomainSettings more =
        settings
            .withHistoryDays(OptionalInt.of(90))
            .withRetentionDays(OptionalInt.of(0), OptionalInt.of(14));
    assertThat(DomainSettings.decode(more.encode())).isEqualTo(more);
  }

  @Test
  void aUserWithoutHistory() {
    byte[] stored =
        new RowWriter(80).raw(1).text("a1").raw(1).number(0).text("Ann").fixed(7).toBytes();

    UserRow row = UserRow.decode(ANN, stored);

    assertThat(row.user().historyDays()).isEmpty();
    assertThat(row.stamp()).isEqualTo(7);
    UserRow more = row.historyDays(OptionalInt.of(90));
    assertThat(UserRow.decode(ANN, more.encode())).isEqualTo(more);
  }

  @Test
  void daysHaveBounds() {
    assertThatThrownBy(() -> DomainSettings.STANDARD.withHistoryDays(OptionalInt.of(0)))
        .isInstanceOf(DirectoryException.NotPermitted.class)
        .hasMessageContaining("1 to 36500 days");
  }
}
