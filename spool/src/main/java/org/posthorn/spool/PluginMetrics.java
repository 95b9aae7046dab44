package org.posthorn.spool;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.posthorn.mailet.Metrics;

/// The figures of plugins since the server started. Safe for use by many threads.
public final class PluginMetrics implements Metrics {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,79}");
  private static final int MAX = 1_000;

  /// Times up to 2^40 microseconds, which is twelve days.
  private static final int BUCKETS = 41;

  private final TreeMap<String, Figure> figures = new TreeMap<>();

  /// A figure as it is now.
  public sealed interface Shown {
    String name();
  }

  /// How often something happened.
  public record Counted(String name, long times) implements Shown {}

  /// How many there are.
  public record Level(String name, long value) implements Shown {}

  /// How long something took. `halfMicros` and `mostMicros`: half of them, and 99 of a hundred,
  /// took no longer, as a power of two above it.
  public record Timed(
      String name,
      long times,
      long totalMicros,
      long longestMicros,
      long halfMicros,
      long mostMicros)
      implements Shown {}

  private sealed interface Figure {
    Shown shown(String name);
  }

  /// All of them, by name.
  public synchronized List<Shown> shown() {
    return figures.entrySet().stream()
        .map(figure -> figure.getValue().shown(figure.getKey()))
        .toList();
  }

  @Override
  public Counter counter(String name) {
    return figure(name, Times.class, new Times(new LongAdder()));
  }

  @Override
  public Gauge gauge(String name) {
    return figure(name, Now.class, new Now(new AtomicLong()));
  }

  @Override
  public Timing timing(String name) {
    return figure(name, Durations.class, new Durations());
  }

  private synchronized <T extends Figure> T figure(String name, Class<T> kind, T fresh) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "A figure's name has 1 to 80 lower-case letters, digits, dots and dashes, not '"
              + name
              + "'");
    }
    Figure there = figures.get(name);
    if (there == null) {
      if (figures.size() == MAX) {
        throw new IllegalArgumentException(
            "There are %d figures already; %s is one too many".formatted(MAX, name));
      }
      figures.put(name, fresh);
      return fresh;
    }
    if (!kind.isInstance(there)) {
      throw new IllegalArgumentException(name + " is a figure of another kind already");
    }
    return kind.cast(there);
  }

  private record Times(LongAdder times) implements Counter, Figure {
    @Override
    public void add(long more) {
      times.add(more);
    }

    @Override
    public Shown shown(String name) {
      return new Counted(name, times.sum());
    }
  }

  private record Now(AtomicLong value) implements Gauge, Figure {
    @Override
    public void set(long now) {
      value.set(now);
    }

    @Override
    public Shown shown(String name) {
      return new Level(name, value.get());
    }
  }

  private static final class Durations implements Timing, Figure {
    private final LongAdder totalMicros = new LongAdder();
    private final AtomicLong longestMicros = new AtomicLong();

    /// How many took less than two to the power of the index.
    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);

    @Override
    public void add(Duration time) {
      long micros = Math.max(0, time.toNanos() / 1_000);
      totalMicros.add(micros);
      longestMicros.accumulateAndGet(micros, Math::max);
      buckets.incrementAndGet(Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(micros)));
    }

    @Override
    public Shown shown(String name) {
      long times = 0;
      for (int i = 0; i < BUCKETS; i++) {
        times += buckets.get(i);
      }
      return new Timed(
          name,
          times,
          totalMicros.sum(),
          longestMicros.get(),
          below(times - times / 2),
          below(times - times / 100));
    }

    /// What so many stay below.
    private long below(long count) {
      long seen = 0;
      for (int i = 0; i < BUCKETS; i++) {
        seen += buckets.get(i);
        if (seen >= count && seen > 0) {
          return 1L << i;
        }
      }
      return 0;
    }
  }
}
