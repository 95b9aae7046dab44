package org.posthorn.storage.account;

import java.util.Optional;

/// A mailbox and its counters as of one version of the account. UIDs and uidValidity are unsigned
/// 32-bit.
public record MailboxInfo(
    MailboxId id,
    MailboxName name,
    Optional<SpecialUse> specialUse,
    boolean subscribed,
    long uidValidity,
    long uidNext,
    long highestModSeq,
    int messages,
    int unseen,
    int deleted,
    long sizeBytes) {}
