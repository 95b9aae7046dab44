package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.app.cli.InProcess.Result;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `posthorn chain test`: what would become of a mail, on a server that runs.
@Timeout(120)
final class RehearsalTest {
  @TempDir Path data;
  private Path message = Path.of("");

  @BeforeEach
  void write() throws IOException {
    message = Files.writeString(data.resolve("message.eml"), "Subject: hi\nX-Mailer: x\n\nhello\n");
  }

  @Test
  void showsEachStepAndWhereRecipientsEndAndDeliversNothing() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob")) {
      server
          .admin()
          .put(
              "/aliases/team@example.org",
              Map.of("targets", new String[] {"ann@example.org", "eve@example.net"}));
      JsonNode report =
          json(
              "--from",
              "carl@example.com",
              "--to",
              "team@example.org",
              "--to",
              "bob@example.org",
              "--to",
              "nobody@example.org");
      assertThat(report.path("turns").valueStream().map(turn -> turn.path("step").asString()))
          .containsExactly(
              "Aliases",
              "MailingLists",
              "ToProcessor",
              "DkimSign",
              "Relay",
              "MailingLists",
              "ToProcessor",
              "Drop",
              "ToProcessor",
              "AwayAnswer",
              "ToMailbox",
              "Bounce");
      JsonNode aliases = report.path("turns").path(0);
      assertThat(aliases.path("changes").toString())
          .contains("recipient - team@example.org")
          .contains("recipient + ann@example.org")
          .contains("recipient + eve@example.net")
          .contains("header + Delivered-To: team@example.org")
          .contains("sender carl@example.com -> SRS0=");
      assertThat(end(report, "ann@example.org").path("reason").asString())
          .isEqualTo("delivered into INBOX of ann@example.org, INBOX of bob@example.org");
      assertThat(end(report, "nobody@example.org").path("reason").asString())
          .isEqualTo("bounced to carl@example.com: 5.1.1 Nobody has this address");
      assertThat(end(report, "eve@example.net").path("kind").asString()).isEqualTo("relayed");
      assertThat(server.admin().get("/queue").path("mails").isEmpty()).isTrue();
      try (WireClient ann = server.imap("ann")) {
        assertThat(ann.imap("STATUS INBOX (MESSAGES)")).contains("* STATUS INBOX (MESSAGES 0)");
      }
    }
  }

  @Test
  void triesTheChainOfTheFileBeforeItIsInForce() throws IOException {
    Path chain = data.resolve("chain.yaml");
    Files.writeString(chain, chain("steps: []"));
    try (TestServer server = TestServer.start(data, "chain-file=" + chain).withUsers("ann")) {
      assertThat(test().out()).contains("kept").doesNotContain("X-Stamp");
      Files.writeString(
          chain,
          chain(
              """
              steps:
                - match: IsAuthenticated
                  mailet: Drop
                - mailet: AddHeader
                  name: X-Stamp
                  value: seen
                - mailet: RemoveHeader
                  names: X-Mailer
              """));
      assertThat(test().out())
          .contains("root/Drop")
          .contains("passed by: ann@example.org")
          .contains("header + X-Stamp: seen")
          .contains("header - X-Mailer: x");
      assertThat(test("--as", "ann@example.org").out()).contains("done: dropped");

      Files.writeString(chain, chain("steps: [{mailet: AddHeadr}]"));
      Result broken = test();
      assertThat(broken.isDone()).isFalse();
      assertThat(broken.err()).contains("did you mean AddHeader?");
      assertThat(server.admin().get("/queue").path("mails").isEmpty()).isTrue();
    }
  }

  /// What a gate would have noted: gates are not asked.
  @Test
  void aMailHasTheNotesThatItIsGiven() throws IOException {
    try (TestServer _ = TestServer.start(data).withUsers("ann")) {
      assertThat(test().out()).contains("delivered into INBOX");
      assertThat(test("--note", "x=1=2", "--note", "auth.disposition=quarantine").out())
          .contains("delivered into Junk");
      Result nameless = test("--note", "=x");
      assertThat(nameless.isDone()).isFalse();
      assertThat(nameless.err()).contains("A note has a name");
      assertThat(test("--note", "x").status()).isEqualTo(2);
      assertThat(test("--note", "x=" + "y".repeat(20_000)).err()).contains("at most 64 attributes");
    }
  }

  @Test
  void aChainThatGoesInCirclesIsToldSo() throws IOException {
    Path chain = data.resolve("chain.yaml");
    Files.writeString(chain, chain("steps: [{mailet: ToProcessor, processor: root}]"));
    try (TestServer _ = TestServer.start(data, "chain-file=" + chain).withUsers("ann")) {
      assertThat(test().out())
          .contains("tried again", "goes in circles: root/ToProcessor (chain.yaml:2) -> root,")
          .hasLineCount(6);
    }
  }

  private static String chain(String steps) {
    return """
    root:
    %s  at-end: dead-letters
    bounces: {at-end: drop}
    dead-letters: {at-end: keep}
    """
        .formatted(steps.strip().indent(2));
  }

  private static JsonNode end(JsonNode report, String recipient) {
    return report
        .path("ends")
        .valueStream()
        .filter(end -> end.path("recipients").toString().contains('"' + recipient + '"'))
        .findFirst()
        .orElseThrow(() -> new AssertionError(report.toPrettyString()));
  }

  private Result test(String... more) {
    return run(more, "--to", "ann@example.org");
  }

  private JsonNode json(String... arguments) {
    Result result = run(arguments, "--json");
    assertThat(result.isDone()).as(result.err()).isTrue();
    return JsonMapper.shared().readTree(result.out());
  }

  private Result run(String[] some, String... more) {
    String[] all = new String[3 + some.length + more.length];
    all[0] = "chain";
    all[1] = "test";
    all[2] = message.toString();
    System.arraycopy(some, 0, all, 3, some.length);
    System.arraycopy(more, 0, all, 3 + some.length, more.length);
    return InProcess.run(data, all);
  }
}
