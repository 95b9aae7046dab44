package org.posthorn.spool.plugin;

import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// A gate under watch. Safe for use by many threads.
public record WatchedGate(Gate gate, Watch watch) implements Gate {
  /// The class that says at which stages there is anything to ask.
  public static Class<?> typeOf(Gate gate) {
    return gate instanceof WatchedGate(Gate watched, _) ? watched.getClass() : gate.getClass();
  }

  /// The watch looks after its time.
  @Override
  public boolean mayWait() {
    return false;
  }

  @Override
  public Verdict connection(Visitor visitor) {
    return watch.call(() -> sound(gate.connection(visitor)));
  }

  @Override
  public Verdict hello(Visitor visitor) {
    return watch.call(() -> sound(gate.hello(visitor)));
  }

  @Override
  public Verdict sender(Visitor visitor, IncomingMail mail) {
    return watch.call(() -> sound(gate.sender(visitor, mail)));
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    return watch.call(() -> sound(gate.recipient(visitor, mail, recipient)));
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    return watch.call(() -> sound(gate.content(visitor, mail, message)));
  }

  private boolean hearsOfGone() {
    try {
      return gate.getClass().getMethod("gone", Visitor.class).getDeclaringClass() != Gate.class;
    } catch (NoSuchMethodException | LinkageError _) {
      return true;
    }
  }

  private static Verdict sound(@Nullable Verdict verdict) {
    if (verdict == null) {
      throw new IllegalStateException("It returned null in place of a verdict");
    }
    if (verdict instanceof Verdict.Change(_, Message message, _)
        && Plugin.of(message).isPresent()) {
      throw new IllegalStateException(
          "It made a message of a class of its own; use withHeader, withPart or withBytes");
    }
    return verdict;
  }

  /// What it does not hear is no call: successes of nothing would outweigh its failures.
  @Override
  public void gone(Visitor visitor) {
    if (!hearsOfGone()) {
      return;
    }
    var _ =
        watch.call(() -> {
          gate.gone(visitor);
          return true;
        });
  }
}
