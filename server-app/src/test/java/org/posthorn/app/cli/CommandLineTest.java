package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;
import org.posthorn.app.tls.SelfSigned;

/// What the commands print and how they end, in this process, over a real socket.
@Timeout(120)
class CommandLineTest {
  private static final List<String> SETTINGS = InProcess.settings("storage.engine=memory");

  @TempDir Path data;

  @Test
  void aDomainItsUsersAndTheirMailboxes() throws IOException {
    Path password = Files.writeString(data.resolve("password"), "secret\n");
    try (PosthornServer _ = start()) {
      assertThat(run("domain", "list").out()).contains("posthorn domain add example.org");
      assertThat(run("user", "add", "ann@example.org", "--password-file", password.toString()))
          .isEqualTo(
              new Result(
                  3,
                  "",
                  "There is no domain example.org here: create it first, with  posthorn domain"
                      + " add\n"));
      assertThat(run("domain", "add", "Example.ORG").out()).contains("Added example.org");
      assertThat(run("domain", "add", "example.org").status()).isEqualTo(3);
      assertThat(
              run(
                      "user",
                      "add",
                      "ann@example.org",
                      "--name",
                      "Ann",
                      "--quota",
                      "5GB",
                      "--password-file",
                      password.toString())
                  .status())
          .isZero();
      assertThat(run("user", "list").out())
          .isEqualTo(
              """
              LOGIN            ENABLED  QUOTA   MESSAGES  NAME
              ann@example.org  yes      5.0 GB  -         Ann
              """);
      assertThat(run("mailbox", "create", "ann@example.org", "Work/2026").status()).isZero();
      assertThat(run("mailbox", "list", "ann@example.org").out()).contains("INBOX", "Work/2026");
      assertThat(run("mailbox", "delete", "ann@example.org", "Nowhere", "--yes").status())
          .isEqualTo(3);
      quotasAreSetAndShown();
      assertThat(run("user", "disable", "ann@example.org").status()).isZero();
      assertThat(run("user", "show", "ann@example.org", "--json").out())
          .contains("\"enabled\" : false")
          .doesNotContain("secret", "argon2");
      assertThat(run("alias", "add", "info@example.org", "ann@example.org").status()).isZero();
      assertThat(run("alias", "list").out())
          .contains("info@example.org", "postmaster@example.org  ann@example.org");
      assertThat(run("alias", "remove", "info@example.org").status()).isZero();
      assertThat(run("domain", "remove", "example.org"))
          .isEqualTo(
              new Result(
                  3,
                  "",
                  "Domain example.org still has 1 user: remove each of them first, with  posthorn"
                      + " user remove, or all of them with it:  posthorn domain remove --force\n"));
      aDomainGoesWithItsUsers(password);
      assertThat(run("user", "remove", "ann@example.org").status()).isEqualTo(2);
      assertThat(run("user", "remove", "ann@example.org", "--yes").status()).isZero();
      assertThat(run("domain", "remove", "example.org").status()).isZero();
      assertThat(run("queue", "list").out()).isEqualTo("Nothing is under way.\n");
      assertThat(run("queue", "show", "abc").status()).isEqualTo(3);
      Path mail = Files.createDirectories(data.resolve("elsewhere"));
      assertThat(run("queue", "import", mail.toString()).out()).contains("0 mails taken");
      Files.writeString(mail.resolve("a.eml"), "Subject: a\r\n\r\n");
      Result wrong = run("queue", "import", mail.toString());
      assertThat(wrong.status()).isEqualTo(3);
      assertThat(wrong.err()).contains("is an export of the queue", "queue export --to");
      assertThat(run("verify").out()).contains("all is well");
    }
  }

