package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.cli.InProcess;
import org.slf4j.LoggerFactory;

/// The disk of a whole server gets full, and then it is not: clients are told to come again,
/// nothing that was acknowledged is lost, and no restart is needed.
@Timeout(180)
class FullDiskTest {
  private static final int ROUNDS = Math.min(5, Integer.getInteger("posthorn.faults", 1));
  private static final int DISK_MEBIBYTES = 48;
  private static final int SPARE_BYTES = 3 << 20;
  private static final Pattern NUMBER = Pattern.compile("X-Number: (\\d+)");
  private static final String[] SETTINGS = {
    "storage.native-library-directory=" + Path.of("target", "native").toAbsolutePath()
  };

  @TempDir Path directory;

  private final Set<Integer> accepted = new HashSet<>();
  private final Set<Integer> appended = new HashSet<>();
  private int numbers;

  @Test
  void clientsAreToldAndTheServiceGoesOnWhenThereIsRoom() throws IOException, InterruptedException {
    try (var disk = SmallDisk.mount(directory.resolve("disk"), DISK_MEBIBYTES);
        var log = new LogOf("org.posthorn")) {
      Path data = disk.path().resolve("data");
      try (TestServer server = TestServer.start(data, SETTINGS).withUsers("ann", "bob")) {
        for (int round = 0; round < ROUNDS; round++) {
          disk.fill(SPARE_BYTES);
          assertThat(sendUntilRefused(server)).startsWith("452 4.3.1 ");
          assertThat(appendUntilRefused(server)).contains(" NO [UNAVAILABLE] ", "no room");
          disk.free();
          int before = accepted.size() + appended.size();
          sendOneAgain(server);
          appendOneAgain(server);
          assertThat(accepted.size() + appended.size()).isEqualTo(before + 2);
        }
        assertThat(log.lines("content-stopped")).hasSize(ROUNDS);
        assertThat(log.lines("content-go-on")).hasSize(ROUNDS);
        assertThat(log.lines("no room left"))
            .isNotEmpty()
            .allSatisfy(line -> assertThat(line.getThrowableProxy()).isNull());
        assertThat(log.lines("command failed")).isEmpty();
        awaitEmptyQueue(server);
        assertThat(there(server, "ann")).containsAll(accepted);
        assertThat(there(server, "bob")).containsAll(appended).hasSameSizeAs(appended);
      }
      assertThat(faults(data)).isEmpty();
    }
  }

  /// Also who was never here before, and who has just been refused.
  @Test
  void whoOnlyReadsIsServedWhileItIsFull() throws IOException, InterruptedException {
    try (var disk = SmallDisk.mount(directory.resolve("disk"), DISK_MEBIBYTES)) {
      Path data = disk.path().resolve("data");
      try (TestServer server =
          TestServer.start(data, SETTINGS).withUsers("ann", "bob", "carl", "dora", "eve")) {
        disk.fill(SPARE_BYTES);
        assertThat(sendUntilRefused(server)).startsWith("452 4.3.1 ");
        disk.fill(0);
        changeUntilRefused(server);
        InProcess.Result status = InProcess.run(data, "status");
        assertThat(status.status()).isEqualTo(1);
        assertThat(status.out()).contains("writes    stopped: The disk is full: free space on it");
        assertThat(server.admin().get("/status").path("writes").asString())
            .isEqualTo("stopped: The disk is full: free space on it");
        InProcess.Result verified = InProcess.run("verify", "--data", data.toString());
        assertThat(verified.isDone()).as(verified.out() + verified.err()).isTrue();
        try (WireClient imap = server.imap("carl")) {
          assertThat(imap.imap("LIST \"\" *")).anyMatch(line -> line.endsWith(" Sent"));
          assertThat(imap.imap("SELECT INBOX")).contains("* 0 EXISTS");
          assertThat(append(imap)).contains(" NO [UNAVAILABLE] ");
          assertThat(imap.imap("EXAMINE INBOX")).contains("* 0 EXISTS");
        }
        try (WireClient pop3 = server.connect("pop3")) {
          pop3.line();
          for (String command : List.of("USER dora@example.org", "PASS secret", "STAT")) {
            pop3.send(command);
            assertThat(pop3.line()).startsWith("+OK");
          }
        }
        try (WireClient pop3 = server.connect("pop3")) {
          pop3.line();
          for (String command : List.of("USER ann@example.org", "PASS secret", "DELE 1")) {
            pop3.send(command);
            assertThat(pop3.line()).startsWith("+OK");
          }
          pop3.send("QUIT");
          assertThat(pop3.line()).startsWith("-ERR [SYS/TEMP] The server has no room left");
        }
        server.submission("eve").close();
        try (WireClient imap = server.imap("ann")) {
          imap.imap("SELECT INBOX");
          assertThat(imap.imap("FETCH 1 BODY[]")).anyMatch(line -> line.contains("X-Number: "));
        }
        disk.free();
        appendOneAgain(server);
        assertThat(InProcess.run(data, "status").status()).isZero();
      }
      assertThat(faults(data)).isEmpty();
    }
  }

