package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A gate of a plugin, over real sockets: what the sender's address says, it does.
@Timeout(180)
class PluginGateTest {
  private static final String[] SETTINGS = {
    "spool.plugins.failures=4", "spool.plugins.pause=2s", "spool.plugins.abandoned=3"
  };

  @TempDir Path data;

  @Test
  void itRefusesTagsAndChanges() throws Exception {
    try (TestServer server = start("pass", "1.0")) {
      assertThat(deliver(server, "good@example.net")).startsWith("250");
      assertThat(deliver(server, "refused@example.net")).startsWith("550 5.7.1 Not you 1.0");
      assertThat(deliver(server, "tagged@example.net")).startsWith("250");
      assertThat(deliver(server, "changed@example.net")).startsWith("250");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 3);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("FETCH 1:3 BODY[HEADER]").toString())
            .contains("X-Tagged: first", "X-Tagged: second", "X-Changed: yes");
      }
    }
  }

  /// Whatever it does, the client has its answer: here that of a gate without an opinion.
  @Test
  void aGateThatFailsLetsMailPassWhereTheOperatorSaysSo() throws Exception {
    try (TestServer server = start("pass", "1.0", "spool.plugins.failures=1000")) {
      int taken = 0;
      for (String sender :
          List.of("throws", "error", "null", "nothing", "overflow", "evil", "exits", "own")) {
        assertThat(deliver(server, sender + "@example.net")).as(sender).startsWith("250");
        assertThat(deliver(server, "good@example.net")).as(sender).startsWith("250");
        assertThat(deliver(server, "refused@example.net")).as(sender).startsWith("550");
        taken += 2;
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", taken);
    }
  }

  @Test
  void aGateThatFailsDefersWhereTheOperatorSaysSo() throws Exception {
    try (TestServer server = start("defer", "1.0")) {
      assertThat(deliver(server, "throws@example.net")).startsWith("451 4.3.0");
      assertThat(deliver(server, "own@example.net")).startsWith("451 4.3.0");
      assertThat(deliver(server, "good@example.net")).startsWith("250");
    }
  }

  /// Three that never end are left behind; from then on it is isolated, and others are served.
  @Test
  void aGateThatNeverAnswersIsGivenUpAndIsolatedAndComesBack() throws Exception {
    try (TestServer server = start("pass", "1.0")) {
      for (String sender : List.of("hangs", "computes", "hangs", "computes", "hangs")) {
        assertThat(deliver(server, sender + "@example.net")).as(sender).startsWith("250");
      }
      await(() -> server.admin().get("/status").path("troubled").size() == 1);
      assertThat(server.admin().get("/status").path("troubled").get(0).toString())
          .contains("gate Moody of moody.jar", "isolatedUntil");
      assertThat(deliver(server, "refused@example.net")).startsWith("250");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 6);
    }
  }

  @Test
  void afterThePauseItIsAskedAgain() throws Exception {
    try (TestServer server = start("pass", "1.0")) {
      for (int i = 0; i < 4; i++) {
        assertThat(deliver(server, "throws@example.net")).startsWith("250");
      }
      assertThat(deliver(server, "refused@example.net")).startsWith("250");
      await(() -> deliver(server, "refused@example.net").startsWith("550"));
      assertThat(server.admin().get("/status").path("troubled").toString())
          .doesNotContain("\"isolatedUntil\":\"");
    }
  }

  @Test
  void aReloadAsksTheNewOneAndWhoeverIsThereAlreadyTheOld() throws Exception {
    try (TestServer server = start("pass", "1.0");
        WireClient there = server.connect("mx")) {
      there.reply();
      there.smtp("EHLO mx.example.net");
      assertThat(there.smtp("MAIL FROM:<refused@example.net>")).contains("Not you 1.0");
      plugin("2.0");
      assertThat(server.admin().post("/reload", Map.of()).path("taken").toString())
          .contains("plugin moody.jar 2.0 in place of moody.jar 1.0");
      assertThat(deliver(server, "refused@example.net")).startsWith("550 5.7.1 Not you 2.0");
      assertThat(there.smtp("MAIL FROM:<refused@example.net>")).contains("Not you 1.0");
      assertThat(there.smtp("MAIL FROM:<good@example.net>")).startsWith("250");
    }
  }

  private TestServer start(String onFailure, String version, String... more) throws IOException {
    plugin(version);
    Files.writeString(
        data.resolve("gates.yaml"),
        "mx:\n  - {gate: Moody, time-limit: 400ms, on-failure: %s}\n".formatted(onFailure));
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    String[] settings = Stream.concat(Stream.of(SETTINGS), Stream.of(more)).toArray(String[]::new);
    return TestServer.start(data, Optional.of(config), settings).withUsers("ann");
  }

  private void plugin(String version) throws IOException {
    Path work = Files.createTempDirectory("moody");
    Files.writeString(
        work.resolve("Moody.java"),
        """
        import java.io.*;
        import java.util.*;
        import java.util.function.*;
        import org.posthorn.mailet.*;
        import org.posthorn.message.*;
        import org.posthorn.message.mime.*;
        public final class Moody implements GateFactory<NoParameters> {
          public String name() { return "Moody"; }
          public String summary() { return "Does what the sender says."; }
          public Class<NoParameters> parameters() { return NoParameters.class; }
          public Gate create(NoParameters none, Services services) {
            return new Gate() {
              public Verdict sender(Visitor visitor, IncomingMail mail) {
                return verdict(mail.sender().map(MailAddress::localPart).orElse(""));
              }
              public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
                return switch (mail.sender().map(MailAddress::localPart).orElse("")) {
                  case "changed" ->
                      new Verdict.Change(mail, message.withHeader("X-Changed", "yes"), "changed");
                  case "own" -> new Verdict.Change(mail, new Own(message), "own");
                  default -> Verdict.pass();
                };
              }
            };
          }
          static Verdict verdict(String name) {
            switch (name) {
              case "refused": return Verdict.refuse("Not you %s", "moody");
              case "tagged":
                return Verdict.tag("moody.tag", "x", "tagged")
                    .withHeader("X-Tagged", "first").withHeader("X-Tagged", "second");
              case "throws": throw new IllegalStateException("boom");
              case "error": throw new OutOfMemoryError("boom");
              case "null": return null;
              case "nothing": return new Verdict.Refuse(550, "5.7.1", null, null);
              case "overflow": return verdict(name);
              case "evil": throw new Evil();
              case "exits": System.exit(3); return null;
              case "hangs":
                while (true) try { Thread.sleep(100_000); } catch (InterruptedException e) { }
              case "computes":
                for (long end = System.nanoTime() + 10_000_000_000L; System.nanoTime() < end; ) { }
                return null;
              default: return Verdict.pass();
            }
          }
          static final class Evil extends RuntimeException {
            public String toString() { throw this; }
            public String getMessage() { throw this; }
          }
          record Own(Message message) implements Message {
            public long sizeBytes() { return 5; }
            public List<HeaderField> headers() { throw new Evil(); }
            public MessageStructure structure() { throw new Evil(); }
            public InputStream open() { throw new Evil(); }
            public Message withHeader(String name, String value) { return this; }
            public Message withoutHeaders(Predicate<HeaderField> matching) { return this; }
            public Message withBytes(InputStream bytes) { return this; }
          }
        }
        """
            .formatted(version));
    Path classes = Files.createDirectories(work.resolve("classes"));
    PluginTest.compile(work, classes);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("org.posthorn.mailet.GateFactory"), "Moody\n");
    Files.writeString(
        classes.resolve("META-INF/MANIFEST.MF"),
        "Manifest-Version: 1.0\nImplementation-Version: %s\n".formatted(version));
    Files.createDirectories(data.resolve("plugins"));
    PluginTest.jar(data.resolve("plugins/moody.jar"), List.of(classes));
  }

  private static String deliver(TestServer server, String from) {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      return smtp.deliver(from, "ann@example.org", "Subject: x\r\n\r\nHello\r\n");
    } catch (IOException e) {
      throw new AssertionError(from, e);
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(20);
    }
  }
}
