package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminFailure;
import tools.jackson.databind.JsonNode;

/// A plugin that hangs, and is exchanged, while mail for others flows, over real sockets. Mail with
/// a sender of `bad@…` goes to it; ann's comes first in the chain for nobody and reaches her.
@Timeout(180)
class FaultyPluginTest {
  private static final String CHAIN =
      """
      root:
        steps:
          - match: SenderIs(bad@example.net)
            mailet: Faulty
          - mailet: ToMailbox
        at-end: drop
      bounces: {at-end: drop}
      dead-letters: {at-end: keep}
      """;

  private static final String[] SETTINGS = {
    "spool.plugins.time-limit=500ms",
    "spool.plugins.failures=4",
    "spool.plugins.pause=2s",
    "spool.plugins.abandoned=2"
  };

  @TempDir Path data;
  private final Map<String, Path> compiled = new HashMap<>();

  /// Sleeping, waiting for each other, computing: nothing of it holds up others.
  @Test
  void callsThatNeverEndAreGivenUpAndOtherMailFlows() throws Exception {
    String body =
        """
        switch (COUNT.getAndIncrement() % 3) {
          case 0: for (long end = System.nanoTime() + 5_000_000_000L; System.nanoTime() < end; ) {} break;
          case 1: while (COUNT.get() > 0) Thread.sleep(100_000); break;
          default: synchronized (Faulty.class) { while (COUNT.get() > 0) Faulty.class.wait(); }
        }
        return null\
        """;
    try (TestServer server = start(body)) {
      for (int i = 0; i < 6; i++) {
        send(server, "bad@example.net");
      }
      await(() -> health(server).path("isolatedUntil").isString());
      for (int i = 0; i < 20; i++) {
        send(server, "good@example.net");
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", 20);
      assertThat(health(server).path("what").asString()).isEqualTo("mailet Faulty of faulty.jar");
      assertThat(awaitDead(server).toString()).contains("root/Faulty");
    }
  }

  /// Of the first step that is in trouble.
  private static JsonNode health(TestServer server) {
    return status(server).path("troubled").path(0).path("health");
  }

  @Test
  void aReloadTakesANewPluginAndLosesNoMailAndNoConnection() throws Exception {
    try (TestServer server = start("return new Outcome.Finish(\"first\")")) {
      try (WireClient smtp = server.connect("mx")) {
        smtp.reply();
        smtp.smtp("EHLO mx.example.net");
        assertThat(deliver(smtp, "bad@example.net")).startsWith("250");
        plugin(
            "return new Outcome.Continue(mail.withMessage(mail.message().withHeader(\"X-Second\","
                + " \"yes\")))",
            "2.0");
        JsonNode answer = server.admin().post("/reload", Map.of());
        assertThat(answer.path("taken").toString())
            .contains("plugin faulty.jar 2.0 in place of faulty.jar 1.0");
        assertThat(deliver(smtp, "bad@example.net")).startsWith("250");
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("FETCH 1 BODY[HEADER.FIELDS (X-Second)]").get(1))
            .startsWith("X-Second: yes");
      }
    }
  }

  @Test
  void aReloadWithABrokenPluginChangesNothing() throws Exception {
    try (TestServer server = start("return new Outcome.Continue(mail)")) {
      Files.writeString(data.resolve("plugins/broken.jar"), "not a jar");
      assertThatThrownBy(() -> server.admin().post("/reload", Map.of()))
          .isInstanceOf(AdminFailure.class)
          .hasMessageContaining("Nothing was changed")
          .hasMessageContaining("Plugin broken.jar cannot be read");
      plugin("return new Outcome.Continue(mail)", "2.0", "Posthorn-Api: 9.0");
      Files.delete(data.resolve("plugins/broken.jar"));
      assertThatThrownBy(() -> server.admin().post("/reload", Map.of()))
          .hasMessageContaining(
              "was built for version 9.0 of the plugin API, and this server has 1.0");
      send(server, "bad@example.net");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
    }
  }

  /// Mail goes on coming while the plugin is exchanged again and again, and of those that were
  /// there before nothing stays in memory.
  @Test
  void nothingIsLostWhileThePluginIsExchangedFiftyTimesAndNoneOfThemStays() throws Exception {
    String body =
        "LOADERS.add(new WeakReference<>(Faulty.class)); return new Outcome.Continue(mail)";
    List<WeakReference<?>> loaded = new CopyOnWriteArrayList<>();
    System.getProperties().put("test.loaders", loaded);
    try (TestServer server = start(body)) {
      var done = new CountDownLatch(1);
      var failed = new CountDownLatch(1);
      Thread sender =
          Thread.startVirtualThread(() -> {
            try (WireClient smtp = server.connect("mx")) {
              smtp.reply();
              smtp.smtp("EHLO mx.example.net");
              for (int i = 0; i < 200; i++) {
                assertThat(deliver(smtp, "bad@example.net")).startsWith("250");
              }
              done.countDown();
            } catch (IOException | AssertionError e) {
              failed.countDown();
            }
          });
      for (int i = 2; i <= 50 || (done.getCount() > 0 && failed.getCount() > 0); i++) {
        plugin(body, i + ".0");
        assertThat(server.admin().post("/reload", Map.of()).path("taken").size()).isEqualTo(1);
      }
      sender.join();
      send(server, "bad@example.net");
      assertThat(failed.getCount()).isEqualTo(1);
      JourneyTest.awaitMessages(server, "ann", "INBOX", 201);
      await(() -> {
        System.gc();
        return loaded.stream().map(WeakReference::get).filter(Objects::nonNull).distinct().count()
            == 1;
      });
    } finally {
      System.getProperties().remove("test.loaders");
    }
  }

