package org.posthorn.spool;

import org.posthorn.message.MailId;

/// Takes mail over and keeps it until every recipient is served. Safe for use by many threads.
public final class Spool {
  /// Durable when it returns: only now may the sender be told 250 (RFC 5321 §6.1). Throws
  /// [org.posthorn.storage.StorageUnavailable].
  public MailId accept(NewMail mail) {
    throw new IllegalStateException("SEAM " + mail);
  }
}
