package org.posthorn.spool;

import java.time.Instant;
import java.util.Optional;
import org.posthorn.message.MailAddress;

/// What of one sender is in the queue: whoever has logged in, or else the sender of the envelope
/// (none: reports). `held` are among the recipients; `newest` is when the last mail came.
public record SenderState(
    Optional<MailAddress> sender,
    boolean loggedIn,
    long mails,
    long recipients,
    long held,
    Instant newest) {}
