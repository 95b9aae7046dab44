package org.posthorn.spool;

import java.time.Instant;
import java.util.Optional;
import org.posthorn.storage.queue.QueuedRecipient.Answer;

/// How it stands with one destination. `recipients` wait for it or are on their way, `held` is how
/// many more an operator stopped; `oldest` is when the first of their mails came, `nextDue` when
/// the next try is. `underway` loads are carried at the moment, of `atOnceMax`. `leftAloneUntil`:
/// nobody there could be reached, `failures` times in a row; or, if `shutOut`, nobody was let in
/// with a login. `answer` is what was said last, `way` the way of the mail that waits.
public record DestinationState(
    String name,
    long recipients,
    long held,
    Optional<Instant> oldest,
    Optional<Instant> nextDue,
    int underway,
    int atOnceMax,
    int failures,
    Optional<Instant> leftAloneUntil,
    Optional<Answer> answer,
    Optional<Carrier.Way> way,
    boolean shutOut) {}
