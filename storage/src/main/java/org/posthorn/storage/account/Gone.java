package org.posthorn.storage.account;

import java.time.Instant;

/// A message that was expunged, or deleted with its mailbox, and is not there again: what it was,
/// the name that its mailbox had, and when and by whom it was taken out.
public record Gone(
    Vanished message, MailboxId mailbox, MailboxName name, Instant when, Actor actor) {}
