package org.posthorn.storage.account;

import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Gives to those who read in the accounts of others what they have there, when their own account
/// has another id now: their notes, and what they have seen. Safe for use by many threads.
public final class Readership {
  private static final Actor ACTOR = new Actor("restore", "admin", "");

  private final Accounts accounts;
  private final UnaryOperator<AccountId> now;

  /// `now` says which account somebody has whose account was that.
  public Readership(Accounts accounts, UnaryOperator<AccountId> now) {
    this.accounts = accounts;
    this.now = now;
  }

  /// What somebody has under the new id already stays. Throws
  /// [org.posthorn.storage.StorageUnavailable] when the account cannot be read, and
  /// [MailboxException] when it declines.
  public void settle(AccountId id) {
    if (accounts.readersIn(id).stream().allMatch(this::isSame)) {
      return; // As in nearly all.
    }
    Optional<Account> found = accounts.find(id);
    if (found.isEmpty()) {
      return;
    }
    AccountState.Names names = found.get().state().names();
    boolean none =
        names.readers().keySet().stream().allMatch(key -> isSame(key.account()))
            && names.annotations().keySet().stream().allMatch(note -> isSame(note.reader()));
    if (none) {
      return;
    }
    boolean _ =
        found
            .get()
            .change(
                ACTOR,
                draft -> {
                  names.annotations().entrySet().stream()
                      .filter(note -> !isSame(note.getKey().reader()))
                      .forEach(note -> move(note, names, draft));
                  names.readers().keySet().stream()
                      .filter(key -> !isSame(key.account()))
                      .forEach(key -> {
                        var from = new AccountId(key.account());
                        draft.moveSeen(new MailboxId(key.mailbox()), from, now.apply(from));
                      });
                  return true;
                });
  }

  private void move(
      Map.Entry<Annotation, String> note, AccountState.Names names, AccountDraft draft) {
    Annotation old = note.getKey();
    var moved =
        new Annotation(old.mailbox(), now.apply(new AccountId(old.reader())).value(), old.entry());
    draft.annotate(old, Optional.empty());
    if (!names.annotations().containsKey(moved)) {
      draft.annotate(moved, Optional.of(note.getValue()));
    }
  }

  /// Also of notes that are no reader's.
  private boolean isSame(String reader) {
    return reader.isEmpty() || now.apply(new AccountId(reader)).value().equals(reader);
  }
}
