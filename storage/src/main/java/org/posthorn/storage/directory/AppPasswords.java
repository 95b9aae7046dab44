package org.posthorn.storage.directory;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.AddressText;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Passwords that the server makes, one for each program of a user. Safe for use by many threads.
public final class AppPasswords {
  private static final Logger log = LoggerFactory.getLogger(AppPasswords.class);

  /// A user has at most so many.
  public static final int MAX = 50;

  /// 24 letters of 32 are 120 bits: nobody guesses them, so they need no slow hash.
  private static final String LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

  private static final int GROUPS = 6;
  private static final int GROUP_LETTERS = 4;

  private final Directory directory;
  private final UserSecrets stored;
  private final Passwords passwords;
  private final InstantSource clock;

  /// `text` is shown once: it is not kept.
  public record Made(AppPassword password, String text) {
    @Override
    public String toString() {
      return "Made[" + password + "]";
    }
  }

  public AppPasswords(Directory directory, Passwords passwords, InstantSource clock) {
    this.directory = directory;
    this.stored = directory.secrets();
    this.passwords = passwords;
    this.clock = clock;
  }

  public List<AppPassword> of(User user) {
    return stored
        .of(user)
        .map(secrets -> secrets.apps().stream().map(LoginSecrets.App::shown).toList())
        .orElse(List.of());
  }

  public Made add(MailAddress login, String name, Set<Service> scope, Optional<Instant> expires) {
    String text = random();
    var made = new AppPassword[1];
    stored.change(
        login,
        before -> {
          LoginSecrets secrets =
              before
                  .filter(known -> known.salt().length > 0)
                  .orElseGet(() -> passwords.salted(before));
          if (secrets.apps().size() >= MAX) {
            throw new DirectoryException.NotPermitted(
                "A user has at most " + MAX + " app passwords: remove one first");
          }
          int id = secrets.apps().stream().mapToInt(app -> app.shown().id()).max().orElse(0) + 1;
          made[0] = new AppPassword(id, name, scope, clock.instant(), expires, Optional.empty());
          return secrets.withApps(_ -> true, Optional.of(passwords.app(made[0], text, secrets)));
        },
        false);
    return new Made(made[0], text);
  }

  /// Whether there was one. From then on nobody can log in with it, and sessions that were begun
  /// with it have ended.
  public boolean remove(MailAddress login, int id) {
    var removed = new boolean[1];
    stored.change(
        login,
        before -> {
          LoginSecrets secrets = before.orElseGet(() -> LoginSecrets.ofHash(""));
          removed[0] = secrets.apps().stream().anyMatch(app -> app.shown().id() == id);
          return secrets.withApps(app -> app.shown().id() != id, Optional.empty());
        },
        false);
    if (removed[0]) {
      directory
          .user(login)
          .ifPresent(user -> directory.sessions().end(user.account(), app -> app == id));
    }
    return removed[0];
  }

  /// Whether a user's own password is refused.
  public boolean isOnlyWay(User user) {
    return stored.of(user).filter(LoginSecrets::appPasswordsOnly).isPresent();
  }

  /// From now on a user's own password is refused, and sessions that were begun without an app
  /// password have ended; or it is not.
  public void onlyWay(MailAddress login, boolean only) {
    stored.change(
        login,
        before -> before.orElseGet(() -> LoginSecrets.ofHash("")).withAppPasswordsOnly(only),
        true);
    if (only) {
      directory.endSessionsOfPassword(login);
    }
  }

  /// Notes that it was right. Trouble with the store is no reason to refuse somebody.
  void used(User user, AppPassword password, Peer peer) {
    Instant now = clock.instant();
    if (!password.isUseDue(now)) {
      return;
    }
    var use = new AppPassword.LastUse(now, peer.service(), AddressText.of(peer.address()));
    try {
      stored.change(
          user.login(),
          before ->
              before
                  .orElseThrow(() -> new DirectoryException.NoSuchUser(user.login()))
                  .used(password.id(), use),
          false);
    } catch (StorageUnavailable | DirectoryException e) {
      log.atWarn()
          .addKeyValue("login", user.login())
          .setCause(e)
          .log("use of a password not noted");
    }
  }

  private String random() {
    byte[] bytes = passwords.fresh(GROUPS * GROUP_LETTERS);
    var text = new StringBuilder();
    for (int i = 0; i < bytes.length; i++) {
      text.append(i > 0 && i % GROUP_LETTERS == 0 ? "-" : "");
      text.append(LETTERS.charAt(bytes[i] & 31));
    }
    return text.toString();
  }
}
