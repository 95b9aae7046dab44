package org.posthorn.imap.command;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;

/// What is taken out of emails and kept in memory, since clients ask for it again and again. Equal
/// ones take out the same. Safe for use by many threads.
interface Excerpt {
  /// Null when it is too large to be kept.
  byte @Nullable [] of(Account account, Email email) throws IOException;
}
