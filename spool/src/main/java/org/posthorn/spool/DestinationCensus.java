package org.posthorn.spool;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /// So many mails are looked up for what they ask for; those behind them are taken for usual ones.
  private static final int WISHES_MAX = 10_000;

  private final QueueStore queue;
  private final Ways ways;
  private final Instant now;

  /// The last mail that was looked up, where it matters who sent it or what it asks for.
  private Optional<QueuedMail> lastMail = Optional.empty();

  private int wishesRead;
  private final Map<String, DestinationStanding> standings;
  private final Map<String, Tally> tallies = new HashMap<>();

  DestinationCensus(QueueStore queue, Destinations destinations, Ways ways, Instant now) {
    this.ways = ways;
    this.now = now;
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
    private final Map<Optional<String>, Waiters> doors = new LinkedHashMap<>();

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

  /// Those who come to one door.
  private static final class Waiters {
    private long recipients;
    private QueuedRecipient.@Nullable Answer answer;

    void add(QueuedRecipient row) {
      recipients++;
      row.answer().filter(this::isNewer).ifPresent(newer -> answer = newer);
    }

    private boolean isNewer(QueuedRecipient.Answer other) {
      return answer == null || other.at().isAfter(answer.at());
    }

    Optional<QueuedRecipient.Answer> answer() {
      return Optional.ofNullable(answer);
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
        if (isShutOut(name) && !(row.state() instanceof RecipientState.Held)) {
          tally.doors.computeIfAbsent(door(mail, row, way), _ -> new Waiters()).add(row);
        }
      }
    }
  }

  private boolean isShutOut(String name) {
    return Optional.ofNullable(standings.get(name))
        .filter(DestinationStanding::shutOut)
        .isPresent();
  }

  /// Where it comes to of those at one destination. The servers of a domain have to prove what the
  /// mail asks for.
  private Optional<String> door(MailId mail, QueuedRecipient row, Carrier.Way way) {
    if (way.door().isPresent() || !mayLookUp(mail)) {
      return way.door();
    }
    return find(mail)
        .flatMap(found ->
            Destinations.Key.of(
                    way, found.form(row.form()).sender(), Rows.options(found.arrival()).wishes())
                .door());
  }

  /// Each mail counts once, however many recipients it has.
  private boolean mayLookUp(MailId mail) {
    return isLast(mail) || ++wishesRead <= WISHES_MAX;
  }

  /// Read only where a route asks for it: it costs a look for each mail.
  private Optional<MailAddress> sender(MailId mail, QueuedRecipient row) {
    return ways.carrier().waysDependOnSender()
        ? find(mail).flatMap(found -> found.form(row.form()).sender())
        : Optional.empty();
  }

  private Optional<QueuedMail> find(MailId mail) {
    if (!isLast(mail)) {
      lastMail = read(mail);
    }
    return lastMail;
  }

  private boolean isLast(MailId mail) {
    return lastMail.filter(last -> last.id().equals(mail)).isPresent();
  }

  private Optional<QueuedMail> read(MailId mail) {
    try {
      return queue.find(mail);
    } catch (RowDamaged _) {
      return Optional.empty(); // The consistency walk names it.
    }
  }

  private DestinationState state(String name, Tally tally) {
    Optional<DestinationStanding> standing = Optional.ofNullable(standings.get(name));
    List<DestinationState.Door> doors =
        standing.map(stands -> doors(stands.doors(), tally.doors)).orElse(List.of());
    // Where some are let in, the others are no word on all.
    boolean isForAll = doors.stream().allMatch(door -> isShut(door) || door.recipients() == 0);
    return new DestinationState(
        name,
        tally.recipients,
        tally.held,
        Optional.ofNullable(tally.oldest).flatMap(MailIds::timeOf),
        Optional.ofNullable(tally.nextDue),
        standing.map(DestinationStanding::underway).orElse(0),
        standing.map(DestinationStanding::atOnceMax).orElse(0),
        standing.filter(_ -> isForAll).map(DestinationStanding::failures).orElse(0),
        standing.filter(_ -> isForAll).flatMap(DestinationStanding::leftAloneUntil),
        Optional.ofNullable(tally.answer)
            .or(() -> standing.flatMap(DestinationStanding::lastFailure)),
        Optional.ofNullable(tally.way),
        doors);
  }

  private static boolean isShut(DestinationState.Door door) {
    return door.leftAloneUntil().isPresent();
  }

  /// Those that are shut, the worst first, and those at which mail waits.
  private List<DestinationState.Door> doors(
      Map<Optional<String>, Lockouts.Lockout> shut, Map<Optional<String>, Waiters> waiting) {
    if (shut.isEmpty()) {
      return List.of();
    }
    Set<Optional<String>> names = new LinkedHashSet<>(shut.keySet());
    names.addAll(waiting.keySet());
    return names.stream()
        .map(name -> {
          Optional<Lockouts.Lockout> lockout = Optional.ofNullable(shut.get(name));
          Optional<Waiters> waiters = Optional.ofNullable(waiting.get(name));
          return new DestinationState.Door(
              name,
              waiters.map(those -> those.recipients).orElse(0L),
              lockout.map(Lockouts.Lockout::failures).orElse(0),
              lockout.filter(each -> each.isInForce(now)).map(Lockouts.Lockout::until),
              lockout.map(Lockouts.Lockout::why).or(() -> waiters.flatMap(Waiters::answer)));
        })
        .sorted(
            Comparator.comparing(DestinationCensus::isShut)
                .thenComparingInt(DestinationState.Door::failures)
                .thenComparingLong(DestinationState.Door::recipients)
                .reversed()
                .thenComparing(door -> door.name().orElse("")))
        .toList();
  }
}
