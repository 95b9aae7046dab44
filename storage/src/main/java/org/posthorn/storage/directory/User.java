package org.posthorn.storage.directory;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;

/// Somebody with an account. `login` is the address in its canonical form; `quotaBytes` empty: no
/// limit but the domain's; `historyDays` empty: the domain's too.
public record User(
    MailAddress login,
    AccountId account,
    boolean enabled,
    OptionalLong quotaBytes,
    String fullName,
    OptionalInt historyDays) {}
