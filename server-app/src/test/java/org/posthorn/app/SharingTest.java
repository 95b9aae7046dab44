package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminFailure;

/// Mailboxes of others, over real sockets: across domains, and what becomes of open sessions when
/// rights go.
@Timeout(120)
class SharingTest {
  private static final String ARCHIVE = "\"Other Users/ann@example.org/Archive\"";
  private static final String ACL = "/users/ann@example.org/mailboxes/Archive/acl/";

  @TempDir Path data;

  @Test
  void mailboxesAreSharedAcrossDomainsWhereThatIsAllowed() throws IOException {
    try (TestServer server =
        TestServer.start(data, "storage.sharing.across-domains=true").withUsers("ann")) {
      server.admin().post("/domains", Map.of("domain", "example.net"));
      for (String name : List.of("dan", "eve")) {
        server.admin().post("/users", Map.of("login", name + "@example.net", "password", "secret"));
      }
      server.admin().put("/groups/team@example.net", Map.of("members", List.of("eve@example.net")));
      try (WireClient ann = server.imap("ann");
          WireClient dan = of(server, "dan@example.net");
          WireClient eve = of(server, "eve@example.net")) {
        ann.imap("APPEND Archive {12+}\r\nSubject: x\r\n");
        ann.imap("SETACL Archive dan@example.net lrs");
        ann.imap("SETACL Archive $team@example.net lr");
        assertThat(dan.imap("LIST \"\" \"Other Users/*\""))
            .anyMatch(line -> line.endsWith(ARCHIVE));
        dan.imap("SELECT " + ARCHIVE);
        assertThat(String.join("\n", dan.imap("FETCH 1 BODY[]"))).contains("Subject: x");
        assertThat(eve.imap("STATUS " + ARCHIVE + " (MESSAGES)").getFirst()).contains("MESSAGES 1");
        ann.imap("SETACL Archive anyone lr");
        ann.imap("DELETEACL Archive dan@example.net");
        dan.send("x FETCH 1 BODY[]");
        assertThat(dan.line()).startsWith("* BYE");
      }
      assertThat(server.admin().put(ACL + "dan@example.net", Map.of("rights", "lr")).toString())
          .contains("dan@example.net");
    }
    try (TestServer server = TestServer.start(data);
        WireClient ann = server.imap("ann");
        WireClient dan = of(server, "dan@example.net")) {
      assertThat(dan.tryImap("SELECT " + ARCHIVE).getLast()).contains("NO [NONEXISTENT]");
      assertThat(dan.imap("LIST \"\" \"Other Users/*\"")).hasSize(1);
      assertThat(ann.tryImap("SETACL Archive eve@example.net lr").getLast())
          .contains("NO [CANNOT]");
      assertThatThrownBy(() -> server.admin().put(ACL + "eve@example.net", Map.of("rights", "lr")))
          .isInstanceOf(AdminFailure.class)
          .hasMessageContaining("storage.sharing.across-domains");
    }
  }

  @Test
  void rightsThatGoEndOrLimitOpenSessions() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob")) {
      server.admin().put("/groups/team@example.org", Map.of("members", List.of("bob@example.org")));
      server.admin().put(ACL + "$team", Map.of("rights", "lrs"));
      try (WireClient ann = server.imap("ann");
          WireClient idle = server.imap("bob");
          WireClient watch = server.imap("bob");
          WireClient other = server.imap("bob")) {
        ann.imap("APPEND Archive {12+}\r\nSubject: x\r\n");
        idle.imap("SELECT \"Other Users/ann/Archive\"");
        idle.send("i IDLE");
        assertThat(idle.line()).startsWith("+ ");
        watch.imap("NOTIFY SET (SUBTREE \"Other Users\" (MessageNew MessageExpunge MailboxName))");
        other.imap("SELECT \"Other Users/ann/Archive\"");

        server.admin().delete("/groups/team@example.org/members/bob@example.org");

        assertThat(idle.line()).startsWith("* BYE");
        assertThat(watch.line())
            .isEqualTo(
                "* LIST (\\NonExistent \\HasNoChildren \\NoAccess) \"/\" \"Other"
                    + " Users/ann/Archive\"");
        other.send("x COPY 1 INBOX");
        assertThat(other.line()).startsWith("* BYE");
        ann.imap("APPEND Archive {12+}\r\nSubject: y\r\n");
        assertThat(watch.imap("NOOP")).hasSize(1);

        server
            .admin()
            .post(
                "/groups/team@example.org/members", Map.of("members", List.of("bob@example.org")));
        assertThat(watch.line())
            .isEqualTo("* LIST (\\HasNoChildren) \"/\" \"Other Users/ann/Archive\"");

        server.admin().patch("/users/bob@example.org", Map.of("enabled", false));
        assertThatThrownBy(
                () -> {
                  while (true) {
                    watch.line();
                  }
                })
            .isInstanceOf(IOException.class);
      }
    }
  }

  private static WireClient of(TestServer server, String login) throws IOException {
    WireClient client = server.connect("imap");
    client.line();
    client.imap("LOGIN " + login + " secret");
    return client;
  }
}
