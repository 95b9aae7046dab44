package org.posthorn.storage.extract;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.extract.Extracted.Outcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the text of documents, in a child process that is started when it is needed, and killed
/// when a document takes too long. A document of which the child dies is given up; one that does
/// not even start is tried again ever more seldom. Used by one thread; [#stop] by any.
public final class Extractor {
  private static final Logger log = LoggerFactory.getLogger(Extractor.class);

  /// How long a child may take to be ready.
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  /// How often it is looked how long the child has worked.
  private static final long LOOK_MILLIS = 200;

  private final List<String> command;
  private final AttachmentsConfig config;
  private final Patience patience;
  private final RecentTexts recent = new RecentTexts();

  /// Guarded by this.
  private boolean stopped;

  private @Nullable Child child;

  /// Children that were never ready, since one was.
  private int failedStarts;

  private volatile Optional<String> trouble = Optional.empty();

  public Extractor(ExtractorProgram program, AttachmentsConfig config) {
    this(program.command(config), config, Patience.endless(1_000));
  }

  Extractor(List<String> command, AttachmentsConfig config, Patience patience) {
    this.command = command;
    this.config = config;
    this.patience = patience;
  }

  /// How long it pauses behind a child that was not ready, longer each time, and whether it tries
  /// for as long as no child can be started.
  record Patience(long pauseMillis, long pauseMaxMillis, boolean endless) {
    static Patience endless(long pauseMillis) {
      return new Patience(pauseMillis, 60_000, true);
    }

    /// For work that somebody waits for.
    static Patience little() {
      return new Patience(100, 1_000, false);
    }
  }

  /// Thrown when the work is to end; nothing is known of the document.
  public static final class Stopped extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /// Why no document can be read at present, in words for the operator. Any thread may ask.
  public Optional<String> trouble() {
    return trouble;
  }

  /// Throws [IOException] when the document's own bytes cannot be read. Waits for as long as no
  /// child can be started, or throws it then too, as its [Patience] says.
  public Extracted read(Document document) throws IOException, Stopped {
    Optional<String> name = RecentTexts.name(document, config.maxBytes());
    if (name.isEmpty()) {
      return Extracted.without(Outcome.TOO_LARGE);
    }
    Optional<Extracted> known = recent.find(name.get());
    if (known.isPresent()) {
      return known.get();
    }
    Extracted extracted = readOnce(document);
    if (extracted.outcome() == Outcome.DIED) {
      // Somebody else may have killed it; twice, it was the document.
      extracted = readOnce(document);
    }
    recent.keep(name.get(), extracted);
    return extracted;
  }

  private Extracted readOnce(Document document) throws IOException, Stopped {
    Child ready = ready();
    var late = new AtomicBoolean();
    var done = new CountDownLatch(1);
    Thread _ = Thread.startVirtualThread(() -> watch(ready, done, late));
    try (InputStream bytes = document.open()) {
      return ready.read(bytes, config.maxChars());
    } catch (RuntimeException e) {
      // Of the document's bytes; the child waits for the rest of them.
      rest();
      throw e;
    } catch (IOException _) {
      ready.kill();
      dropped();
      if (isStopped()) {
        throw new Stopped();
      }
      return Extracted.without(late.get() ? Outcome.TIMED_OUT : Outcome.DIED);
    } finally {
      done.countDown();
    }
  }

  /// Kills a child that works for too long on a document. What counts is the time that it really
  /// got: it comes last on a machine that has much to do.
  private void watch(Child child, CountDownLatch done, AtomicBoolean late) {
    long begin = System.nanoTime();
    Duration before = child.cpu();
    Duration wall = Duration.ZERO;
    try {
      while (child.cpu().minus(before).compareTo(config.timeout()) < 0
          && wall.compareTo(config.wallTimeout()) < 0) {
        if (done.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
        wall = Duration.ofNanos(System.nanoTime() - begin);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    late.set(true);
    child.kill();
  }

  private static Future<?> killAfter(Duration limit, Child child) {
    return CompletableFuture.runAsync(
        child::kill, CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS));
  }

  private synchronized void dropped() {
    child = null;
  }

  private synchronized void started(boolean well) {
    failedStarts = well ? 0 : failedStarts + 1;
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  /// The child, started if need be.
  private Child ready() throws IOException, Stopped {
    while (true) {
      Child running = running();
      if (running != null) {
        return running;
      }
      pause();
      Child begun = null;
      try {
        begun = begin();
        Future<?> limit = killAfter(START_LIMIT, begun);
        begun.awaitReady();
        limit.cancel(false);
        started(true);
        trouble = Optional.empty();
      } catch (IOException e) {
        notReady(begun, e);
      }
    }
  }

  private synchronized @Nullable Child running() throws Stopped {
    if (stopped) {
      throw new Stopped();
    }
    return child != null && child.isAlive() ? child : null;
  }

  private synchronized Child begin() throws IOException, Stopped {
    if (stopped) {
      throw new Stopped();
    }
    child = new Child(command);
    return child;
  }

  private void notReady(@Nullable Child begun, IOException e) throws IOException, Stopped {
    String end = String.valueOf(e.getMessage());
    if (begun != null) {
      end = end(begun);
      begun.kill();
    }
    dropped();
    started(false);
    if (trouble.isEmpty() && !isStopped()) {
      log.atWarn().addKeyValue("end", end).log("attachment-text-does-not-start");
      trouble = Optional.of("the program that reads them does not start (" + end + ")");
    }
    if (!patience.endless()) {
      throw new IOException("The program that reads documents does not start (" + end + ")");
    }
  }

  private static String end(Child child) throws Stopped {
    try {
      return child.end();
    } catch (InterruptedException _) {
      throw new Stopped();
    }
  }

  /// Longer with each child that was not ready.
  private synchronized void pause() throws Stopped {
    if (failedStarts == 0) {
      return;
    }
    long millis =
        Math.min(
            patience.pauseMaxMillis(), patience.pauseMillis() << Math.min(failedStarts - 1, 10));
    long until = System.nanoTime() + millis * 1_000_000;
    try {
      for (long left = millis;
          left > 0 && !stopped;
          left = (until - System.nanoTime()) / 1_000_000) {
        wait(left);
      }
    } catch (InterruptedException _) {
      throw new Stopped();
    }
  }

  /// The child goes until there is something to read again. For the thread that reads.
  public void rest() {
    recent.clear();
    synchronized (this) {
      if (child != null) {
        child.kill();
        child = null;
      }
    }
  }

  /// For good; whoever reads is told by [Stopped].
  public synchronized void stop() {
    stopped = true;
    if (child != null) {
      child.kill();
    }
    notifyAll();
  }
}
