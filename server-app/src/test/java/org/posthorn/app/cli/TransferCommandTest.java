package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.user.GreenMailUser;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Mail in and out, through commands and a whole server.
@Timeout(120)
class TransferCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> SETTINGS = InProcess.settings("storage.engine=memory");

  @TempDir Path data;
  @TempDir Path files;

  private PosthornServer server;

  @BeforeEach
  void startWithUsers() throws IOException {
    server = PosthornServer.start(data, new ConfigSource(Optional.empty(), SETTINGS));
    Path password = Files.writeString(files.resolve("password"), "secret\n");
    assertThat(run("domain", "add", "example.org").status()).isZero();
    for (String name : List.of("ann", "bob")) {
      assertThat(
              run("user", "add", name + "@example.org", "--password-file", password.toString())
                  .status())
          .isZero();
    }
  }

  @AfterEach
  void everythingFitsTogether() {
    assertThat(run("verify", "--deep").out()).contains("all is well");
    server.close();
  }

  @Test
  void aMaildirIsTakenOnceAndItsFlagsFollow() throws IOException {
    Path maildir = maildir();

    Result trial =
        run("import", "maildir", maildir.toString(), "--user", "ann@example.org", "--dry-run");
    assertThat(trial.status()).as(trial.err()).isZero();
    assertThat(trial.out()).contains("1,205 messages would be imported");

    Result first = run("import", "maildir", maildir.toString(), "--user", "ann@example.org");
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.out()).contains("1,205 messages imported", "Sent Items → Sent");
    assertThat(run("mailbox", "list", "ann@example.org").out())
        .containsPattern("INBOX +1200 ")
        .containsPattern("Sent +3 .*Sent")
        .containsPattern("Work/Ümlaut 2026 +2 ");

    try (Stream<Path> all = Files.list(maildir.resolve("cur"))) {
      Path one = all.sorted().findFirst().orElseThrow();
      Files.move(one, one.resolveSibling(one.getFileName() + "T"));
    }
    Result again = run("import", "maildir", maildir.toString(), "--user", "ann@example.org");
    assertThat(again.out())
        .contains("0 messages imported, 1,205 were there already, flags of 1 changed");
    assertThat(run("mailbox", "list", "ann@example.org").out()).containsPattern("INBOX +1200 ");

    Result doubled =
        run("import", "maildir", maildir.toString(), "--user", "ann@example.org", "--into", "Old");
    assertThat(doubled.out()).contains("1,205 messages imported");
    assertThat(run("mailbox", "list", "ann@example.org").out())
        .containsPattern("Old +1200 ")
        .containsPattern("Old/Sent Items +3 ");
  }

  @Test
  void whatIsExportedAndImportedIsTheSameAccount() throws IOException {
    assertThat(run("import", "maildir", maildir().toString(), "--user", "ann@example.org").status())
        .isZero();
    assertThat(run("mailbox", "create", "ann@example.org", "Lists/v1.2").status()).isZero();
    List<String> wanted = picture("ann");
    assertThat(wanted).hasSizeGreaterThan(1_205);

    List<List<String>> ways =
        List.of(
            List.of("export", "maildir", "ann@example.org", "OUT"),
            List.of("import", "maildir", "OUT", "--user", "bob@example.org"),
            List.of("export", "mbox", "ann@example.org", "OUT"),
            List.of("import", "mbox", "OUT", "--user", "bob@example.org"),
            List.of("export", "zip", "ann@example.org", "OUT.zip"),
            List.of("import", "eml", "OUT.zip", "--user", "bob@example.org"));
    for (int i = 0; i < ways.size(); i++) {
      String out = files.resolve("out" + i / 2).toString();
      String[] way =
          ways.get(i).stream().map(word -> word.replace("OUT", out)).toArray(String[]::new);
      Result result = run(way);
      assertThat(result.status()).as(result.out() + result.err()).isZero();
      if (i % 2 == 1) {
        assertThat(picture("bob")).as(ways.get(i).get(1)).isEqualTo(wanted);
        run("user", "remove", "bob@example.org", "--yes");
        run(
            "user",
            "add",
            "bob@example.org",
            "--password-file",
            files.resolve("password").toString());
      }
    }
  }

  @Test
  void anAccountIsTakenByImapAndFollowsUntilTheSwitch() throws IOException {
    assertThat(run("import", "maildir", maildir().toString(), "--user", "ann@example.org").status())
        .isZero();
    String[] move = {
      "import",
      "imap",
      "--from",
      "127.0.0.1:" + server.listeners().getFirst().port(),
      "--plain-on-loopback",
      "--login",
      "ann@example.org",
      "--password-file",
      files.resolve("password").toString(),
      "--user",
      "bob@example.org"
    };
    Result first = run(move);
    assertThat(first.status()).as(first.out() + first.err()).isZero();
    assertThat(first.out()).contains("1,205 messages imported");
    assertThat(picture("bob")).isEqualTo(picture("ann"));

    imap(
        "SELECT INBOX",
        "STORE 1:3 +FLAGS (\\Answered later)",
        "STORE 4:5 FLAGS (\\Deleted)",
        "EXPUNGE",
        "COPY 1:2 Sent");
    assertThat(run(move).out()).contains("2 messages imported", "flags of 3 changed");
    assertThat(run("mailbox", "list", "bob@example.org").out()).containsPattern("INBOX +1200 ");
    String[] deleting = Arrays.copyOf(move, move.length + 1);
    deleting[move.length] = "--delete";
    assertThat(run(deleting).out()).contains("0 messages imported", "removed");
    assertThat(picture("bob")).isEqualTo(picture("ann"));
    assertThat(run(deleting).out()).doesNotContain("removed", "changed");
  }

  @Test
  void aTrialTellsWhatTheRunDoesAndWhatIsGoneAsAMailboxIsNamed() throws IOException {
    Path small = files.resolve("small");
    fill(small, 3);
    fill(small.resolve(".Big"), 4);
    fill(small.resolve(".Lists"), 2);
    assertThat(run("import", "maildir", small.toString(), "--user", "ann@example.org").status())
        .isZero();
    assertThat(follow("--dry-run").out()).contains("9 messages would be imported");
    assertThat(follow("--delete").out())
        .contains("9 messages imported")
        .doesNotContain("not there");

    imap(
        "RENAME Big Huge",
        "SELECT INBOX",
        "STORE 1 FLAGS (\\Answered)",
        "STORE 2:3 FLAGS (\\Deleted)",
        "EXPUNGE");
    String gone = "1 are mailboxes that were imported and are not there any more: they stay here";
    Result trial = follow("--delete", "--dry-run");
    assertThat(trial.status()).isZero();
    assertThat(trial.out())
        .contains(
            "4 messages would be imported, 3 are there already, flags of 1 would change, 2 would be removed",
            gone,
            "Big");
    JsonNode told =
        JSON.readTree(follow("--delete", "--dry-run", "--json").out().lines().toList().getLast());
    assertThat(told.path("wouldFlag").asInt()).isEqualTo(1);
    assertThat(told.path("wouldRemove").asInt()).isEqualTo(2);
    Result result = follow("--delete");
    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("4 messages imported, 3 were", "2 removed", gone);
    assertThat(run("mailbox", "list", "bob@example.org").out()).containsPattern("Big +4 ");

    run("mailbox", "delete", "bob@example.org", "Big", "--yes");
    assertThat(follow("--delete", "--exclude", "Lists").out())
        .contains("were excluded")
        .doesNotContain("not there");
  }

  @Test
  void aTrialTellsWhichMailboxGoesIntoWhich() throws IOException {
    Path maildir = files.resolve("small");
    fill(maildir, 1);
    fill(maildir.resolve(".Sent Items"), 3);
    String[] words = {"import", "maildir", maildir.toString(), "--user", "ann@example.org"};
    String[] trial = Arrays.copyOf(words, words.length + 1);
    trial[words.length] = "--dry-run";
    assertThat(run(trial).out()).contains("Sent Items → Sent");
    assertThat(run(words).out()).contains("Sent Items → Sent");
  }

  @Test
  void whyAServerTakesNoMoreIsToldToProgramsToo() throws IOException {
    server.close();
    server =
        PosthornServer.start(
            data,
            new ConfigSource(
                Optional.empty(),
                InProcess.settings("storage.engine=memory", "storage.accounts.mailboxes-max=10")));
    run("domain", "add", "example.org");
    String password = files.resolve("password").toString();
    run("user", "add", "ann@example.org", "--password-file", password);
    Path maildir = files.resolve("many");
    for (int i = 0; i < 10; i++) {
      fill(maildir.resolve(".Folder " + i), 1);
    }
    Result result =
        run("import", "maildir", maildir.toString(), "--user", "ann@example.org", "--json");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("at most 10 mailboxes");
    JsonNode last = JSON.readTree(result.out().lines().toList().getLast());
    assertThat(last.at("/error/code").asString("")).isEqualTo("conflict");
  }

  /// Takes what ann has to bob.
  private Result follow(String... options) {
    Stream<String> command =
        Stream.of(
            "import",
            "imap",
            "--from",
            "127.0.0.1:" + server.listeners().getFirst().port(),
            "--plain-on-loopback",
            "--login",
            "ann@example.org",
            "--password-file",
            files.resolve("password").toString(),
            "--user",
            "bob@example.org");
    return run(Stream.concat(command, Stream.of(options)).toArray(String[]::new));
  }

  @Test
  void anotherServerThatRefusesIsExplained() {
    Result result =
        run(
            "import",
            "imap",
            "--from",
            "127.0.0.1:" + server.listeners().getFirst().port(),
            "--plain-on-loopback",
            "--login",
            "eve@example.org",
            "--password-file",
            files.resolve("password").toString(),
            "--user",
            "bob@example.org");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("refuses the login of eve@example.org");
  }

  @Test
  void greenMailIsMovedFromWithItsFlags() throws Exception {
    var green = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_IMAP));
    green.start();
    try {
      GreenMailUser user = green.setUser("ann@old.example", "ann", "secret");
      for (int i = 0; i < 40; i++) {
        user.deliver(
            GreenMailUtil.createTextEmail(
                "ann@old.example", "b@c.d", "n" + i, "body", green.getImap().getServerSetup()));
      }
      Result result =
          run(
              "import",
              "imap",
              "--from",
              "127.0.0.1:" + green.getImap().getPort(),
              "--plain-on-loopback",
              "--login",
              "ann",
              "--password-file",
              files.resolve("password").toString(),
              "--user",
              "bob@example.org",
              "--into",
              "Old");
      assertThat(result.status()).as(result.out() + result.err()).isZero();
      assertThat(run("mailbox", "list", "bob@example.org").out()).containsPattern("Old +40 ");
    } finally {
      green.stop();
    }
  }

  private void imap(String... commands) throws IOException {
    try (var socket =
            new Socket(InetAddress.getLoopbackAddress(), server.listeners().getFirst().port());
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      var all = new ArrayList<>(List.of("LOGIN ann@example.org secret"));
      all.addAll(List.of(commands));
      for (String command : all) {
        socket.getOutputStream().write(("t " + command + "\r\n").getBytes(StandardCharsets.UTF_8));
        String line = in.readLine();
        while (!line.startsWith("t ")) {
          line = in.readLine();
        }
        assertThat(line).startsWith("t OK");
      }
    }
  }

  @Test
  void whatDoesNotFitIsLeftOutAndSaid() throws IOException {
    Path maildir = maildir();
    Files.createFile(maildir.resolve("cur/1700000001.empty:2,S"));
    assertThat(run("user", "set", "ann@example.org", "--quota", "100K").status()).isZero();

    Result result =
        run("import", "maildir", maildir.toString(), "--user", "ann@example.org", "--json");

    assertThat(result.status()).isEqualTo(1);
    List<JsonNode> lines = result.out().lines().map(JSON::readTree).toList();
    assertThat(lines)
        .filteredOn(line -> line.path("odd").asString("").equals("over-quota"))
        .allMatch(line -> line.path("leftOut").asBoolean() && line.path("count").asInt() > 700);
    assertThat(lines).filteredOn(line -> line.path("odd").asString("").equals("empty")).hasSize(1);
    JsonNode last = lines.getLast();
    assertThat(last.path("done").asBoolean()).isTrue();
    assertThat(last.path("imported").asInt() + last.path("leftOut").asInt()).isEqualTo(1_206);

    assertThat(run("user", "set", "ann@example.org", "--quota", "none").status()).isZero();
    assertThat(run("import", "maildir", maildir.toString(), "--user", "ann@example.org").out())
        .contains(last.path("imported").asInt() + " were there already", "1 are empty");
  }

  @Test
  void wrongPlacesAndNamesAreExplained() throws IOException {
    assertThat(
            run(
                "import",
                "maildir",
                files.toString(),
                "--user",
                "ann@example.org",
                "--exclude",
                "[Gmail"))
        .satisfies(result -> {
          assertThat(result.status()).isEqualTo(2);
          assertThat(result.err()).contains("--exclude \"[Gmail\" is no pattern");
        });
    assertThat(run("import", "maildir", "/nowhere", "--user", "ann@example.org"))
        .satisfies(result -> {
          assertThat(result.status()).isEqualTo(3);
          assertThat(result.err()).contains("There is no /nowhere");
        });
    assertThat(run("import", "maildir", files.toString(), "--user", "ann@example.org").err())
        .contains("is no Maildir");
    assertThat(run("import", "mbox", files.toString(), "--user", "eve@example.org").status())
        .isEqualTo(3);
    assertThat(run("export", "zip", "ann@example.org", "x.zip", "--mailbox", "No").status())
        .isEqualTo(3);
  }

  /// Every message with where it is, in order, and every mailbox: what an export to a zip says.
  private List<String> picture(String user) throws IOException {
    Path zip = files.resolve(user + ".zip");
    Files.deleteIfExists(zip);
    assertThat(run("export", "zip", user + "@example.org", zip.toString()).status()).isZero();
    var picture = new ArrayList<String>();
    try (FileSystem inside = FileSystems.newFileSystem(zip)) {
      JsonNode manifest = JSON.readTree(Files.readString(inside.getPath("/manifest.json")));
      manifest.path("mailboxes").forEach(mailbox -> picture.add(mailbox.toString()));
      for (JsonNode message : manifest.path("messages")) {
        byte[] bytes = Files.readAllBytes(inside.getPath("/" + message.path("file").asString()));
        picture.add(
            message.path("mailbox").asString()
                + message.path("flags")
                + message.path("internalDate").asString()
                + new String(bytes, StandardCharsets.ISO_8859_1));
      }
    }
    return picture;
  }

  private Path maildir() throws IOException {
    Path root = files.resolve("Maildir");
    fill(root, 1_200);
    fill(root.resolve(".Sent Items"), 3);
    fill(root.resolve(".Work.&ANw-mlaut 2026"), 2);
    Files.writeString(root.resolve("dovecot-keywords"), "0 work\n1 $label1\n");
    return root;
  }

  private static void fill(Path folder, int count) throws IOException {
    for (String part : List.of("cur", "new", "tmp")) {
      Files.createDirectories(folder.resolve(part));
    }
    for (int i = 0; i < count; i++) {
      String flags = List.of("", "S", "FS", "RS", "Sa", "ab", "DT").get(i % 7);
      boolean keywords = !folder.getFileName().toString().equals("Maildir");
      Path file =
          folder.resolve(
              "cur/" + (1_700_000_000 + i) + ".M1P" + i + ".host:2," + (keywords ? "S" : flags));
      Files.writeString(
          file,
          "From: a@example.net\nSubject: %d\nMessage-ID: <%d@%s>\n\nFrom here\n>From there\n%s\n"
              .formatted(i, i, folder.getFileName().toString().hashCode(), "text ".repeat(i % 50)));
      Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_600_000_000L + i)));
    }
  }

  private Result run(String... arguments) {
    return InProcess.run(data, arguments);
  }
}