  /// Nobody is asked about what is not there.
  @Test
  void whatIsNotThereIsSaidToBeNotThere() throws IOException {
    Path password = Files.writeString(data.resolve("password"), "secret\n");
    try (PosthornServer _ = start()) {
      assertThat(run("domain", "add", "example.org").status()).isZero();
      assertThat(
              run("user", "add", "ann@example.org", "--password-file", password.toString())
                  .status())
          .isZero();
      assertThat(run("user", "remove", "eve@example.org"))
          .isEqualTo(
              new Result(3, "", "There is no user eve@example.org; see  posthorn user list\n"));
      Result nowhere =
          new Result(3, "", "No mailbox Nowhere; see  posthorn mailbox list ann@example.org\n");
      assertThat(run("mailbox", "delete", "ann@example.org", "Nowhere")).isEqualTo(nowhere);
      assertThat(run("mailbox", "delete", "ann@example.org", "Nowhere", "--yes"))
          .isEqualTo(nowhere);
      assertThat(run("mailbox", "acl", "ann@example.org", "Nowhere")).isEqualTo(nowhere);
      assertThat(run("mailbox", "delete", "ann@example.org", "Trash").err())
          .contains("Nothing was deleted");
      assertThat(run("status").out())
          .contains("config    none, but what --set says: %d values\n".formatted(SETTINGS.size()));
    }
  }

  private void aDomainGoesWithItsUsers(Path password) {
    String[] remove = {"domain", "remove", "example.com", "--force", "--yes"};
    assertThat(run("domain", "add", "example.com").status()).isZero();
    assertThat(
            run("user", "add", "eve@example.com", "--password-file", password.toString()).status())
        .isZero();
    assertThat(run("domain", "remove", "example.com", "--force"))
        .isEqualTo(
            new Result(
                2,
                "",
                "Nothing was removed. To remove example.com, its 1 user and all their mail without a"
                    + " question:  --yes\n"));
    assertThat(run("user", "show", "eve@example.com").status()).isZero();
    assertThat(run(remove))
        .isEqualTo(new Result(0, "Removed example.com, its 1 user and their mail.\n", ""));
    assertThat(run("user", "show", "eve@example.com").status()).isEqualTo(3);
    assertThat(run("domain", "list").out()).doesNotContain("example.com");
    assertThat(run(remove).status()).isEqualTo(3);
  }

  private void quotasAreSetAndShown() {
    assertThat(run("user", "show", "ann@example.org").out())
        .contains("messages  0 (no limit, by default)", "used      0 B of 5.0 GB (0 %)");
    assertThat(run("domain", "set", "example.org", "--quota-messages", "1000"))
        .extracting(Result::status)
        .isEqualTo(0);
    assertThat(run("user", "set", "ann@example.org", "--quota", "none").status()).isZero();
    assertThat(run("user", "show", "ann@example.org").out())
        .contains("messages  0 of 1000 (0 %, by default)", "used      0 B (no limit)");
    assertThat(run("domain", "list").out()).contains("QUOTA  MESSAGES", "       1000\n");
    assertThat(run("user", "set", "ann@example.org", "--quota-messages", "many").status())
        .isEqualTo(2);
    assertThat(run("user", "set", "ann@example.org").err()).contains("--quota-messages");
    assertThat(run("domain", "set", "example.org", "--quota-messages", "default").status())
        .isZero();
    assertThat(run("domain", "set", "example.org", "--separator", "--").status()).isNotZero();
  }

  @Test
  void aSharedMailboxAndWhoMayUseIt() throws IOException {
    Path password = Files.writeString(data.resolve("password"), "secret\n");
    try (PosthornServer _ = start()) {
      for (String login : List.of("ann@example.org", "bob@example.org")) {
        assertThat(
                run("user", "add", login, "--create-domain", "--password-file", password.toString())
                    .status())
            .isZero();
      }
      assertThat(run("user", "add", "support@example.org", "--shared").out())
          .isEqualTo("Added support@example.org.\n");
      assertThat(run("group", "list").out()).isEqualTo("No groups.\n");
      assertThat(run("group", "create", "team@example.org", "ann@example.org").out())
          .isEqualTo("Made group team@example.org with 1 member.\n");
      assertThat(run("group", "create", "team@example.org").status()).isEqualTo(3);
      assertThat(run("group", "add", "team@example.org", "cyd@example.org").status()).isEqualTo(3);
      assertThat(run("group", "add", "team@example.org", "bob@example.org").status()).isZero();
      assertThat(run("group", "remove", "team@example.org", "ann@example.org").status()).isZero();
      assertThat(run("group", "list", "example.org").out())
          .contains("team@example.org  bob@example.org");
      assertThat(
              run(
                      "mailbox",
                      "acl",
                      "support@example.org",
                      "INBOX",
                      "--set",
                      "$team=lrd",
                      "--set",
                      "ann=l")
                  .out())
          .contains("$team@example.org  lrte", "ann@example.org    l");
      assertThat(run("mailbox", "acl", "support@example.org", "INBOX", "--set", "ann=").out())
          .doesNotContain("ann@");
      assertThat(run("mailbox", "acl", "support@example.org", "INBOX", "--set", "x").status())
          .isEqualTo(2);
      assertThat(run("mailbox", "acl", "ann@example.org", "INBOX", "--set", "bob=q").err())
          .contains("There is no right 'q'");
      assertThat(run("group", "remove", "team@example.org").status()).isZero();
      assertThat(run("mailbox", "acl", "support@example.org", "INBOX").out())
          .isEqualTo("Shared with nobody.\n");
      assertThat(run("verify").status()).isZero();
    }
  }

