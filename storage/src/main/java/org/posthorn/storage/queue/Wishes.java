package org.posthorn.storage.queue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/// What a sender asked for that few ask for. `tls`: REQUIRETLS or `TLS-Required: No` (RFC 8689);
/// `priority`: MT-PRIORITY, -9 to 9 (RFC 6710); `holdUntil`: HOLDFOR or HOLDUNTIL (RFC 4865), when
/// the mail is to set out; `deliverBy`: BY (RFC 2852); `triedUntil`: what this server writes itself
/// is of no use later and is given up then. No other server hears of that or must know an extension
/// for it.
public record Wishes(
    Tls tls,
    int priority,
    Optional<Instant> holdUntil,
    Optional<DeliverBy> deliverBy,
    Optional<Instant> triedUntil) {
  public static final Wishes NONE = new Wishes(Tls.USUAL, 0, Optional.empty(), Optional.empty());

  /// How the mail may travel to other servers.
  public enum Tls {
    USUAL,
    /// Only to servers that promise the same, over TLS that was verified.
    REQUIRED,
    /// Even where the recipient's policy asks for TLS and it is not to be had.
    OPTIONAL
  }

  /// `at` that time the mail is to be delivered; if it is not, it goes back to the sender
  /// (`returned`), or the sender is told and it is tried further. `traced`: the sender wants to
  /// hear of each server that passes it on.
  public record DeliverBy(Instant at, boolean returned, boolean traced) {
    public DeliverBy {
      at = at.truncatedTo(ChronoUnit.MILLIS);
    }
  }

  public Wishes {
    if (priority < -9 || priority > 9) {
      throw new IllegalArgumentException("No priority: " + priority);
    }
    holdUntil = holdUntil.map(at -> at.truncatedTo(ChronoUnit.MILLIS));
    triedUntil = triedUntil.map(at -> at.truncatedTo(ChronoUnit.MILLIS));
  }

  /// What a sender can ask for.
  public Wishes(Tls tls, int priority, Optional<Instant> holdUntil, Optional<DeliverBy> deliverBy) {
    this(tls, priority, holdUntil, deliverBy, Optional.empty());
  }

  public Wishes withPriority(int other) {
    return new Wishes(tls, other, holdUntil, deliverBy, triedUntil);
  }

  /// Whether the mail must go back to its sender now.
  public boolean isOverdue(Instant now) {
    return end().filter(at -> !now.isBefore(at)).isPresent();
  }

  /// Whether the sender is to hear that another server took the mail, who was told of the time or
  /// not (RFC 2852).
  public boolean tellsOfRelay(boolean deadlinePassedOn) {
    return deliverBy.filter(by -> by.traced() || (!by.returned() && !deadlinePassedOn)).isPresent();
  }

  /// When the sender is to be told that the mail is not delivered, while it is tried further.
  public Optional<Instant> noticeAt() {
    return deliverBy.filter(by -> !by.returned()).map(DeliverBy::at);
  }

  /// When the mail must go back to its sender, if it was not delivered; or `otherwise`, if that is
  /// earlier.
  public Instant giveUpAt(Instant otherwise) {
    return end().filter(otherwise::isAfter).orElse(otherwise);
  }

  private Optional<Instant> end() {
    return Stream.concat(
            deliverBy.filter(DeliverBy::returned).map(DeliverBy::at).stream(), triedUntil.stream())
        .min(Comparator.naturalOrder());
  }
}
