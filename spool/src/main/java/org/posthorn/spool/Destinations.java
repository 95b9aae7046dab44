package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.queue.QueuedRecipient.Answer;
import org.posthorn.storage.queue.Wishes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says who may be on the way to which destination. Each has a limited number of loads under way;
/// the next ones wait here, up to a limit. That number begins small, grows with each load that gets
/// through, and is halved when the destination says that it has too much: then it grows slowly. A
/// destination that nobody could reach is left alone for a while, and after that one load at a time
/// tries it until one gets through: so a dead host does not cost a try for each mail. Nobody gets
/// all of what there is: destinations take turns, and so do senders ([Lanes], [Shares]). Safe for
/// use by many threads.
final class Destinations {
  private static final Logger log = LoggerFactory.getLogger(Destinations.class);
  private static final int WAITING_MAX = 1_000;

  /// Of one that is slow on purpose: the others need room too.
  private static final int SLOW_WAITING_MAX = 50;

  private static final int KNOWN_MAX = 50_000;
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
  private static final Duration SHORTEST_LOOK = Duration.ofSeconds(1);
  private static final Duration LONGEST_LOOK = Duration.ofMinutes(1);

  private final int perDestinationMax;
  private final BiConsumer<Key, Custody.Claim> start;
  private final BiConsumer<Custody.Claim, Permission.LeftAlone> back;
  private final Function<Custody.Claim, Instant> patience;
  private final Timer timer;

  /// In the order in which they were last used, so that those that nobody asks for go first.
  private final LinkedHashMap<Key, Destination> known = new LinkedHashMap<>(16, 0.75f, true);

  private final ArrayDeque<Destination> ready = new ArrayDeque<>();

  /// Those that have room, but only for senders that have their share.
  private final ArrayDeque<Destination> blocked = new ArrayDeque<>();

  private final Shares underway;
  private final Shares waiting = new Shares(WAITING_MAX);

  /// When the lines are looked through for loads that must not wait any longer.
  private Instant nextLook = Instant.MAX;

  private boolean stopped;

  /// `start` begins to carry a load; `back` takes one that waited for a destination which is left
  /// alone now, or for longer than it may. Both are called without a lock held. `patience` says
  /// until when a load may wait.
  Destinations(
      int inAllMax,
      int perDestinationMax,
      BiConsumer<Key, Custody.Claim> start,
      BiConsumer<Custody.Claim, Permission.LeftAlone> back,
      Function<Custody.Claim, Instant> patience,
      Timer timer) {
    this.underway = new Shares(inAllMax);
    this.perDestinationMax = perDestinationMax;
    this.start = start;
    this.back = back;
    this.patience = patience;
    this.timer = timer;
  }

  /// Has [#wake] called after a while, on another thread.
  interface Timer {
    void in(Duration delay, Runnable wake);
  }

  /// What was answered to a load that wants to go.
  sealed interface Permission {
    /// It went, or waits here and will go.
    record Granted() implements Permission {}

    /// Not before `until`: `why` is what came of the last try.
    record LeftAlone(Instant until, Optional<Answer> why) implements Permission {}
  }

  /// A domain's MX, or a host that takes all. Routes to one domain may have different limits, and
  /// each is kept for itself: `pace` is that of the route. A host has one, whoever names it, and at
  /// whatever `door` we come; but at each it lets us in, or not.
  record Key(String name, Carrier.Pace pace, Optional<String> door) {
    static final String REQUIRING_TLS = "mail with REQUIRETLS";
    static final String WITHOUT_POLICY = "mail with TLS-Required: No";

    Key(String name, Carrier.Pace pace) {
      this(name, pace, Optional.empty());
    }

    /// Of mail of `sender` on this way. What it asks of the servers of a domain, they may be able
    /// to prove or not; a host that takes all has to prove what its door says.
    static Key of(Carrier.Way way, Optional<MailAddress> sender, Wishes wishes) {
      return new Key(
          way.destination(),
          way.together() ? Carrier.Pace.USUAL : way.pace(),
          way.door().or(() -> asked(sender, wishes)));
    }

