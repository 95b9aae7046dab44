package org.posthorn.storage.account;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.posthorn.storage.StorageUnavailable;

/// Wraps the keys of accounts with the master key that is used now, one after the other, and
/// remembers those that could not be read. Used by one thread.
final class KeyWrapping {
  /// So many accounts stand in a text for the operator.
  private static final int NAMED_MAX = 10;

  private final Accounts accounts;
  private final LongConsumer progress;
  private final List<AccountId> unreadable = new ArrayList<>();
  private long wrapped;
  private long seen;

  /// `progress` is told how many accounts were looked at.
  KeyWrapping(Accounts accounts, LongConsumer progress) {
    this.accounts = accounts;
    this.progress = progress;
  }

  void wrap(AccountId id) {
    Optional<Account> account = accounts.findIfSound(id);
    if (account.isPresent()) {
      wrapped += rewrapKey(account.get()) ? 1 : 0;
    } else if (accounts.isThere(id)) {
      unreadable.add(id);
    }
    progress.accept(++seen);
  }

  /// How many keys were wrapped; throws [StorageUnavailable] when there were accounts that cannot
  /// be read.
  long done() {
    if (!unreadable.isEmpty()) {
      throw new StorageUnavailable(notWrapped(unreadable));
    }
    return wrapped;
  }

  private static boolean rewrapKey(Account account) {
    try {
      return account.rewrapKey();
    } catch (MailboxException.AccountGone _) {
      return false; // Deleted meanwhile, and its key with it.
    }
  }

  private static String notWrapped(List<AccountId> unreadable) {
    int more = Math.max(0, unreadable.size() - NAMED_MAX);
    String names =
        unreadable.stream().limit(NAMED_MAX).map(AccountId::value).collect(joining(", "));
    return "All keys are wrapped but those of accounts that cannot be read, %s%s: see  posthorn verify  and repeat it then"
        .formatted(names, more > 0 ? " and %d more".formatted(more) : "");
  }
}
