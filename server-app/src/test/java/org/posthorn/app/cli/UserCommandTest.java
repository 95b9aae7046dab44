package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminSocket;
import org.posthorn.app.cli.InProcess.Result;
import tools.jackson.databind.json.JsonMapper;

class UserCommandTest {
  private static final String BOB = "bob@firm.example";

  @TempDir Path data;

  private PosthornServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        PosthornServer.start(
            data,
            new ConfigSource(
                Optional.empty(),
                InProcess.settings("storage.engine=memory", "smtp.postmaster=" + BOB)));
    done("domain", "add", "firm.example");
    done("user", "add", BOB, "--shared");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Result run(String... arguments) {
    return InProcess.run(data, arguments);
  }

  private String done(String... arguments) {
    Result result = run(arguments);
    assertThat(result.isDone()).as(result.err()).isTrue();
    return result.out();
  }

  private String file(String text, Charset charset) throws IOException {
    return Files.write(data.resolve("file.csv"), text.getBytes(charset)).toString();
  }

  /// A password in another encoding would be one that nobody can type.
  @Test
  void aTableInAnotherEncodingIsRefusedByItsLine() throws IOException {
    String table =
        "login,password,name\r\nz1@firm.example,secret,Zoe\rz2@firm.example,grüße-1234,Jörg\n";
    Result latin = run("user", "import", file(table, StandardCharsets.ISO_8859_1));
    assertThat(latin.status()).isEqualTo(ExitCode.USAGE);
    assertThat(latin.err())
        .contains("line 3 is not UTF-8", "nothing was taken", "iconv -f latin1 -t utf-8");
    for (Charset wide : new Charset[] {StandardCharsets.UTF_16, StandardCharsets.UTF_16LE}) {
      Result result = run("user", "import", file(table, wide));
      assertThat(result.status()).isEqualTo(ExitCode.USAGE);
      assertThat(result.err()).contains("UTF-16", "iconv -f utf-16 -t utf-8");
    }
    assertThat(done("user", "list")).doesNotContain("z1@", "z2@");
    assertThat(done("user", "import", file("\ufeff" + table, StandardCharsets.UTF_8)))
        .contains("2 users added");
    assertThat(done("user", "list")).contains("Jörg", "Zoe");
    done("list", "create", "team@firm.example");
    String members = "eve@elsewhere.example\njörg@elsewhere.example,Jörg\n";
    assertThat(
            run("list", "import", "team@firm.example", file(members, StandardCharsets.ISO_8859_1))
                .err())
        .contains("line 2 is not UTF-8");
    assertThat(done("list", "members", "team@firm.example")).contains("No members");
  }

  @Test
  void aLineWithABrokenQuoteKeepsNoOtherFromBeingTaken() throws IOException {
    String table =
        """
        login,password,name
        q1@firm.example,secret,"Quin
        q2@firm.example,secret,"Q" Two
        q3@firm.example,secret,"Quin, the third"
        """;
    Result result = run("user", "import", file(table, StandardCharsets.UTF_8));
    assertThat(result.status()).isEqualTo(ExitCode.FAILED);
    assertThat(result.out() + result.err())
        .contains(
            "line 2: a quote is not closed", "line 3: text after a closing quote", "1 user added");
    assertThat(done("user", "list")).contains("Quin, the third").doesNotContain("q1@", "q2@");
    assertThat(run("user", "import", file("login,\"password\nx,y\n", StandardCharsets.UTF_8)).err())
        .contains("line 1: a quote is not closed");
  }

