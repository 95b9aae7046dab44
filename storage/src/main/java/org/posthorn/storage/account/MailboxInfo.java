package org.posthorn.storage.account;

import java.util.Optional;
import java.util.OptionalInt;

/// A mailbox and its counters as of one version of the account. UIDs and uidValidity are unsigned
/// 32-bit. `retentionDays`: for how many days messages stay (0: for ever); empty: as the default
/// for its special use says.
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
    long sizeBytes,
    OptionalInt retentionDays) {}
