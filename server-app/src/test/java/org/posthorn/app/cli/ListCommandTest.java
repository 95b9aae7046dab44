package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.cli.InProcess.Result;
import tools.jackson.databind.json.JsonMapper;

class ListCommandTest {
  private static final String TEAM = "team@example.org";

  @TempDir Path data;

  private PosthornServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        PosthornServer.start(
            data, new ConfigSource(Optional.empty(), InProcess.settings("storage.engine=memory")));
    assertThat(run("domain", "add", "example.org").isDone()).isTrue();
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

  @Test
  void aListIsMadeChangedShownAndDeleted() {
    done("list", "create", TEAM, "title=The Team", "moderators=boss@example.net");
    done("list", "set", TEAM, "posting=anyone", "moderators=");
    assertThat(done("list", "show", TEAM))
        .containsPattern("title +The Team")
        .containsPattern("posting +anyone")
        .containsPattern("members, active +0");
    assertThat(done("list", "list", "example.org")).contains(TEAM);
    assertThat(run("list", "set", TEAM, "posting=me").err()).contains("anyone, members");
    assertThat(run("list", "set", TEAM, "archive=a@x.example,b@x.example").err())
        .contains("should be one address");
    assertThat(run("list", "set", TEAM, "nonsense").status()).isEqualTo(ExitCode.USAGE);
    assertThat(run("user", "add", TEAM, "--password", "x").isDone()).isFalse();
    assertThat(run("list", "delete", TEAM))
        .satisfies(asked -> assertThat(asked.status()).isEqualTo(ExitCode.USAGE))
        .satisfies(asked -> assertThat(asked.err()).contains("Nothing was deleted", "--yes"));
    assertThat(done("list", "show", TEAM)).contains("The Team");
    done("list", "delete", TEAM, "--yes");
    assertThat(run("list", "show", TEAM).status()).isEqualTo(ExitCode.NOT_POSSIBLE);
  }

  @Test
  void anArchiveThatIsNobodyIsRefusedWithWhatToDo() {
    String archive = "archive=old@example.org";
    String why = "'archive' names old@example.org";
    assertThat(run("list", "create", TEAM, archive).err()).contains(why, "posthorn user add");
    done("list", "create", "other@example.org");
    assertThat(run("list", "set", "other@example.org", archive).err()).contains(why);
    done("user", "add", "old@example.org", "--shared");
    done("list", "create", TEAM, archive);
  }

  @Test
  void membersComeAndGo() throws IOException {
    done("list", "create", TEAM);
    assertThat(done("list", "subscribe", TEAM, "ann@example.net", "eve@example.net"))
        .contains("2 new members");
    Path file = data.resolve("members.csv");
    Files.writeString(
        file, "address,name\nann@example.net,Ann\ncarl@example.com,\"Carl, the first\"\nx@\n");
    Result imported = run("list", "import", TEAM, file.toString());
    assertThat(imported.out()).contains("line 4", "1 new member; there already: 1");
    done("list", "suspend", TEAM, "eve@example.net");
    assertThat(done("list", "members", TEAM)).containsPattern("eve@example.net +suspended");
    done("list", "resume", TEAM, "eve@example.net");
    done("list", "unsubscribe", TEAM, "ann@example.net");
    assertThat(done("list", "export", TEAM).lines())
        .containsExactlyInAnyOrder(
            "address,name,state",
            "eve@example.net,,active",
            "carl@example.com,\"Carl, the first\",active");
    assertThat(done("list", "export", TEAM, "--json"))
        .contains("\"address\" : \"carl@example.com\"");
    assertThat(run("list", "unsubscribe", TEAM, "ann@example.net").status())
        .isEqualTo(ExitCode.NOT_POSSIBLE);
    assertThat(done("list", "held", TEAM)).contains("No posts wait");
    assertThat(run("list", "approve", TEAM, "aaaa").err()).contains("No such post");
  }

