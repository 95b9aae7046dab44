package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.TestServices;
import org.posthorn.spool.plugin.PluginConfig;
import org.posthorn.spool.plugin.PluginJar;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.spool.plugin.Plugins;
import org.posthorn.storage.queue.RecipientState.Place;

/// Plugins that do what they should not, in a chain. What they share with a test goes through the
/// system's properties, the one place that both see.
@Timeout(120)
final class FaultyPluginsTest {
  private static final PluginConfig CONFIG =
      new PluginConfig(
          Duration.ofSeconds(30), 3, Duration.ofMinutes(5), Duration.ofMinutes(1), 10, 3);

  /// For steps that never end; the others have time enough on the slowest machine.
  private static final Map<String, String> HASTY = Map.of("time-limit", "300ms");

  @TempDir private Path folder;
  private Plugins plugins;
  private Instant now = Instant.parse("2026-11-27T12:00:00.159526351Z");

  @BeforeEach
  void open() throws IOException {
    plugins = Plugins.open(folder, CONFIG);
  }

  @AfterEach
  void close() {
    plugins.close();
    System.getProperties().remove("test.latch");
    System.getProperties().remove("test.count");
  }

  @Test
  void whatAPluginThrowsOfWhateverKindIsAFailureWithItsStackTrace() throws IOException {
    Map<String, String> throwing = new LinkedHashMap<>();
    throwing.put(
        "throw new IllegalStateException(\"boom\")", "java.lang.IllegalStateException: boom");
    throwing.put("throw new OutOfMemoryError(\"full\")", "java.lang.OutOfMemoryError: full");
    throwing.put("throw new NoClassDefFoundError(\"a/B\")", "java.lang.NoClassDefFoundError: a/B");
    throwing.put("return (Outcome) new Recursion().deeper(0)", "java.lang.StackOverflowError");
    throwing.put("return null", "It returned null in place of an outcome");
    throwing.put("return new Outcome.Continue(null)", "NullPointerException: mail");
    throwing.put("return new Outcome.Finish(null)", "NullPointerException: reason");
    throwing.put("return new Outcome.Retry(null)", "NullPointerException: reason");
    throwing.put(
        "return new Outcome.Continue(mail.withRecipients(List.of(Recipient.of(null))))",
        "NullPointerException: address");
    throwing.put("throw new Recursion.Evil()", "plugin.Recursion$Evil");
    throwing.put(
        "return (Outcome) Recursion.Ending.ONE",
        "java.lang.ExceptionInInitializerError: java.lang.SecurityException: A plugin cannot end the"
            + " server");
    throwing.put(
        "Object one; try { one = Recursion.Ending.ONE; } catch (Error e) { one = Recursion.Ending.ONE; }"
            + " return (Outcome) one",
        "Could not initialize class plugin.Recursion$Ending: java.lang.ExceptionInInitializerError:"
            + " Exception java.lang.SecurityException: A plugin cannot end the server");
    throwing.put(
        "return (Outcome) Recursion.class.getDeclaredMethod(\"deeper\", int.class).invoke(new"
            + " Recursion(), 0)",
        "java.lang.reflect.InvocationTargetException: java.lang.StackOverflowError");
    throwing.put("throw new ParameterException(\"late\")", "ParameterException: late");
    throwing.put(
        "return new Outcome.Continue(mail.withAttribute(\"a\", \"x\".repeat(20_000)))",
        "A mail has at most 64 attributes");
    throwing.put("return new Recursion().own(mail)", "It made a message of a class of its own");
    for (Map.Entry<String, String> each : throwing.entrySet()) {
      Chain chain = chain(faulty(each.getKey()));
      Fate.Retried fate = (Fate.Retried) fate(chain);
      assertThat(fate.reason()).contains(each.getValue());
      assertThat(fate.thrown()).isPresent();
      assertThat(chain.health().getFirst().health().failures()).isEqualTo(1);
      assertThat(fate.thrown().get().getClass().getClassLoader())
          .isSameAs(FaultyPluginsTest.class.getClassLoader());
      chain.retire();
    }
  }

