package org.posthorn.spool.plugin;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.posthorn.message.MailId;

/// Which mail a mailet or matcher is called for, on whatever thread of ours the call runs: so a
/// notice is known to be sent because of a mail, though [org.posthorn.mailet.Services#tell] does
/// not say so. Threads that a plugin starts have none in hand. Safe for use by many threads.
public final class InHand {
  private static final ScopedValue<MailId> MAIL = ScopedValue.newInstance();

  private InHand() {}

  public static Optional<MailId> mail() {
    return MAIL.isBound() ? Optional.of(MAIL.get()) : Optional.empty();
  }

  /// Leads a mail through the chain.
  public static void run(MailId mail, Runnable way) {
    ScopedValue.where(MAIL, mail).run(way);
  }

  /// The same code for another thread, with what is in hand on this one.
  static <T> Callable<T> carried(Callable<T> code) {
    return mail()
        .<Callable<T>>map(mail -> () -> ScopedValue.where(MAIL, mail).call(code::call))
        .orElse(code);
  }
}