    /// A report is not to be lost over what its mail asked for (RFC 8689 §5).
    private static Optional<String> asked(Optional<MailAddress> sender, Wishes wishes) {
      return switch (wishes.tls()) {
        case USUAL -> Optional.empty();
        case REQUIRED -> sender.map(_ -> REQUIRING_TLS);
        case OPTIONAL -> Optional.of(WITHOUT_POLICY);
      };
    }

    private Key withoutDoor() {
      return door.isEmpty() ? this : new Key(name, pace);
    }
  }

  /// A load that waits in line, and where it goes.
  record Waiting(Key key, Custody.Claim load) {}

  Permission ask(Key key, Carrier.Pace pace, Custody.Claim load, Instant now) {
    Sender sender = Sender.of(load.custody());
    synchronized (this) {
      Destination destination = destination(key);
      if (destination.isPaceOld || !pace.equals(Carrier.Pace.USUAL)) {
        destination.throttle.use(pace);
        destination.isPaceOld = false;
      }
      if (destination.isLeftAlone(now)) {
        return destination.leftAlone();
      }
      Optional<Permission.LeftAlone> shutOut = destination.lockouts.of(key.door(), now);
      if (shutOut.isPresent()) {
        return shutOut.get();
      }
      if (stopped || !destination.hasRoom(now) || !underway.mayTake(sender)) {
        Instant until = patience.apply(load);
        if (stopped || !until.isAfter(now) || !mayWait(destination, sender)) {
          return new Permission.LeftAlone(destination.turn(now), Optional.empty());
        }
        destination.waiting.add(new Waiting(key, load), load.priority(), sender);
        waiting.take(sender);
        destination.lockouts.begins(key.door(), now);
        makeReady(destination);
        wakeInTime(destination, now);
        lookAt(until, now);
        return new Permission.Granted();
      }
      begin(destination, sender, now);
      destination.lockouts.begins(key.door(), now);
    }
    return started(key, load) ? new Permission.Granted() : noThread(now);
  }

  /// Has a load carried for which there is room. False when nobody could be found to do it: then
  /// the room is free again.
  private boolean started(Key key, Custody.Claim load) {
    try {
      start.accept(key, load);
      return true;
    } catch (RuntimeException | Error e) {
      leave(key, Sender.of(load.custody()));
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("no-thread");
      return false;
    }
  }

  private static Permission.LeftAlone noThread(Instant now) {
    return new Permission.LeftAlone(now.plus(AFTER_FAILURE), Optional.empty());
  }

  /// Neither a sender nor a destination takes all the room.
  private boolean mayWait(Destination destination, Sender sender) {
    if (destination.throttle.pace().isSlow() && destination.waiting.size() >= SLOW_WAITING_MAX) {
      return false;
    }
    return waiting.mayTake(sender)
        && destination.waiting.size() <= 2 * (WAITING_MAX - waiting.all());
  }

  /// `load` came back after `took`. Starts the next ones; where nobody could be reached, or got in,
  /// those that wait are sent back first.
  void finished(Key key, Custody.Claim load, Duration took, Lesson lesson, Instant now) {
    Permission.LeftAlone why;
    List<Custody.Claim> sentBack = new ArrayList<>();
    synchronized (this) {
      Destination destination = destination(key);
      learn(destination, key.door(), took, lesson, now);
      why = destination.leftAlone();
      if (destination.isLeftAlone(now)) {
        destination.waiting.drainTo(each -> sentBack.add(each.load()));
      } else if (lesson instanceof Lesson.ShutOut) {
        Optional<Permission.LeftAlone> shutOut = destination.lockouts.of(key.door(), now);
        if (shutOut.isPresent()) {
          why = shutOut.get();
          destination
              .waiting
              .takeOut(each -> each.key().door().equals(key.door()))
              .forEach(each -> sentBack.add(each.load()));
        }
      }
      sentBack.forEach(each -> waiting.giveBack(Sender.of(each.custody())));
    }
    try {
      for (Custody.Claim each : sentBack) {
        back.accept(each, why);
      }
    } finally {
      leave(key, Sender.of(load.custody()));
      startWaiting(now);
    }
  }

