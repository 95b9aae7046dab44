package org.posthorn.storage.backup;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.Readership;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.SavedDomain;
import org.posthorn.storage.directory.User;

/// Who the readers of shared mailboxes are here. A backup knows them by the ids of their accounts,
/// and an account that is restored has another one. Used by one thread.
final class SavedReaders {
  private final Accounts accounts;
  private final Directory directory;
  private final Telling telling;
  private final Map<AccountId, MailAddress> logins = new HashMap<>();
  private final Map<AccountId, AccountId> replaced = new HashMap<>();
  private final Set<Absent> absent = new LinkedHashSet<>();

  /// Somebody who was not here when the account was restored that he reads in.
  private record Absent(MailAddress owner, MailAddress reader) {}

  SavedReaders(Accounts accounts, Directory directory, Telling telling) {
    this.accounts = accounts;
    this.directory = directory;
    this.telling = telling;
  }

  /// Whose accounts these were.
  void add(SavedDomain domain) {
    domain.users().forEach(user -> logins.put(user.user().account(), user.user().login()));
  }

  /// An account that is gone, and the one that came in its place.
  void replaced(AccountId gone, AccountId by) {
    replaced.put(gone, by);
  }

  /// Of one that is in the account of `owner`, which is being restored.
  AccountId now(AccountId reader, MailAddress owner) {
    AccountId now = now(reader);
    if (now.equals(reader)) {
      gone(reader).ifPresent(login -> absent.add(new Absent(owner, login)));
    }
    return now;
  }

  private AccountId now(AccountId reader) {
    AccountId by = replaced.get(reader);
    return by != null ? by : gone(reader).flatMap(this::here).map(User::account).orElse(reader);
  }

  /// The login that somebody had whose account is not here. Who has an account that is here is its
  /// user, whatever the login is now.
  private Optional<MailAddress> gone(AccountId reader) {
    return Optional.ofNullable(logins.get(reader)).filter(_ -> isGone(reader));
  }

  /// An account that cannot be read is here.
  private boolean isGone(AccountId reader) {
    try {
      return accounts.standing(reader).isEmpty();
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return false;
    }
  }

  private Optional<User> here(MailAddress login) {
    return directory
        .user(login)
        .filter(user -> user.login().toString().equalsIgnoreCase(login.toString()));
  }

  /// In all accounts, also those that were here before: gives to those `who` have come back under
  /// another id what they have there. Tells of accounts in which it could not be done, and who has
  /// not come back.
  void settle(Predicate<AccountId> who) {
    var readership = new Readership(accounts, reader -> who.test(reader) ? now(reader) : reader);
    try {
      settleAll(readership);
    } catch (StorageUnavailable e) {
      telling.problem("accounts", "not all could be looked through: " + e.getMessage());
    }
    for (Absent one : absent) {
      if (here(one.reader).isEmpty()) {
        telling.problem(
            one.owner.toString(),
            one.reader
                + " is not here: notes of his own in this account, and what he has read of it, are"
                + " his again when his account is restored too");
      }
    }
  }

  private void settleAll(Readership readership) {
    Optional<AccountId> last = Optional.empty();
    do {
      var some = accounts.list(last, 1_000);
      for (AccountId account : some) {
        settleIn(readership, account);
      }
      last = some.isEmpty() ? Optional.empty() : Optional.of(some.getLast());
    } while (last.isPresent());
  }

  private void settleIn(Readership readership, AccountId account) {
    try {
      readership.settle(account);
    } catch (MailboxException.AccountGone _) {
      // With all that was read in it.
    } catch (StorageUnavailable | MailboxException | IllegalArgumentException e) {
      telling.problem(
          account.value(),
          "what those who came back had read and noted in it could not be given to them: "
              + e.getMessage());
    }
  }
}
