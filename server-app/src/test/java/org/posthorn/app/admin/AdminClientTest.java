package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class AdminClientTest {
  @TempDir private Path data;

  /// At first it does not answer, and when enough have asked, the kernel lets nobody in any more.
  @Test
  void aServerThatHangsIsNotWaitedForForEver() throws IOException {
    Files.writeString(data.resolve("lock"), "4711\n");
    AdminClient hasty = client().within(Duration.ofMillis(100));
    try (var hung = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      hung.bind(UnixDomainSocketAddress.of(data.resolve("admin.sock")), 1);
      for (int i = 0; i < 4; i++) {
        AdminFailure failure =
            assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> assertThrows(AdminFailure.class, () -> hasty.get("/status")));
        assertThat(failure.kind()).isEqualTo(AdminFailure.Kind.FAILED);
        assertThat(failure).hasMessageContainingAll("does not answer", "4711");
      }
      boolean answers = assertTimeoutPreemptively(Duration.ofSeconds(5), hasty::serverAnswers);
      assertThat(answers).isFalse();
    }
    assertThat(assertThrows(AdminFailure.class, () -> hasty.post("/stop", Map.of())).kind())
        .isEqualTo(AdminFailure.Kind.NOT_RUNNING);
  }

  @Test
  void whoMayNotConnectIsToldSo() throws IOException {
    Files.createFile(data.resolve("admin.sock"));
    AdminFailure forbidden = client().unreachable(new BindException("Permission denied"));
    assertThat(forbidden.kind()).isEqualTo(AdminFailure.Kind.FAILED);
    assertThat(forbidden)
        .hasMessageContainingAll("Permission denied", Files.getOwner(data).getName())
        .hasMessageNotContaining("No server is running");
    assertThat(client().unreachable(new SocketException("Too many open files")).kind())
        .isEqualTo(AdminFailure.Kind.FAILED);
    assertThat(client().unreachable(new ConnectException("Connection refused")).kind())
        .isEqualTo(AdminFailure.Kind.NOT_RUNNING);

    Files.delete(data.resolve("admin.sock"));
    assertThat(client().unreachable(new SocketException("No such file or directory")).kind())
        .isEqualTo(AdminFailure.Kind.NOT_RUNNING);
  }

  private AdminClient client() {
    return new AdminClient(data, JsonMapper.builder().build());
  }
}