  @Test
  void atStartABrokenPluginThatNobodyAsksForIsSetAside() throws Exception {
    plugin("return new Outcome.Continue(mail)", "1.0");
    Files.writeString(data.resolve("plugins/broken.jar"), "not a jar");
    try (TestServer server =
        TestServer.start(data, Optional.of(config()), SETTINGS).withUsers("ann")) {
      send(server, "bad@example.net");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
    }
    Files.move(data.resolve("plugins/faulty.jar"), data.resolve("elsewhere.jar"));
    assertThatThrownBy(() -> TestServer.start(data, Optional.of(config()), SETTINGS))
        .hasMessageContaining("there is no mailet Faulty")
        .hasMessageContaining("Plugin broken.jar cannot be read");
  }

  /// As after an update to a server that ships what the plugin brought before it did.
  @Test
  void aPluginThatBringsWhatShipsIsSetAsideUnlessTheChainNamesIt() throws Exception {
    plugin("return new Outcome.Continue(mail)", "1.0");
    PluginTest.jar(
        data.resolve("plugins/old.jar"),
        List.of(compile("Count", "return new Outcome.Continue(mail)")));
    try (TestServer server =
        TestServer.start(data, Optional.of(config()), SETTINGS).withUsers("ann")) {
      send(server, "bad@example.net");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
    }
    refusesToStart("Count\n      name: a", "Count");
  }

  /// Also one of those that are made anew whenever they are asked for.
  @Test
  void whatShipsDoesNotTakeThePlaceOfWhatAPluginBrings() throws Exception {
    plugin("return new Outcome.Continue(mail)", "1.0");
    PluginTest.jar(
        data.resolve("plugins/old.jar"),
        List.of(compile("Verp", "return new Outcome.Continue(mail)")));
    refusesToStart("Verp", "Verp");
  }

  private void refusesToStart(String step, String name) throws IOException {
    Path config = config();
    Files.writeString(
        data.resolve("chain.yaml"), CHAIN.replace("mailet: Faulty", "mailet: " + step));
    assertThatThrownBy(() -> TestServer.start(data, Optional.of(config), SETTINGS))
        .hasMessageContaining("there is no mailet " + name)
        .hasMessageContaining(
            "Plugin old.jar brings the mailet %s, and one of that name ships with this server"
                .formatted(name));
  }

  private TestServer start(String body) throws IOException {
    plugin(body, "1.0");
    return TestServer.start(data, Optional.of(config()), SETTINGS).withUsers("ann");
  }

  private Path config() throws IOException {
    Files.writeString(data.resolve("chain.yaml"), CHAIN);
    return Files.writeString(
        data.resolve("posthorn.yaml"), "chain-file: chain.yaml\nspool: {chain-retries: [1s]}\n");
  }

  private void plugin(String body, String version, String... more) throws IOException {
    Path classes = compiled.computeIfAbsent(body, FaultyPluginTest::classes);
    Files.writeString(
        classes.resolve("META-INF/MANIFEST.MF"),
        "Manifest-Version: 1.0\nImplementation-Version: %s\n%s\n"
            .formatted(version, more.length == 0 ? "Posthorn-Api: 1.0" : more[0]));
    Files.createDirectories(data.resolve("plugins"));
    PluginTest.jar(data.resolve("plugins/faulty.jar"), List.of(classes));
  }

  private static Path classes(String body) {
    try {
      return compile("Faulty", body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path compile(String name, String body) throws IOException {
    Path work = Files.createTempDirectory("faulty");
    Files.writeString(
        work.resolve("Faulty.java"),
        """
        import java.lang.ref.*;
        import java.util.*;
        import java.util.concurrent.*;
        import java.util.concurrent.atomic.*;
        import org.posthorn.mailet.*;
        public final class Faulty implements MailetFactory<NoParameters> {
          static final AtomicInteger COUNT = new AtomicInteger();
          public String name() { return "%s"; }
          public String summary() { return "Breaks."; }
          public Class<NoParameters> parameters() { return NoParameters.class; }
          public Mailet create(NoParameters none, Services services) {
            return mail -> {
              try { return service(mail); }
              catch (RuntimeException e) { throw e; }
              catch (Exception e) { throw new IllegalStateException(e); }
            };
          }
          @SuppressWarnings("unchecked")
          static final List<WeakReference<?>> LOADERS =
              (List<WeakReference<?>>) System.getProperties().get("test.loaders");
          static Outcome service(Mail mail) throws Exception { %s; }
        }
        """
            .formatted(name, body));
    Path classes = Files.createDirectories(work.resolve("classes"));
    PluginTest.compile(work, classes);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("org.posthorn.mailet.MailetFactory"), "Faulty\n");
    return classes;
  }

  /// Until it is taken: while a plugin has all of the memory, the server says that it is short of
  /// it.
  private static void send(TestServer server, String from) throws IOException {
    String answer = "";
    while (!answer.startsWith("250")) {
      try (WireClient smtp = server.connect("mx")) {
        smtp.reply();
        smtp.smtp("EHLO mx.example.net");
        answer = deliver(smtp, from);
        assertThat(answer).matches("(?s)(250|451 4.3.1).*");
      }
    }
  }

  private static String deliver(WireClient smtp, String from) throws IOException {
    return smtp.deliver(from, "ann@example.org", "Subject: x\r\n\r\nHello\r\n");
  }

  private static JsonNode status(TestServer server) {
    return server.admin().get("/status");
  }

  private static JsonNode awaitDead(TestServer server) throws InterruptedException {
    await(() -> server.admin().get("/queue?state=dead").toString().contains("Faulty"));
    return server.admin().get("/queue?state=dead").path("mails");
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(20);
    }
  }
}
