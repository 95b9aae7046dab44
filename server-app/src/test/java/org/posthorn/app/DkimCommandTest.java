package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.DnsServer;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dkim.DkimVerifier;

/// `posthorn dkim` with a running server, a DNS, and a server that verifies what it gets.
@Timeout(120)
class DkimCommandTest {
  private static final Pattern COMMAND = Pattern.compile("(?m)^posthorn (dkim [^#\n]*)");

  @TempDir Path data;

  @Test
  void mailIsSignedOnceTheRecordsArePublished() throws IOException {
    try (DnsServer dns = DnsServer.with("");
        TestServer there = there();
        TestServer here = here(dns, there)) {
      String records = run("dkim", "create", "example.org").out();
      assertThat(ShownRecords.TXT.matcher(records).results()).hasSize(2);
      assertThat(records).contains("; rsa-sha256, waiting: publish its record");
      send(here, "first");
      assertThat(results(here, there.message("bob@elsewhere.example", 1))).isEmpty();

      ShownRecords.publish(dns, records);
      assertThat(run("dkim", "look", "example.org").out())
          .containsPattern("(?m)^example.org +r\\d+ +rsa-sha256 +signing ")
          .containsPattern("(?m)^example.org +e\\d+ +ed25519-sha256 +signing ");
      send(here, "second");
      assertThat(results(here, there.message("bob@elsewhere.example", 2)))
          .containsExactly("pass", "pass");

      String next = run("dkim", "rotate", "example.org").out();
      ShownRecords.publish(dns, next);
      assertThat(run("dkim", "look", "example.org").out())
          .containsPattern("(?s)resting .* keep its record until ")
          .doesNotContain("waiting");
      send(here, "third");
      assertThat(results(here, there.message("bob@elsewhere.example", 3)))
          .containsExactly("pass", "pass");
    }
  }

  @Test
  void theCommandsOfThePageRun() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "dkim.md"));
    List<String> commands =
        COMMAND.matcher(page).results().map(found -> found.group(1).strip()).toList();
    assertThat(commands).hasSize(8);
    try (DnsServer dns = DnsServer.with("");
        TestServer there = there();
        TestServer _ = here(dns, there)) {
      for (String command : commands) {
        if (command.contains(" delete ")) {
          deleteThoseMeant(command);
          dns.become("");
          continue;
        }
        InProcess.Result result = run(command.split(" ", -1));
        assertThat(result.isDone()).as(command).isTrue();
        if (command.contains(" look ")) {
          assertThat(result.out()).doesNotContain("waiting");
        } else if (!command.contains(" list ")) {
          ShownRecords.publish(dns, result.out());
        }
      }
      assertThat(run("dkim", "list").out())
          .contains("signing")
          .doesNotContain("waiting", "resting");
    }
  }

  /// Those that are waiting, and with `--force` those that are resting.
  private void deleteThoseMeant(String command) {
    String state = command.contains("--force") ? "resting" : "waiting";
    List<String> selectors =
        Pattern.compile("(?m)^example.org +(\\S+) +\\S+ +" + state)
            .matcher(run("dkim", "list").out())
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(selectors).as(state).hasSize(2);
    for (String selector : selectors) {
      InProcess.Result result = run(command.replace("SELECTOR", selector).split(" ", -1));
      assertThat(result.isDone()).as(command).isTrue();
    }
  }

  @Test
  void saysWhatIsNotPossible() throws IOException {
    try (DnsServer dns = DnsServer.with("");
        TestServer there = there();
        TestServer _ = here(dns, there)) {
      assertThat(run("dkim", "list").out()).startsWith("There are no keys");
      assertThat(run("dkim", "show", "example.org").status()).isEqualTo(3);
      assertThat(run("dkim", "create", "example.net").err()).contains("posthorn domain add");
      assertThat(run("dkim", "create", "example.org", "--selector", "a b").err())
          .contains("is no selector");
      assertThat(run("dkim", "create", "example.org", "--algorithm", "dsa").err())
          .contains("Algorithms are");
      assertThat(run("dkim", "create", "example.org", "--bits", "512").err()).contains("2048");
      assertThat(run("dkim", "rotate", "example.org").err()).contains("signs with no key yet");
      String made =
          run("dkim", "create", "example.org", "--selector", "mail", "--algorithm", "rsa").out();
      assertThat(made).contains("mail._domainkey.example.org. IN TXT ( \"v=DKIM1; k=rsa; p=");
      assertThat(
              run("dkim", "create", "example.org", "--selector", "mail", "--algorithm", "rsa")
                  .status())
          .isEqualTo(3);
      ShownRecords.publish(dns, made);
      assertThat(run("dkim", "look", "example.org").out()).contains("signing");
      assertThat(run("dkim", "delete", "example.org", "mail").err()).contains("rotate it away");
      assertThat(run("dkim", "delete", "example.org", "mail", "--force").out())
          .contains("mail._domainkey.example.org");
      assertThat(run("dkim", "list", "--json").out().strip()).isEqualTo("[ ]");
    }
  }

  private InProcess.Result run(String... command) {
    return InProcess.run(data.resolve("here"), command);
  }

  private TestServer there() throws IOException {
    return TestServer.start(data.resolve("there")).withAccounts("bob@elsewhere.example");
  }

  private TestServer here(DnsServer dns, TestServer there) throws IOException {
    return TestServer.start(
            data.resolve("here"),
            "outbound.dns.servers=[\"" + dns.address() + "\"]",
            "outbound.static-routes={elsewhere.example: \"127.0.0.1:%d\"}"
                .formatted(there.port("mx")))
        .withUsers("ann");
  }

  private static void send(TestServer here, String subject) throws IOException {
    try (WireClient smtp = here.submission("ann")) {
      String message =
          "From: Ann <ann@example.org>\r\nSubject: %s\r\n\r\nHello  Bob\r\n\r\n".formatted(subject);
      assertThat(smtp.deliver("ann@example.org", "bob@elsewhere.example", message))
          .startsWith("250");
    }
  }

  private static List<String> results(TestServer here, String message) throws IOException {
    int end = message.indexOf("Hello  Bob") + "Hello  Bob\r\n".length();
    var verifier =
        new DkimVerifier(here.server().composition().room(Dns.class), InstantSource.system());
    return verifier
        .verify(
            new ByteArrayInputStream(message.substring(0, end).getBytes(StandardCharsets.UTF_8)))
        .stream()
        .map(DkimResult::word)
        .toList();
  }
}
