package org.posthorn.storage.directory;

import java.util.OptionalInt;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;

/// Somebody with an account. `login` is the address in its canonical form; `allowance` is what was
/// said for this user alone; `historyDays` empty: as the domain's. `shared`: nobody logs in there;
/// it is for those whom rights were given in its mailboxes.
public record User(
    MailAddress login,
    AccountId account,
    boolean enabled,
    Allowance allowance,
    String fullName,
    OptionalInt historyDays,
    boolean shared) {}