  @Test
  void importsWhatItCanAndNamesTheLinesThatItCannot() throws IOException {
    Path file =
        Files.writeString(
            data.resolve("users.csv"),
            """
            login,password,name,quota
            ann@example.org,one,"Example, Ann",1GB
            ann@example.org,two,,
            not an address,three,,
            bob@example.org,four,,many
            cid@example.org,five
            dan@example.org,six,,
            """);
    try (PosthornServer _ = start()) {
      Result result = run("user", "import", file.toString(), "--create-domain");

      assertThat(result.status()).as("as of every import that leaves something out").isEqualTo(1);
      assertThat(result.out())
          .contains(
              "line 3: the same login as line 2",
              "line 4:",
              "line 5: \"many\" is not a size",
              "line 6: 2 values, but 4 columns")
          .endsWith("2 users added, 4 lines not taken\n");
      assertThat(run("user", "list").out()).contains("dan@example.org", "Example, Ann");
    }
  }

  /// Who has the other server's file of hashes could log in with what is in it.
  @Test
  void aHashOfAnotherKindIsNotThePasswordItself() throws IOException {
    String hash = "{argon2id}$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$" + "A".repeat(43);
    Path file =
        Files.writeString(
            data.resolve("users.csv"),
            """
            login,password
            a@example.org,{SHA512-CRYPT}$6$a$b
            b@example.org,$2y$10$abcdefghijklmnopqrstuv
            c@example.org, $1$salt$hash
            d@example.org,{ssha}abcdefg
            e@example.org,"$argon2i$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$x"
            f@example.org,"%s"
            g@example.org,$money$ {bag}
            h@example.org,!$6$salt$hash
            i@example.org,da39a3ee5e6b4b0d3255bfef95601890afd80709
            j@example.org,{Summer}2024
            """
                .formatted(hash));
    try (PosthornServer _ = start()) {
      Result result = run("user", "import", file.toString(), "--create-domain");

      assertThat(result.out())
          .contains(
              "line 2: This looks like a password hash", "line 6: This looks", "set a password")
          .endsWith("3 users added, 7 lines not taken\n");
      assertThat(run("user", "list").out())
          .contains("f@example.org", "g@example.org", "j@example.org")
          .doesNotContain("a@", "b@", "c@", "d@", "e@", "h@", "i@");
      Path password = Files.writeString(data.resolve("password"), "$6$salt$hash\n");
      assertThat(
              run("user", "password", "g@example.org", "--password-file", password.toString())
                  .err())
          .contains("looks like a password hash");
    }
  }

