package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.demo.Demo;

/// Mail through all rooms, over real sockets, into a store on disk.
@Timeout(120)
class JourneyTest {
  private static final String MESSAGE = "From: <a@example.net>\r\nSubject: %s\r\n\r\nHello\r\n";

  @TempDir Path data;

  /// Submission over TLS → chain → IDLE, IMAP and POP3: what the demo shows is a test.
  @Test
  void theDemosMessageMakesTheWholeRound() throws IOException {
    List<String> steps = new ArrayList<>();
    try (TestServer server = TestServer.start(data)) {
      var demo =
          new Demo(
              (sentence, _) -> steps.add(sentence),
              server.server().listeners(),
              data.resolve("tls").resolve("self-signed.crt"));
      demo.prepare(server.admin());
      demo.run();
    }

    assertThat(steps).hasSize(9).last().asString().contains("POP3", "every byte as sent");
  }

  @Test
  void mailFromOutsideReachesUserAliasAndFolder() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob")) {
      server
          .admin()
          .put(
              "/aliases/info@example.org",
              Map.of("targets", List.of("ann@example.org", "bob@example.org")));
      server.admin().post("/users/ann@example.org/mailboxes", Map.of("name", "lists"));
      try (WireClient smtp = server.connect("mx");
          WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        smtp.reply();
        smtp.smtp("EHLO mx.example.net");
        for (String to : List.of("ann", "info", "ann+lists")) {
          assertThat(smtp.deliver("a@example.net", to + "@example.org", MESSAGE.formatted(to)))
              .startsWith("250 2.0.0");
        }
        awaitMessages(server, "ann", "INBOX", 2);
        awaitMessages(server, "ann", "lists", 1);
        awaitMessages(server, "bob", "INBOX", 1);
      }
    }
  }

  @Test
  void whoIsConnectedHearsThatTheServerStops() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann");
        WireClient smtp = server.connect("mx");
        WireClient idle = server.imap("ann");
        WireClient pop3 = server.connect("pop3")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      pop3.line();
      idle.imap("SELECT INBOX");
      idle.send("i IDLE");
      assertThat(idle.line()).startsWith("+ ");
      server.server().close();
      assertThat(smtp.line()).startsWith("421 4.3.2 ");
      assertThat(idle.line()).startsWith("* BYE ");
      assertThatThrownBy(pop3::line).isInstanceOf(IOException.class);
    }
  }

  @Test
  void theFirstUserOfADomainAnswersForItsRoles() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob");
        WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      assertThat(smtp.deliver("a@example.net", "Postmaster", MESSAGE.formatted("1")))
          .startsWith("250");
      assertThat(smtp.deliver("a@example.net", "abuse@example.org", MESSAGE.formatted("2")))
          .startsWith("250");
      awaitMessages(server, "ann", "INBOX", 2);
    }
  }

  @Test
  void strangersReachNobodyElse() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann");
        WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      assertThat(smtp.deliver("a@example.net", "nobody@example.org", "")).startsWith("550 5.1.1");
      smtp.smtp("RSET");
      assertThat(smtp.deliver("a@example.net", "b@example.com", "")).startsWith("550 5.7.1");
    }
  }

  /// Another program's client, with its own idea of the protocols.
  @Test
  void jakartaMailReadsWhatCameIn() throws IOException, MessagingException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      deliver(server, "ann", "for Jakarta");
      awaitMessages(server, "ann", "INBOX", 1);
      for (String protocol : List.of("imap", "pop3")) {
        var properties = new Properties();
        properties.setProperty("mail." + protocol + ".port", "" + server.port(protocol));
        try (Store store = Session.getInstance(properties).getStore(protocol)) {
          store.connect("127.0.0.1", "ann@example.org", "secret");
          try (Folder inbox = store.getFolder("INBOX")) {
            inbox.open(Folder.READ_ONLY);
            Message[] messages = inbox.getMessages();
            assertThat(messages).hasSize(1);
            assertThat(messages[0].getSubject()).isEqualTo("for Jakarta");
            assertThat(messages[0].getContent()).isEqualTo("Hello\r\n");
          }
        }
      }
    }
  }

  @Test
  void aRestartFindsEverythingAndTheWalkFindsNoFault() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      deliver(server, "ann", "before");
      awaitMessages(server, "ann", "INBOX", 1);
    }
    List<Map<String, Object>> walked = new ArrayList<>();
    StoppedServer.verify(
        data,
        new ConfigSource(Optional.empty(), TestServer.SETTINGS),
        Optional.empty(),
        true,
        walked::add);
    assertThat(walked).noneMatch(line -> line.containsKey("problem"));
    assertThat(walked.getLast()).containsEntry("messages", 1L).containsEntry("done", true);
    // Who only looks does not make the next start search for what the stories have lost.
    assertThat(data.resolve("store/story/whole")).exists();

    try (TestServer server = TestServer.start(data)) {
      deliver(server, "ann", "after");
      awaitMessages(server, "ann", "INBOX", 2);
    }
  }

  @Test
  void aSecondServerOnTheSameDataIsRefused() throws IOException {
    try (TestServer _ = TestServer.start(data)) {
      assertThatThrownBy(() -> TestServer.start(data)).isInstanceOf(DataDirectory.InUse.class);
    }
  }

  @Test
  void aPortThatIsTakenKeepsNothingOpen(@TempDir Path other) throws IOException {
    try (TestServer server = TestServer.start(data)) {
      assertThatThrownBy(() -> TestServer.start(other, "imap.plain.port=" + server.port("imap")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("port " + server.port("imap"));
      TestServer.start(other).close();
    }
  }

  @Test
  void aReloadTakesTheChainOverAndRefusesAWrongOne() throws IOException {
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "hostname: mail.example.org\n");
    try (TestServer server = TestServer.start(data, Optional.of(config)).withUsers("ann")) {
      Files.writeString(
          data.resolve("chain.yaml"),
          """
          root:
            steps:
              - mailet: AddHeader
                name: X-Chain
                value: other
              - mailet: ToMailbox
            at-end: drop
          bounces: {at-end: drop}
          dead-letters: {at-end: keep}
          """);
      Files.writeString(config, "hostname: mail.example.org\nchain-file: chain.yaml\n");
      assertThat(server.admin().post("/reload", Map.of()).path("taken").toString())
          .contains("chain-file");
      deliver(server, "ann", "by another chain");
      awaitMessages(server, "ann", "INBOX", 1);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("FETCH 1 BODY[HEADER.FIELDS (X-Chain)]").get(1)).contains("other");
      }

      Files.writeString(config, "hostname: mail.example.org\nchian-file: chain.yaml\n");
      assertThatThrownBy(() -> server.admin().post("/reload", Map.of()))
          .isInstanceOf(AdminFailure.class)
          .hasMessageContaining("posthorn.yaml:2")
          .hasMessageContaining("did you mean chain-file?");
    }
  }

  private static void deliver(TestServer server, String user, String subject) throws IOException {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      assertThat(smtp.deliver("a@example.net", user + "@example.org", MESSAGE.formatted(subject)))
          .startsWith("250");
    }
  }

  /// Waits by IDLE, as a mail program does.
  static void awaitMessages(TestServer server, String user, String mailbox, int count)
      throws IOException {
    try (WireClient client = server.imap(user)) {
      int there = 0;
      for (String line : client.imap("SELECT " + mailbox)) {
        there = line.endsWith(" EXISTS") ? Integer.parseInt(line.split(" ", -1)[1]) : there;
      }
      client.send("i IDLE");
      client.line();
      while (there < count) {
        String line = client.line();
        there = line.endsWith(" EXISTS") ? Integer.parseInt(line.split(" ", -1)[1]) : there;
      }
      assertThat(there).isEqualTo(count);
    }
  }
}
