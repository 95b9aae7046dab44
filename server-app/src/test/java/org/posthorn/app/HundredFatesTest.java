package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// A hundred mails of very different fates, sent over SMTP, and what `posthorn trace` says of each.
@Timeout(300)
class HundredFatesTest {
  private static final int OF_EACH = 8;
  private static final String CHAIN =
      """
      root:
        steps:
          - match: SenderIs(virus@example.net)
            mailet: ToRepository
            repository: quarantine
            reason: a virus
          - match: SenderIs(broken@example.net)
            mailet: Broken
          - match: SenderIs(odd@example.net)
            mailet: ToProcessor
            processor: odd
          - match: SenderIs(unwanted@example.net)
            mailet: Drop
            reason: nobody wants it
          - match: RecipientIs(helper@example.org)
            mailet: Redirect
            to: bob@far.example
          - match: RecipientIsLocal
            mailet: Aliases
          - match: RecipientIsLocal
            mailet: MailingLists
            held: held-posts
          - match: RecipientIsLocal
            mailet: ToMailbox
        at-end: relay
      relay: {steps: [{mailet: Relay}], at-end: dead-letters}
      odd: {at-end: keep}
      held-posts: {steps: [{mailet: MailingLists, held: held-posts}], at-end: keep}
      bounces: {steps: [{mailet: Bounce}], at-end: drop}
      dead-letters: {at-end: keep}
      """;

  /// `asked` is what trace is asked for: the Message-ID, or the sender of what was refused.
  private record Kind(
      String name, String from, List<String> to, String answer, List<String> story) {
    boolean isSubmitted() {
      return from.endsWith("@example.org");
    }
  }

  private static Kind taken(String name, String from, String to, String... story) {
    return new Kind(name, from, List.of(to.split(" ", -1)), "250", List.of(story));
  }

  private static Kind refused(String name, String from, String to, String answer, String... story) {
    return new Kind(name, from, List.of(to), answer, List.of(story));
  }

  private static final List<Kind> KINDS =
      List.of(
          taken(
              "inbox",
              "eve@example.net",
              "ann@example.org",
              "taken from",
              "delivered into INBOX, for ann@example.org",
              "now: delivered into INBOX"),
          taken(
              "alias",
              "eve@example.net",
              "team@example.org",
              "root/Aliases: goes on, now for ann@example.org and bob@example.org",
              "now: delivered into INBOX"),
          taken(
              "relay",
              "ann@example.org",
              "bob@far.example",
              "logged in as ann@example.org",
              "taken by 127.0.0.1",
              "for bob@far.example: 250 2",
              "now: taken by 127.0.0.1"),
          taken(
              "bounce",
              "ann@example.org",
              "gone@far.example",
              "failed for gone@far.example at 127.0.0.1 over TLSv1.3 ",
              "now: failed: 550 5.1.1",
              "made here on behalf of",
              "of <> for ann@example.org",
              "now: delivered into INBOX"),
          taken(
              "waits",
              "ann@example.org",
              "joe@away.example",
              " for joe@away.example",
              "next at ",
              "now: waits: "),
          taken(
              "quarantine",
              "virus@example.net",
              "ann@example.org",
              "into the repository quarantine, for ann@example.org (root/ToRepository): a virus",
              "now: in the repository quarantine"),
          taken(
              "dead",
              "broken@example.net",
              "ann@example.org",
              "root/Broken comes again at",
              "java.lang.IllegalStateException: boom",
              "into the dead letters, for ann@example.org (root/Broken): ",
              "now: in the dead letters"),
          taken(
              "kept",
              "odd@example.net",
              "ann@example.org",
              "into the repository odd, for ann@example.org",
              "now: in the repository odd"),
          taken(
              "dropped",
              "unwanted@example.net",
              "ann@example.org",
              "nobody wants it, for ann@example.org (root/Drop)",
              "now: ",
              "nobody wants it"),
          taken(
              "list",
              "ann@example.org",
              "all@example.org",
              "for all@example.org",
              "now: ",
              "made here on behalf of",
              "now: "),
          taken(
              "forward",
              "eve@example.net",
              "helper@example.org",
              "root/Redirect: goes to root; changed the message, now for bob@far.example, sent on as SRS0=",
              "taken by 127.0.0.1 over TLSv1.3 TLS_",
              "now: taken by 127.0.0.1"),
          taken(
              "split",
              "ann@example.org",
              "bob@example.org bob@far.example gone@far.example",
              "delivered into INBOX, for bob@example.org",
              "now: "),
          refused(
              "rcpt",
              "eve@example.net",
              "nobody@example.org",
              "550 5.1.1",
              "nobody@example.org",
              "refused: 550 5.1.1"),
          refused(
              "data",
              "eve@example.net",
              "ann@example.org",
              "550",
              "ann@example.org",
              "refused: 550",
              "HeaderSanity"));

