package org.posthorn.spool;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.queue.QueuedRecipient.Answer;

/// How it stands with one destination. `recipients` wait for it or are on their way, `held` is how
/// many more an operator stopped; `oldest` is when the first of their mails came, `nextDue` when
/// the next try is. `underway` loads are carried at the moment, of `atOnceMax`. `leftAloneUntil`:
/// nobody there could be reached, `failures` times in a row; or, if `shutOut`, nobody was let in
/// however we came. `answer` is what was said last, `way` the way of the mail that waits. `doors`:
/// the ways to come there, where at one of them nobody was let in when that was tried last.
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
    List<Door> doors) {
  public DestinationState {
    doors = List.copyOf(doors);
  }

  /// One of the ways to come to a server ([Carrier.Way]), in words, for which `recipients` wait;
  /// for the servers of a domain it is what the mail asks them to prove, and no `name` means the
  /// usual. Nobody was let in `failures` times in a row, and it is left alone until then.
  public record Door(
      Optional<String> name,
      long recipients,
      int failures,
      Optional<Instant> leftAloneUntil,
      Optional<Answer> answer) {
    /// Whether it is of the servers of a domain, and not of a host that takes all.
    public boolean isOfDomain() {
      return name.isEmpty()
          || name.get().equals(Destinations.Key.REQUIRING_TLS)
          || name.get().equals(Destinations.Key.WITHOUT_POLICY);
    }
  }

  /// It is reached, and lets nobody in at one of the doors at least.
  public boolean shutOut() {
    return doors.stream().anyMatch(door -> door.leftAloneUntil().isPresent());
  }
}
