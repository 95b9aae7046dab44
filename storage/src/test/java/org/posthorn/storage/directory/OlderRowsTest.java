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
                .withAllowance(Allowance.ofBytes(OptionalLong.of(500))));
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
    UserRow more = row.settings(UserSettings.of(row.user()).withHistoryDays(OptionalInt.of(90)));
    assertThat(UserRow.decode(ANN, more.encode())).isEqualTo(more);
  }

  @Test
  void aUserWithAQuotaOfBytesOnly() {
    byte[] row =
        new RowWriter(80)
            .raw(2)
            .text("abc")
            .raw(1)
            .number(0)
            .text("Ann")
            .fixed(9)
            .number(61)
            .toBytes();

    UserRow read = UserRow.decode(ANN, row);

    assertThat(read.user().allowance()).isEqualTo(Allowance.NONE);
    assertThat(read.user().historyDays()).hasValue(60);
  }

  @Test
  void aUserBeforeAccountsWereShared() {
    var row = new RowWriter(80).raw(3).text("abc").raw(1);
    Allowance.NONE.writeTo(row);

    UserRow read = UserRow.decode(ANN, row.text("Ann").fixed(9).number(0).toBytes());

    assertThat(read.user().shared()).isFalse();
    assertThat(read.stamp()).isEqualTo(9);
  }

  @Test
  void settingsWithAQuotaOfBytesOnly() {
    byte[] row =
        new RowWriter(80)
            .raw(2)
            .text("")
            .text("")
            .text("-")
            .number(7)
            .number(0)
            .number(31)
            .number(0)
            .toBytes();

    DomainSettings read = DomainSettings.decode(row);

    assertThat(read.allowance()).isEqualTo(Allowance.ofBytes(OptionalLong.of(7)));
    assertThat(read.trashDays()).hasValue(30);
    assertThat(read.junkDays()).isEmpty();
  }

  @Test
  void aPasswordWithoutKeysForScram() {
    byte[] row = new RowWriter(128).raw(1).text("$argon2id$x").toBytes();

    LoginSecrets read = LoginSecrets.decode(row);

    assertThat(read.hash()).isEqualTo("$argon2id$x");
    assertThat(read.hasPassword()).isTrue();
    assertThat(read.keys()).isEmpty();
    assertThat(read.apps()).isEmpty();
    assertThat(LoginSecrets.decode(read.encode()).hash()).isEqualTo("$argon2id$x");
  }

  @Test
  void daysHaveBounds() {
    assertThatThrownBy(() -> DomainSettings.STANDARD.withHistoryDays(OptionalInt.of(0)))
        .isInstanceOf(DirectoryException.NotPermitted.class)
        .hasMessageContaining("1 to 36500 days");
  }
}
