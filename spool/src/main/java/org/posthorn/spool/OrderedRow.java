package org.posthorn.spool;

import java.time.Instant;
import java.util.Optional;
import org.posthorn.mailet.Smarthost;
import org.posthorn.spool.chain.Chain;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;

/// What an operator's order makes of a recipient, whoever has it in hand.
final class OrderedRow {
  private static final String GAVE_UP = "The administrator of this server gave up on it";

  private OrderedRow() {}

  static boolean isChanged(QueueOrder order, Arrival arrival, QueuedRecipient row, Instant now) {
    return !of(order, arrival, row, now).equals(Optional.of(row));
  }

  /// Whether a row that is changed has rested, and does so no more.
  static boolean goesOn(QueueOrder order, QueuedRecipient row) {
    return switch (order) {
      case QueueOrder.Retry _, QueueOrder.Release _, QueueOrder.Run _ -> !row.state().isDue();
      case QueueOrder.Hold _,
          QueueOrder.Reroute _,
          QueueOrder.Fail _,
          QueueOrder.Drop _,
          QueueOrder.Expire _ ->
          false;
    };
  }

  /// The row after the order; the same row where the order means nothing to it.
  static Optional<QueuedRecipient> of(
      QueueOrder order, Arrival arrival, QueuedRecipient row, Instant now) {
    Instant soonest = soonest(arrival, row, now);
    return switch (order) {
      case QueueOrder.Retry(boolean early) -> Optional.of(retried(row, early ? now : soonest));
      case QueueOrder.Hold _ ->
          Optional.of(row.state().isDue() ? row.in(new RecipientState.Held(row.state())) : row);
      case QueueOrder.Release _ ->
          Optional.of(
              row.state() instanceof RecipientState.Held(RecipientState before)
                  ? row.moved(before, soonest)
                  : row);
      case QueueOrder.Reroute(Optional<Smarthost> host) ->
          Optional.of(rerouted(row, row.state(), Rows.via(host), soonest));
      case QueueOrder.Fail(Optional<String> reason) -> Optional.of(failed(row, reason, now));
      case QueueOrder.Drop _ -> Optional.empty();
      case QueueOrder.Run(Optional<String> processor) -> Optional.of(run(row, processor, now));
      case QueueOrder.Expire _ ->
          row.state() instanceof RecipientState.Parked ? Optional.empty() : Optional.of(row);
    };
  }

  /// Not before the time that its sender has asked for (RFC 4865), unless it was let go earlier
  /// already.
  private static Instant soonest(Arrival arrival, QueuedRecipient row, Instant now) {
    return arrival
        .wishes()
        .holdUntil()
        .filter(until -> until.isAfter(now) && !row.due().isBefore(until))
        .orElse(now);
  }

  private static QueuedRecipient retried(QueuedRecipient row, Instant now) {
    return switch (row.state()) {
      case RecipientState.Waiting _, RecipientState.Outgoing _ -> row.postponedTo(now);
      case RecipientState.Parked(_, Place place, _) -> goOn(row, place, now);
      case RecipientState.Held _ -> row;
    };
  }

  /// The processor that keeps it is nowhere to go on to, unless the operator says so: it would be
  /// back at once.
  private static QueuedRecipient run(QueuedRecipient row, Optional<String> processor, Instant now) {
    return row.state() instanceof RecipientState.Parked(String repository, Place place, _)
            && (processor.isPresent() || !place.equals(new Place(repository, "")))
        ? goOn(row, processor.map(name -> new Place(name, "")).orElse(place), now)
        : row;
  }

  /// The same row where nobody has said where to.
  private static QueuedRecipient goOn(QueuedRecipient row, Place place, Instant now) {
    return place.processor().isEmpty() ? row : row.moved(new RecipientState.Waiting(place), now);
  }

  private static QueuedRecipient rerouted(
      QueuedRecipient row, RecipientState state, Optional<RecipientState.Via> via, Instant now) {
    return switch (state) {
      case RecipientState.Outgoing(var domain, var old) ->
          old.equals(via) ? row : row.moved(new RecipientState.Outgoing(domain, via), now);
      case RecipientState.Held(RecipientState.Outgoing(var domain, var old)) ->
          old.equals(via)
              ? row
              : row.in(new RecipientState.Held(new RecipientState.Outgoing(domain, via)));
      case RecipientState.Held _, RecipientState.Waiting _, RecipientState.Parked _ -> row;
    };
  }

  /// What is in the bounces already goes on there by itself.
  private static QueuedRecipient failed(QueuedRecipient row, Optional<String> reason, Instant now) {
    if (row.state() instanceof RecipientState.Waiting(var place)
        && place.processor().equals(Chain.BOUNCES)) {
      return row;
    }
    QueuedRecipient.Answer why =
        row.answer()
            .filter(said -> reason.isEmpty() && isForSenders(row.state(), said))
            .map(said -> givenUp(said, now))
            .orElseGet(() ->
                new QueuedRecipient.Answer(
                    "5.0.0", Optional.empty(), reason.orElse(GAVE_UP), now, true));
    return row.withAnswer(why.lastTried(row.lastTry()))
        .moved(new RecipientState.Waiting(Aftermath.BOUNCES), now);
  }

  /// What a step of the chain said is for the operator.
  private static boolean isForSenders(RecipientState state, QueuedRecipient.Answer said) {
    return switch (state) {
      case RecipientState.Outgoing _ -> true;
      case RecipientState.Held(RecipientState before) -> isForSenders(before, said);
      case RecipientState.Waiting _, RecipientState.Parked _ -> said.remote().isPresent();
    };
  }

  /// What was said last is why it was still here, and more use to the sender than that somebody had
  /// enough of it.
  private static QueuedRecipient.Answer givenUp(QueuedRecipient.Answer said, Instant now) {
    String text = said.text().startsWith(GAVE_UP) ? said.text() : GAVE_UP + ": " + said.text();
    return new QueuedRecipient.Answer(said.status(), said.remote(), text, now, true);
  }
}
