package org.posthorn.spool.plugin;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.Counted;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches over the calls into one mailet, matcher or gate: each has a time limit, and after too
/// many failures it is isolated for a while. Safe for use by many threads.
public final class Watch {
  private static final Logger log = LoggerFactory.getLogger(Watch.class);
  private static final int PAUSE_FACTOR_MAX = 16;

  /// As the log and commands show a time.
  private static final DateTimeFormatter SHOWN =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  private final String what;
  private final Duration limit;
  private final PluginConfig config;
  private final PluginThreads threads;
  private final InstantSource clock;

  private Instant windowStart = Instant.EPOCH;
  private int calls;
  private int failures;
  private Duration pause;
  private @Nullable Instant isolatedUntil;

  /// The one call that may end the isolation; null while there is none.
  private @Nullable Call trial;

  private @Nullable PluginFailure last;
  private Instant lastAt = Instant.EPOCH;

  Watch(
      String what,
      Duration limit,
      PluginConfig config,
      PluginThreads threads,
      InstantSource clock) {
    this.what = what;
    this.limit = limit;
    this.config = config;
    this.threads = threads;
    this.clock = clock;
    this.pause = config.pause();
  }

  /// One call, to tell them apart: a call that began before the isolation has no say in it.
  private static final class Call {}

  /// How it fares. `what` is such as `mailet Greet of hello.jar`; `failures` are those in the last
  /// while; `abandoned` counts calls into its plugin that were given up and still run.
  public record Health(
      String what,
      Optional<Instant> isolatedUntil,
      int failures,
      Optional<String> lastFailure,
      Optional<Instant> lastFailureAt,
      int abandoned) {
    /// Of what nobody watches but for its time.
    public static Health ofGivenUp(String what, int calls) {
      return new Health(what, Optional.empty(), 0, Optional.empty(), Optional.empty(), calls);
    }

    public boolean isWell() {
      return isolatedUntil.isEmpty() && failures == 0 && abandoned == 0;
    }
  }

  public synchronized Health health() {
    boolean old = windowStart.plus(config.window()).isBefore(clock.instant());
    return new Health(
        what,
        Optional.ofNullable(isolatedUntil),
        old && isolatedUntil == null ? 0 : failures,
        Optional.ofNullable(last).map(PluginFailure::toString),
        Optional.ofNullable(last).map(_ -> lastAt),
        threads.abandoned());
  }

  /// What `code` returns, run on a thread of the plugin's. Throws [PluginFailure] for whatever it
  /// throws, when it takes too long, and without calling it while it is isolated.
  <T> T call(Callable<T> code) {
    Call call = admit();
    try {
      T answer = threads.call(what, limit, code);
      succeeded(call);
      return answer;
    } catch (PluginFailure failure) {
      failed(call, failure);
      throw failure;
    } catch (ParameterException e) { // Of use to a factory only.
      PluginFailure failure = PluginFailure.of(e);
      failed(call, failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      unjudged(call);
      throw e;
    }
  }

  private synchronized Call admit() {
    Instant now = clock.instant();
    setBackTo(now);
    Instant until = isolatedUntil;
    boolean full = threads.abandoned() >= config.abandoned();
    if (full && (until == null || !now.isBefore(until))) {
      until =
          isolate(now, "still running though given up: " + Counted.of(threads.abandoned(), "call"));
    } else if (until == null) {
      if (windowStart.plus(config.window()).isBefore(now)) {
        windowStart = now;
        calls = 0;
        failures = 0;
      }
      calls++;
      return new Call();
    } else if (!now.isBefore(until) && trial == null) {
      Call one = new Call();
      trial = one;
      return one;
    }
    throw isolated(until);
  }

  /// What is further away than the pause was meant by a clock that has been set back.
  private void setBackTo(Instant now) {
    Instant latest = now.plus(pause);
    if (isolatedUntil != null && isolatedUntil.isAfter(latest)) {
      isolatedUntil = latest;
    }
    if (windowStart.isAfter(now)) {
      windowStart = Instant.EPOCH; // It is over.
    }
  }

  private PluginFailure isolated(Instant until) {
    PluginFailure why = last;
    String words =
        "%s is isolated until %s, since it failed too often"
            .formatted(what, SHOWN.format(until.atZone(ZoneId.systemDefault())));
    return why == null
        ? PluginFailure.refused(words)
        : PluginFailure.refused(words + "; the last time: " + why, why);
  }

  private synchronized void succeeded(Call call) {
    if (trial == call) {
      log.atInfo().addKeyValue("what", what).log("plugin-works-again");
      isolatedUntil = null;
      trial = null;
      pause = config.pause();
      failures = 0;
      calls = 0;
    }
  }

  private synchronized void failed(Call call, PluginFailure failure) {
    Instant now = clock.instant();
    last = failure;
    lastAt = now;
    failures++;
    if (isolatedUntil != null) {
      if (trial == call) {
        Duration longest = config.pause().multipliedBy(PAUSE_FACTOR_MAX);
        pause = pause.compareTo(longest) < 0 ? pause.multipliedBy(2) : pause;
        isolate(now, "it failed again");
      }
    } else if (failures >= config.failures() && 2 * failures >= calls) {
      isolate(now, "it failed " + Counted.of(failures, "time"));
    } else if (threads.abandoned() >= config.abandoned()) {
      isolate(now, "still running though given up: " + Counted.of(threads.abandoned(), "call"));
    }
  }

  /// It was not called, or what went wrong is not its fault.
  private synchronized void unjudged(Call call) {
    if (trial == call) {
      trial = null;
    }
  }

  private Instant isolate(Instant now, String why) {
    Instant until = now.plus(pause);
    isolatedUntil = until;
    trial = null;
    log.atError()
        .addKeyValue("what", what)
        .addKeyValue("until", until)
        .addKeyValue("why", why)
        .setCause(last)
        .log("plugin-isolated");
    return until;
  }
}