  @Test
  void whatWasExportedIsImportedAsItWas() throws IOException {
    done("list", "create", TEAM);
    done("list", "create", "other@example.org");
    done("list", "subscribe", TEAM, "ann@example.net", "eve@example.net", "bob@example.net");
    done("list", "suspend", TEAM, "eve@example.net");
    String exported = done("list", "export", TEAM);
    assertThat(exported).contains("eve@example.net,,suspended");
    Path file = data.resolve("members.csv");
    Files.writeString(
        file, exported.replace("bob@example.net,,active", "bob@example.net,,bouncing"));
    assertThat(done("list", "import", "other@example.org", file.toString()))
        .contains("3 new members");
    assertThat(done("list", "members", "other@example.org"))
        .containsPattern("ann@example.net +active")
        .containsPattern("eve@example.net +suspended")
        .containsPattern("bob@example.net +bouncing");
    assertThat(done("list", "export", "other@example.org").lines())
        .containsExactlyInAnyOrderElementsOf(Files.readAllLines(file));
  }

  @Test
  void eachLineThatCannotBeImportedIsNamed() throws IOException {
    done("domain", "alias", "club.example", "example.org");
    done("list", "create", TEAM);
    done("list", "create", "other@example.org");
    Path file = data.resolve("members.csv");
    Files.writeString(
        file,
        """
        ann.example.net

        bob@example.net,Bob,asleep
        carl@example.net,Jones, Carl,active
        other@example.org
        team-request@club.example
        eve@example.net,Eve
        hal@example.net,"Hal
        ida@example.net,"Ida "the" First"
        joe@example.net,%s
        kim@example.net,"Kim, ""K""\"
        """
            .formatted("J".repeat(201)));
    Result imported = run("list", "import", TEAM, file.toString());
    assertThat(imported.status()).isEqualTo(ExitCode.FAILED);
    assertThat(imported.out())
        .contains(
            "line 1: \"ann.example.net\" is not an address",
            "line 3: \"asleep\" is none of active, suspended, bouncing",
            "line 4: more than an address, a name and a state",
            "line 5: other@example.org is an address of a list",
            "line 6: team-request@club.example is an address of a list",
            "line 8: a quote is not closed",
            "line 9: text after a closing quote",
            "line 10: A name has at most 200 characters",
            "2 new members; there already: 0");
    assertThat(done("list", "export", TEAM))
        .contains("eve@example.net,Eve,active", "kim@example.net,\"Kim, \"\"K\"\"\",active");
  }

  @Test
  void theDomainOfAListStays() {
    done("list", "create", TEAM);
    assertThat(run("domain", "remove", "example.org").err())
        .contains("still has 1 list", "posthorn list delete");
    assertThat(run("domain", "remove", "example.org", "--force").err())
        .contains("example.org, its 0 users, its 1 list and all their mail");
    done("domain", "remove", "example.org", "--force", "--yes");
    assertThat(done("list", "list")).contains("No lists");
  }

  @Test
  void usersAreAwayAndBlockSenders() {
    done("user", "add", "support@example.org", "--shared");
    assertThat(done("user", "vacation", "show", "support@example.org"))
        .contains("Nothing is answered");
    done(
        "user",
        "vacation",
        "set",
        "support@example.org",
        "--from",
        "2026-01-01",
        "--text",
        "Back soon.");
    assertThat(done("user", "vacation", "show", "support@example.org"))
        .containsPattern("on +yes")
        .contains("Back soon.");
    done("user", "vacation", "clear", "support@example.org");
    assertThat(run("user", "vacation", "set", "support@example.org").status())
        .isEqualTo(ExitCode.USAGE);
    done("user", "block", "add", "support@example.org", "Eve@example.net", "@spam.example");
    done("user", "block", "remove", "support@example.org", "@spam.example");
    assertThat(done("user", "block", "list", "support@example.org")).isEqualTo("eve@example.net\n");
    done("user", "block", "add", "example.org", "@spam.example");
    assertThat(done("user", "block", "list", "example.org")).contains("@spam.example");
  }

  @Test
  void aWebServerCanHandAClickOn() {
    done("list", "create", TEAM);
    done("list", "subscribe", TEAM, "ann@example.net");
    var admin = new AdminClient(data, JsonMapper.shared());
    assertThatThrownBy(
            () -> admin.post(AdminClient.path("lists", TEAM, "unsubscribe", "wrong"), ""))
        .hasMessageContaining("Nobody is a member with this token");
    assertThat(done("list", "members", TEAM)).contains("ann@example.net");
  }
}