  @Test
  void aCallThatTakesTooLongIsGivenUpAndSaysWhereItWas() throws IOException {
    // Ends some time, since the tests that come later run in the same process.
    faulty(
        "long x = 1; for (long i = 0; i < 20_000_000_000L; i++) x = 31 * x + i;"
            + " return new Outcome.Finish(\"computed \" + x)");
    Chain chain = chain(HASTY);

    Fate.Retried fate = (Fate.Retried) fate(chain);

    assertThat(fate.reason())
        .matches(
            "mailet Faulty of faulty\\.jar took longer than 300ms and was given up; it was at"
                + " plugin\\.Body\\.done\\(Body\\.java:\\d+\\)");
    assertThat(fate.thrown().orElseThrow().getStackTrace()[0].getClassName())
        .isEqualTo("plugin.Body");
    assertThat(chain.health().getFirst().health().abandoned()).isEqualTo(1);
  }

  @Test
  void theTimeLimitOfAStepCounts() throws IOException {
    faulty("Thread.sleep(400); return new Outcome.Finish(\"slow\")");
    assertThat(fate(chain(Map.of("time-limit", "30s")))).isInstanceOf(Fate.Served.class);
    faulty("Thread.sleep(20_000); return new Outcome.Finish(\"slow\")");
    assertThat(((Fate.Retried) fate(chain(Map.of("time-limit", "50ms")))).reason())
        .contains("took longer than 50ms", "it was at plugin.Body.done(Body.java:");
  }

  @Test
  void aStepThatFailsTooOftenIsIsolatedAndTriedAgainAfterAPause() throws IOException {
    var count = new AtomicInteger();
    System.getProperties().put("test.count", count);
    Chain chain =
        chain(
            faulty(
                "if (((java.util.concurrent.atomic.AtomicInteger)"
                    + " System.getProperties().get(\"test.count\")).incrementAndGet() <= 4) throw"
                    + " new IllegalStateException(\"boom\"); return new Outcome.Finish(\"well\")"));

    for (int i = 0; i < 20; i++) {
      assertThat(fate(chain)).isInstanceOf(Fate.Retried.class);
    }
    assertThat(count).hasValue(3);
    Fate.Retried isolated = (Fate.Retried) fate(chain);
    assertThat(isolated.reason())
        .isEqualTo(
            "mailet Faulty of faulty.jar is isolated until %s, since it failed too often; the last time: java.lang.IllegalStateException: boom"
                .formatted(
                    LocalDateTime.ofInstant(now.plusSeconds(60), ZoneId.systemDefault())
                        .format(DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT))));
    assertThat(isolated.thrown().orElseThrow()).hasStackTraceContaining("plugin.Body");
    assertThat(chain.health().getFirst().health().isolatedUntil()).contains(now.plusSeconds(60));

