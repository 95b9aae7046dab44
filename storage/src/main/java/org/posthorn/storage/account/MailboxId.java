package org.posthorn.storage.account;

/// Names a mailbox of one account, whatever its name becomes; never given out twice in an account.
public record MailboxId(int value) {}
