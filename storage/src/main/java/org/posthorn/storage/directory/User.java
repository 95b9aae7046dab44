package org.posthorn.storage.directory;

import java.util.OptionalInt;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;

/// Somebody with an account. `login` is the address in its canonical form; `allowance` is what was
/// said for this user alone; `historyDays` empty: as the domain's.
public record User(
    MailAddress login,
    AccountId account,
    boolean enabled,
    Allowance allowance,
    String fullName,
    OptionalInt historyDays) {}