  /// A destination that is slow on purpose may get its next mail.
  private void wake(Key key, Instant now) {
    synchronized (this) {
      Destination destination = destination(key);
      destination.isTimed = false;
      makeReady(destination);
    }
    startWaiting(now);
  }

  /// Whoever comes back makes a destination ready, but nobody may be under way.
  private void wakeInTime(Destination destination, Instant now) {
    Instant opens = destination.throttle.opensAt(now);
    if (opens.isAfter(now) && !destination.isTimed && !destination.waiting.isEmpty()) {
      timer.in(Duration.between(now, opens), () -> wake(destination.key, opens));
      destination.isTimed = true;
    }
  }

  private void lookAt(Instant at, Instant now) {
    if (at.isBefore(nextLook)) {
      Instant latest = now.plus(LONGEST_LOOK);
      Instant next = at.isBefore(latest) ? at : latest;
      timer.in(Duration.between(now, next), () -> lookThrough(next));
      nextLook = next;
    }
  }

  /// What must not wait any longer leaves the line, and comes back when its turn may be.
  private void lookThrough(Instant now) {
    Map<Custody.Claim, Permission.LeftAlone> late = new LinkedHashMap<>();
    synchronized (this) {
      if (!nextLook.isAfter(now)) {
        nextLook = Instant.MAX;
      }
      List<Instant> dates = new ArrayList<>();
      for (Destination destination : known.values()) {
        destination
            .waiting
            .takeOut(each -> !patience.apply(each.load()).isAfter(now))
            .forEach(each ->
                late.put(
                    each.load(),
                    new Permission.LeftAlone(destination.turn(now), Optional.empty())));
        destination.waiting.forEach(each -> dates.add(patience.apply(each.load())));
      }
      late.keySet().forEach(each -> waiting.giveBack(Sender.of(each.custody())));
      Instant soonest = now.plus(SHORTEST_LOOK);
      dates.stream()
          .min(Comparator.naturalOrder())
          .ifPresent(date -> lookAt(date.isAfter(soonest) ? date : soonest, now));
    }
    late.forEach(back);
  }

  private static void learn(
      Destination destination, Optional<String> door, Duration took, Lesson lesson, Instant now) {
    destination.took(took, now);
    switch (lesson) {
      case Lesson.Unreachable(Answer why) -> destination.failed(why, now);
      case Lesson.ShutOut(Answer why) -> {
        if (Lesson.isCrowded(why)) {
          destination.crowded(now.minus(took), now);
        } else {
          destination.reached();
        }
        destination.lockouts.shutOut(door, why, now.minus(took), now);
      }
      case Lesson.Crowded() -> destination.crowded(now.minus(took), now);
      case Lesson.Reached() -> {
        destination.grow();
        destination.lockouts.letIn(door, now);
      }
      case Lesson.Nothing() -> {}
    }
  }

  private synchronized void leave(Key key, Sender sender) {
    Destination destination = destination(key);
    destination.underway--;
    underway.giveBack(sender);
    makeReady(destination);
    blocked.forEach(this::makeReady);
    blocked.clear();
  }

  /// Ways are others now, and perhaps logins: what waits here is given to `back` and asks again,
  /// and a pace counts only until the next load names another.
  void startAnew(Instant now) {
    List<Custody.Claim> all = new ArrayList<>();
    synchronized (this) {
      for (Destination destination : known.values()) {
        destination.isPaceOld = true;
        destination.lockouts.startAnew(now);
        destination.waiting.drainTo(each -> all.add(each.load()));
      }
      waiting.clear();
    }
    all.forEach(each -> back.accept(each, new Permission.LeftAlone(now, Optional.empty())));
  }

  /// Takes the loads of `mail` out of the line that have one of these recipients: they are the
  /// caller's now, whole.
  synchronized List<Custody.Claim> takeOut(Custody mail, Set<Integer> numbers) {
    List<Custody.Claim> out = new ArrayList<>();
    for (Destination destination : known.values()) {
      destination
          .waiting
          .takeOut(each ->
              each.load().custody() == mail
                  && each.load().numbers().stream().anyMatch(numbers::contains))
          .forEach(each -> out.add(each.load()));
    }
    out.forEach(each -> waiting.giveBack(Sender.of(each.custody())));
    return out;
  }

