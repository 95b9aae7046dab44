package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.DnsServer;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dkim.DkimVerifier;
import org.posthorn.spool.returnpath.ReturnPath;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.remember.PluginStores;

/// A server is lost and comes back on a new machine from its backup: not mail alone, but all that
/// people and operators have set, and it works.
@Timeout(180)
class NewMachineTest {
  private static final Pattern POST = Pattern.compile("\"post\" *: *\"(\\w+)\"");
  private static final MailAddress EVE = MailAddress.of("eve@elsewhere.example");
  private static final Domain OURS = Domain.of("example.org");
  private static final String STRANGER =
      "From: x@else.example\r\nMessage-ID: <post@there>\r\nSubject: a post\r\n\r\nHello  Bob\r\n";

  @TempDir Path temp;
  private Path data = Path.of("unused");

  @Test
  void everythingIsThereAndWorks() throws IOException {
    String backup = temp.resolve("backup").toString();
    String queue = temp.resolve("queue").toString();
    MailAddress returnPath;
    data = temp.resolve("old");
    try (DnsServer dns = DnsServer.with("");
        TestServer there = there()) {
      try (TestServer old = here(dns, there)) {
        setUp(old, dns);
        returnPath = returnPaths(old).sendingOn(EVE, OURS).orElseThrow();
        fromOutside(old, "x@else.example", "team", STRANGER);
        until(() -> run("list", "held", "team@example.org").contains("a post"));
        fromAnn(old, "zoe@late.example", "on its way");
        until(() -> run("queue", "list").contains("late.example"));

        assertThat(run("backup", "create", backup))
            .contains("Not in it: 2 mails in the queue", "posthorn queue export");
        assertThat(run("queue", "export", "--repositories", "--to", queue)).contains("2 mails");
      }
      data = temp.resolve("new");
      assertThat(run("backup", "restore", backup, "--all"))
          .doesNotContain("problem")
          .contains("Restored 2 accounts", "posthorn queue import");
      try (TestServer fresh = here(dns, there)) {
        assertThat(run("list", "held", "team@example.org")).doesNotContain("a post");
        assertThat(run("queue", "import", queue, "--hold")).contains("2 mails taken");
        assertThat(run("queue", "list", "--state", "held")).contains("zoe@late.example");
        works(fresh, there);
        assertThat(returnPaths(fresh).read(returnPath)).isEqualTo(new ReturnPath.SentOn(EVE));
        assertThat(fresh.server().composition().room(PluginStores.class).store("acme").find("key"))
            .contains("value");
        assertThat(run("alias", "list", "example.org")).contains("sales", "ann@example.org");
        assertThat(run("verify", "--deep")).contains("all is well");
      }
    }
  }

  private void setUp(TestServer old, DnsServer dns) throws IOException {
    old.withUsers("ann", "bob");
    run("user", "vacation", "set", "ann@example.org", "--text", "I am away");
    run("user", "block", "add", "bob@example.org", "noise@else.example");
    run("user", "block", "add", "example.org", "@spam.example");
    run("alias", "add", "sales@example.org", "ann@example.org");
    run("list", "create", "team@example.org", "title=The Team", "tell-sender=no");
    run("list", "subscribe", "team@example.org", "carl@elsewhere.example");
    ShownRecords.publish(dns, run("dkim", "create", "example.org"));
    assertThat(run("dkim", "look", "example.org")).contains("signing");
    old.server()
        .composition()
        .room(PluginStores.class)
        .store("acme")
        .<Boolean>change(draft -> {
          draft.put("key", "value");
          return true;
        });
  }

  private void works(TestServer fresh, TestServer there) throws IOException {
    String post = run("list", "held", "team@example.org", "--json");
    Matcher token = POST.matcher(post);
    assertThat(token.find()).as(post).isTrue();
    run("list", "approve", "team@example.org", token.group(1));
    assertThat(there.message("carl@elsewhere.example", 1))
        .contains("Subject: a post", "List-Unsubscribe: <mailto:team-");

    fromAnn(fresh, "carl@elsewhere.example", "signed");
    assertThat(results(fresh, there.message("carl@elsewhere.example", 2)))
        .containsExactly("pass", "pass");

    fromOutside(
        fresh,
        "carl@elsewhere.example",
        "ann",
        "From: carl@elsewhere.example\r\nTo: ann@example.org\r\nSubject: x\r\n\r\nhello\r\n");
    assertThat(there.message("carl@elsewhere.example", 3))
        .contains("Subject: Auto: x", "Auto-Submitted: auto-replied");
    assertThat(run("user", "vacation", "show", "ann@example.org")).contains("I am away");

    for (String blocked : new String[] {"noise@else.example", "any@spam.example"}) {
      String id = blocked.replace('@', '.') + "@there";
      fromOutside(
          fresh,
          blocked,
          "bob",
          "From: %s\r\nMessage-ID: <%s>\r\n\r\nx\r\n".formatted(blocked, id));
      until(() -> run("trace", id).contains("the recipient has blocked the sender"));
    }
  }

  private static ReturnPaths returnPaths(TestServer server) {
    return server.server().composition().room(ReturnPaths.class);
  }

  private String run(String... command) {
    InProcess.Result result = InProcess.run(data, command);
    assertThat(result.err()).as(String.join(" ", command)).isEmpty();
    return result.out();
  }

  private TestServer there() throws IOException {
    return TestServer.start(temp.resolve("there")).withAccounts("carl@elsewhere.example");
  }

  private TestServer here(DnsServer dns, TestServer there) throws IOException {
    Files.createDirectories(data);
    return TestServer.start(
        data,
        Optional.empty(),
        "outbound.dns.servers=[\"" + dns.address() + "\"]",
        // Nobody listens on port 1.
        "outbound.static-routes={elsewhere.example: \"127.0.0.1:%d\", late.example: \"127.0.0.1:1\"}"
            .formatted(there.port("mx")));
  }

  private static void fromOutside(TestServer to, String from, String user, String message)
      throws IOException {
    try (WireClient smtp = to.connect("mx").hello()) {
      assertThat(smtp.deliver(from, user + "@example.org", message)).startsWith("250");
    }
  }

  private static void fromAnn(TestServer here, String recipient, String subject)
      throws IOException {
    try (WireClient smtp = here.submission("ann")) {
      String message =
          "From: Ann <ann@example.org>\r\nSubject: %s\r\n\r\nHello  Bob\r\n\r\n".formatted(subject);
      assertThat(smtp.deliver("ann@example.org", recipient, message)).startsWith("250");
    }
  }

  private static String[] results(TestServer here, String message) throws IOException {
    int end = message.indexOf("Hello  Bob") + "Hello  Bob\r\n".length();
    var verifier =
        new DkimVerifier(here.server().composition().room(Dns.class), InstantSource.system());
    return verifier
        .verify(new ByteArrayInputStream(message.substring(0, end).getBytes(UTF_8)))
        .stream()
        .map(DkimResult::word)
        .toArray(String[]::new);
  }

  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(50_000_000);
    }
  }
}