  @Test
  void aPasswordInAnotherEncodingIsRefused() throws IOException {
    byte[] latin = "grüße-1234\n".getBytes(StandardCharsets.ISO_8859_1);
    Path file = Files.write(data.resolve("password"), latin);
    assertThat(run("user", "add", "z@firm.example", "--password-file", file.toString()).err())
        .contains("password is not UTF-8", "iconv -f latin1 -t utf-8");
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(latin));
      assertThat(run("user", "add", "z@firm.example", "--password-stdin").err())
          .contains("password is not UTF-8");
    } finally {
      System.setIn(before);
    }
    assertThat(done("user", "list")).doesNotContain("z@firm.example");
  }

  @Test
  void anAnswerThatWouldNeverGoOutIsNotSet() {
    Result over = run("user", "vacation", "set", BOB, "--text", "Away.", "--until", "2020-01-01");
    assertThat(over.status()).isEqualTo(ExitCode.USAGE);
    assertThat(over.err()).contains("2020-01-01", "is over");
    assertThat(done("user", "vacation", "show", BOB)).contains("Nothing is answered");
    assertThat(
            run(
                    "user",
                    "vacation",
                    "set",
                    BOB,
                    "--text",
                    "Away.",
                    "--from",
                    "2090-01-02",
                    "--until",
                    "2090-01-01")
                .err())
        .contains("end comes before the beginning");
    var admin = new AdminClient(data, JsonMapper.shared());
    assertThatThrownBy(() ->
            admin.put(
                AdminClient.path("users", BOB, "vacation"),
                Map.of("text", "Away.", "until", "2020-01-01T00:00:00Z")))
        .hasMessageContaining("2020-01-01T00:00:00Z, is over");
    String tomorrow = Instant.now().plus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.DAYS) + "";
    assertThat(done("user", "vacation", "set", BOB, "--text", "Away.", "--until", tomorrow))
        .contains("are answered until ");
    assertThat(done("user", "vacation", "set", BOB, "--text", "Away.", "--from", tomorrow))
        .contains("will be answered from ");
    assertThat(
            run("user", "vacation", "set", BOB, "--text", "Away.", "--text-file", "away.txt")
                .status())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void whoIsRemovedLeavesNothingUnsaidThatLeadsNowhere() {
    done("user", "add", "ann@firm.example", "--shared");
    done("alias", "add", "info@firm.example", "ann@firm.example", BOB);
    done("list", "create", "team@firm.example", "moderators=" + BOB);
    done("list", "subscribe", "team@firm.example", "Bob+team@firm.example", "ann@firm.example");
    done("domain", "catch-all", "firm.example", BOB);
    done("domain", "catch-all", "firm.example", "--none");
    assertThat(done("alias", "check")).contains("Every address");

    assertThat(done("user", "remove", BOB, "--yes"))
        .contains(
            "Nobody has this address any more. What led to it leads nowhere now:",
            "alias info@firm.example",
            "smtp.postmaster",
            "moderators of list team@firm.example",
            "members of list team@firm.example (Bob+team@firm.example)");
    Result check = run("alias", "check");
    assertThat(check.status()).isEqualTo(ExitCode.FAILED);
    assertThat(check.out()).contains("alias info@firm.example", BOB).doesNotContain("ann@");
    assertThat(run("alias", "check", "--json").out()).contains("\"kind\" : \"list-member\"");
    assertThat(done("user", "remove", "ann@firm.example", "--yes", "--json"))
        .contains("\"kind\" : \"alias\"", "\"where\" : \"info@firm.example\"");
    assertThat(done("alias", "add", "new@firm.example", "typo@firm.example"))
        .contains("nobody has typo@firm.example");
  }

  /// It is all that `alias check` names then.
  @Test
  void whatLedByAnAliasToWhoIsRemovedIsNamedToo() {
    done("user", "add", "ann@firm.example", "--shared");
    done("alias", "add", "info@firm.example", "ann@firm.example");
    done("list", "create", "team@firm.example", "moderators=info@firm.example");
    done("list", "subscribe", "team@firm.example", "info@firm.example");
    done("domain", "catch-all", "firm.example", "info@firm.example");
    String[] behindInfo = {
      "the catch-all of firm.example (info@firm.example)",
      "the moderators of list team@firm.example (info@firm.example)",
      "the members of list team@firm.example (info@firm.example)"
    };
    assertThat(done("user", "remove", "ann@firm.example", "--yes"))
        .contains("alias info@firm.example (ann@firm.example)")
        .contains(behindInfo);
    assertThat(run("alias", "check").out()).contains(behindInfo);
    done("alias", "add", "all@firm.example", BOB);
    done("alias", "add", "info@firm.example", "all@firm.example");
    assertThat(done("alias", "remove", "all@firm.example"))
        .contains("alias info@firm.example (all@firm.example)")
        .contains(behindInfo)
        .doesNotContain("smtp.postmaster");
  }

  @Test
  void aUserGetsAnotherNameAndTheOldOneStays() {
    done("mailbox", "create", BOB, "Work");
    done("list", "create", "team@firm.example");
    done("list", "subscribe", "team@firm.example", BOB);
    done("list", "set", "team@firm.example", "moderators=" + BOB);
    assertThat(done("user", "rename", BOB, "Rob@firm.example"))
        .contains(
            "bob@firm.example is rob@firm.example now",
            "mail for bob@firm.example goes there",
            "by the name before",
            "posted from rob@firm.example after a login counts",
            "  the members of list team@firm.example (bob@firm.example)",
            "  the moderators of list team@firm.example (bob@firm.example)",
            "posthorn list subscribe LIST rob@firm.example",
            "posthorn list set LIST moderators=");
    done("list", "set", "team@firm.example", "moderators=");
    assertThat(done("mailbox", "list", "rob@firm.example")).contains("Work");
    assertThat(done("alias", "list")).containsPattern("bob@firm.example +rob@firm.example");
    assertThat(done("user", "show", "rob@firm.example"))
        .containsPattern("aliases +bob@firm.example\n");
    assertThat(run("user", "show", BOB).status()).isEqualTo(ExitCode.NOT_POSSIBLE);
    assertThat(run("user", "rename", "rob@firm.example", "rob@club.example").err())
        .contains("stays in the domain");
    assertThat(run("user", "rename", "rob@firm.example", "team@firm.example").status())
        .isEqualTo(ExitCode.NOT_POSSIBLE);
    assertThat(done("user", "rename", "rob@firm.example", BOB, "--no-alias"))
        .contains("nobody has rob@firm.example now");
    assertThat(done("user", "rename", BOB, "rob@firm.example", "--no-alias"))
        .contains("members of list team@firm.example", "smtp.postmaster");
    assertThat(done("verify")).contains("all is well");
  }

  /// What a catch-all catches is nobody's.
  @Test
  void whatIsPostedUnderANewNameIsAStrangersWhereTheOneBeforeIsNoAlias() {
    done("user", "add", "ann@firm.example", "--shared");
    done("domain", "catch-all", "firm.example", "ann@firm.example");
    done("list", "create", "team@firm.example");
    done("list", "subscribe", "team@firm.example", BOB);
    assertThat(done("user", "rename", BOB, "rob@firm.example", "--no-alias"))
        .contains("posted from rob@firm.example is a stranger's")
        .doesNotContain("after a login");
  }

  /// Who mistypes a name must not believe that it is done.
  @Test
  void whatWasNotThereIsNotTakenAway() {
    done("user", "block", "add", BOB, "eve@elsewhere.example");
    assertThat(run("user", "block", "remove", BOB, "eva@elsewhere.example"))
        .satisfies(result -> assertThat(result.status()).isEqualTo(ExitCode.NOT_POSSIBLE))
        .satisfies(result -> assertThat(result.err()).contains("is not blocked"));
    done("user", "block", "remove", BOB, "Eve@Elsewhere.example");
    done("group", "create", "team@firm.example", BOB);
    assertThat(run("group", "remove", "team@firm.example", "bob@elsewhere.example"))
        .satisfies(result -> assertThat(result.status()).isEqualTo(ExitCode.NOT_POSSIBLE))
        .satisfies(result -> assertThat(result.err()).contains("is no member of team@"));
    assertThat(done("group", "list")).contains(BOB);
    done("group", "remove", "team@firm.example", "Bob@firm.example");
    assertThat(done("group", "list")).doesNotContain(BOB);
  }

  /// Who reads the refusal must not have to find out what was done before it.
  @Test
  void aChangeOfWhichAPartIsRefusedIsNone() throws IOException {
    String before = done("user", "show", BOB, "--json");
    assertThat(
            patch(
                "/users/" + BOB,
                "{\"enabled\": false, \"quotaBytes\": 1000, \"historyDays\": 0,"
                    + " \"fullName\": \"Bob\"}"))
        .contains("\"code\":\"bad-request\"", "\"field\":\"historyDays\"");
    assertThat(
            patch(
                "/users/" + BOB, "{\"historyDays\": 7, \"fullName\": \"" + "x".repeat(201) + "\"}"))
        .contains("\"field\":\"fullName\"");
    assertThat(done("user", "show", BOB, "--json")).isEqualTo(before);
    String domain = done("domain", "show", "firm.example", "--json");
    assertThat(patch("/domains/firm.example", "{\"trashDays\": 7, \"junkDays\": 9999999}"))
        .contains("\"field\":\"junkDays\"");
    assertThat(patch("/domains/firm.example", "{\"separator\": \"abc\"}"))
        .contains("\"field\":\"separator\"");
    assertThat(done("domain", "show", "firm.example", "--json")).isEqualTo(domain);

    assertThat(
            patch(
                "/users/" + BOB,
                "{\"enabled\": false, \"quotaBytes\": 1000, \"historyDays\": 7,"
                    + " \"fullName\": \"Bob\"}"))
        .contains("HTTP/1.1 200 ");
    assertThat(done("user", "show", BOB))
        .contains("Bob", "enabled   no", "history   7 days", "of 1000 B");
  }

  @Test
  void aUserWhoIsRefusedLeavesNoDomainBehind() throws IOException {
    Path hash = Files.writeString(data.resolve("hash"), "$6$salt$hashed\n");
    Path good = Files.writeString(data.resolve("good"), "a good password\n");
    String name = "x".repeat(201);
    for (List<String> refused :
        List.of(
            List.of("--password-file", hash.toString()),
            List.of("--password-file", good.toString(), "--name", name),
            List.of("--shared", "--name", name))) {
      List<String> add = new ArrayList<>(List.of("user", "add", "eve@new.example"));
      add.add("--create-domain");
      add.addAll(refused);
      assertThat(run(add.toArray(String[]::new)).status()).isEqualTo(ExitCode.USAGE);
      assertThat(done("domain", "list")).doesNotContain("new.example");
    }
  }

  /// Next to what was mistyped stands where the right name is found.
  @Test
  void whatIsNotThereIsSaidWithWhereToLook() {
    assertThat(run("alias", "remove", "no@firm.example").err()).contains("posthorn alias list");
    assertThat(run("group", "remove", "no@firm.example").err()).contains("posthorn group list");
    assertThat(run("domain", "catch-all", "firm.example", "no@firm.example").err())
        .contains("posthorn user list");
    String nowhere = data.resolve("nowhere").toString();
    assertThat(run("queue", "export", "--to", "/proc/nowhere").err())
        .contains("/proc/nowhere is not there and cannot be made");
    for (Result unread :
        List.of(
            run("user", "import", nowhere),
            run("list", "import", "all@firm.example", nowhere),
            run("queue", "import", nowhere),
            run("import", "mbox", nowhere, "--user", BOB),
            run("chain", "test", nowhere, "--to", BOB),
            run("user", "password", BOB, "--password-file", nowhere),
            run("user", "vacation", "set", BOB, "--text-file", nowhere))) {
      assertThat(unread.status()).as(unread.err()).isEqualTo(ExitCode.NOT_POSSIBLE);
      assertThat(unread.err()).contains("There is no " + nowhere);
    }
    for (Result unread :
        List.of(
            run("user", "import", data.toString()),
            run("chain", "test", data.toString(), "--to", BOB),
            run("user", "password", BOB, "--password-file", data.toString()),
            run("user", "vacation", "set", BOB, "--text-file", data.toString()))) {
      assertThat(unread.status()).isEqualTo(ExitCode.FAILED);
      assertThat(unread.err()).contains(data + ": Is a directory");
    }
  }

  /// The answer as it comes.
  private String patch(String path, String body) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(new AdminSocket(data).path().toRealPath()));
      Channels.newOutputStream(channel)
          .write(
              "PATCH %s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(path, body.length(), body)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