  /// Which recipients of `mail` wait in line.
  synchronized Set<Integer> inLine(Custody mail) {
    Set<Integer> numbers = new HashSet<>();
    for (Destination destination : known.values()) {
      destination.waiting.forEach(each -> {
        if (each.load().custody() == mail) {
          numbers.addAll(each.load().numbers());
        }
      });
    }
    return numbers;
  }

  /// Loads that wait here go back to the queue: they are given to `back`.
  void stop(Consumer<Custody.Claim> back) {
    ArrayDeque<Custody.Claim> all = new ArrayDeque<>();
    synchronized (this) {
      stopped = true;
      for (Destination destination : known.values()) {
        destination.waiting.drainTo(each -> all.add(each.load()));
      }
      waiting.clear();
      ready.clear();
      blocked.clear();
    }
    all.forEach(back);
  }

  synchronized int underwayCount() {
    return underway.all();
  }

  /// Destinations that are left alone now, by all or at one door, and until when.
  synchronized Map<String, Instant> leftAlone(Instant now) {
    Map<String, Instant> names = new LinkedHashMap<>();
    for (Destination destination : known.values()) {
      destination
          .standing(now)
          .leftAloneUntil()
          .ifPresent(until ->
              names.merge(
                  destination.key.name(), until, (one, other) -> one.isAfter(other) ? one : other));
    }
    return names;
  }

  /// All destinations that are known, by name.
  synchronized Map<String, DestinationStanding> standings(Instant now) {
    Map<String, DestinationStanding> all = new HashMap<>();
    for (Destination each : known.values()) {
      all.merge(each.key.name(), each.standing(now), DestinationStanding::with);
    }
    return all;
  }

  /// An operator wants it to be tried now.
  synchronized void forgive(Key key) {
    Destination destination = known.get(key.withoutDoor());
    if (destination != null) {
      destination.forgive();
      destination.lockouts.forgive(key.door());
    }
  }

  private void startWaiting(Instant now) {
    for (Waiting next = nextWaiting(now); next != null; next = nextWaiting(now)) {
      if (!started(next.key(), next.load())) {
        back.accept(next.load(), noThread(now));
      }
    }
  }

  private synchronized @Nullable Waiting nextWaiting(Instant now) {
    for (Destination next = ready.poll(); next != null; next = ready.poll()) {
      next.isReady = false;
      if (!next.hasRoom(now)) {
        wakeInTime(next, now);
        continue; // Whoever comes back from there makes it ready again.
      }
      Waiting first = next.waiting.poll(underway::mayTake);
      if (first != null) {
        Sender sender = Sender.of(first.load().custody());
        waiting.giveBack(sender);
        begin(next, sender, now);
        makeReady(next);
        return first;
      }
      if (!next.waiting.isEmpty()) {
        blocked.add(next);
      }
    }
    return null;
  }

  private void makeReady(Destination destination) {
    if (!destination.isReady && !destination.waiting.isEmpty()) {
      destination.isReady = true;
      ready.add(destination);
    }
  }

  private void begin(Destination destination, Sender sender, Instant now) {
    destination.throttle.begin(now);
    destination.underway++;
    underway.take(sender);
  }

  private Destination destination(Key named) {
    Key key = named.withoutDoor();
    Destination destination = known.get(key);
    if (destination == null) {
      destination = new Destination(key, perDestinationMax);
      known.put(key, destination);
      if (known.size() > KNOWN_MAX) {
        forgetOldest(key);
      }
    }
    return destination;
  }

  /// Many at once, so that it costs little each time.
  private void forgetOldest(Key but) {
    int tooMany = known.size() - KNOWN_MAX / 4 * 3;
    for (Iterator<Destination> all = known.values().iterator(); all.hasNext() && tooMany > 0; ) {
      Destination old = all.next();
      if (old.isIdle() && !old.key.equals(but)) {
        all.remove();
        tooMany--;
      }
    }
  }
}
