package org.posthorn.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.ChainBuilder;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueueWalk;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.story.StoryConfig;
import org.posthorn.storage.story.StoryLog;

/// A spool on stores in memory with a few mailets for tests. Work is done on the calling thread
/// when [#drain] is called; [#restart] is a crash and a new start.
final class Rig {
  final Engine engine;
  final ContentStore contents;
  final ManualClock clock = new ManualClock();
  StoryLog story = StoryLog.inMemory(StoryConfig.defaults(), clock);
  final ScriptedCarrier carrier = new ScriptedCarrier();
  final Map<String, Mailet> mailets = new ConcurrentHashMap<>();
  final ConcurrentLinkedQueue<Delivery> delivered = new ConcurrentLinkedQueue<>();
  private final String chainText;
  private final SpoolConfig config;
  private final Consumer<Runnable> starter;
  Spool spool;
  QueueStore queue;

  /// What [Keep] got.
  record Delivery(String recipient, String text, MailId mail, String sender) {}

  Rig(String chainText) {
    this(chainText, new InMemoryEngine(), SpoolConfig.defaults(), Runnable::run);
  }

  Rig(String chainText, Engine engine, SpoolConfig config, Consumer<Runnable> starter) {
    this(chainText, engine, config, starter, new InMemoryContentStore());
  }

  Rig(
      String chainText,
      Engine engine,
      SpoolConfig config,
      Consumer<Runnable> starter,
      ContentStore contents) {
    this.contents = contents;
    this.chainText = chainText;
    this.engine = engine;
    this.config = config;
    this.starter = starter;
    mailets.put("Keep", this::keep);
    mailets.put("Relay", mail -> new Outcome.Relay(mail, Optional.empty()));
    mailets.put(
        "Stamp",
        mail ->
            new Outcome.Continue(
                mail.withMessage(mail.message().withHeader("X-Stamp", "yes"))
                    .withAttribute("test.stamped", "yes")));
    for (String other : List.of("Expand", "Effect", "Second", "Chance")) {
      mailets.put(other, Outcome.Continue::new);
    }
    mailets.put("Drop", _ -> new Outcome.Finish("dropped"));
    mailets.put(
        "Bounce",
        mail -> {
          spool.reports().failed(mail);
          return new Outcome.Finish("bounced");
        });
    this.queue = new QueueStore(engine);
    this.spool = newSpool();
    this.spool.use(chain());
  }

  /// Forgets all that is in memory, as a crash does.
  void restart() {
    queue = new QueueStore(engine);
    spool = newSpool();
    spool.use(chain());
  }

  void drain() {
    spool.drain();
  }

  MailId accept(String sender, String... recipients) {
    return accept(
        sender,
        "Subject: hi\r\n\r\nbody\r\n",
        NewMail.Options.NONE,
        Arrays.stream(recipients).map(MailAddress::of).map(Recipient::of).toList());
  }

  MailId accept(
      String sender, String message, NewMail.Options options, List<Recipient> recipients) {
    return spool.accept(
        spool.newId(),
        new NewMail(
            sender.isEmpty() ? Optional.empty() : Optional.of(MailAddress.of(sender)),
            recipients,
            store(message),
            "Received: from test\r\n",
            List.of(),
            options,
            new Origin(
                Optional.empty(),
                "client.example",
                Optional.empty(),
                "ESMTP",
                "c1",
                clock.instant())));
  }

  /// Has two loads under way to `busy.example` and a mail for each of these names waiting in line
  /// behind them, and does `then`; after it all of them arrive there, one after the other.
  void whileBusy(List<String> names, Runnable then) {
    var begun = new AtomicInteger();
    carrier.answer((_, _) -> {
      switch (begun.incrementAndGet()) {
        case 1 -> accept("ann@example.org", "second@busy.example");
        case 2 -> {
          names.forEach(name -> accept("ann@example.org", name + "@busy.example"));
          then.run();
        }
        default -> {}
      }
      return new Carrier.Answer.Delivered("mx", "250 ok", true);
    });
    accept("ann@example.org", "first@busy.example");
  }

  /// To whom the carrier was sent, in this order.
  List<String> carriedTo() {
    return carrier.loads().stream()
        .flatMap(load -> load.recipients().stream())
        .map(each -> each.address().localPart())
        .toList();
  }

  StoredContent store(String message) {
    try {
      return contents.write(new ByteArrayInputStream(message.getBytes(UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> deliveredTo() {
    return delivered.stream().map(Delivery::recipient).sorted().toList();
  }

  List<QueuedRecipient> rows() {
    List<QueuedRecipient> rows = new ArrayList<>();
    queue
        .ids(Optional.empty(), 10_000)
        .forEach(id -> queue.find(id).ifPresent(mail -> rows.addAll(mail.recipients())));
    return rows;
  }

  /// Returns when other threads have emptied the queue.
  void awaitEmpty() {
    // A commit is in the engine a moment before its owner shows it.
    await("the queue is empty", () -> rows().isEmpty() && queue.counts().recipients() == 0);
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting until " + what).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  void assertEmpty() {
    assertThat(rows()).isEmpty();
    assertThat(queue.ids(Optional.empty(), 10)).isEmpty();
    assertThat(queue.counts().mails()).isZero();
    assertThat(queue.counts().recipients()).isZero();
    assertSound();
  }

  void assertSound() {
    assertThat(QueueWalk.faults(queue, contents)).isEmpty();
  }

  static String text(Mail mail) {
    try (var in = mail.message().open()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Chain chain() {
    List<MailetFactory<?>> factories = new ArrayList<>();
    mailets.keySet().forEach(name -> factories.add(new Named(name)));
    return new ChainBuilder(factories, List.of(new To()), new TestServices())
        .build(ChainText.read(chainText));
  }

  Mailet mailet(String name) {
    return Objects.requireNonNull(mailets.get(name));
  }

  private Outcome keep(Mail mail) {
    for (Recipient recipient : mail.recipients()) {
      delivered.add(
          new Delivery(
              recipient.address().toString(),
              text(mail),
              mail.id(),
              mail.sender().map(MailAddress::toString).orElse("")));
    }
    return new Outcome.Finish("kept");
  }

  private Spool newSpool() {
    return new Spool(
        queue,
        contents,
        carrier,
        new ReturnPaths(engine, clock, ForwardingConfig.defaults()),
        config,
        new ServerName("mail.example.org"),
        clock,
        story,
        starter);
  }

  /// Makes the mailet that stands in [#mailets] when it runs.
  private final class Named implements MailetFactory<NoParameters> {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String summary() {
      return "What the test makes of it.";
    }

    @Override
    public Class<NoParameters> parameters() {
      return NoParameters.class;
    }

    @Override
    public Mailet create(NoParameters none, Services services) {
      return new Mailet() {
        @Override
        public Outcome service(Mail mail) {
          return mailet(name).service(mail);
        }

        @Override
        public boolean repeatable() {
          return mailet(name).repeatable();
        }
      };
    }
  }

  /// Matches addresses that contain one of the words.
  private static final class To implements MatcherFactory<To.Words> {
    record Words(@Parameter("Parts of the address.") List<String> words) {}

    @Override
    public String name() {
      return "To";
    }

    @Override
    public String summary() {
      return "Recipients with one of the words in their address.";
    }

    @Override
    public Class<Words> parameters() {
      return Words.class;
    }

    @Override
    public Matcher create(Words parameters, Services services) {
      List<String> words = parameters.words;
      return mail ->
          mail.recipients().stream()
              .filter(
                  recipient -> words.stream().anyMatch(recipient.address().toString()::contains))
              .toList();
    }
  }
}
