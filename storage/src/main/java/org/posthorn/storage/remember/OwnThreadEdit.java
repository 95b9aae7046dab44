package org.posthorn.storage.remember;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// One change of a [PluginStore]: its edit runs on the thread of whoever asked for it, wherever the
/// store commits, and for a limited time. So an edit that never ends holds up its own caller for
/// ever, and the others for that time; what it did to its draft is thrown away.
final class OwnThreadEdit<R> {
  private final Function<StoreDraft, R> edit;
  private final Duration limit;

  /// What the caller's thread is to run; more than once when somebody else committed first.
  private final BlockingQueue<FutureTask<R>> turns = new LinkedBlockingQueue<>();

  OwnThreadEdit(Function<StoreDraft, R> edit, Duration limit) {
    this.edit = edit;
    this.limit = limit;
  }

  /// Returns what `commit` returned, which is given this edit to run and runs on a thread of its
  /// own.
  R made(Function<Function<StoreDraft, R>, R> commit) {
    var end = new FutureTask<R>(() -> commit.apply(this::onItsThread));
    Thread.ofVirtual()
        .name("plugin store change")
        .start(() -> {
          end.run();
          turns.add(end); // To run it again does nothing.
        });
    FutureTask<R> turn;
    do {
      turn = next();
      turn.run();
    } while (!turn.equals(end));
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw thrown(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // Never: it is done.
    }
  }

  /// The thread that commits waits for the one that edits.
  private R onItsThread(StoreDraft draft) {
    var turn = new FutureTask<R>(() -> edit.apply(draft));
    turns.add(turn);
    try {
      return turn.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw thrown(e);
    } catch (TimeoutException _) {
      turn.cancel(false);
      throw new IllegalStateException(
          "A change of the store took longer than %ds, and others wait for it: nothing of it was kept. An edit does nothing but look at its draft and write to it"
              .formatted(limit.toSeconds()));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // Nobody interrupts it.
    }
  }

  /// An interrupt is for the edit; what is to be committed is committed.
  private FutureTask<R> next() {
    boolean interrupted = false;
    while (true) {
      try {
        FutureTask<R> turn = turns.take();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return turn;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
  }

  private static RuntimeException thrown(ExecutionException e) {
    return switch (e.getCause()) {
      case RuntimeException known -> known;
      case Error worse -> throw worse;
      case null, default -> new IllegalStateException(e);
    };
  }
}
