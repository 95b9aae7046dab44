package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.app.cli.InProcess;
import org.posthorn.net.ListenerConfig;

/// What would only be seen when a server starts.
final class PortClashesTest {
  @TempDir private Path data;

  @Test
  void theCheckAndTheStartNameListenersThatWantTheSamePort() {
    String both =
        "mx and submission are both to listen on port 14301 of 127.0.0.1: give one of them another";
    String[] set = {"smtp.mx.port=14301", "smtp.submission.port=14301"};
    InProcess.Result check =
        InProcess.run(data, "config", "check", "--set", set[0], "--set", set[1]);
    assertThat(check.status()).isEqualTo(2);
    assertThat(check.err()).contains(both);
    assertThatThrownBy(() -> TestServer.start(data, set)).hasMessageContaining(both);
    assertThat(
            InProcess.run(
                    data,
                    "config",
                    "check",
                    "--set",
                    set[0],
                    "--set",
                    "web={enabled: true, host: 0.0.0.0, port: 14301}")
                .err())
        .contains("mx and web are both to listen on port 14301 of 127.0.0.1 and of 0.0.0.0");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 25, 127.0.0.2, 25, false",
    "127.0.0.1, 0, 127.0.0.1, 0, false",
    "127.0.0.1, 25, 127.0.0.1, 24, false",
    "127.0.0.1, 25, ::1, 25, false",
    "::, 25, 127.0.0.1, 25, true",
    "::1, 25, 0:0::1, 25, true"
  })
  void allAddressesMeetEachOther(
      String one, int onePort, String other, int otherPort, boolean clash) {
    List<PortClashes.Wanted> ports =
        List.of(port("mx", one, onePort), port("imap", other, otherPort));
    if (clash) {
      assertThatThrownBy(() -> PortClashes.check(ports)).hasMessageContaining("mx and imap");
    } else {
      assertThatCode(() -> PortClashes.check(ports)).doesNotThrowAnyException();
    }
  }

  private static PortClashes.Wanted port(String name, String host, int port) {
    ListenerConfig some = ListenerConfig.defaults();
    var listener =
        new ListenerConfig(
            host,
            port,
            false,
            some.connectionsMax(),
            some.connectionsPerAddressMax(),
            List.of(),
            some.handshakeTimeout(),
            some.writeTimeout());
    return new PortClashes.Wanted(name, listener);
  }
}
