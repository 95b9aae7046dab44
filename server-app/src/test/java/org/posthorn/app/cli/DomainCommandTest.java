package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;

class DomainCommandTest {
  @TempDir Path data;

  private PosthornServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        PosthornServer.start(
            data, new ConfigSource(Optional.empty(), InProcess.settings("storage.engine=memory")));
    done("domain", "add", "club.example");
    done("domain", "add", "firm.example");
    done("user", "add", "ann@club.example", "--shared");
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
  void aSecondNameIsMadeShownAndTakenBack() {
    Result swapped = run("domain", "alias", "club.example", "firm.example");
    assertThat(swapped.status()).isEqualTo(ExitCode.NOT_POSSIBLE);
    assertThat(swapped.err())
        .contains("club.example has 1 user of its own", "club.example firm.example --force");
    assertThat(run("domain", "alias", "firm.example", "firm.example").err())
        .contains("second name of itself");
    assertThat(run("domain", "alias", "firm.example").status()).isEqualTo(ExitCode.USAGE);
    Result none = run("domain", "alias", "firm.example", "--none");
    assertThat(none.status()).isEqualTo(ExitCode.NOT_POSSIBLE);
    assertThat(none.err()).contains("firm.example is no second name of another domain");

    done("domain", "alias", "club.example", "firm.example", "--force");
    assertThat(done("domain", "list"))
        .containsPattern("club\\.example +1 +firm\\.example")
        .containsPattern("firm\\.example +0 +club\\.example");
    assertThat(run("domain", "remove", "firm.example").err())
        .contains("posthorn domain alias club.example --none");
    assertThat(done("domain", "alias", "Club.Example", "--none"))
        .contains("club.example is a domain of its own, with 1 user.");
    assertThat(done("domain", "list")).doesNotContainPattern("club\\.example +1 +firm");
    assertThat(done("user", "list")).contains("ann@club.example");

    done("domain", "alias", "club.net", "club.example");
    assertThat(done("domain", "alias", "club.net", "--none"))
        .contains("posthorn domain remove club.net");
    done("domain", "remove", "club.net");
  }

  /// Also by other aliases; those of its roles lead to its own user.
  @Test
  void whoRemovesADomainWithAllReadsHowManyAliasesLeadElsewhere() {
    done("alias", "add", "info@club.example", "bob@elsewhere.example");
    assertThat(run("domain", "remove", "club.example", "--force").err())
        .contains("club.example, its 1 user, its 1 alias that leads elsewhere and all their mail");
    done("alias", "add", "sales@club.example", "info@club.example");
    done("alias", "add", "inside@club.example", "ann@club.example");
    assertThat(done("domain", "remove", "club.example", "--force", "--yes"))
        .contains("club.example, its 1 user, its 2 aliases that lead elsewhere and their mail");
  }

  @Test
  void whatWasSetIsShown() {
    assertThat(
            done(
                "domain",
                "set",
                "club.example",
                "--separator",
                "-",
                "--trash",
                "30d",
                "--junk",
                "none"))
        .contains("posthorn domain show club.example");
    assertThat(done("domain", "show", "Club.Example"))
        .containsPattern("separator +-\n")
        .containsPattern("history +as configured\n")
        .containsPattern("trash +30 days\n")
        .containsPattern("junk +for ever\n");
    done("domain", "set", "club.example", "--separator", "none");
    assertThat(done("domain", "show", "club.example")).containsPattern("separator +none\n");
    assertThat(run("domain", "show", "nowhere.example").status()).isEqualTo(ExitCode.NOT_POSSIBLE);
  }
}
