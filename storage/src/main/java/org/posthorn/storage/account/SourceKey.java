package org.posthorn.storage.account;

/// What a message is called where it was imported from: `source` names a folder there (a digest),
/// `high` and `low` the message in it (a digest, or a number such as an IMAP UID in `low`). The
/// same message has the same key whenever it is imported.
public record SourceKey(long source, long high, long low) {}
