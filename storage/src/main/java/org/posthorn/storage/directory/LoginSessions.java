package org.posthorn.storage.directory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.function.IntPredicate;
import org.posthorn.storage.account.AccountId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who is logged in and by what, so that sessions can be ended when their right to be is. They are
/// forgotten when nobody else holds them any more. Safe for use by many threads.
final class LoginSessions {
  private static final Logger log = LoggerFactory.getLogger(LoginSessions.class);

  /// The credential of a session that was begun with no app password.
  static final int NO_APP = 0;

  private final Cache<AutoCloseable, Begun> all = Caffeine.newBuilder().weakKeys().build();

  /// `app`: the id of the app password.
  private record Begun(AccountId account, int app) {}

  void begun(User user, int app, Peer peer) {
    all.put(peer.session(), new Begun(user.account(), app));
  }

  void over(Peer peer) {
    all.invalidate(peer.session());
  }

  /// Ends the sessions of an account that were begun with one of these app passwords.
  void end(AccountId account, IntPredicate apps) {
    all.asMap()
        .forEach((session, begun) -> {
          if (begun.account.equals(account) && apps.test(begun.app)) {
            all.invalidate(session);
            close(session);
          }
        });
  }

  private static void close(AutoCloseable session) {
    try {
      session.close();
    } catch (Exception e) {
      log.atDebug().addKeyValue("cause", e.toString()).log("session does not end");
    }
  }
}
