package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.json.JsonMapper;

/// `kill -9` while mail comes in, is delivered and leaves the queue within milliseconds: whatever a
/// sender was told about is in the stories after the next start, where it came from too.
class StoryKillTest {
  private static final int KILLS = 3;
  private static final int CLIENTS = 4;
  private static final Pattern ID = Pattern.compile("Accepted as ([0-9a-z]+)");

  @TempDir Path data;

  private final long seed = Long.getLong("posthorn.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void whatWasAcceptedAndIsGoneIsKnown() throws IOException, InterruptedException {
    try (TestServer server = TestServer.start(data)) {
      server.withUsers("user0", "user1", "user2");
    }
    for (int kill = 0; kill < KILLS; kill++) {
      String user = "user" + kill + "@example.org";
      Set<String> accepted = ConcurrentHashMap.newKeySet();
      try (ServerProcess server = ServerProcess.start(data)) {
        sendAndKill(server, user, accepted, 20 + random.nextInt(150));
      }
      try (ServerProcess _ = ServerProcess.start(data)) {
        assertThat(known(user)).as("seed %d", seed).containsAll(accepted);
      }
    }
  }

  /// Kills the server at the moment when it has accepted so many.
  private static void sendAndKill(
      ServerProcess server, String user, Set<String> accepted, int enough)
      throws InterruptedException {
    var taken = new Semaphore(0);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(Thread.ofVirtual().start(() -> sendUntilTheEnd(server, user, accepted, taken)));
    }
    taken.acquire(enough);
    server.kill();
    for (Thread client : clients) {
      client.join();
    }
  }

  private static void sendUntilTheEnd(
      ServerProcess server, String user, Set<String> accepted, Semaphore taken) {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      while (accepted.size() < 500) { // So many are shown together.
        smtp.smtp("MAIL FROM:<a@example.net>");
        smtp.smtp("RCPT TO:<" + user + ">");
        smtp.smtp("DATA");
        Matcher id = ID.matcher(smtp.smtp("Subject: One of many\r\n\r\nText\r\n."));
        if (id.find()) {
          accepted.add(id.group(1));
          taken.release();
        }
      }
    } catch (IOException _) {
      // It was killed.
    }
  }

  /// Mails of whose acceptance the stories know.
  private Set<String> known(String user) {
    Set<String> known = new HashSet<>();
    new AdminClient(data, JsonMapper.builder().build())
        .lines(
            "GET",
            "/trace?limit=1000&of=" + user.replace("@", "%40"),
            new byte[0],
            mail -> {
              if (mail.path("sender").asString("").equals("a@example.net")) {
                known.add(mail.path("mail").asString());
              }
            });
    return known;
  }
}
