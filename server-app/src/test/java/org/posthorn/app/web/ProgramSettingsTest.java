package org.posthorn.app.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.message.Domain;
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

  @Test
  void whatOnlyThisMachineReachesIsNotOfferedToOthers() {
    var settings =
        new ProgramSettings(
            "mail.example.org",
            () ->
                List.of(
                    new ListenerStatus("mx", "0.0.0.0", 25, "starttls", 0),
                    new ListenerStatus("imaps", "0.0.0.0", 993, "implicit", 0),
                    new ListenerStatus("imap", "localhost", 3143, "starttls", 0),
                    new ListenerStatus("pop3s", "::1", 3995, "implicit", 0),
                    new ListenerStatus("submissions", "127.0.0.1", 3465, "implicit", 0),
                    new ListenerStatus("submission", "::", 587, "starttls", 0)),
            true);

    assertThat(settings.autoconfig(Domain.of("example.org")).body())
        .contains("<port>993</port>", "<port>587</port>")
        .doesNotContain("3143", "3995", "3465");
    assertThat(settings.autodiscover(MailAddress.of("ann@example.org")).body())
        .contains("<Port>993</Port>", "<Port>587</Port>")
        .doesNotContain("3143", "3995", "3465");
  }

  /// A proxy on this machine is what others reach then.
  @Test
  void whereAllAreOnLoopbackAllAreOffered() {
    var settings =
        new ProgramSettings(
            "mail.example.org",
            () ->
                List.of(
                    new ListenerStatus("mx", "0.0.0.0", 25, "starttls", 0),
                    new ListenerStatus("imaps", "127.0.0.1", 3993, "implicit", 0)),
            true);

    assertThat(settings.autoconfig(Domain.of("example.org")).body())
        .contains("<port>3993</port>", "<authentication>password-cleartext</authentication>");
  }

  @Test
  void aPasswordInClearIsNotAskedForWhereNoneIsTaken() {
    var settings =
        new ProgramSettings(
            "mail.example.org",
            () -> List.of(new ListenerStatus("imaps", "0.0.0.0", 993, "implicit", 0)),
            false);

    assertThat(settings.autoconfig(Domain.of("example.org")).body())
        .contains("<username>%EMAILADDRESS%</username>\n    </incomingServer>\n");
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