  /// What is logged, until it is closed.
  private static final class LogOf extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final Queue<ILoggingEvent> told = new ConcurrentLinkedQueue<>();
    private final Logger log;
    private final Logger refusals =
        (Logger) LoggerFactory.getLogger("org.posthorn.smtp.inbound.Dialogue");
    private final @Nullable Level before = refusals.getLevel();

    LogOf(String name) {
      refusals.setLevel(Level.INFO);
      log = (Logger) LoggerFactory.getLogger(name);
      start();
      log.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent line) {
      told.add(line);
    }

    List<ILoggingEvent> lines(String event) {
      return told.stream().filter(line -> line.getMessage().equals(event)).toList();
    }

    @Override
    public void close() {
      log.detachAppender(this);
      refusals.setLevel(before);
    }
  }

  /// The answer that refused.
  private String sendUntilRefused(TestServer server) throws IOException {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      String answer = send(smtp);
      while (answer.startsWith("250")) {
        answer = send(smtp);
      }
      return answer;
    }
  }

  private String send(WireClient smtp) throws IOException {
    int number = numbers++;
    String answer = smtp.deliver("a@example.net", "ann@example.org", message(number));
    if (answer.startsWith("250")) {
      accepted.add(number);
    }
    return answer;
  }

  private String appendUntilRefused(TestServer server) throws IOException {
    try (WireClient imap = server.imap("bob")) {
      String answer = append(imap);
      while (answer.contains(" OK")) {
        answer = append(imap);
      }
      return answer;
    }
  }

  /// Until no row can be written, though the log of the rows has its room beforehand.
  private static void changeUntilRefused(TestServer server) {
    AdminClient admin = server.admin();
    String name = "x".repeat(190);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                var _ = admin.patch("/users/bob@example.org", Map.of("fullName", name + i));
              }
            })
        .isInstanceOf(AdminFailure.class)
        .hasMessageContaining("The disk is full");
  }

  private String append(WireClient imap) throws IOException {
    int number = numbers++;
    String message = message(number);
    String answer =
        imap.tryImap("APPEND INBOX {%d+}\r\n%s".formatted(message.length(), message)).getLast();
    if (answer.contains(" OK")) {
      appended.add(number);
    }
    return answer;
  }

  private void sendOneAgain(TestServer server) throws IOException, InterruptedException {
    int before = accepted.size();
    await(() -> {
      try (WireClient smtp = server.connect("mx")) {
        smtp.reply();
        smtp.smtp("EHLO mx.example.net");
        send(smtp);
      }
      return accepted.size() > before;
    });
  }

  private void appendOneAgain(TestServer server) throws IOException, InterruptedException {
    await(() -> {
      try (WireClient imap = server.imap("bob")) {
        return append(imap).contains(" OK");
      }
    });
  }

  /// Of text that cannot be compressed much.
  private static String message(int number) {
    byte[] bytes = new byte[15_000];
    new Random(number).nextBytes(bytes);
    String text = Base64.getMimeEncoder().encodeToString(bytes);
    return "X-Number: %d\r\n\r\n%s\r\n".formatted(number, text);
  }

  private static Set<Integer> there(TestServer server, String user) throws IOException {
    Set<Integer> numbers = new HashSet<>();
    try (WireClient imap = server.imap(user)) {
      imap.imap("EXAMINE INBOX");
      for (String line : imap.imap("FETCH 1:* BODY.PEEK[HEADER.FIELDS (X-Number)]")) {
        Matcher number = NUMBER.matcher(line);
        if (number.find()) {
          assertThat(numbers.add(Integer.valueOf(number.group(1)))).as("%s twice", line).isTrue();
        }
      }
    }
    return numbers;
  }

  private static void awaitEmptyQueue(TestServer server) throws IOException, InterruptedException {
    await(() -> server.admin().get("/status").path("queued").asLong() == 0);
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  /// Longer than the minute after which the chain tries again what met the full disk.
  private static void await(Condition condition) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static List<Map<String, Object>> faults(Path data) throws IOException {
    List<Map<String, Object>> faults = new ArrayList<>();
    StoppedServer.verify(
        data,
        new ConfigSource(Optional.empty(), List.of(SETTINGS)),
        Optional.empty(),
        true,
        line -> {
          if (line.containsKey("problem")) {
            faults.add(line);
          }
        });
    return faults;
  }
}