  @Test
  void theFirstPersonOfADomainAnswersForItsRolesHoweverTheyCome() throws IOException {
    Path password = Files.writeString(data.resolve("password"), "secret\n");
    Path file =
        Files.writeString(
            data.resolve("users.csv"),
            """
            login,password
            ann@example.org,
            bob@example.org,secret
            abuse@example.org,secret
            cyd@example.org,secret
            dan@example.net,secret
            eve@example.com,secret
            """);
    try (PosthornServer _ = start()) {
      run("domain", "add", "example.com");
      run("user", "add", "support@example.com", "--shared");
      assertThat(
              run("user", "add", "pia@example.com", "--password-file", password.toString()).out())
          .contains("As the first user of the domain", "postmaster@example.com");

      Result imported = run("user", "import", file.toString(), "--create-domain");

      assertThat(imported.out())
          .contains(
              "bob@example.org, the first user of the domain, also gets mail for"
                  + " postmaster@example.org\n",
              "dan@example.net, the first user of the domain, also gets mail for"
                  + " postmaster@example.net, abuse@example.net\n")
          .doesNotContain("eve@");
      assertThat(run("alias", "list").out())
          .contains("postmaster@example.org  bob@example.org", "abuse@example.net       dan@")
          .contains("abuse@example.com       pia@example.com")
          .doesNotContain("abuse@example.org ");
    }
  }

  @Test
  void anImportTellsOfItsLinesInTheirOrderAndSumsUp() throws IOException {
    var csv = new StringBuilder("login,password\n");
    for (int i = 0; i < 20; i++) {
      csv.append(i % 4 == 2 ? "no address,x\n" : "u" + i + "@example.org,secret\n");
    }
    Path file = Files.writeString(data.resolve("users.csv"), csv);
    try (PosthornServer _ = start()) {
      List<String> lines =
          run("user", "import", file.toString(), "--create-domain", "--json")
              .out()
              .lines()
              .toList();

      assertThat(lines).hasSize(21);
      for (int i = 0; i < 20; i++) {
        assertThat(lines.get(i)).startsWith("{\"line\":" + (i + 2) + ",");
      }
      assertThat(lines.getLast())
          .startsWith("{\"done\":true,\"added\":15,\"notTaken\":5,")
          .contains("\"u0@example.org\":[\"postmaster@example.org\"");
    }
  }

  @Test
  void withoutAServerACommandSaysHowToStartOne() {
    Result result = run("status");

    assertThat(result.status()).isEqualTo(4);
    assertThat(result.err()).contains("No server is running", "posthorn start --data");
  }

  @Test
  void theSocketIsForItsOwnerOnlyAndGoesWithTheServer() throws IOException {
    Path socket = data.resolve("admin.sock");
    try (PosthornServer _ = start()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
    }
    assertThat(socket).doesNotExist();
  }

  /// The kernel takes only short paths for sockets.
  @Test
  void aLongDataDirectoryWorksToo() throws IOException {
    Path deep = Files.createDirectories(data.resolve("d".repeat(60)).resolve("e".repeat(60)));
    try (PosthornServer _ =
        PosthornServer.start(deep, new ConfigSource(Optional.empty(), SETTINGS))) {
      assertThat(runOn(deep, "status").status()).isZero();
    }
    assertThat(deep.resolve("admin.sock")).doesNotExist();
  }

  /// What a killed server leaves.
  @Test
  void aSocketThatNobodyListensOnIsTakenOver() throws IOException {
    ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    left.bind(UnixDomainSocketAddress.of(data.resolve("admin.sock")));
    left.close();
    assertThat(run("status").status()).isEqualTo(4);

    try (PosthornServer _ = start()) {
      assertThat(run("status").status()).isZero();
    }
  }

  @Test
  void wrongUsageIsExplained() {
    assertThat(run("user").err())
        .contains("Say which: app-password, block, sending, vacation, add");
    assertThat(run("usr").err()).contains("Did you mean", "posthorn user");
    assertThat(run("domain", "catch-all", "example.org").status()).isEqualTo(2);
    assertThat(run("user", "add", "a@b.example", "--password", "x").status()).isEqualTo(2);
  }

  @Test
  void whatWasTypedWrongMovesNoCursor() {
    String red = "\u001b[31m";
    for (String[] typed :
        List.of(
            new String[] {"nonsense" + red},
            new String[] {"user", "list", "--bla" + red},
            new String[] {"user", "add", "ann@example.org", "--shared=" + red},
            new String[] {"config", "show", "--set", "smtp" + red + "=1"})) {
      Result result = run(typed);
      assertThat(result.status()).isEqualTo(2);
      assertThat(result.err()).contains("\\u001b[31m").doesNotContain(red);
    }
  }