  @TempDir Path temp;

  @Test
  void eachHasTheStoryThatItHad() throws IOException {
    try (TestServer other =
            TestServer.start(temp.resolve("other")).withAccounts("bob@far.example");
        TestServer server = start(other)) {
      for (int i = 0; i < OF_EACH; i++) {
        for (Kind kind : KINDS) {
          assertThat(send(server, kind, i)).as(kind.name()).startsWith(kind.answer());
        }
      }
      for (Kind kind : KINDS) {
        for (int i = 0; i < OF_EACH; i++) {
          awaitStory(kind, asked(kind, i));
        }
      }
    }
  }

  /// Those of the refused are found by their senders, which are different.
  private static String asked(Kind kind, int number) {
    return kind.answer().equals("250") ? id(kind, number) : from(kind, number);
  }

  private static String id(Kind kind, int number) {
    return "%s-%d@fates.example".formatted(kind.name(), number);
  }

  private static String from(Kind kind, int number) {
    return kind.answer().equals("250") ? kind.from() : kind.name() + number + "@example.net";
  }

  private void awaitStory(Kind kind, String asked) {
    String[] wanted = kind.story().toArray(String[]::new);
    String story = trace(asked);
    for (int tries = 0; tries < 300 && !isIn(story, wanted); tries++) {
      LockSupport.parkNanos(100_000_000);
      story = trace(asked);
    }
    assertThat(story).as("the story of " + asked).containsSubsequence(wanted);
    assertThat(story).as("the story of " + asked).doesNotContain("now: under way", "null", "try 0");
  }

  private static boolean isIn(String story, String... wanted) {
    int at = 0;
    for (String each : wanted) {
      int found = story.indexOf(each, at);
      if (found < 0) {
        return false;
      }
      at = found + each.length();
    }
    return !story.contains("now: under way");
  }

  private String trace(String asked) {
    InProcess.Result result = InProcess.run(temp.resolve("data"), "trace", asked);
    return result.out() + result.err();
  }

  private TestServer start(TestServer other) throws IOException {
    Path data = temp.resolve("data");
    Files.createDirectories(data.resolve("plugins"));
    plugin(data.resolve("plugins/broken.jar"));
    Files.writeString(temp.resolve("chain.yaml"), CHAIN);
    Files.writeString(temp.resolve("gates.yaml"), "mx: [{gate: HeaderSanity}]\n");
    Path config =
        Files.writeString(
            temp.resolve("posthorn.yaml"),
            "chain-file: chain.yaml\ngates-file: gates.yaml\nspool: {chain-retries: [1s]}\n");
    TestServer server =
        TestServer.start(
                data,
                Optional.of(config),
                other.route("far.example"),
                TestServer.WITHOUT_DNS,
                "spool.plugins.failures=1000")
            .withUsers("ann", "bob");
    server
        .admin()
        .put(
            "/aliases/team@example.org",
            Map.of("targets", List.of("ann@example.org", "bob@example.org")));
    server
        .admin()
        .put("/aliases/helper@example.org", Map.of("targets", List.of("ann@example.org")));
    server.admin().put("/lists/all@example.org", Map.of("settings", Map.of("posting", "members")));
    server
        .admin()
        .post(
            "/lists/all@example.org/members",
            Map.of(
                "members",
                List.of(
                    Map.of("address", "ann@example.org"), Map.of("address", "bob@far.example"))));
    return server;
  }

  private void plugin(Path jar) throws IOException {
    Path work = Files.createDirectories(temp.resolve("plugin"));
    Files.writeString(
        work.resolve("Broken.java"),
        """
        import org.posthorn.mailet.*;
        public final class Broken implements MailetFactory<NoParameters> {
          public String name() { return "Broken"; }
          public String summary() { return "Breaks."; }
          public Class<NoParameters> parameters() { return NoParameters.class; }
          public Mailet create(NoParameters none, Services services) {
            return mail -> { throw new IllegalStateException("boom"); };
          }
        }
        """);
    Path classes = Files.createDirectories(work.resolve("classes"));
    PluginTest.compile(work, classes);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("org.posthorn.mailet.MailetFactory"), "Broken\n");
    PluginTest.jar(jar, List.of(classes));
  }

  /// The answer that decided.
  private static String send(TestServer server, Kind kind, int number) throws IOException {
    try (WireClient client =
        kind.isSubmitted()
            ? server.connect("submission").login(kind.from())
            : server.connect("mx").hello()) {
      return client.deliver(
          from(kind, number),
          kind.to(),
          "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%s>\r\nFrom: %s\r\n%sSubject: Secret\r\n\r\nHelp\r\n"
              .formatted(
                  id(kind, number),
                  from(kind, number),
                  kind.name().equals("data") ? "From: somebody@else.example\r\n" : ""));
    }
  }
}
