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

/// One server, one jar with everything that a plugin can do wrong, while mail for others flows: the
/// sender's address says what it does.
@Timeout(600)
class BrokenPluginsTest {
  private static final String CHAIN =
      """
      root:
        steps:
          - match: SenderIs("@bad.example")
            mailet: Broken
          - mailet: ToMailbox
        at-end: drop
      bounces: {at-end: drop}
      dead-letters: {at-end: keep}
      """;

  /// After these the mail is a dead letter.
  private static final List<String> FAILURES =
      List.of(
          "throws",
          "no-memory",
          "all-memory",
          "overflow",
          "no-class",
          "null",
          "huge-note",
          "too-many",
          "no-parts",
          "exits",
          "halts",
          "other-mail",
          "stranger",
          "closes",
          "evil",
          "initialiser",
          "nulls",
          "nobody",
          "deadlock",
          "regex");

  /// These do their harm beside what they return.
  private static final List<String> DEEDS =
      List.of("scribbles", "again", "threads", "memory-update", "store-update", "deletes", "tells");

  @TempDir Path data;

  @Test
  void whateverGoesWrongOtherMailFlowsAndNothingIsLost() throws Exception {
    plugin("1.0", "");
    try (TestServer server =
        TestServer.start(
                data,
                Optional.of(config()),
                "spool.plugins.time-limit=500ms",
                "spool.plugins.failures=1000",
                "spool.plugins.abandoned=1000")
            .withUsers("ann", "bob")) {
      int good = 0;
      for (String fault : Stream.concat(FAILURES.stream(), DEEDS.stream()).toList()) {
        for (int i = 0; i < 2; i++) {
          deliver(server, fault + "@bad.example", "bob@example.org");
          deliver(server, "good@example.net", "ann@example.org");
          good++;
        }
        JourneyTest.awaitMessages(server, "ann", "INBOX", good);
      }
      for (String fault : FAILURES) {
        await(() -> dead(server).split(fault + "@bad.example", -1).length > 2);
      }
      assertThat(dead(server)).contains("root/Broken").doesNotContain("good@example.net");
      // The plugin is exchanged while its calls hang, and the new one takes over.
      plugin("2.0", "if (true) return new Outcome.Continue(mail);");
      assertThat(server.admin().post("/reload", Map.of()).path("taken").size()).isEqualTo(1);
      deliver(server, "deadlock@bad.example", "ann@example.org");
      JourneyTest.awaitMessages(server, "ann", "INBOX", good + 1);
    }
  }

  /// A service that overflows amid its work may hold something for ever; the rows cannot be closed
  /// then.
  @Test
  @Timeout(120)
  void aPluginThatCallsServicesAtTheEndOfItsStackLeavesNothingHeld() throws Exception {
    plugin("1.0", "");
    try (TestServer server =
        TestServer.start(data, Optional.of(config()), "spool.plugins.time-limit=60s")
            .withUsers("ann", "bob")) {
      for (int i = 1; i <= 5; i++) {
        deliver(server, "deep@bad.example", "ann@example.org");
        JourneyTest.awaitMessages(server, "ann", "INBOX", i);
      }
    }
  }

  private Path config() throws IOException {
    Files.writeString(data.resolve("chain.yaml"), CHAIN);
    return Files.writeString(
        data.resolve("posthorn.yaml"), "chain-file: chain.yaml\nspool: {chain-retries: [1s]}\n");
  }