  @Test
  void aWrongConfigurationIsNamedLineByLine() throws IOException {
    Path file = Files.writeString(data.resolve("posthorn.yaml"), "hostname: a.example\nimpa: {}\n");

    Result result = run("config", "check", "--config", file.toString());

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("posthorn.yaml:2: impa: unknown key; did you mean imap?");
  }

  /// It has a folder of its own and is for people: what it cannot heed it does not take.
  @Test
  void theDemoTakesNoOptionInVain() {
    Result json = InProcess.run("demo", "--once", "--json");
    assertThat(json.status()).isEqualTo(2);
    assertThat(json.err()).contains("Unknown option: '--json'");
    assertThat(InProcess.run("demo", "--once", "--data", data.toString()).err())
        .contains("Unknown options: '--data'");
  }

  @Test
  void aFileOrTimeThatIsGivenInVainIsSaid() {
    Path none = data.resolve("none.yaml");
    assertThat(run("config", "check", "--config", none.toString()).err())
        .contains(none + ": there is no such file");
    assertThat(run("config", "check").out())
        .isEqualTo("There is no configuration file; the defaults are in order.\n");
    assertThat(run("key", "create", "/proc/nowhere/master.key").err())
        .contains("/proc/nowhere/master.key is not there and cannot be made");
    assertThat(run("verify").err()).contains("no server's data in " + data, "with --data");
    Result trace = run("trace", "ann@example.org", "--follow", "--since", "2h");
    assertThat(trace.status()).isEqualTo(2);
    assertThat(trace.err()).contains("--follow", "--since");
  }

