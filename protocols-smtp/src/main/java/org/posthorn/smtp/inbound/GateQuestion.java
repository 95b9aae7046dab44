package org.posthorn.smtp.inbound;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.posthorn.mailet.Verdict;
import org.posthorn.message.AddressText;
import org.posthorn.net.Network;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Guarded;
import org.posthorn.spool.plugin.Users;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One question to one gate. One that may wait is asked in a thread of its own, so that one that
/// hangs is left behind; it counts among the gate's calls until it is done.
final class GateQuestion {
  private static final Logger log = LoggerFactory.getLogger("org.posthorn.story");

  private static final int TEXT_MAX = 400;

  private GateQuestion() {}

  /// The verdict of a gate that never waits, on this thread.
  static Verdict answered(Guarded gate, Function<Guarded, Verdict> question) {
    try {
      return question.apply(gate);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(gate, "failed: " + logged(gate, e));
    }
  }

  /// Its verdict, or what the operator said for when there is none. Whoever is asked is among
  /// `readers` until it is done.
  static Verdict asked(
      Guarded gate,
      InetAddress remote,
      Optional<Users> readers,
      Function<Guarded, Verdict> question) {
    Optional<GateCalls.Call> begun = gate.calls().begin(Network.client(remote));
    if (begun.isEmpty()) {
      return full(gate, remote);
    }
    GateCalls.Call call = begun.get();
    readers.ifPresent(Users::enter);
    var answer = new CompletableFuture<Verdict>();
    Thread.ofVirtual()
        .name("gate")
        .start(() -> {
          try {
            Verdict verdict;
            try {
              verdict = question.apply(gate);
            } finally {
              call.end(); // Who has the answer may ask again at once.
              readers.ifPresent(Users::leave);
            }
            answer.complete(verdict);
          } catch (Throwable e) {
            answer.completeExceptionally(e);
          }
        });
    try {
      return answer.get(gate.timeLimit().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      call.giveUp();
      String why = "took more than " + gate.timeLimit().toMillis() + " ms";
      log.atWarn().addKeyValue("gate", gate.label()).addKeyValue("why", why).log("gate-failed");
      return failed(gate, why);
    } catch (ExecutionException e) {
      return failed(gate, "failed: " + logged(gate, e.getCause() == null ? e : e.getCause()));
    } catch (InterruptedException _) {
      call.giveUp();
      Thread.currentThread().interrupt();
      return failed(gate, "was interrupted");
    }
  }

  private static Verdict full(Guarded gate, InetAddress remote) {
    if (gate.calls().mayComplain()) {
      log.atWarn()
          .addKeyValue("gate", gate.label())
          .addKeyValue("calls", gate.calls().running())
          .addKeyValue("givenUp", gate.calls().givenUp())
          .addKeyValue("remote", AddressText.of(remote))
          .log("gate-full");
    }
    return failed(gate, "is asked by too many at once");
  }

  /// What cannot be reached is no bug of the gate's: that needs no stack trace.
  private static String logged(Guarded gate, Throwable cause) {
    boolean isAway = cause instanceof UncheckedIOException;
    String why = isAway ? String.valueOf(cause.getMessage()) : String.valueOf(cause);
    (isAway ? log.atWarn() : log.atError().setCause(cause))
        .addKeyValue("gate", gate.label())
        .addKeyValue("why", Notes.printable(why, TEXT_MAX))
        .log("gate-failed");
    return why;
  }

  static Verdict failed(Guarded gate, String why) {
    String reason = "gate " + gate.label() + " " + why;
    return gate.defersOnFailure()
        ? new Verdict.Defer(451, "4.3.0", "Trouble here, try again later", reason)
        : Verdict.tag("gate.failed", gate.label(), reason);
  }
}
