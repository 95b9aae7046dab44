package org.posthorn.mailet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Figures that a test can read. Safe for use by many threads.
public final class TestMetrics implements Metrics {
  private static final int MAX = 1_000;

  private final Map<String, Object> figures = new ConcurrentHashMap<>();

  /// What a counter has counted; 0: nobody asked for it.
  public long counted(String name) {
    return figures.get(name) instanceof Count count ? count.times.get() : 0;
  }

  /// What a gauge was set to last.
  public long shown(String name) {
    return figures.get(name) instanceof Level level ? level.value.get() : 0;
  }

  /// What a timing was given, in order.
  public List<Duration> timed(String name) {
    return figures.get(name) instanceof Times times ? times.all() : List.of();
  }

  @Override
  public Counter counter(String name) {
    return figure(name, Count.class, new Count(new AtomicLong()));
  }

  @Override
  public Gauge gauge(String name) {
    return figure(name, Level.class, new Level(new AtomicLong()));
  }

  @Override
  public Timing timing(String name) {
    return figure(name, Times.class, new Times());
  }

  private synchronized <T> T figure(String name, Class<T> kind, T fresh) {
    if (!name.matches("[a-z0-9][a-z0-9.-]{0,79}")) {
      throw new IllegalArgumentException("Not a name of a figure: " + name);
    }
    if (!figures.containsKey(name) && figures.size() == MAX) {
      throw new IllegalArgumentException("There are " + MAX + " figures already");
    }
    Object there = figures.computeIfAbsent(name, _ -> fresh);
    if (!kind.isInstance(there)) {
      throw new IllegalArgumentException(name + " is a figure of another kind");
    }
    return kind.cast(there);
  }

  private record Count(AtomicLong times) implements Counter {
    @Override
    public void add(long more) {
      times.addAndGet(more);
    }
  }

  private record Level(AtomicLong value) implements Gauge {
    @Override
    public void set(long now) {
      value.set(now);
    }
  }

  private static final class Times implements Timing {
    private final List<Duration> times = new ArrayList<>();

    @Override
    public synchronized void add(Duration time) {
      times.add(time);
    }

    synchronized List<Duration> all() {
      return List.copyOf(times);
    }
  }
}
