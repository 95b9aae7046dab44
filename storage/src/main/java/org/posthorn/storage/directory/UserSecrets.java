package org.posthorn.storage.directory;

import com.google.common.util.concurrent.Striped;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Engine;

/// What each user can log in with, as it is stored beside the row of the user. It is read from the
/// store each time; changes of one user's are made one after the other, and are durable when they
/// return. Safe for use by many threads.
final class UserSecrets {
  private final Engine engine;
  private final Domains domains;
  private final Passwords passwords;
  private final SecureRandom random = new SecureRandom();

  /// A change reads what is stored before it takes its turn in the domain: hashing takes long, and
  /// the domain's other changes do not wait for it.
  private final Striped<Lock> doors = Striped.lock(64);

  UserSecrets(Engine engine, Domains domains, Passwords passwords) {
    this.engine = engine;
    this.domains = domains;
    this.passwords = passwords;
  }

  Optional<LoginSecrets> of(User user) {
    return engine
        .get(
            DomainRows.partition(user.login().domain()),
            DomainRows.key(DomainRows.PASSWORD, user.account().value()))
        .map(LoginSecrets::decode);
  }

  /// The stored hash of a user's password.
  Optional<String> hash(User user) {
    return of(user).map(LoginSecrets::hash).filter(hash -> !hash.isEmpty());
  }

  /// Which password of the user is the present one; empty when there is no such user any more.
  Optional<Long> stamp(User user) {
    return domains
        .state(user.login().domain())
        .flatMap(state -> state.users().find(user.login().localPart()))
        .filter(row -> row.user().account().equals(user.account()))
        .map(UserRow::stamp);
  }

  void setPassword(MailAddress login, Password password) {
    change(login, before -> passwords.secrets(password, before), true);
  }

  /// Stores the same password hashed anew, unless it was changed since.
  void rehash(User user, long stamp, String password) {
    String hash = passwords.hash(password);
    change(
        user.login(),
        before -> {
          LoginSecrets secrets = before.orElseGet(() -> LoginSecrets.ofHash(hash));
          boolean same = stamp(user).filter(now -> now == stamp).isPresent();
          return same ? secrets.withHash(hash) : secrets;
        },
        false);
  }

  /// Declines when the login is of somebody else by then, or of another account: what was stored
  /// before belongs to neither. `stale`: what is remembered of the password that was right before
  /// does not count any more.
  void change(
      MailAddress login, Function<Optional<LoginSecrets>, LoginSecrets> edit, boolean stale) {
    MailAddress address = AddressBook.canonical(login);
    Lock mine = doors.get(address);
    mine.lock();
    try {
      User user = domains.there(address.domain()).row(address).user();
      if (user.shared()) {
        throw new DirectoryException.NotPermitted(
            address + " is a shared mailbox: nobody logs in there");
      }
      LoginSecrets after = edit.apply(of(user));
      var _ =
          domains.change(
              address.domain(),
              draft -> {
                UserRow row = draft.there().row(address);
                if (!row.user().account().equals(user.account())) {
                  throw new DirectoryException.NotPermitted(
                      address + " has another account since a moment ago: try again");
                }
                if (stale) {
                  draft.putUser(address.localPart(), row.stamp(random.nextLong()));
                }
                draft.putSecrets(row.user().account(), after);
                return draft;
              });
    } finally {
      mine.unlock();
    }
  }
}
