package org.posthorn.mailet;

import java.time.Duration;
import java.util.function.Supplier;

/// Figures of a plugin for the operator: shown by `posthorn status` and in the answer of `GET
/// /status`. They count from the start of the server and cost next to nothing. Safe for use by many
/// threads.
///
/// The least there is:
///
/// ```java
/// Metrics.Counter tagged = services.metrics().counter("acme.tagged");
/// return mail -> {
///   tagged.increment();
///   return new Outcome.Continue(mail);
/// };
/// ```
///
/// All there is:
///
/// ```java
/// Metrics metrics = services.metrics();
/// Metrics.Counter asked = metrics.counter("acme.asked");       // how often
/// Metrics.Gauge waiting = metrics.gauge("acme.waiting");       // how many now
/// Metrics.Timing scan = metrics.timing("acme.scan");           // how long
/// asked.add(3);
/// waiting.set(queue.size());
/// Verdict verdict = scan.of(() -> scanner.look(mail));
/// ```
///
/// Names are `vendor.thing`, of at most 80 lower-case letters, digits, dots and dashes, and stand
/// for kinds of things, never for an address or a mail: the server takes 1,000 of them. The same
/// name is the same figure, also for the chain that comes after a reload. Each method throws
/// `IllegalArgumentException` for a name that is none, that is of another kind of figure already,
/// or one too many; so ask for figures in the factory.
public interface Metrics {
  Counter counter(String name);

  Gauge gauge(String name);

  Timing timing(String name);

  /// How often something happened.
  interface Counter {
    void add(long times);

    default void increment() {
      add(1);
    }
  }

  /// How many there are now; 0 until it is first said.
  interface Gauge {
    void set(long value);
  }

  /// How long something takes: how often, all together, the longest, and what half and 99 of a
  /// hundred stay below.
  interface Timing {
    void add(Duration time);

    /// Times what it does, also when that throws.
    default <R> R of(Supplier<R> work) {
      long begin = System.nanoTime();
      try {
        return work.get();
      } finally {
        add(Duration.ofNanos(System.nanoTime() - begin));
      }
    }
  }
}
