package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess.Result;
import org.posthorn.app.tls.SelfSigned;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an operator sees of the chain and of what it is made of, without a server.
final class ChainCommandTest {
  private static final Path MAILETS_PAGE = Path.of("..", "docs", "mailets.md");

  private static final Path GATES_PAGE = Path.of("..", "docs", "gates.md");

  private static final Pattern STEPS = Pattern.compile("```yaml\n(- .*?)```", Pattern.DOTALL);

  @TempDir private Path data;

  @Test
  void drawsTheChainThatShips() {
    assertThat(run("chain", "show").out())
        .isEqualTo(
            """
            root
            ├─ RecipientIsLocal → Aliases
            ├─ RecipientIsLocal → MailingLists  ──▶ held-posts
            ├─ RecipientIsLocal → ToProcessor  ──▶ local
            └─ then  ──▶ relay

            local
            ├─ IsBlocked → Drop  reason: the recipient has blocked the sender
            ├─ IsQuarantined → ToProcessor  ──▶ junk
            ├─ AwayAnswer
            ├─ ToMailbox
            └─ then  ──▶ dead-letters

            junk
            ├─ ToMailbox  folder: Junk, sub-addressing: false
            └─ then  ──▶ dead-letters

            relay
            ├─ DkimSign
            ├─ Relay
            └─ then  ──▶ dead-letters

            held-posts
            ├─ MailingLists  ──▶ held-posts
            └─ then kept in the queue for you

            bounces
            ├─ Bounce
            └─ then dropped: nobody is told

            dead-letters
            └─ then kept in the queue for you

            """);
  }

  @Test
  void saysWhereNoWayLeads() throws IOException {
    chain(
        """
        root: {steps: [{mailet: Log, text: "a & b", level: warn}], at-end: dead-letters}
        bounces: {at-end: drop}
        dead-letters: {at-end: keep}
        lonely: {at-end: lonelier}
        lonelier: {at-end: drop}
        """);
    String out = run("chain", "show", "--set", chainFile()).out();
    assertThat(out)
        .contains("├─ Log  text: a & b, level: warn")
        .contains("lonely  (no way leads here)")
        .contains("lonelier  (no way leads here)");
  }

  @Test
  void theSvgIsWellFormedAndHasEveryProcessor()
      throws IOException, ParserConfigurationException, SAXException {
    chain(
        """
        root: {steps: [{match: "HasHeader(Subject, \\"<&>\\")", mailet: ToProcessor, processor: junk}], at-end: junk}
        junk: {at-end: root}
        bounces: {at-end: drop}
        dead-letters: {at-end: keep}
        """);
    Path svg = data.resolve("chain.svg");
    Result result = run("chain", "show", "--set", chainFile(), "--svg", svg.toString());
    assertThat(result.isDone()).as(result.err()).isTrue();
    Document picture =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(
                new ByteArrayInputStream(Files.readString(svg).getBytes(StandardCharsets.UTF_8)));
    List<String> texts = new ArrayList<>();
    var nodes = picture.getElementsByTagName("text");
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    assertThat(texts)
        .contains("root", "junk", "bounces", "dead-letters")
        .contains("HasHeader(Subject, \"<&>\") → ToProcessor");
    // The step and both ends that go on.
    assertThat(picture.getElementsByTagName("path").getLength()).isEqualTo(1 + 3);
  }

  @Test
  void describesAMailetWithItsParameters() {
    assertThat(run("mailet", "describe", "checkquota").out())
        .isEqualTo(
            """
            CheckQuota, a mailet of posthorn
            Sorts out full mailboxes early.

            over-quota: bounce or retry
                What becomes of mail for a full mailbox: it is bounced (5.2.2), or tried again later.
                If nothing is said: bounce

                - mailet: CheckQuota
            """);
    assertThat(run("mailet", "describe", "HasHeader").out())
        .contains("    match: HasHeader(X-Spam-Flag, YES)");
    Result missing = run("mailet", "describe", "ToMailbx");
    assertThat(missing.status()).isEqualTo(ExitCode.NOT_POSSIBLE);
    assertThat(missing.err()).contains("did you mean ToMailbox?");
  }

