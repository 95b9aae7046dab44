package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// Strangers who look for a way through us to others, in every form that an address can have.
@Timeout(120)
class OpenRelayTest {
  private static final List<String> WAYS_OUT =
      List.of(
          "<x@far.example>",
          "<X@FAR.EXAMPLE>",
          "<x@far.example.>",
          "<x%far.example@example.org>",
          "<x%far.example@mail.example.org>",
          "<x%far.example@localhost>",
          "<x%far.example>",
          "<x%far.example%example.org@example.org>",
          "<far.example!x>",
          "<far.example!x@example.org>",
          "<example.org!far.example!x@example.org>",
          "<\"x@far.example\"@example.org>",
          "<\"x%far.example\"@example.org>",
          "<\"x\\@far.example\"@example.org>",
          "<\"x@far.example\">",
          "<\"x\"@far.example>",
          "<\"\\x\"@far.example>",
          "<\"ann@example.org> RCPT TO:<x\"@far.example>",
          "<x\\@far.example@example.org>",
          "<@example.org:x@far.example>",
          "<@example.org,@mail.example.org:x@far.example>",
          "<@far.example:x%far.example@example.org>",
          "<@[127.0.0.1]:x@far.example>",
          "<x@[127.0.0.1]>",
          "<x@[192.0.2.1]>",
          "<x@[IPv6:::1]>",
          "<x@[IPv6:::ffff:192.0.2.1]>",
          "<x@[localhost]>",
          "<x@127.0.0.1>",
          "<x@2130706433>",
          "<x@localhost>",
          "<x@mail.example.org>",
          "<x@example.org.far.example>",
          "<x@far.example@example.org>",
          "<x@example.org@far.example>",
          "<x@example.org%far.example>",
          "<x@example.org:25>",
          "<x@example.org/far.example>",
          "<x@example.org,y@far.example>",
          "<x;far.example@example.org>",
          "<x(@far.example)@example.org>",
          "<x@(comment)far.example>",
          "x@far.example",
          "<<x@far.example>>",
          "<x@far.example",
          "x@far.example>",
          "< x@far.example>",
          "<x@far.example >",
          "<x @far.example>",
          "<@far.example>",
          "<x@>",
          "<@>",
          "<x@.example.org>",
          "<x@example..org>",
          "<x@example.org..>",
          "<x@-example.org>",
          "<.x@far.example>",
          "<x.@far.example>",
          "<x..y@far.example>",
          "<postmaster@far.example>",
          "<postmaster%far.example>",
          "<ann+x%far.example@far.example>",
          "<srs0=abcd=ef=far.example=x@example.org>",
          "<SRS1=abcd=far.example==x@example.org>",
          "<prvs=1234abcdef=x@far.example>",
          "<x=far.example@example.org>",
          "<" + "x".repeat(300) + "@far.example>",
          "<x@" + "x".repeat(64) + ".example>",
          "<x@" + "x.".repeat(130) + "example>",
          "<" + "@a.example,".repeat(150) + "@b.example:x@far.example>");

  /// With letters that look like those of `example.org`, or with some that nobody sees.
  private static final List<String> LOOK_ALIKES =
      List.of(
          "<ann@ex\u0430mple.org>",
          "<ann@\u0435xample.org>",
          "<ann@example.\u043erg>",
          "<ann@\uFF45xample.org>",
          "<ann@\uFF45\uFF58\uFF41\uFF4D\uFF50\uFF4C\uFF45.org>",
          "<ann@example\u3002org>",
          "<ann@example\uFF0Eorg>",
          "<ann@exam\u00ADple.org>",
          "<ann@example\u200B.org>",
          "<ann@example\u200D.org>",
          "<ann@\u202Eexample.org>",
          "<ann@ex\u00E0mple.org>",
          "<ann@examp\u217Ce.org>",
          "<ann@example.\u24DErg>",
          "<ann\uFF20far.example@far.example>",
          "<x\uFF05far.example@example.org>",
          "<ann@xn--exmple-4nf.org>");

  @TempDir Path data;