  @Test
  void aCheckOfTheConfigurationLooksAtItsCertificates() throws IOException {
    for (String name : List.of("a", "b")) {
      SelfSigned.ensure(data.resolve(name + ".crt"), data.resolve(name + ".key"), "a.example");
    }
    assertThat(checked("a.crt", "a.key").status()).isZero();
    Result missing = checked("none.crt", "a.key");
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err()).contains("tls", "Cannot read " + data.resolve("none.crt"));
    Result strange = checked("a.crt", "b.key");
    assertThat(strange.status()).isEqualTo(2);
    assertThat(strange.err()).contains("a.crt with b.key: ", "does not belong");
    assertThat(run("config", "check", "--set", "tls.client-authorities=none.pem").err())
        .contains("Cannot read " + data.resolve("none.pem"));
    assertThat(data.resolve("tls")).doesNotExist();
  }

  @Test
  void whyAConfigurationCannotBeReadIsSaidInWords() throws IOException {
    Path wide =
        Files.write(data.resolve("wide.yaml"), "hostname: a".getBytes(StandardCharsets.UTF_16));
    assertThat(run("config", "check", "--config", wide.toString()).err())
        .contains(wide + ": is not UTF-8; save it as that");
    assertThat(run("config", "check", "--config", data.toString()).err())
        .contains(data + ": is a folder; name the file in it");
    Path file =
        Files.writeString(data.resolve("c.yaml"), "hostname: a b\nimap:\n  idle-timeout: 1m\n");
    assertThat(
            run("config", "check", "--config", file.toString(), "--set", "imap.plain.port=0").err())
        .contains("c.yaml:1: smtp: hostname must", "c.yaml:3: imap: imap.idle-timeout must");
    assertThat(checked("none.crt", "a.key").err()).contains("none.crt: there is no such file");
  }

  /// The server would listen on loopback only, with another chain and other domains' certificates.
  @Test
  void aConfigurationThatCannotBeReachedIsNotTakenForNone() throws IOException {
    Path file = data.resolve("posthorn.yaml");
    Files.createSymbolicLink(file, data.resolve("not-mounted").resolve("posthorn.yaml"));
    Result checked = run("config", "check");
    assertThat(checked.status()).isEqualTo(2);
    assertThat(checked.err()).contains(file + ": there is no such file");
  }

  @Test
  void whatIsInTheWayIsSaidWithWhatToDo() throws IOException {
    try (PosthornServer server = start()) {
      int port = server.listeners().getFirst().port();
      List<String> same =
          Stream.concat(SETTINGS.stream(), Stream.of("imap.plain.port=" + port)).toList();
      assertThatThrownBy(() ->
              PosthornServer.start(data.resolve("other"), new ConfigSource(Optional.empty(), same)))
          .hasMessageContaining("port " + port, "in use")
          .hasMessageContaining("for the listener imap: another program")
          .hasMessageContaining("ss -ltnp");
    }
  }

  @Test
  void aCheckOfTheConfigurationLooksAtTheAuthoritiesOfOtherServers() throws IOException {
    String key = "outbound.trust.authorities-file";
    Path none = data.resolve("none.pem");
    Result missing = run("config", "check", "--set", key + "=none.pem");
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err()).contains(none + ": " + key + ": cannot be read");
    Files.writeString(none, "no certificate");
    Result strange = run("config", "check", "--set", key + "=none.pem");
    assertThat(strange.status()).isEqualTo(2);
    assertThat(strange.err()).contains(none + ": " + key + ": Not PEM certificates");
  }

  /// It may come up later, so that keeps no server from starting.
  @Test
  void anAddressToSetOutFromThatIsNotHereIsNamedBeforeMailNeedsIt() throws IOException {
    String identity =
        "Warning: outbound.identity.source-addresses: nothing can set out from 203.0.113.9 now: ";
    String route =
        "Warning: outbound.routes[1].source-addresses: nothing can set out from 203.0.113.8 now: ";
    String settings =
        """
        hostname: mail.example.org
        outbound:
          identity: {source-addresses: [%s]}
          routes:
            - {recipients: [a.example], to: mx, source-addresses: [127.0.0.1]}
            - {recipients: [b.example], to: mx, source-addresses: [%s]}
        """;
    Path file = data.resolve("posthorn.yaml");
    Files.writeString(file, settings.formatted("203.0.113.9", "203.0.113.8"));
    Result check = run("config", "check", "--config", file.toString());
    assertThat(check.status()).isZero();
    assertThat(check.out()).contains(identity, route, "is in order.").doesNotContain("127.0.0.1");
    assertThat(run("config", "check", "--config", file.toString(), "--json").out())
        .contains("warnings", "203.0.113.8");

    Files.writeString(file, settings.formatted("127.0.0.1", "127.0.0.1"));
    assertThat(run("config", "check", "--config", file.toString()).out()).doesNotContain("Warning");
    try (PosthornServer _ =
        PosthornServer.start(data, new ConfigSource(Optional.of(file), SETTINGS))) {
      assertThat(run("reload").out()).isEqualTo("Reloaded.\n");
      Files.writeString(file, settings.formatted("127.0.0.1", "203.0.113.8"));
      assertThat(run("reload").out()).contains(route).doesNotContain(identity);
    }
  }

  private Result checked(String certificate, String key) {
    return run(
        "config",
        "check",
        "--set",
        "tls.certificates=[{certificate: %s, key: %s}]".formatted(certificate, key));
  }

  @Test
  void aCheckOfTheConfigurationReadsTheFilesThatTheStorageNeeds() throws IOException {
    Path key = data.resolve("master.key");
    String keySetting = "storage.encryption.master-key-file=";
    assertThat(run("config", "check", "--set", keySetting + "none").err())
        .contains(
            "storage.encryption.master-key-file: ", "no master key file " + data.resolve("none"));
    assertThat(run("key", "create", key.toString()).status()).isZero();
    assertThat(run("config", "check", "--set", keySetting + "master.key").status()).isZero();
    Files.writeString(key, "not a key");
    assertThat(run("config", "check", "--set", keySetting + "master.key"))
        .satisfies(wrong -> assertThat(wrong.status()).isEqualTo(2))
        .satisfies(wrong -> assertThat(wrong.err()).contains("is no master key file"));

    String[] provider = {
      "config",
      "check",
      "--set",
      "storage.logins.oauth={issuer: \"https://id.example.org\", introspection-url:"
          + " \"https://id.example.org/ask\", client-id: posthorn, client-secret-file: secret}"
    };
    Result missing = run(provider);
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err())
        .contains("storage.logins.oauth.client-secret-file: cannot read " + data.resolve("secret"));
    Files.writeString(data.resolve("secret"), "secret");
    assertThat(run(provider).err()).isEmpty();
  }

  @Test
  void aReloadComparesWithWhatIsInForce() throws IOException {
    Path file = data.resolve("posthorn.yaml");
    String route = "outbound: {static-routes: {example.net: \"127.0.0.1:9\"}}\n";
    Files.writeString(file, "hostname: mail.example.org\n");
    try (PosthornServer _ =
        PosthornServer.start(data, new ConfigSource(Optional.of(file), SETTINGS))) {
      Files.writeString(file, "hostname: mail3.example.org\n" + route);
      assertThat(run("reload").out()).contains("Taken over: outbound.static-routes");
      String again = run("reload").out();
      assertThat(again).isEqualTo("Only after a restart: hostname\nReloaded.\n");
      assertThat(run("status").out()).contains("hostname  mail.example.org\n");
      Files.writeString(file, "hostname: mail.example.org\n" + route);
      assertThat(run("reload").out()).isEqualTo("Reloaded.\n");
      Files.writeString(file, "hostname: mail.example.org\n");
      assertThat(run("reload").out())
          .contains("Taken over: outbound.static-routes")
          .doesNotContain("Only after a restart");
    }
  }

  @Test
  void aReloadSaysThatAFileIsThereWhichWasNotAtTheStart() throws IOException {
    try (PosthornServer _ = start()) {
      assertThat(run("reload").out()).isEqualTo("Reloaded.\n");
      Path file = Files.writeString(data.resolve("posthorn.yaml"), "hostname: a.example\n");
      assertThat(run("reload").out())
          .isEqualTo(
              "Only after a restart: " + file + ", which was not there at the start\nReloaded.\n");
    }
  }

  @Test
  void showsWhereEachValueComesFrom() throws IOException {
    Path file = Files.writeString(data.resolve("posthorn.yaml"), "hostname: a.example\n");

    assertThat(
            run(
                    "config",
                    "show",
                    "--config",
                    file.toString(),
                    "--set",
                    "log.level=debug",
                    "--changed")
                .out())
        .isEqualTo(
            """
            KEY        VALUE      FROM
            hostname   a.example  posthorn.yaml:1
            log.level  debug      --set
            """);
  }

  @Test
  void theChainThatShipsIsPrintedAndInOrder() {
    assertThat(run("config", "chain").out()).contains("root:", "dead-letters:");
    Result missing = run("config", "chain", "--set", "chain-file=none.yaml");
    assertThat(missing.err()).contains("Cannot read the chain: There is no ", "none.yaml");
    assertThat(missing.status()).isEqualTo(3);
    assertThat(run("config", "check").status()).isZero();
  }

  @Test
  void whoTakesHowMuchSpaceAndWhatIsFreed() throws IOException {
    Path password = Files.writeString(data.resolve("password"), "secret\n");
    try (PosthornServer _ = start()) {
      assertThat(run("domain", "add", "example.org").status()).isZero();
      assertThat(
              run("user", "add", "ann@example.org", "--password-file", password.toString())
                  .status())
          .isZero();
      assertThat(run("space").out())
          .isEqualTo(
              """
              DOMAIN       USERS  MESSAGES  SIZE  KEPT FOR UNDO
              example.org  1      0         0 B   0 B

              USER             MESSAGES  SIZE  KEPT FOR UNDO
              ann@example.org  0         0 B   0 B

              On disk: 0 B of rows, 0 B of messages.
              Nothing was collected yet. What could be freed:  posthorn space collect --try
              """);
      assertThat(run("space", "example.net").status()).isEqualTo(3);
      assertThat(run("space", "example.org", "--quick", "--json").out())
          .contains("\"user\":\"ann@example.org\"", "\"done\":true");
      assertThat(run("space", "collect", "--fast").out()).startsWith("Freed 0 B of 0 messages");
      assertThat(run("space").out()).contains("Last collection ");
    }
  }

  private PosthornServer start() throws IOException {
    return PosthornServer.start(data, new ConfigSource(Optional.empty(), SETTINGS));
  }

  private Result run(String... arguments) {
    return runOn(data, arguments);
  }

  private static Result runOn(Path data, String... arguments) {
    boolean alone = arguments.length == 1 && List.of("user", "usr").contains(arguments[0]);
    return alone ? InProcess.run(arguments) : InProcess.run(data, arguments);
  }
}