    now = now.plusSeconds(61);
    assertThat(fate(chain)).isInstanceOf(Fate.Retried.class); // The fourth failure: twice as long.
    assertThat(chain.health().getFirst().health().isolatedUntil()).contains(now.plusSeconds(120));
    now = now.plusSeconds(121);
    assertThat(fate(chain)).isInstanceOf(Fate.Served.class);
    assertThat(fate(chain)).isInstanceOf(Fate.Served.class);
    assertThat(chain.health().getFirst().health().isolatedUntil()).isEmpty();
  }

  @Test
  void aStepThatFailsForSomeMailOnlyGoesOn() throws IOException {
    var count = new AtomicInteger();
    System.getProperties().put("test.count", count);
    Chain chain =
        chain(
            faulty(
                "if (((java.util.concurrent.atomic.AtomicInteger)"
                    + " System.getProperties().get(\"test.count\")).incrementAndGet() % 3 == 0)"
                    + " throw new IllegalStateException(\"boom\"); return new"
                    + " Outcome.Finish(\"well\")"));
    for (int i = 0; i < 30; i++) {
      assertThat(fate(chain)).isNotNull();
    }
    assertThat(count).hasValue(30);
  }

  @Test
  void callsThatNeverEndAreBounded() throws IOException {
    faulty(
        "boolean waits = true; while (waits) try { Thread.sleep(100_000); } catch"
            + " (InterruptedException _) {} return null");
    Chain chain = chain(HASTY);
    for (int i = 0; i < 20; i++) {
      assertThat(fate(chain)).isInstanceOf(Fate.Retried.class);
    }
    assertThat(chain.health().getFirst().health().abandoned()).isEqualTo(3);
    now = now.plusSeconds(3_600);
    assertThat(fate(chain).toString()).contains("is isolated until");
    assertThat(chain.health().getFirst().health().abandoned()).isEqualTo(3);
  }

  /// Nothing that a call does after it was given up takes effect.
  @Test
  void aLateResultIsThrownAwayAndALateDeedRefused() throws Exception {
    var latch = new CountDownLatch(1);
    var done = new CountDownLatch(1);
    System.getProperties().put("test.latch", latch);
    System.getProperties().put("test.count", done);
    var services = new TestServices();
    faulty(
        """
        boolean waits = true;
        while (waits) {
          try { ((CountDownLatch) System.getProperties().get("test.latch")).await(); waits = false; }
          catch (InterruptedException _) {}
        }
        try {
          services.submission().submit(mail.id(), "late", Optional.empty(), mail.recipients(), mail.message().open());
        } finally {
          ((CountDownLatch) System.getProperties().get("test.count")).countDown();
        }
        return new Outcome.Finish("late")\
        """);
    Chain chain = chain(HASTY, services);

    List<Fate> fates = run(chain);
    latch.countDown();
    done.await();
    await(() -> chain.health().getFirst().health().abandoned() == 0);

    assertThat(fates).singleElement().isInstanceOf(Fate.Retried.class);
    assertThat(services.submitted()).isEmpty();
  }

  @Test
  void aFactoryThatFailsOrHangsIsNamedWithItsPlace() throws IOException {
    new PluginJar()
        .mailet("Faulty", "Integer.parseInt(\"none\") == 0 ? null : Outcome.Continue::new")
        .write(folder.resolve("faulty.jar"));
    assertThatThrownBy(() -> chain(Map.of()))
        .isInstanceOf(ChainConfigException.class)
        .hasMessageContaining("processor root, step 1 (Faulty)")
        .hasMessageContaining("it cannot be made: java.lang.NumberFormatException");
  }

  @Test
  void aPluginThatDidNotChangeStaysAndAnotherIsCollectedWhenNoMailIsInItsChain() throws Exception {
    new PluginJar().mailet("Stays", "Outcome.Continue::new").write(folder.resolve("stays.jar"));
    Chain first = chain(faulty("return new Outcome.Finish(\"first\")"));
    PluginSet before = plugins.current();
    assertThat(fate(first)).isInstanceOf(Fate.Served.class);
    var classes = new WeakReference<>(before.mailets().getFirst().getClass().getClassLoader());
    var kept = before.plugins().getLast();
    before = null;
    first.enter(); // A mail is in it.

    Chain second = chain(faulty("return new Outcome.Finish(\"second\")"));
    assertThat(plugins.current().plugins()).contains(kept);
    first.retire();
    assertThat(reason(run(second))).isEqualTo("second");
    assertThat(reason(run(first))).isEqualTo("first");
    assertThat(first.awaitEnd(Duration.ofMillis(50))).isFalse();
    first.leave();
    assertThat(first.awaitEnd(Duration.ofSeconds(60))).isTrue();
    first = null;

    await(() -> {
      System.gc();
      return classes.get() == null;
    });
    assertThat(plugins.leftBehind()).isEmpty();
    assertThat(folder.resolve(".loaded")).isDirectoryNotContaining("glob:**/1");
  }

  @Test
  void threadsThatAPluginLeavesBehindAreNamed() throws Exception {
    Chain chain =
        chain(
            faulty(
                """
                new Thread(() -> { while (true) try { Thread.sleep(100_000); } catch (InterruptedException _) {} }, "leaky thread").start();
                return new Outcome.Finish("leaked")\
                """));
    assertThat(fate(chain)).isInstanceOf(Fate.Served.class);
    Files.delete(folder.resolve("faulty.jar"));
    new PluginJar().mailet("Faulty", "Outcome.Continue::new").write(folder.resolve("other.jar"));
    chain(Map.of());
    chain.retire();
    assertThat(chain.awaitEnd(Duration.ofSeconds(60))).isTrue();

    await(() -> plugins.leftBehind().size() == 1);
    assertThat(plugins.leftBehind().getFirst())
        .isEqualTo(
            "plugin faulty.jar left threads behind that end only with the server: leaky thread");
  }

  private Map<String, String> faulty(String body) throws IOException {
    new PluginJar()
        .source(
            "Recursion",
            """
            package plugin;
            import java.io.*;
            import java.util.*;
            import java.util.function.*;
            import org.posthorn.mailet.*;
            import org.posthorn.message.*;
            import org.posthorn.message.mime.*;
            class Recursion {
              Object deeper(int i) { return deeper(i + 1); }
              Outcome own(Mail mail) {
                return new Outcome.Continue(mail.withMessage((Message) new Own()));
              }
              static class Evil extends RuntimeException {
                public String toString() { throw this; }
                public String getMessage() { throw this; }
                public Throwable getCause() { throw this; }
                public StackTraceElement[] getStackTrace() { throw this; }
              }
              static class Ending {
                static final Object ONE = ended();
                static Object ended() { System.exit(3); return null; }
              }
              static class Own implements Message {
                public long sizeBytes() { return 0; }
                public List<HeaderField> headers() { return List.of(); }
                public MessageStructure structure() { return null; }
                public InputStream open() { return null; }
                public Message withHeader(String name, String value) { return this; }
                public Message withoutHeaders(Predicate<HeaderField> matching) { return this; }
                public Message withBytes(InputStream bytes) { return this; }
              }
            }
            """)
        .source(
            "Body",
            """
            package plugin;
            import java.util.*;
            import java.util.concurrent.*;
            import org.posthorn.mailet.*;
            record Body(Services services) implements Mailet {
              public Outcome service(Mail mail) {
                try { return done(mail); }
                catch (RuntimeException e) { throw e; }
                catch (Exception e) { throw new IllegalStateException(e); }
              }
              private Outcome done(Mail mail) throws Exception { %s; }
            }
            """
                .formatted(body))
        .mailet("Faulty", "new Body(services)")
        .write(folder.resolve("faulty.jar"));
    return Map.of();
  }

  private Chain chain(Map<String, String> more) throws IOException {
    return chain(more, new TestServices());
  }

  private Chain chain(Map<String, String> more, Services services) throws IOException {
    Map<String, Object> step = new LinkedHashMap<>(more);
    step.put("mailet", "Faulty");
    PluginSet set = plugins.load().whole();
    set.users().enter();
    Chain chain =
        new ChainBuilder(set.mailets(), set.matchers(), clocked(services))
            .build(
                ChainConfig.of(
                    ConfigTree.of(
                        Map.of(
                            "root",
                            Map.of("steps", List.of(step), "at-end", "drop"),
                            "bounces",
                            Map.of("at-end", "drop"),
                            "dead-letters",
                            Map.of("at-end", "keep")))),
                set.users()::leave);
    plugins.use(set);
    return chain;
  }

  /// With the test's clock.
  private Services clocked(Services services) {
    InstantSource clock = () -> now;
    return (Services)
        java.lang.reflect.Proxy.newProxyInstance(
            Services.class.getClassLoader(),
            new Class<?>[] {Services.class},
            (_, method, arguments) ->
                method.getName().equals("clock") ? clock : method.invoke(services, arguments));
  }

  private static Fate fate(Chain chain) {
    return run(chain).getFirst();
  }

  private static String reason(List<Fate> fates) {
    return ((Fate.Served) fates.getFirst()).reason();
  }

  private static List<Fate> run(Chain chain) {
    List<Fate> fates = new ArrayList<>();
    chain.run(
        ChainRunTest.mail("ann"),
        new Place("root", ""),
        new Journal() {
          @Override
          public void settle(List<Fate> some) {
            fates.addAll(some);
          }

          @Override
          public void stepDone(Mail mail, Place step, Outcome outcome, Duration took, int round) {}
        });
    return fates;
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(10);
    }
  }
}
