package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;

/// `kill -9` at random moments while posts go to the members of a list: in the end each member has
/// each post once.
class ListKillTest {
  private static final int MEMBERS = Integer.getInteger("posthorn.list-members", 1_500);
  private static final int KILLS = 4;
  private static final Pattern COPY =
      Pattern.compile("(?i)delivered-to: (m\\+\\d+@example\\.org)\\r\\n");

  @TempDir Path data;

  private final long seed = Long.getLong("posthorn.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  @SuppressWarnings("SystemOut") // how long it takes is measured by the way
  void eachMemberGetsEachPostOnce() throws IOException, InterruptedException {
    try (TestServer server = TestServer.start(data)) {
      server.withUsers("m");
      makeList(server.admin());
    }
    int posts = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      try (ServerProcess server = ServerProcess.start(data)) {
        posts += kill % 2 == 0 ? post(server) : 0;
        TimeUnit.MILLISECONDS.sleep(random.nextInt(600));
        server.kill();
      }
    }
    try (ServerProcess server = ServerProcess.start(data)) {
      long begin = System.nanoTime();
      server.awaitEmptyQueue();
      System.out.printf(
          "ListKillTest: the rest of %d posts to %d members in %d ms%n",
          posts, MEMBERS, (System.nanoTime() - begin) / 1_000_000);
      List<String> copies = copies(server);
      assertThat(copies.stream().distinct()).as("members, seed %d", seed).hasSize(MEMBERS);
      assertThat(copies).as("copies, seed %d", seed).hasSize(posts * MEMBERS);
    }
  }

  private static void makeList(AdminClient admin) {
    admin.put(
        AdminClient.path("lists", "team@example.org"),
        Map.of("settings", Map.of("posting", "anyone")));
    var text = new StringBuilder();
    for (int i = 0; i < MEMBERS; i++) {
      text.append("m+").append(i).append("@example.org\n");
    }
    admin.lines(
        "POST",
        AdminClient.path("lists", "team@example.org", "members", "import"),
        text.toString().getBytes(StandardCharsets.UTF_8),
        answer -> assertThat(answer.path("added").asInt()).isEqualTo(MEMBERS));
  }

  private static int post(ServerProcess server) throws IOException {
    try (WireClient lmtp = server.connect("lmtp")) {
      lmtp.reply();
      lmtp.smtp("LHLO mx.example.net");
      String answer =
          lmtp.deliver("a@example.net", "team@example.org", "From: a@example.net\r\n\r\nhi\r\n");
      assertThat(answer).startsWith("250");
    }
    return 1;
  }

  private static List<String> copies(ServerProcess server) throws IOException {
    List<String> copies = new ArrayList<>();
    try (WireClient imap = server.imap("m")) {
      String answer =
          String.join("\r\n", imap.imap("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (Delivered-To)])"));
      Matcher copy = COPY.matcher(answer);
      while (copy.find()) {
        copies.add(copy.group(1));
      }
    }
    return copies;
  }
}