  @Test
  void nobodyIsLedThrough() throws IOException {
    List<String> through = new ArrayList<>();
    try (TestServer server = TestServer.start(data, "hostname=mail.example.org").withUsers("ann")) {
      for (String port : List.of("mx", "lmtp")) {
        try (WireClient client = greeted(server, port)) {
          assertThat(client.smtp("MAIL FROM:<ann@example.org> SMTPUTF8")).startsWith("250");
          List<String> all = new ArrayList<>(WAYS_OUT);
          all.addAll(LOOK_ALIKES);
          for (String way : all) {
            // Two recipients refused count as errors, and with too many we hang up.
            String answer = client.smtp("RCPT TO:" + way);
            if (!answer.startsWith("5")) {
              through.add(port + " " + way + " " + answer);
            }
          }
        }
      }
      try (WireClient client = greeted(server, "submission")) {
        assertThat(client.smtp("MAIL FROM:<ann@example.org>")).startsWith("530 5.7.0");
        assertThat(client.smtp("RCPT TO:<x@far.example>")).startsWith("503");
      }
      assertThat(through).isEmpty();
      assertThat(InProcess.run(data, "queue", "list").out()).isEqualTo("Nothing is under way.\n");
    }
  }

  /// A name of ours is ours however it is written.
  @Test
  void whatIsOursIsTaken() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      server.admin().post("/domains", Map.of("domain", "b\u00FCcher.example"));
      server
          .admin()
          .post("/users", Map.of("login", "ann@b\u00FCcher.example", "password", "secret"));
      try (WireClient client = greeted(server, "mx")) {
        client.smtp("MAIL FROM:<x@far.example> SMTPUTF8");
        for (String address :
            List.of(
                "<ann@example.org>",
                "<ANN@EXAMPLE.ORG>",
                "<\"ann\"@example.org>",
                "<\"\\a\\n\\n\"@Example.Org>",
                "<@far.example,@b.example:ann@example.org>",
                "<ann@xn--bcher-kva.example>",
                "<ann@XN--BCHER-KVA.EXAMPLE>",
                "<ann@b\u00FCcher.example>",
                "<ann@B\u00DCCHER.example>",
                "<ann@bu\u0308cher.example>",
                "<Postmaster>",
                "<postmaster@example.org>")) {
          assertThat(client.smtp("RCPT TO:" + address)).as(address).startsWith("250 2.1.5");
        }
      }
    }
  }

  /// The server writes as postmaster at its own names, so whoever answers is heard, whichever way
  /// the answer comes; and nothing else at these names leads anywhere.
  @Test
  void thePostmasterOfOurOwnNamesHears() throws IOException {
    try (TestServer server =
        TestServer.start(
                data,
                "hostname=mail.example.org",
                "smtp.hostname=mx.example.org",
                TestServer.WITHOUT_DNS)
            .withUsers("ann", "bob")) {
      int come = 0;
      for (String port : List.of("mx", "lmtp")) {
        try (WireClient client = greeted(server, port)) {
          for (String address :
              List.of("<postmaster@mail.example.org>", "<Postmaster@MX.example.org>")) {
            come++;
            assertThat(client.smtp("MAIL FROM:<x@far.example>")).startsWith("250");
            assertThat(client.smtp("RCPT TO:<bob@mail.example.org>")).startsWith("550");
            assertThat(client.smtp("RCPT TO:" + address)).startsWith("250 2.1.5");
            assertThat(client.smtp("DATA")).startsWith("354");
            assertThat(client.smtp("Subject: answer " + come + "\r\n\r\nWhy?\r\n."))
                .startsWith("250");
            assertThat(server.message("ann@example.org", come)).contains("answer " + come);
          }
        }
      }
      server
          .admin()
          .put(
              "/aliases/tell%40example.org",
              Map.of("targets", List.of("postmaster@mx.example.org")));
      try (WireClient client = server.submission("bob")) {
        for (String address : List.of("<postmaster@mail.example.org>", "<tell@example.org>")) {
          come++;
          assertThat(client.smtp("MAIL FROM:<bob@example.org>")).startsWith("250");
          assertThat(client.smtp("RCPT TO:" + address)).startsWith("250 2.1.5");
          assertThat(client.smtp("DATA")).startsWith("354");
          assertThat(client.smtp("Subject: answer " + come + "\r\n\r\nWhy?\r\n."))
              .startsWith("250");
          assertThat(server.message("ann@example.org", come)).contains("answer " + come);
        }
      }
    }
  }

  private static WireClient greeted(TestServer server, String port) throws IOException {
    WireClient client = server.connect(port);
    client.reply();
    client.smtp((port.equals("lmtp") ? "LHLO" : "EHLO") + " client.example");
    return client;
  }
}
