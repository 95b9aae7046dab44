package org.posthorn.spool;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RowDamaged;

/// Counts once through the queue what waits for which destination. Confined to one thread.
final class DestinationCensus {
  /// What is not among so many destinations is left out: memory stays bounded.
  private static final int DESTINATIONS_MAX = 100_000;

  private final QueueStore queue;
  private final Ways ways;

  /// The last mail whose sender was looked up, if senders matter to routes.
  private Optional<QueuedMail> lastMail = Optional.empty();

  private final Map<String, Destinations.Standing> standings;
  private final Map<String, Tally> tallies = new HashMap<>();

  DestinationCensus(QueueStore queue, Destinations destinations, Ways ways, Instant now) {
    this.ways = ways;
    this.queue = queue;
    this.standings = destinations.standings(now);
  }

  private static final class Tally {
    private long recipients;
    private long held;
    private @Nullable MailId oldest;
    private @Nullable Instant nextDue;
    private QueuedRecipient.@Nullable Answer answer;
    private Carrier.@Nullable Way way;

    void add(MailId mail, QueuedRecipient row) {
      oldest = oldest == null ? mail : oldest; // They come in the order of time.
      if (row.state() instanceof RecipientState.Held) {
        held++;
      } else {
        recipients++;
        nextDue = nextDue == null || row.due().isBefore(nextDue) ? row.due() : nextDue;
      }
      row.answer().filter(this::isNewer).ifPresent(newer -> answer = newer);
    }

    private boolean isNewer(QueuedRecipient.Answer other) {
      return answer == null || other.at().isAfter(answer.at());
    }
  }

  List<DestinationState> take() {
    standings.forEach((name, standing) -> {
      if (standing.underway() > 0 || standing.failures() > 0) {
        tallies.put(name, new Tally());
      }
    });
    queue.forEachRecipient(this::count);
    return tallies.entrySet().stream()
        .map(entry -> state(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparingLong((DestinationState each) -> each.recipients() + each.held())
                .reversed()
                .thenComparing(DestinationState::name))
        .toList();
  }

  private void count(MailId mail, QueuedRecipient row) {
    RecipientState state =
        row.state() instanceof RecipientState.Held(RecipientState before) ? before : row.state();
    if (state instanceof RecipientState.Outgoing outgoing) {
      Carrier.Way way = ways.of(sender(mail, row), outgoing);
      String name = way.destination();
      Tally tally = tallies.get(name);
      if (tally == null && tallies.size() < DESTINATIONS_MAX) {
        tally = new Tally();
        tallies.put(name, tally);
      }
      if (tally != null) {
        tally.way = way;
        tally.add(mail, row);
      }
    }
  }

  /// Read only where a route asks for it: it costs a look for each mail.
  private Optional<MailAddress> sender(MailId mail, QueuedRecipient row) {
    if (!ways.carrier().waysDependOnSender()) {
      return Optional.empty();
    }
    if (lastMail.filter(last -> last.id().equals(mail)).isEmpty()) {
      lastMail = find(mail);
    }
    return lastMail.flatMap(found -> found.form(row.form()).sender());
  }

  private Optional<QueuedMail> find(MailId mail) {
    try {
      return queue.find(mail);
    } catch (RowDamaged _) {
      return Optional.empty(); // The consistency walk names it.
    }
  }

  private DestinationState state(String name, Tally tally) {
    Optional<Destinations.Standing> standing = Optional.ofNullable(standings.get(name));
    return new DestinationState(
        name,
        tally.recipients,
        tally.held,
        Optional.ofNullable(tally.oldest).flatMap(MailIds::timeOf),
        Optional.ofNullable(tally.nextDue),
        standing.map(Destinations.Standing::underway).orElse(0),
        standing.map(Destinations.Standing::atOnceMax).orElse(0),
        standing.map(Destinations.Standing::failures).orElse(0),
        standing.flatMap(Destinations.Standing::leftAloneUntil),
        Optional.ofNullable(tally.answer)
            .or(() -> standing.flatMap(Destinations.Standing::lastFailure)),
        Optional.ofNullable(tally.way),
        standing.map(Destinations.Standing::shutOut).orElse(false));
  }
}
