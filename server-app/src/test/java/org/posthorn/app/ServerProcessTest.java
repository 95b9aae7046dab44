package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.json.JsonMapper;

/// The program as a process: how it ends.
@Timeout(120)
class ServerProcessTest {
  /// What the JVM says after SIGTERM: 128 + 15.
  private static final int TERMINATED = 143;

  @TempDir Path data;

  @Test
  void endsCleanlyOnSigterm() throws IOException {
    try (ServerProcess server = ServerProcess.start(data);
        WireClient idle = server.connect("imap")) {
      assertThat(idle.line()).startsWith("* OK");
      assertThat(server.terminate()).isEqualTo(TERMINATED);
    }
    assertThat(data.resolve("admin.sock")).doesNotExist();
  }

  @Test
  void endsWhenTheAdministratorSaysSo() throws IOException {
    try (ServerProcess server = ServerProcess.start(data)) {
      var admin = new AdminClient(data, JsonMapper.builder().build());
      assertThat(admin.post("/stop", Map.of()).path("pid").asLong()).isEqualTo(server.pid());
      assertThat(server.awaitEnd()).isZero();
    }
  }
}
