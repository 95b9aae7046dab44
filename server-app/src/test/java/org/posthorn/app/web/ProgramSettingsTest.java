package org.posthorn.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.MailAddress;

class ProgramSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<EMailAddress>ann@example.org</EMailAddress>",
        "<a:EMailAddress>\r\n\t ann@example.org \r\n</a:EMailAddress>",
        "<EMailAddress>  </EMailAddress><EMailAddress>ann@example.org</EMailAddress>"
      })
  void findsTheAddressInWhatProgramsSend(String body) {
    assertThat(ProgramSettings.asked(body)).contains(MailAddress.of("ann@example.org"));
  }

  @Test
  void nobodyIsAskedForWithoutAnAddress() {
    assertThat(ProgramSettings.asked("<EMailAddress>nobody</EMailAddress>")).isEmpty();
    assertThat(ProgramSettings.asked("<EMailAddress></EMailAddress>")).isEmpty();
    assertThat(ProgramSettings.asked("<EMailAddress>ann@example.org")).isEmpty();
  }

  /// Anybody may send such a body, so its size says how long it may take.
  @ParameterizedTest
  @ValueSource(strings = {" ", "a", "<EMailAddress>", "<EMailAddress> ", "<a", "a:"})
  void aHostileBodyTakesNoTime(String piece) {
    String body = "<EMailAddress>" + piece.repeat(8_100 / piece.length());
    assertTimeoutPreemptively(
        Duration.ofSeconds(1), () -> assertThat(ProgramSettings.asked(body)).isEmpty());
  }
}
