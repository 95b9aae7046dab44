package org.posthorn.storage.content;

import org.posthorn.message.ContentId;

/// Where an account placed a content when it was new there: kept beside the contents, so that
/// accounts can be rebuilt from contents alone. Written before the change that it tells of, which
/// may have been made later, more than once, or never: equal `account` and `emailId` mean the same
/// placement. `flags` are names with spaces between; `prefix` are the header lines before the
/// content. Notes hold no secrets: where mail is encrypted, `content` is without its key and
/// `prefix` is empty.
public record Note(
    ContentId content,
    String account,
    long emailId,
    String owner,
    String mailbox,
    long internalMillis,
    String flags,
    String prefix) {}
