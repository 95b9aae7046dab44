package org.posthorn.spool.chain;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.posthorn.mailet.Mail;
import org.posthorn.spool.plugin.Users;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All processors. A chain that was retired ends when no mail is in it any more; then its mailets
/// and matchers are closed. Safe for use by many threads.
public final class Chain {
  /// Where new mail starts.
  public static final String ROOT = "root";

  /// Where recipients go that cannot be reached.
  public static final String BOUNCES = "bounces";

  /// How the names of notes begin that say what was made of a mail already. They make no other mail
  /// of it: where those for whom it was made come together with the others again, it is as if it
  /// had not been made.
  public static final String COPIED = "copied.";

  /// Where mail goes that the chain itself could not deal with.
  public static final String DEAD_LETTERS = RecipientState.DEAD_LETTERS;

  static final Set<String> REQUIRED = Set.of(ROOT, BOUNCES, DEAD_LETTERS);

  private static final Logger log = LoggerFactory.getLogger(Chain.class);

  private final Map<String, Processor> processors = new LinkedHashMap<>();
  private final Runnable afterEnd;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Users users =
      new Users(() -> Thread.ofVirtual().name("chain-end").start(this::end));

  Chain(List<Processor> processors) {
    this(processors, () -> {});
  }

  /// `afterEnd` lets go of what it was made of.
  Chain(List<Processor> processors, Runnable afterEnd) {
    this.afterEnd = afterEnd;
    processors.forEach(processor -> this.processors.put(processor.name(), processor));
  }

  /// Leads the recipients of `mail` through the chain from a step on, as far as they get.
  public void run(Mail mail, Place from, Journal journal) {
    new ChainRun(this, journal).run(mail, from);
  }

  /// Before a mail is led through it; then [#leave]. False when it has ended: there is a newer one.
  public boolean enter() {
    return users.enter();
  }

  public void leave() {
    users.leave();
  }

  /// No more mail comes; it ends when what is in it is through. Called once, by whoever had it
  /// built.
  public void retire() {
    users.leave();
  }

  /// Whether a chain that was retired has ended within this time.
  public boolean awaitEnd(Duration patience) throws InterruptedException {
    return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// How those steps fare that somebody watches, in their order.
  public List<StepHealth> health() {
    return processors.values().stream()
        .flatMap(
            processor -> processor.steps().stream().flatMap(step -> health(processor.name(), step)))
        .toList();
  }

  private static Stream<StepHealth> health(String processor, Step step) {
    return step.watches().stream()
        .map(watch -> new StepHealth(processor, step.label(), watch.health()));
  }

  public Set<String> processorNames() {
    return Set.copyOf(processors.keySet());
  }

  Optional<Processor> find(String name) {
    return Optional.ofNullable(processors.get(name));
  }

  private void end() {
    for (Processor processor : processors.values()) {
      for (Step step : processor.steps()) {
        step.closings()
            .forEach(closing -> close(processor.placeOf(processor.steps().indexOf(step)), closing));
      }
    }
    try {
      afterEnd.run();
    } finally {
      ended.countDown();
    }
  }

  /// What one throws keeps no other from being closed.
  private static void close(Place step, Runnable closing) {
    try {
      closing.run();
    } catch (RuntimeException | Error e) {
      log.atWarn()
          .addKeyValue("step", step.processor() + "/" + step.step())
          .setCause(e)
          .log("step-not-closed");
    }
  }
}
