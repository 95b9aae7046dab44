package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.ListenerStatus;

/// Clients that ask for everything and read nothing of it, over real sockets: they hold no lock,
/// and are cut off after a while.
@Timeout(180)
class SlowReaderTest {
  private static final String LOGIN = "a LOGIN ann@example.org secret\r\nb SELECT INBOX\r\n";
  private static final int LARGE_BYTES = 16 * 1024 * 1024;

  @TempDir Path data;
  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        TestServer.start(
                data,
                "imap.plain.write-timeout=5s",
                "pop3.plain.write-timeout=5s",
                "smtp.mx.write-timeout=5s",
                "smtp.limits.commands-max=100000000")
            .withUsers("ann");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aMessageThatNobodyTakesByImapHoldsNothingUp() throws Exception {
    appendLarge();
    try (var fetch = new Deaf(server.port("imap"), LOGIN, "c FETCH 1 BODY[]\r\n");
        var all = new Deaf(server.port("imap"), LOGIN, "c FETCH 1:* (ENVELOPE BODY[])\r\n");
        var squeezed = new Deaf(server.port("imap"), LOGIN, "c FETCH 1 BINARY[1]\r\n")) {
      workInInbox();
      assertThat(List.of(fetch.isCut(), all.isCut(), squeezed.isCut())).containsOnly(false);
      awaitNobody("imap");
      fetch.awaitCut();
      all.awaitCut();
      squeezed.awaitCut();
    }
  }

  @Test
  void whoIdlesAndDoesNotReadIsCutOff() throws Exception {
    try (WireClient ann = server.imap("ann")) {
      ann.imap("APPEND INBOX {12+}\r\nSubject: x\r\n");
      ann.imap("SELECT INBOX");
      for (int count = 1; count < 2_000; count *= 2) {
        ann.imap("COPY 1:* INBOX");
      }
      ann.imap("NOOP");
      try (var idle = new Deaf(server.port("imap"), LOGIN + "c IDLE\r\n", "");
          var _ =
              new Deaf(
                  server.port("imap"),
                  LOGIN + "c NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))\r\n",
                  "")) {
        awaitConnections("imap", 3);
        for (int i = 0; connections("imap") > 1; i++) {
          ann.imap("STORE 1:* " + (i % 2 == 0 ? "+" : "-") + "FLAGS.SILENT (\\Flagged)");
        }
        assertThat(idle.isCut()).isFalse(); // It says nothing, so it does not know.
      }
    }
  }

  @Test
  void aMessageThatNobodyTakesByPop3HoldsNothingUp() throws Exception {
    appendLarge();
    String login = "USER ann@example.org\r\nPASS secret\r\n";
    try (var deaf = new Deaf(server.port("pop3"), login, "RETR 1\r\n")) {
      workInInbox();
      assertThat(deaf.isCut()).isFalse();
      deaf.awaitCut();
      awaitNobody("pop3");
    }
    try (WireClient pop3 = server.connect("pop3")) {
      pop3.line();
      for (String command : List.of("USER ann@example.org", "PASS secret", "STAT")) {
        pop3.send(command);
        assertThat(pop3.line()).startsWith("+OK");
      }
    }
  }

  @Test
  void repliesThatNobodyTakesBySmtpHoldNothingUp() throws Exception {
    try (var deaf = new Deaf(server.port("mx"), "EHLO deaf.example.net\r\n", "NOOP\r\n")) {
      deliver();
      deaf.awaitCut();
      awaitNobody("mx");
    }
  }

  private void appendLarge() throws IOException {
    try (WireClient ann = server.imap("ann")) {
      String text = "Subject: large\r\n\r\n" + "0123456789abcdef".repeat(LARGE_BYTES / 16);
      ann.imap("APPEND INBOX {" + text.length() + "+}\r\n" + text);
    }
  }

  /// All that others want to do where the deaf read.
  private void workInInbox() throws IOException {
    try (WireClient ann = server.imap("ann")) {
      ann.imap("SELECT INBOX");
      ann.imap("STORE 1 +FLAGS (\\Flagged)");
      ann.imap("APPEND INBOX {12+}\r\nSubject: x\r\n");
      deliver();
      ann.imap("COPY 1 Archive");
      ann.imap("SEARCH TEXT nothing");
      ann.imap("STORE 1 +FLAGS (\\Deleted)");
      ann.imap("EXPUNGE");
      assertThat(server.admin().get("/users/ann@example.org").path("login").asString())
          .isEqualTo("ann@example.org");
    }
  }

  private void deliver() throws IOException {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      assertThat(smtp.deliver("a@example.net", "ann@example.org", "Subject: y\r\n\r\ny\r\n"))
          .startsWith("250");
    }
  }

  private int connections(String listener) {
    return server.server().listeners().stream()
        .filter(status -> status.name().equals(listener))
        .mapToInt(ListenerStatus::connections)
        .sum();
  }

  private void awaitConnections(String listener, int count) throws InterruptedException {
    while (connections(listener) != count) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  private void awaitNobody(String listener) throws InterruptedException {
    awaitConnections(listener, 0);
  }

  /// Says `first`, and `again` until nobody listens, and reads nothing.
  private static final class Deaf implements AutoCloseable {
    private final Socket socket = new Socket();
    private final CountDownLatch cut = new CountDownLatch(1);

    Deaf(int port, String first, String again) throws IOException {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.getOutputStream().write(first.getBytes(StandardCharsets.US_ASCII));
      if (!again.isEmpty()) {
        Thread.ofVirtual().start(() -> talk(again.getBytes(StandardCharsets.US_ASCII)));
      }
    }

    private void talk(byte[] again) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  socket.getOutputStream().write(again);
                }
              })
          .isInstanceOf(IOException.class);
      cut.countDown();
    }

    boolean isCut() {
      return cut.getCount() == 0;
    }

    void awaitCut() throws InterruptedException {
      assertThat(cut.await(60, TimeUnit.SECONDS)).as("cut off").isTrue();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
