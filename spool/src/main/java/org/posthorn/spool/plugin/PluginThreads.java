package org.posthorn.spool.plugin;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.ParameterException;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.system.Niceness;

/// The threads on which the code of one plugin runs. They are platform threads: code that computes
/// without end takes no carrier away from the server's virtual threads. They are in a group: a
/// thread that the plugin starts itself is in it too, and so it is known whose it is. A call that
/// takes too long is left behind, since Java can end no thread. Safe for use by many threads.
final class PluginThreads {
  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final Duration BUSY_WAIT = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofSeconds(30);

  private static final String GROUP = "plugin ";

  private final String name;
  private final ThreadGroup group;
  private final Semaphore permits;
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();
  private final AtomicInteger abandoned = new AtomicInteger();
  private final AtomicInteger count = new AtomicInteger();
  private volatile @Nullable ClassLoader classes;
  private boolean ended;

  /// `classes` is where the plugin's libraries look for theirs.
  PluginThreads(String name, int callsMax, @Nullable ClassLoader classes) {
    this.name = name;
    this.group = new ThreadGroup(GROUP + name);
    this.permits = new Semaphore(callsMax);
    this.classes = classes;
  }

  /// Whether the call on this thread was given up: nobody waits for what it does.
  static boolean isGivenUp() {
    return Thread.currentThread() instanceof Worker worker && worker.isGivenUp();
  }

  /// What `code` returns. Throws [PluginFailure] with what it threw, or when it takes longer than
  /// `limit`; a [ParameterException] and [StorageUnavailable] as they are. What it returns after
  /// that is thrown away.
  <T> T call(String what, Duration limit, Callable<T> code) {
    Callable<T> carried = InHand.carried(code);
    var call = new FutureTask<T>(() -> inWords(carried));
    boolean entered = false;
    try {
      entered = permits.tryAcquire(BUSY_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      if (!entered) {
        throw new PluginBusy("%s is busy: too many calls at the same time".formatted(what));
      }
      return answer(what, limit, call, start(call));
    } catch (ExecutionException e) {
      throw thrown(e);
    } catch (InterruptedException _) {
      call.cancel(false);
      Thread.currentThread().interrupt();
      throw new PluginBusy(what + " was interrupted");
    } finally {
      if (entered) {
        permits.release();
      }
    }
  }

  @SuppressWarnings("Interruption") // What sleeps or waits may end by it.
  private <T> T answer(String what, Duration limit, FutureTask<T> call, Worker worker)
      throws InterruptedException, ExecutionException {
    Duration first = limit.compareTo(SLOW) < 0 ? limit : SLOW;
    try {
      return call.get(first.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      worker.mayWait();
    }
    try {
      return call.get(limit.minus(first).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      StackTraceElement[] where = worker.getStackTrace();
      abandoned.incrementAndGet();
      if (call.cancel(true)) {
        throw PluginFailure.overdue(what, limit, where, name);
      }
      abandoned.decrementAndGet();
      return call.get(); // It was done in the last moment.
    }
  }

  /// Whatever is thrown is put into words by the thread that threw it.
  private static <T> T inWords(Callable<T> code) throws Exception {
    try {
      return code.call();
    } catch (ParameterException e) {
      throw new ParameterException(String.valueOf(e.getMessage()));
    } catch (StorageUnavailable | PluginFailure | PluginException e) {
      throw e;
    } catch (Throwable e) {
      throw PluginFailure.of(e);
    }
  }

  private static RuntimeException thrown(ExecutionException e) {
    return switch (e.getCause()) {
      case RuntimeException expected -> expected;
      case null -> PluginFailure.of(e);
      case Throwable worse -> PluginFailure.of(worse); // Out of memory again, while putting it so.
    };
  }

  static boolean isPlugins(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    while (group != null && !group.getName().startsWith(GROUP)) {
      group = group.getParent();
    }
    return group != null;
  }

  /// How many calls that were given up still run.
  int abandoned() {
    return abandoned.get();
  }

  /// Ends the threads that wait for calls. What calls were given up and what threads the plugin
  /// started goes on; see [#left].
  void end() {
    classes = null;
    synchronized (idle) {
      ended = true;
      idle.forEach(LockSupport::unpark);
    }
    alive().forEach(Thread::interrupt);
  }

  /// The names of those threads that run although all should have ended.
  List<String> left() {
    return alive()
        .filter(thread -> !(thread instanceof Worker worker && worker.call == null))
        .map(Thread::getName)
        .toList();
  }

  private Stream<Thread> alive() {
    var threads = new Thread[2 * group.activeCount() + 10];
    int found = group.enumerate(threads);
    return Arrays.stream(threads, 0, found);
  }

  private Worker start(FutureTask<?> call) {
    @Nullable Worker worker;
    synchronized (idle) {
      if (ended) {
        throw PluginFailure.refused("Plugin " + name + " has ended");
      }
      worker = idle.pollLast();
    }
    if (worker == null) {
      worker = new Worker(call);
      worker.start();
    } else {
      worker.take(call);
    }
    return worker;
  }

  /// Runs one call after the other, and ends when there was none for a while.
  private final class Worker extends Thread {
    private volatile @Nullable FutureTask<?> call;
    private volatile int systemThread;
    private volatile boolean worn;

    Worker(FutureTask<?> first) {
      super(group, null, "plugin " + name + " " + count.incrementAndGet());
      setDaemon(true);
      call = first;
    }

    @Override
    public void run() {
      systemThread = Niceness.thread();
      for (FutureTask<?> next = call; next != null; next = next()) {
        setContextClassLoader(classes);
        next.run();
        if (next.isCancelled()) {
          abandoned.decrementAndGet();
        }
        call = null;
        Thread.interrupted();
      }
    }

    void take(FutureTask<?> next) {
      call = next;
      LockSupport.unpark(this);
    }

    /// It takes long: all others go first. The thread ends with this call, since that stays so.
    void mayWait() {
      worn = true;
      Niceness.last(systemThread);
    }

    boolean isGivenUp() {
      FutureTask<?> current = call;
      return current != null && current.isCancelled();
    }

    private @Nullable FutureTask<?> next() {
      synchronized (idle) {
        if (worn || ended) {
          return null;
        }
        idle.addLast(this);
      }
      long until = System.nanoTime() + IDLE.toNanos();
      while (call == null) {
        LockSupport.parkNanos(idle, until - System.nanoTime());
        Thread.interrupted();
        if (call == null && (until - System.nanoTime() <= 0 || hasEnded()) && gone()) {
          return null;
        }
      }
      return call;
    }

    private boolean hasEnded() {
      synchronized (idle) {
        return ended;
      }
    }

    /// False when it was just given a call.
    private boolean gone() {
      synchronized (idle) {
        return idle.remove(this);
      }
    }
  }
}