  private void plugin(String version, String first) throws IOException {
    Path work = Files.createTempDirectory("broken");
    Files.writeString(work.resolve("Broken.java"), SOURCE.replace("%s", first));
    Path classes = Files.createDirectories(work.resolve("classes"));
    PluginTest.compile(work, classes);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("org.posthorn.mailet.MailetFactory"), "Broken\n");
    Files.writeString(
        classes.resolve("META-INF/MANIFEST.MF"),
        "Manifest-Version: 1.0\nImplementation-Version: " + version + "\n");
    Files.createDirectories(data.resolve("plugins"));
    PluginTest.jar(data.resolve("plugins/broken.jar"), List.of(classes));
  }

  private static final String SOURCE =
      """
      import java.io.*;
      import java.nio.file.*;
      import java.time.*;
      import java.util.*;
      import java.util.concurrent.*;
      import org.posthorn.mailet.*;
      import org.posthorn.message.*;
      public final class Broken implements MailetFactory<NoParameters> {
        static final Object ONE = new Object();
        static final Object TWO = new Object();
        public String name() { return "Broken"; }
        public String summary() { return "Breaks."; }
        public Class<NoParameters> parameters() { return NoParameters.class; }
        public Mailet create(NoParameters none, Services services) {
          return new Mailet() {
            public Outcome service(Mail mail) {
              try { return done(mail, services); }
              catch (RuntimeException e) { throw e; }
              catch (Exception e) { throw new IllegalStateException(e); }
            }
            public void close() {
              while (true) try { Thread.sleep(100_000); } catch (InterruptedException e) { }
            }
          };
        }
        static Outcome done(Mail mail, Services services) throws Exception {
          %s
          var first = mail.recipients().getFirst();
          switch (mail.sender().map(MailAddress::localPart).orElse("")) {
            case "throws": throw new IllegalStateException("boom");
            case "no-memory": throw new OutOfMemoryError("boom");
            case "all-memory":
              long[][] all = new long[100_000][];
              for (int i = 0; ; i++) all[i % 100_000] = new long[50_000_000];
            case "overflow": return deeper(0);
            case "no-class": throw new NoClassDefFoundError("boom");
            case "null": return null;
            case "huge-note":
              return new Outcome.Continue(mail.withAttribute("boom", "x".repeat(100_000)));
            case "too-many":
              return new Outcome.Continue(mail.withRecipients(Collections.nCopies(60_000, first)));
            case "no-parts": return new Outcome.Split(List.of());
            case "exits": System.exit(3); return null;
            case "halts": Runtime.getRuntime().halt(3); return null;
            case "other-mail":
              return new Outcome.Continue(
                  new Mail(new MailId("another"), mail.sender(), mail.recipients(), mail.message(),
                      mail.origin(), mail.attributes()));
            case "stranger":
              return new Outcome.Split(List.of(new Outcome.Split.Part(
                  List.of(Recipient.of(MailAddress.of("stranger@example.org"))),
                  new Outcome.Finish("not his"))));
            case "closes":
              ((AutoCloseable) services.http()).close();
              return new Outcome.Finish("closed");
            case "scribbles":
              byte[] bytes = mail.message().read(mail.message().structure().root(), 1 << 20);
              Arrays.fill(bytes, (byte) 'X');
              try { mail.recipients().clear(); } catch (UnsupportedOperationException e) { }
              try { mail.attributes().clear(); } catch (UnsupportedOperationException e) { }
              return new Outcome.Continue(mail);
            case "evil": throw new Evil();
            case "initialiser": return Never.OUTCOME;
            case "nulls": return new Outcome.Finish(null);
            case "nobody":
              return new Outcome.Continue(mail.withRecipients(List.of(Recipient.of(null))));
            case "again": return new Outcome.Retry(null);
            case "threads":
              for (int i = 0; i < 100; i++) {
                var thread = new Thread(() -> {
                  while (true) try { Thread.sleep(100_000); } catch (InterruptedException e) { }
                });
                thread.setDaemon(true);
                thread.start();
              }
              return new Outcome.Finish("threads");
            case "deadlock":
              var here = new CountDownLatch(1);
              var thread = new Thread(() -> {
                synchronized (TWO) {
                  here.countDown();
                  synchronized (ONE) { here.countDown(); }
                }
              });
              synchronized (ONE) {
                thread.setDaemon(true);
                thread.start();
                here.await();
                synchronized (TWO) { return new Outcome.Finish("not at all"); }
              }
            case "regex":
              var text = new Slow("a".repeat(60) + "!", System.nanoTime() + 30_000_000_000L);
              return new Outcome.Finish(
                  "matches: " + java.util.regex.Pattern.matches("(.*a){30}b", text));
            case "memory-update":
              for (int i = 0; i < 500; i++) {
                int number = i;
                Thread one = new Thread(() ->
                    services.memory("acme.test").update("key" + number, Duration.ofDays(1), before -> {
                      while (true) try { Thread.sleep(100_000); } catch (InterruptedException e) { }
                    }));
                one.setDaemon(true);
                one.start();
              }
              return new Outcome.Finish("memory");
            case "store-update":
              services.store("acme.test").update(draft -> {
                while (true) try { Thread.sleep(100_000); } catch (InterruptedException e) { }
              });
              return null;
            case "deletes":
              var jar = Path.of(Broken.class.getProtectionDomain().getCodeSource().getLocation().toURI());
              Files.delete(jar);
              Files.delete(jar.getParent());
              return new Later().outcome();
            case "deep":
              deep(services.store("acme.test"), new int[1]);
              return new Outcome.Continue(mail);
            case "tells":
              services.tell(MailAddress.of("bob@example.org"), null, "x");
              return new Outcome.Finish("told");
            default: return new Outcome.Continue(mail);
          }
        }
        static Outcome deeper(int i) { return deeper(i + 1); }
        static void deep(Store store, int[] found) {
          try { deep(store, found); } catch (StackOverflowError e) { }
          if (found[0] < 100) {
            store.find("key");
            found[0]++;
          }
        }
        /// Not for ever: the tests that come later run in the same process.
        record Slow(String text, long end) implements CharSequence {
          public int length() { return text.length(); }
          public CharSequence subSequence(int from, int to) { return text.substring(from, to); }
          public char charAt(int at) {
            if (System.nanoTime() > end) throw new IllegalStateException("Enough");
            return text.charAt(at);
          }
        }
        static final class Never {
          static final Outcome OUTCOME = fail();
          static Outcome fail() { throw new OutOfMemoryError("in an initialiser"); }
        }
        static final class Later {
          Outcome outcome() { return new Outcome.Finish("later"); }
        }
        static final class Evil extends RuntimeException {
          public String toString() { throw this; }
          public String getMessage() { throw this; }
          public Throwable getCause() { throw this; }
          public StackTraceElement[] getStackTrace() { throw this; }
        }
      }
      """;

  private static String dead(TestServer server) {
    return server.admin().get("/queue?state=dead&limit=500").toString();
  }

  /// Until it is taken: while a plugin has all of the memory, the server says that it is short of
  /// it.
  private static void deliver(TestServer server, String from, String to) throws IOException {
    String answer = "";
    while (!answer.startsWith("250")) {
      try (WireClient smtp = server.connect("mx")) {
        smtp.reply();
        smtp.smtp("EHLO mx.example.net");
        answer = smtp.deliver(from, to, "Subject: x\r\n\r\nHello\r\n");
        assertThat(answer).as(from).matches("(?s)(250|451 4.3.1).*");
      }
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(20);
    }
  }
}