  @Test
  void everythingIsListedAndOnThePage() throws IOException {
    String page = Files.readString(MAILETS_PAGE) + Files.readString(GATES_PAGE);
    JsonNode entries = JsonMapper.shared().readTree(run("mailet", "list", "--json").out());
    assertThat(entries.size()).isGreaterThan(20);
    for (JsonNode entry : entries) {
      String name = entry.path("name").asString();
      assertThat(page).as("docs/mailets.md, docs/gates.md").contains(name);
      assertThat(entry.path("summary").asString()).as(name).endsWith(".");
      for (JsonNode parameter : entry.path("parameters")) {
        assertThat(parameter.path("text").asString()).as(name).endsWith(".");
        if (entry.path("kind").asString().equals("MAILET")) {
          assertThat(page).as(name).contains(parameter.path("name").asString());
        }
      }
    }
  }

  /// What `describe` shows is no lie: a chain of all examples can be built.
  @Test
  void theExamplesCanBeBuilt() throws IOException {
    var chain =
        new StringBuilder(
            """
            bounces: {at-end: drop}
            dead-letters: {at-end: keep}
            local: {at-end: drop}
            bounced: {at-end: drop}
            bounced-too-often: {at-end: drop}
            held-posts: {at-end: keep}
            root:
              at-end: drop
              steps:
            """);
    int count = 0;
    for (JsonNode entry : JsonMapper.shared().readTree(run("mailet", "list", "--json").out())) {
      if (entry.path("kind").asString().equals("GATE")) {
        continue; // GatesConfigTest has them.
      }
      String name = entry.path("name").asString();
      List<String> lines = run("mailet", "describe", name).out().lines().toList();
      int from = lines.lastIndexOf("") + 1;
      for (String line : lines.subList(from, lines.size())) {
        chain.append(line).append('\n');
      }
      if (lines.getLast().strip().startsWith("match: ")) {
        chain.insert(chain.lastIndexOf("match: "), "- ").append("      mailet: Drop\n");
      }
      count++;
    }
    chain(chain.toString());
    keysOfTheExamples();
    Result result = run("config", "check", "--set", chainFile());
    assertThat(result.isDone()).as(result.err() + chain).isTrue();
    assertThat(count).isGreaterThan(20);
  }

  /// Nor is what the page shows; those of S/MIME need keys and have tests of their own.
  @Test
  void theExamplesOfThePageCanBeBuilt() throws IOException {
    var chain =
        new StringBuilder(
            """
            bounces: {at-end: drop}
            dead-letters: {at-end: keep}
            local: {at-end: drop}
            archive: {at-end: drop}
            bounced: {at-end: drop}
            bounced-too-often: {at-end: drop}
            held-posts: {at-end: keep}
            root:
              at-end: drop
              steps:
            """);
    List<String> examples =
        STEPS
            .matcher(Files.readString(MAILETS_PAGE))
            .results()
            .map(found -> found.group(1))
            .filter(example -> !example.contains("Smime"))
            .toList();
    assertThat(examples).hasSizeGreaterThan(40);
    examples.forEach(example -> chain.append(example.indent(4)));
    chain(chain.toString());
    Files.createDirectories(data.resolve("hooks"));
    Files.writeString(data.resolve("hooks").resolve("tickets"), "secret\n");
    Result result =
        run(
            "config",
            "check",
            "--set",
            chainFile(),
            "--set",
            "outbound.credentials.provider.login=me",
            "--set",
            "outbound.credentials.provider.password=secret");
    assertThat(result.isDone()).as(result.err() + chain).isTrue();
  }

  private void keysOfTheExamples() throws IOException {
    Path folder = Files.createDirectories(data.resolve("smime"));
    Path certificate = folder.resolve("authorities.pem");
    Path key = folder.resolve("key");
    SelfSigned.ensure(certificate, key, "mail.example.org");
    Files.writeString(
        folder.resolve("office.pem"), Files.readString(key) + Files.readString(certificate));
    Files.createDirectories(folder.resolve("people"));
  }

  private void chain(String text) throws IOException {
    Files.writeString(data.resolve("chain.yaml"), text);
  }

  private String chainFile() {
    return "chain-file=" + data.resolve("chain.yaml");
  }

  private Result run(String... arguments) {
    return InProcess.run(data, arguments);
  }
}
