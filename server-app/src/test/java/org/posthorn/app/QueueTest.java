package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.app.cli.QueueExports;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.Wishes;
import tools.jackson.databind.JsonNode;

/// `posthorn queue` in an emergency: mail for a domain that cannot be reached is looked at, held,
/// sent another way, given up on and thrown away.
@Timeout(120)
final class QueueTest {
  @TempDir Path temp;
  private Path data = Path.of("");

  @Test
  void anOperatorGetsMailMovingAgain() throws IOException {
    data = temp.resolve("data");
    try (TestServer backup =
            TestServer.start(temp.resolve("backup")).withAccounts("bob@far.example");
        TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS)) {
      server.withUsers("ann");
      send(server, "bob@far.example", "eve@far.example", "joe@away.example");
      until(() -> rows("list", "--answer", "DNS") == 3);

      assertThat(queue("destinations").out())
          .containsSubsequence("far.example", " 2 ", "DNS", "away.example", " 1 ", "DNS");
      assertThat(queue("destinations", "FAR.example").out()).contains("waiting     2 recipients");
      assertThat(queue("destinations", "near.example"))
          .satisfies(none -> assertThat(none.status()).isEqualTo(3));

      assertThat(queue("hold", "--destination", "far.example", "--dry-run").out())
          .isEqualTo("2 recipients would be held.\n");
      assertThat(queue("hold", "--destination", "far.example").out())
          .isEqualTo("2 recipients held.\n");
      assertThat(queue("list", "--state", "held").out())
          .containsSubsequence("bob@", "on release", "eve@", "on release")
          .doesNotContain("joe@");

      assertThat(queue("retry", "--destination", "far.example").out())
          .isEqualTo(
              "0 recipients will be tried again now. 2 recipients are held, and not tried before  posthorn queue release\n");
      assertThat(queue("flush", "far.example").out())
          .contains("2 recipients are held, and not tried before");

      exports();

      assertThat(queue("drop", "--recipient", "eve@", "--yes").out())
          .isEqualTo("1 recipient dropped.\n");
      String via = "127.0.0.1:" + backup.port("mx");
      assertThat(queue("reroute", "--destination", "far.example", "--via", via).out())
          .isEqualTo("1 recipient rerouted.\n");
      assertThat(queue("release", "--all").out()).isEqualTo("1 recipient released.\n");
      until(() -> rows("list", "--recipient", "bob") == 0);
      until(() ->
          backup
              .admin()
              .get("/users/bob%40far.example/mailboxes")
              .toString()
              .contains("\"messages\":1"));

      assertThat(queue("flush", "away.example").out())
          .isEqualTo("1 recipient will be tried again now.\n");
      until(() ->
          queue("fail", "--state", "outgoing", "--reason", "Moved away", "--yes")
              .out()
              .equals(
                  "1 recipient given up; their senders are told, if there are any who want to know.\n"));
      try (WireClient ann = server.imap("ann")) {
        until(() -> ann.imap("STATUS INBOX (MESSAGES)").toString().contains("MESSAGES 1"));
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("FETCH 1 BODY.PEEK[1]").toString())
            .contains("joe@away.example", "In detail: Moved away");
      }
      assertThat(queue("list").out()).isEqualTo("Nothing is under way.\n");
    }
  }

  /// A script hears that it has to come back.
  @Test
  void whatIsOnItsWayIsNotDroppedAndTheExitStatusSaysSo() throws IOException {
    data = temp.resolve("data");
    Path config = temp.resolve("posthorn.yaml");
    try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Files.writeString(
          config,
          "outbound:\n  routes:\n    - recipients: far.example\n      to: 127.0.0.1:%d\n"
              .formatted(silent.getLocalPort()));
      try (TestServer server = TestServer.start(data, Optional.of(config))) {
        server.withUsers("ann");
        send(server, "bob@far.example");
        try (Socket connection = silent.accept()) {
          InProcess.Result busy = queue("drop", "--recipient", "bob", "--yes");
          assertThat(busy.out())
              .isEqualTo(
                  "0 recipients dropped. 1 recipient left out: somebody works on them right now; repeat it.\n");
          assertThat(busy.status()).isEqualTo(3);
          assertThat(queue("drop", "--recipient", "bob", "--dry-run").status()).isZero();
          assertThat(queue("drop", "--recipient", "bob").status())
              .as("asks, although nobody can be dropped yet")
              .isEqualTo(2);
          connection.getOutputStream().write("421 not now\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        until(() -> queue("drop", "--recipient", "bob", "--yes").status() == 0);
        assertThat(queue("list").out()).isEqualTo("Nothing is under way.\n");
      }
    }
  }

  @Test
  void routesAreTakenOverWithoutARestart() throws IOException {
    data = temp.resolve("data");
    Path config = temp.resolve("posthorn.yaml");
    String routes = "outbound:\n  routes:\n    - recipients: far.example\n      to: 127.0.0.1:%d\n";
    Files.writeString(config, routes.formatted(1));
    try (TestServer other =
            TestServer.start(temp.resolve("other")).withAccounts("bob@far.example");
        TestServer server = TestServer.start(data, Optional.of(config))) {
      server.withUsers("ann");
      send(server, "bob@far.example");
      until(() -> rows("list", "--answer", "Could not connect") == 1);

      Files.writeString(config, routes.formatted(other.port("mx")));
      assertThat(InProcess.run(data, "reload").out()).contains("outbound.routes");
      assertThat(queue("route", "bob@far.example").out())
          .contains("goes to  127.0.0.1:" + other.port("mx"));
      assertThat(queue("flush").out()).contains("1 recipient will be tried again now.");
      until(() -> rows("list") == 0);
      until(() ->
          other
              .admin()
              .get("/users/bob%40far.example/mailboxes")
              .toString()
              .contains("\"messages\":1"));
    }
  }

  @Test
  void mailTakesTheRouteOfTheConfigurationAndTheQueueSaysWhy() throws IOException {
    data = temp.resolve("data");
    try (TestServer other =
        TestServer.start(temp.resolve("other")).withAccounts("bob@far.example")) {
      String routes =
          """
          outbound.routes=[{recipients: far.example, to: "127.0.0.1:%d", limits: {mails: 10, per: 1m, recipients-per-mail: 2}}, \
          {senders: example.org, recipients: "*.shut.example", to: refuse, reason: "Closed for good"}]\
          """
              .formatted(other.port("mx"));
      try (TestServer server = TestServer.start(data, routes, TestServer.WITHOUT_DNS)) {
        server.withUsers("ann");

        assertThat(queue("route", "bob@far.example").out())
            .contains("goes to  127.0.0.1:" + other.port("mx"))
            .contains("because  outbound.routes[0] (recipients far.example)")
            .contains("limits   at most 10 mails in 1m, at most 2 recipients in a mail")
            .contains("if the server offers it, any certificate");
        assertThat(queue("route", "x@a.shut.example", "--from", "ann@example.org").out())
            .contains("goes to  nowhere: it is refused", "problem  failed 5.7.1 Closed for good");
        assertThat(queue("route", "x@a.shut.example").out())
            .contains("because  no route fits", "problem  deferred 4.4.3");
        assertThat(queue("route", "ann@example.org").out()).contains("this server's own");
        assertThat(queue("route", "nobody").err()).contains("is no address");

        send(server, "bob@far.example", "eve@a.shut.example", "joe@away.example");
        until(() -> rows("list", "--recipient", "bob") == 0 && rows("list") == 1);
        try (WireClient ann = server.imap("ann")) {
          until(() -> ann.imap("STATUS INBOX (MESSAGES)").toString().contains("MESSAGES 1"));
          ann.imap("SELECT INBOX");
          assertThat(ann.imap("FETCH 1 BODY.PEEK[1]").toString())
              .contains("eve@a.shut.example", "Closed for good");
        }
        String id = queue("list").out().lines().toList().getLast().split(" ", -1)[0];
        assertThat(queue("show", id).out())
            .contains("to the mail servers of away.example", "route     no route fits");
      }
    }
  }

  /// The chain may have given it another one for some of its recipients.
  @Test
  void theQueueSaysTheWayOfTheSenderWhomARecipientSees() throws IOException {
    data = temp.resolve("data");
    try (TestServer server =
        TestServer.start(
            data,
            "outbound.routes=[{senders: a.example, to: \"relay-a.example\"},"
                + " {senders: b.example, to: \"relay-b.example\"}]")) {
      var id = new MailId("00000000000c0001");
      heldUnderTwoSenders(server, id);
      for (InProcess.Result told :
          List.of(queue("list", "--json"), queue("show", id.value(), "--json"))) {
        assertThat(told.out())
            .containsSubsequence(
                "x@far.example", "relay-a.example", "y@far.example", "relay-b.example");
      }
    }
  }

  private static void heldUnderTwoSenders(TestServer server, MailId id) throws IOException {
    var contents = server.server().composition().room(ContentStore.class);
    ContentId content =
        contents
            .write(new ByteArrayInputStream("\r\nx\r\n".getBytes(StandardCharsets.US_ASCII)))
            .id();
    contents.sync(content);
    var arrival =
        new Arrival(
            Optional.empty(),
            "",
            Optional.empty(),
            "ESMTP",
            "test",
            Instant.now(),
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            Wishes.NONE);
    var second = form(1, "ann@b.example", content);
    server
        .server()
        .composition()
        .room(QueueStore.class)
        .change(
            new QueueChange(id)
                .put(arrival, second)
                .add(held(0, "x@far.example"))
                .add(held(1, "y@far.example"))
                .accept(arrival, form(0, "ann@a.example", content)));
  }

  private static MailForm form(int number, String sender, ContentId content) {
    return new MailForm(
        number, Optional.of(MailAddress.of(sender)), content, "", List.of(), Map.of());
  }

  private static QueuedRecipient held(int number, String address) {
    MailAddress to = MailAddress.of(address);
    return new QueuedRecipient(
        number,
        number,
        to,
        Optional.empty(),
        Set.of(),
        new RecipientState.Held(new RecipientState.Outgoing(to.domain(), Optional.empty())),
        0,
        Instant.now(),
        Optional.empty(),
        false);
  }

  @Test
  void whatIsMeantMustBeSaid() throws IOException {
    data = temp.resolve("data");
    try (TestServer _ = TestServer.start(data)) {
      assertThat(queue("drop", "--yes").err()).contains("--destination");
      assertThat(queue("drop", "--all", "--yes").out()).isEqualTo("0 recipients dropped.\n");
      assertThat(
              InProcess.run("queue", "fail", "--all", "--dry-run", "--data", data.toString()).out())
          .isEqualTo("0 recipients would be given up.\n");
      assertThat(queue("retry", "--older-than", "soon").err()).contains("is not a time");
      assertThat(queue("reroute", "--all").err()).contains("--via");
      for (String via : List.of("foo bar:25", "10.0.0.0/8", "a,b.example")) {
        assertThat(queue("reroute", "--all", "--via", via).err())
            .as(via)
            .contains("Name a host and a port");
      }
      assertThat(queue("list", "--client", "here").err()).contains("is no IP address");
      assertThat(queue("reroute", "--all", "--via", "[::1]:25").out()).contains("0 recipients");
      assertThat(queue("reroute", "--all", "--via", "a.example", "--tls", "yes").err())
          .contains("none, opportunistic, starttls, implicit");
      assertThat(queue("reroute", "--all", "--via", "a.example", "--credentials", "nobodys").err())
          .contains("no outbound.credentials 'nobodys'");
      assertThat(queue("show", "00000000000000aa"))
          .satisfies(none -> assertThat(none.status()).isEqualTo(3));
      assertThat(queue("retry", "--all", "--dry-run").out())
          .isEqualTo("0 recipients would be tried again now.\n");
      assertThat(queue("retry", "--all").out())
          .isEqualTo("0 recipients will be tried again now.\n");
    }
  }

  /// Who names no kind of TLS does not mean that anybody may have the password.
  @Test
  void aPasswordIsForTheServerThatIsMeantOnly() throws IOException {
    data = temp.resolve("data");
    try (TestServer stranger =
            TestServer.start(temp.resolve("stranger"))
                .withUsers("ann")
                .withAccounts("bob@far.example");
        TestServer server =
            TestServer.start(
                    data,
                    TestServer.WITHOUT_DNS,
                    "outbound.credentials.provider={login: ann@example.org, password: secret}")
                .withUsers("ann")) {
      send(server, "bob@far.example");
      until(() -> rows("list", "--answer", "DNS") == 1);
      String id = id();
      String via = "127.0.0.1:" + stranger.port("submission");
      until(() ->
          queue("reroute", "--all", "--via", via, "--credentials", "provider")
              .out()
              .equals("1 recipient rerouted.\n"));
      until(() -> rows("list") == 0 || rows("list", "--answer", "TLS failed") == 1);
      assertThat(rows("list", "--answer", "TLS failed")).isEqualTo(1);
      assertThat(stranger.admin().get("/users/bob%40far.example/mailboxes").toString())
          .doesNotContain("\"messages\":1");

      until(() ->
          queue("reroute", "--all", "--via", "127.0.0.1:465")
              .out()
              .equals("1 recipient rerouted.\n"));
      assertThat(queue("show", id, "--json").out()).contains("\"IMPLICIT\"");

      until(() ->
          queue("reroute", "--all", "--via", "relay.example", "--credentials", "provider")
              .out()
              .equals("1 recipient rerouted.\n"));
      assertThat(rows("list", "--destination", "relay.example:587")).isEqualTo(1);
    }
  }

  @Test
  void aDestinationIsFoundHoweverItIsWritten() throws IOException {
    data = temp.resolve("data");
    try (TestServer server =
        TestServer.start(
                data,
                TestServer.WITHOUT_DNS,
                "outbound.routes=[{recipients: routed.example, to: \"127.0.0.1:1\"}]")
            .withUsers("ann")) {
      send(server, "bob@xn--bcher-kva.example", "eve@routed.example");
      until(() -> rows("list", "--state", "outgoing") == 2);
      for (String name :
          List.of("b\u00FCcher.example", "B\u00DCCHER.example.", "xn--BCHER-kva.example.")) {
        assertThat(queue("destinations", name).out()).as(name).contains("waiting     1 recipient,");
        assertThat(rows("list", "--destination", name)).as(name).isEqualTo(1);
        until(() -> queue("flush", name).out().contains("1 recipient will be tried again now"));
      }
      assertThat(rows("list", "--destination", "127.0.0.1:1")).isEqualTo(1);
      assertThat(queue("list", "--destination", "127.0.0.1").out()).contains("Nothing that is");
      assertThat(queue("destinations", "127.0.0.1:1").out())
          .contains("because of outbound.routes[0]")
          .doesNotContain("--mx");

      until(() ->
          queue("reroute", "--recipient", "bob@", "--via", "127.0.0.1:2")
              .out()
              .equals("1 recipient rerouted.\n"));
      until(() -> queue("destinations", "127.0.0.1:2").out().contains("No server there"));
      assertThat(queue("destinations", "127.0.0.1:2").out()).doesNotContain("at most 0");
      assertThat(queue("destinations", "127.0.0.1:2").out())
          .contains("posthorn queue reroute --destination 127.0.0.1:2 --mx. ")
          .doesNotContain("user@");
    }
  }

  @Test
  void showsWhyAMailWaitsAndWhatItIs() throws IOException {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      try (WireClient client = server.submission("ann")) {
        assertThat(client.smtp("MAIL FROM:<ann@example.org> HOLDFOR=7200")).startsWith("250");
        assertThat(client.smtp("RCPT TO:<bob@far.example>")).startsWith("250");
        assertThat(client.smtp("DATA")).startsWith("354");
        client.send("From: ann@example.org");
        client.send("Subject: Help");
        client.send("");
        client.send("Help");
        assertThat(client.smtp(".")).startsWith("250");
      }
      String id = queue("list").out().lines().skip(1).findFirst().orElseThrow().split(" ", 2)[0];
      assertThat(queue("show", id).out())
          .contains("login     ann@example.org\n", "subject   Help\n", "size      ")
          .contains("asked     by its sender to be sent not before 2")
          .contains(" (in 1h 59m)");
      assertThat(queue("list").out()).contains("in front of root");
      assertThat(queue("destinations").out())
          .contains("1 recipient waits in the chain here:  posthorn queue list --state waiting");
      assertThat(queue("hold", id).out()).isEqualTo("1 recipient held.\n");
      assertThat(queue("show", id).out()).contains("state     held  was: in front of ");
      assertThat(queue("show", id.substring(0, 12)))
          .satisfies(none -> assertThat(none.status()).isEqualTo(3))
          .satisfies(none -> assertThat(none.err()).contains("an id has 16 characters"));
      assertThat(queue("release", id).out()).isEqualTo("1 recipient released.\n");
      assertThat(queue("release", id).out()).startsWith("0 recipients released: none fits");
    }
  }

  /// As from a script with a variable that is not set.
  @Test
  void whatIsEmptyDoesNotMeanAll() throws IOException {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      send(server, "bob@far.example");
      until(() -> rows("list", "--answer", "DNS") == 1);
      for (List<String> order :
          List.of(
              List.of("hold", ""),
              List.of("release", ""),
              List.of("retry", ""),
              List.of("reroute", "", "--mx"),
              List.of("drop", "", "--yes"),
              List.of("drop", "--recipient", "", "--yes"),
              List.of("drop", "--sender", "", "--yes"),
              List.of("drop", "--answer", " ", "--yes"),
              List.of("fail", "--destination", "", "--yes"),
              List.of("flush", ""),
              List.of("show", ""),
              List.of("export", "", "--to", temp.resolve("files").toString()))) {
        assertThat(queue(order.toArray(String[]::new)))
            .as("%s", order)
            .satisfies(refused -> assertThat(refused.status()).isEqualTo(2))
            .satisfies(refused -> assertThat(refused.err()).contains(" is empty: "));
      }
      assertThat(queue("drop", "--sender", "", "--yes").err()).contains("<>");
      assertThat(queue("drop", "--sender", "<>", "--yes").out()).startsWith("0 recipients dropped");
      for (String path : List.of("/queue//hold", "/queue/hold?sender=", "/queue/drop?answer=%20")) {
        assertThatThrownBy(() -> server.admin().post(path, Map.of()))
            .as(path)
            .hasMessageContaining("is empty: ");
      }
      assertThat(rows("list", "--state", "outgoing")).isEqualTo(1);
      assertThat(queue("hold", "--sender", "nobody@example.org").out())
          .isEqualTo(
              "0 recipients held: none fits, or it is so already. See  posthorn queue list\n");
      assertThat(queue("flush", "far.example", "--dry-run").out())
          .isEqualTo("1 recipient would be tried again now.\n");
    }
  }

  /// As by a program's typing error.
  @Test
  void whatIsMistypedDoesNotMeanAll() throws IOException {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      send(server, "bob@far.example");
      until(() -> rows("list", "--answer", "DNS") == 1);
      assertThatThrownBy(
              () -> server.admin().post("/queue/hold?dry-run&destinaton=foo.test", Map.of()))
          .hasMessageContaining("POST /queue/hold has no parameter \"destinaton\"")
          .hasMessageContaining("did you mean destination?")
          .hasMessageContaining("sender, recipient");
      assertThatThrownBy(
              () -> server.admin().post("/queue/hold?dryrun&destination=far.example", Map.of()))
          .hasMessageContaining("did you mean dry-run?");
      assertThatThrownBy(() -> server.admin().post("/queue/drop?all&mail=" + id(), Map.of()))
          .hasMessageContaining("\"mail\"");
      assertThatThrownBy(() -> server.admin().get("/queue?bogus=1"))
          .hasMessageContaining("\"bogus\"; there are ");
      assertThatThrownBy(() -> server.admin().get("/queue?sender=ann&sender=bob"))
          .hasMessageContaining("sender is there twice");
      assertThatThrownBy(() -> server.admin().post("/reload?now", Map.of()))
          .hasMessage("POST /reload has no parameters, and so no \"now\"");
      for (String flag : List.of("all=", "all=2", "all=no", "dry-run=yes", "dry-run=")) {
        String name = flag.substring(0, flag.indexOf('='));
        assertThatThrownBy(() -> server.admin().post("/queue/drop?" + flag, Map.of()))
            .hasMessageContaining(": write %s=true or %s=false".formatted(name, name));
      }
      for (String no : List.of("all=false", "all=0")) {
        assertThatThrownBy(() -> server.admin().post("/queue/drop?" + no, Map.of()))
            .hasMessageContaining("Say which mail is meant");
      }
      String each = "/queue/" + id() + "/hold";
      for (String yes : List.of("dry-run", "dry-run=true", "dry-run=1")) {
        JsonNode counted = server.admin().post(each + "?" + yes, Map.of());
        assertThat(counted.path("recipients").asInt()).as(yes).isEqualTo(1);
      }
      assertThat(rows("list", "--state", "outgoing")).isEqualTo(1);
      for (String limit : List.of("0", "-5", "x", "")) {
        for (String path : List.of("/queue", "/queue/senders", "/trace/failed")) {
          assertThatThrownBy(() -> server.admin().get(path + "?limit=" + limit))
              .as(path)
              .hasMessageContaining("limit is \"" + limit + "\": write a number from 1 to 1");
        }
      }
      assertThat(server.admin().get("/queue?limit=99999999999").path("mails")).hasSize(1);
      assertThat(rows("list", "--state", "outgoing")).isEqualTo(1);
    }
  }

  /// As in a flood of spam that has nothing else in common.
  @Test
  void choosesByTheSubjectAsPeopleReadIt() throws IOException {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      sendAbout(server, "=?utf-8?Q?Gr=C3=B6=C3=9Fter_GEWINN?= von allen", "bob@far.example");
      sendAbout(server, "=?utf-8?B?R1LDllNTVEU=?=", "eve@far.example");
      send(server, "joe@far.example");
      until(() -> rows("list", "--answer", "DNS") == 3);

      assertThat(queue("list", "--subject", "gewinn VON").out())
          .contains("bob@far.example")
          .doesNotContain("eve@", "joe@");
      assertThat(rows("list", "--subject", "grö")).isEqualTo(2);
      assertThat(rows("list", "--subject", "grö", "--recipient", "eve@")).isEqualTo(1);
      assertThat(queue("list", "--subject", "utf-8").out()).startsWith("Nothing that is under way");
      assertThat(queue("list", "--subject", " ").err()).contains("subject is empty: ");
      assertThat(queue("drop", "--subject", "", "--yes").err()).contains("subject is empty: ");
      String first = queue("list", "--subject", "grö", "--limit", "1").out();
      assertThat(first).contains("bob@", "1 mail shown").doesNotContain("eve@");

      assertThat(queue("hold", "--subject", "GRÖ", "--dry-run").out())
          .isEqualTo("2 recipients would be held.\n");
      assertThat(queue("hold", "--subject", "GRÖ").out()).isEqualTo("2 recipients held.\n");
      assertThat(rows("list", "--state", "held")).isEqualTo(2);
      assertThat(queue("drop", "--subject", "Gewinn", "--yes").out())
          .isEqualTo("1 recipient dropped.\n");
      assertThat(queue("list").out()).contains("eve@", "joe@").doesNotContain("bob@");
    }
  }

  @Test
  void whatWasExportedIsTakenBackOnce() throws IOException {
    data = temp.resolve("data");
    Path files = temp.resolve("files");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS)) {
      server.withUsers("ann", "bob");
      send(server, "eve@far.example", "joe@away.example");
      until(() -> rows("list", "--answer", "DNS") == 2);
      assertThat(rows("list", "--client", "127.0.0.0/8", "--newer-than", "1h")).isEqualTo(2);
      assertThat(rows("list", "--client", "192.0.2.1")).isZero();
      assertThat(rows("list", "--newer-than", "1ms")).isZero();
      assertThat(queue("list", "--json").out())
          .contains("\"remote\" : \"127.0.0.1\"", "\"login\" : \"ann@example.org\"");
      until(() -> queue("hold", "--recipient", "joe@").out().equals("1 recipient held.\n"));
      String before = states();
      String id = id();
      String message = queue("show", id).out().lines().limit(2).toList().toString();
      assertThat(queue("export", "--sender", "ann@", "--to", files.toString()).out())
          .contains("1 mail written");
      assertThat(queue("import", files.toString()).out())
          .isEqualTo("0 mails taken, 1 known already.\n");
      until(() -> {
        queue("drop", "--all", "--yes");
        return queue("list").out().equals("Nothing is under way.\n");
      });

      assertThat(queue("import", files.toString(), "--dry-run").out())
          .isEqualTo("1 mail would be taken, 0 known already.\n");
      assertThat(queue("list").out()).isEqualTo("Nothing is under way.\n");
      assertThat(queue("import", files.toString()).out())
          .isEqualTo("1 mail taken, 0 known already.\n");
      assertThat(states()).isEqualTo(before);
      assertThat(queue("show", id).out().lines().limit(2).toList().toString()).isEqualTo(message);
      Path again = temp.resolve("again");
      queue("export", "--sender", "ann@", "--to", again.toString());
      assertThat(Files.readAllBytes(again.resolve(id + ".eml")))
          .isEqualTo(Files.readAllBytes(files.resolve(id + ".eml")));
      until(() -> {
        queue("drop", "--all", "--yes");
        return queue("list").out().equals("Nothing is under way.\n");
      });
      assertThat(queue("import", files.toString()).out())
          .startsWith("0 mails taken, 1 known already.\nOf these 1 was taken back before and gone");
      assertThat(queue("import", files.toString(), "--again").out())
          .isEqualTo("1 mail taken, 0 known already.\n");
      assertThat(states()).isEqualTo(before);
      assertThat(queue("import", files.toString(), "--again").out())
          .isEqualTo("0 mails taken, 1 known already.\n");

      until(() -> {
        queue("drop", "--all", "--yes");
        return queue("list").out().equals("Nothing is under way.\n");
      });
      Path envelope = files.resolve(id + ".json");
      String written = Files.readString(envelope);
      Files.writeString(envelope, written.replace("\"number\" : 1", "\"number\" : 0"));
      assertThat(queue("import", files.toString(), "--again").err())
          .contains("two of its recipients have the number 0");
      Files.writeString(envelope, written.replaceAll("\"attempts\" : \\d+", "\"attempts\" : -1"));
      assertThat(queue("import", files.toString(), "--again").err()).contains("is below 0");
      Files.delete(files.resolve(id + ".eml"));
      InProcess.Result broken = queue("import", files.toString());
      assertThat(broken.status()).isEqualTo(1);
      assertThat(broken.err()).contains("there is no ");
    }
  }

  /// Whoever has it must not get it again because others are to have it still.
  @Test
  void whatWasDeliveredAfterTheExportIsNotSentAgain() throws IOException {
    data = temp.resolve("data");
    Path files = temp.resolve("files");
    try (TestServer backup =
            TestServer.start(temp.resolve("backup"))
                .withAccounts("bob@far.example", "eve@far.example");
        TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      send(server, "bob@far.example", "eve@far.example", "joe@away.example");
      until(() -> rows("list", "--answer", "DNS") == 3);
      queue("export", "--to", files.toString());
      String via = "127.0.0.1:" + backup.port("mx");
      until(() -> {
        queue("reroute", "--destination", "far.example", "--via", via);
        return rows("list") == 1;
      });
      until(() -> {
        queue("drop", "--all", "--yes");
        return queue("list").out().equals("Nothing is under way.\n");
      });

      String left = " 2 recipients have got it since the export and are left out.\n";
      assertThat(queue("import", files.toString(), "--dry-run").out())
          .isEqualTo("1 mail would be taken, 0 known already." + left);
      assertThat(queue("import", files.toString()).out())
          .isEqualTo("1 mail taken, 0 known already." + left);
      assertThat(queue("list").out()).contains("joe@away.example").doesNotContain("far.example");
      assertThat(queue("import", files.toString()).out())
          .isEqualTo("0 mails taken, 1 known already.\n");
    }
  }

  @Test
  void aMailThatAllHaveGotSinceTheExportIsNotTakenBack() throws IOException {
    data = temp.resolve("data");
    Path files = temp.resolve("files");
    try (TestServer backup =
            TestServer.start(temp.resolve("backup")).withAccounts("bob@far.example");
        TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      send(server, "bob@far.example");
      until(() -> rows("list", "--answer", "DNS") == 1);
      queue("export", "--to", files.toString());
      String via = "127.0.0.1:" + backup.port("mx");
      until(() -> {
        queue("reroute", "--all", "--via", via);
        return queue("list").out().equals("Nothing is under way.\n");
      });
      assertThat(queue("import", files.toString()).out())
          .isEqualTo(
              "0 mails taken, 1 known already."
                  + " 1 recipient has got it since the export and is left out.\n");
      assertThat(queue("list").out()).isEqualTo("Nothing is under way.\n");
    }
  }

  /// It is done with, and nobody has got it.
  @Test
  void aMailThatWasGivenUpSinceTheExportIsTakenBack() throws IOException {
    data = temp.resolve("data");
    Path files = temp.resolve("files");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      send(server, "bob@far.example");
      until(() -> rows("list", "--answer", "DNS") == 1);
      queue("export", "--to", files.toString());
      until(() -> {
        queue("fail", "--all", "--yes", "--reason", "no use");
        return queue("list").out().equals("Nothing is under way.\n");
      });
      assertThat(queue("import", files.toString()).out())
          .isEqualTo("1 mail taken, 0 known already.\n");
      assertThat(rows("list", "--recipient", "bob@far.example")).isEqualTo(1);
    }
  }

  /// The files of one are cut off, another's are refused, and the last one's are good.
  @Test
  void oneThatCannotBeTakenDoesNotKeepTheOthers() throws IOException {
    data = temp.resolve("data");
    Path files = temp.resolve("files");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      for (String domain : List.of("a.example", "b.example", "c.example")) {
        send(server, "bob@" + domain);
      }
      until(() -> rows("list", "--answer", "DNS") == 3);
      List<String> ids =
          queue("list").out().lines().skip(1).map(line -> line.split(" ", 2)[0]).toList();
      queue("export", "--to", files.toString());
      until(() -> {
        queue("drop", "--all", "--yes");
        return queue("list").out().equals("Nothing is under way.\n");
      });
      Path cut = files.resolve(ids.get(0) + ".json");
      Files.writeString(cut, Files.readString(cut).substring(0, 40));
      Files.writeString(files.resolve(ids.get(1) + ".json"), "{\"id\": \"no id\"}");

      InProcess.Result told = queue("import", files.toString());
      assertThat(told.out()).isEqualTo("1 mail taken, 0 known already.\n");
      assertThat(told.status()).isEqualTo(1);
      assertThat(told.err()).contains(ids.get(0) + ".json: ", ids.get(1) + ".json: ");
      assertThat(queue("list").out()).contains("bob@c.example");
    }
  }

  @Test
  void whatIsDeliveredWhileOthersAreWrittenIsCounted() throws IOException {
    data = temp.resolve("data");
    Path files = temp.resolve("files");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      send(server, "bob@a.example");
      until(() -> rows("list", "--answer", "DNS") == 1);
      String id = id();
      // What a run that broke off has left.
      Files.writeString(Files.createDirectories(files).resolve(id + ".eml"), "Received: f");
      assertThat(QueueExports.write(server.admin(), List.of("00000000000000aa", id), files))
          .isEqualTo("1 mail written to %s. 1 was gone before that.", files);
      assertThat(files.resolve(id + ".eml")).content().endsWith("\r\nHelp\r\n");
      assertThat(files.resolve("00000000000000aa.json")).doesNotExist();
      assertThat(queue("export", "00000000000000aa", "--to", files.toString()).status())
          .isEqualTo(3);
    }
  }

  /// As orders have it: whoever names both means both.
  @Test
  void aMailThatIsNamedAndDoesNotFitIsNotWritten() throws IOException {
    data = temp.resolve("data");
    Path files = temp.resolve("files");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      sendAbout(server, "Invoice", "bob@a.example");
      until(() -> rows("list", "--answer", "DNS") == 1);
      String id = id();
      for (List<String> other :
          List.of(
              List.of("--subject", "Holiday"),
              List.of("--sender", "eve@example.org"),
              List.of("--newer-than", "1s", "--recipient", "joe@"))) {
        List<String> export = new ArrayList<>(List.of("export", id, "--to", files.toString()));
        export.addAll(other);
        InProcess.Result result = queue(export.toArray(String[]::new));
        assertThat(result.status()).isEqualTo(3);
        assertThat(result.err()).contains(id, "leave them out");
        assertThat(files).doesNotExist();
      }
      assertThat(queue("hold", id, "--subject", "Holiday").out()).startsWith("0 recipients held");
      assertThat(queue("export", id, "--subject", "INVOICE", "--to", files.toString()).out())
          .startsWith("1 mail written");
      assertThat(queue("destinations", "a.example", "--limit", "3").err())
          .contains("--limit", "leave");
    }
  }

  @Test
  void saysThatThereIsMoreThanItShows() throws IOException {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS)) {
      server.withUsers("ann");
      for (String domain : List.of("a.example", "b.example", "c.example")) {
        send(server, "bob@" + domain);
      }
      until(() -> rows("list", "--answer", "DNS") == 3);

      assertThat(queue("list").out()).doesNotContain("shown");
      assertThat(queue("list", "--limit", "2").out())
          .contains("2 of 3 mails shown, the oldest.\nMore:  --limit 3")
          .doesNotContain("c.example");
      assertThat(queue("list", "--limit", "1", "--sender", "ann", "--json").out())
          .contains("\"total\" : 3", "\"totalIsExact\" : true", "\"next\" : \"");
      assertThat(queue("list", "--limit", "1", "--recipient", "bob@b").out())
          .doesNotContain("shown");
      JsonNode uncounted = server.admin().get("/queue?limit=2&no-total");
      assertThat(uncounted.path("mails")).hasSize(2);
      assertThat(uncounted.has("total") && !uncounted.path("total").isNull()).isFalse();
      assertThat(uncounted.path("next").asString()).isNotEmpty();
      JsonNode last =
          server.admin().get("/queue?no-total&limit=2&after=" + uncounted.path("next").asString());
      assertThat(last.path("total").asInt()).isEqualTo(1);
      assertThat(last.path("next").asString("")).isEmpty();
      String id = uncounted.path("mails").get(1).path("id").asString();
      assertThat(
              server.admin().get("/queue?mail=" + id).path("mails").findValuesAsString("address"))
          .containsExactly("bob@b.example");
      assertThat(server.admin().get("/queue?recipient=bob@c&mail=" + id).path("mails")).isEmpty();

      JsonNode first = server.admin().get("/queue?limit=2");
      JsonNode rest = server.admin().get("/queue?after=" + first.path("next").asString());
      assertThat(rest.path("mails").findValuesAsString("address")).containsExactly("bob@c.example");
      assertThat(rest.path("next").asString("")).isEmpty();
      assertThat(queue("destinations", "--limit", "1").out())
          .contains("1 of 3 destinations shown. All of them:  --limit 3");
      assertThat(queue("senders", "--limit", "5").out())
          .doesNotContain("shown")
          .containsSubsequence("posthorn user disable", "posthorn user password");
      assertThat(queue("hold", "--sender", "ann@example.org", "--dry-run").out())
          .isEqualTo("3 recipients would be held.\n");
      until(() ->
          queue("hold", "--sender", "ann@example.org")
              .out()
              .contains("held. What that sender sends from now on is not held:"));
    }
  }

  private String id() {
    return queue("list").out().lines().toList().getLast().split(" ", 2)[0];
  }

  private String states() {
    return queue("list")
        .out()
        .lines()
        .skip(1)
        .map(line -> String.join(" ", Arrays.asList(line.split(" +")).subList(0, 4)))
        .toList()
        .toString();
  }

  private void exports() throws IOException {
    Path files = temp.resolve("files");
    assertThat(queue("export", "--state", "held", "--to", files.toString()).out())
        .contains("1 mail written");
    List<Path> written;
    try (var found = Files.list(files)) {
      written = found.sorted().toList();
    }
    assertThat(written).hasSize(2);
    assertThat(Files.readString(written.getFirst()))
        .startsWith("Received: ")
        .endsWith("\r\nSubject: Help\r\n\r\nHelp\r\n");
    assertThat(Files.readString(written.getLast()))
        .contains("bob@far.example", "\"ann@example.org\"");
    byte[] envelope = Files.readAllBytes(written.getLast());
    assertThat(queue("export", "--to", files.toString()).out())
        .contains("0 mails written", " 1 had files there already.");
    assertThat(written.getLast()).hasBinaryContent(envelope);
  }

  /// What somebody works on just now is left out by orders, so some need another try.
  private static void until(Callable<Boolean> condition) throws IOException {
    try {
      for (int tries = 0; !condition.call(); tries++) {
        assertThat(tries).as("tries").isLessThan(600);
        LockSupport.parkNanos(50_000_000);
      }
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /// How many lines a table has below its titles.
  private int rows(String... arguments) {
    return (int) queue(arguments).out().lines().count() - 1;
  }

  private InProcess.Result queue(String... arguments) {
    List<String> all = new ArrayList<>(List.of("queue"));
    all.addAll(Arrays.asList(arguments));
    all.addAll(List.of("--data", data.toString()));
    return InProcess.run(all.toArray(String[]::new));
  }

  private static void send(TestServer server, String... recipients) throws IOException {
    sendAbout(server, "Help", recipients);
  }

  private static void sendAbout(TestServer server, String subject, String... recipients)
      throws IOException {
    try (WireClient client = server.submission("ann")) {
      assertThat(
              client.deliver(
                  "ann@example.org",
                  List.of(recipients),
                  "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nFrom: ann@example.org\r\nSubject: %s\r\n\r\nHelp\r\n"
                      .formatted(subject)))
          .startsWith("250");
      client.send("QUIT");
    }
  }
}
