package org.posthorn.app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import org.posthorn.app.AccountFacts.Place;
import org.posthorn.app.AccountThere.MessageThere;

/// What must be there of one client's messages and mailboxes after the answers that it got. A
/// client touches only its own; it has one command under way at a time, so after a crash the state
/// is the one before that command or the one after it, and never something between. Used by one
/// thread at a time.
final class ClientModel {
  private final String name;
  private final AccountFacts facts;
  private final LongUnaryOperator sizeBytes;
  private State state = new State(Map.of(), Map.of());
  private Optional<Deed> pending = Optional.empty();
  private Map<Long, Long> uidsBefore = Map.of();
  private int answered;

  /// A message as it stands in a mailbox. `exact`: that MODSEQ, otherwise that or a higher one.
  record Standing(long number, Set<String> flags, long modSeq, boolean exact) {
    Standing touched(Set<String> newFlags) {
      return new Standing(number, newFlags, modSeq, false);
    }
  }

  /// Mailboxes of the client by name (UIDVALIDITY; 0: not told), and its messages in all mailboxes.
  /// Messages whose UID was not told have negative ones.
  record State(Map<String, Long> mailboxes, Map<Place, Standing> messages) {}

  /// `name` begins the names of all its mailboxes; `sizeBytes` of the message of a number.
  ClientModel(String name, AccountFacts facts, LongUnaryOperator sizeBytes) {
    this.name = name;
    this.facts = facts;
    this.sizeBytes = sizeBytes;
  }

  State state() {
    return state;
  }

  int answeredCount() {
    return answered;
  }

  /// Before the command goes out.
  void ask(Deed deed) {
    pending = Optional.of(deed);
    uidsBefore = new HashMap<>();
    targets(deed).forEach(mailbox -> uidsBefore.put(mailbox, facts.highestUid(mailbox)));
  }

  /// The tagged OK has come.
  void done(Deed.Told told) {
    Deed deed = pending.orElseThrow();
    State before = state;
    state = after(state, deed, told);
    pending = Optional.empty();
    answered++;
    state
        .messages()
        .forEach((place, standing) -> {
          if (!before.messages().containsKey(place)) {
            facts.uidGiven(place, standing.number(), uidsBefore.getOrDefault(place.mailbox(), 0L));
          }
        });
    told.modSeqs()
        .values()
        .forEach(modSeq -> targets(deed).forEach(m -> facts.modSeqTold(m, modSeq)));
  }

  /// The number of a mailbox that the client has made.
  void learn(String mailbox, long uidValidity) {
    Map<String, Long> mailboxes = new TreeMap<>(state.mailboxes());
    mailboxes.put(mailbox, uidValidity);
    state = new State(mailboxes, state.messages());
  }

  /// The tagged NO has come: nothing was done.
  void refused() {
    pending = Optional.empty();
  }

  /// What is other than the answers said. From then on, what is there counts.
  List<String> judge(AccountThere there) {
    List<String> asBefore = differences(state, there);
    List<String> complaints = asBefore;
    if (!asBefore.isEmpty() && pending.isPresent()) {
      List<String> asAfter = differences(after(state, pending.get(), Deed.Told.NOTHING), there);
      complaints =
          asAfter.isEmpty()
              ? List.of()
              : List.of(
                  "%s: neither as before %s: %s, nor as after it: %s"
                      .formatted(name, pending.get(), asBefore, asAfter));
    }
    adopt(there);
    return complaints;
  }

  private static Set<Long> targets(Deed deed) {
    return switch (deed) {
      case Deed.Create _, Deed.Rename _, Deed.Delete _ -> Set.of();
      case Deed.Append append -> Set.of(append.mailbox());
      case Deed.Store store -> Set.of(store.mailbox());
      case Deed.Expunge expunge -> Set.of(expunge.mailbox());
      case Deed.Copy copy -> Set.of(copy.to());
      case Deed.Move move -> Set.of(move.to());
    };
  }

  /// The state that a deed makes of another.
  static State after(State before, Deed deed, Deed.Told told) {
    Map<String, Long> mailboxes = new TreeMap<>(before.mailboxes());
    Map<Place, Standing> messages = new HashMap<>(before.messages());
    switch (deed) {
      case Deed.Create(String mailbox) -> mailboxes.put(mailbox, told.uidValidity());
      case Deed.Rename(String from, String to) ->
          mailboxes.put(to, Objects.requireNonNull(mailboxes.remove(from)));
      case Deed.Delete(String mailbox) -> {
        Long gone = mailboxes.remove(mailbox);
        messages.keySet().removeIf(place -> Objects.equals(gone, place.mailbox()));
      }
      case Deed.Append(long mailbox, long number, var flags) ->
          messages.put(
              new Place(mailbox, told.newUids().getOrDefault(0L, -1L)),
              new Standing(number, flags, 0, false));
      case Deed.Store store -> store(messages, store, told);
      case Deed.Copy(long mailbox, var uids, long to) ->
          copy(messages, new Deed.Copy(mailbox, uids, to), told);
      case Deed.Move(long mailbox, var uids, long to) -> {
        copy(messages, new Deed.Copy(mailbox, uids, to), told);
        uids.forEach(uid -> messages.remove(new Place(mailbox, uid)));
      }
      case Deed.Expunge(long mailbox, var uids) ->
          uids.forEach(uid -> messages.remove(new Place(mailbox, uid)));
    }
    return new State(mailboxes, messages);
  }

  private static void store(Map<Place, Standing> messages, Deed.Store store, Deed.Told told) {
    for (long uid : store.uids()) {
      messages.computeIfPresent(
          new Place(store.mailbox(), uid),
          (_, had) -> {
            Set<String> flags = new TreeSet<>(had.flags());
            boolean _ = store.add() ? flags.add(store.flag()) : flags.remove(store.flag());
            Long modSeq = told.modSeqs().get(uid);
            return modSeq == null
                ? had.touched(flags)
                : new Standing(had.number(), flags, modSeq, true);
          });
    }
  }

  private static void copy(Map<Place, Standing> messages, Deed.Copy copy, Deed.Told told) {
    for (long uid : copy.uids()) {
      Standing had = messages.get(new Place(copy.mailbox(), uid));
      if (had != null) {
        messages.put(
            new Place(copy.to(), told.newUids().getOrDefault(uid, -1 - uid)),
            new Standing(had.number(), had.flags(), 0, false));
      }
    }
  }

  private List<String> differences(State wanted, AccountThere there) {
    List<String> differences = new ArrayList<>();
    Map<String, Long> names = new TreeMap<>();
    Map<Place, MessageThere> mine = mine(there);
    there
        .mailboxes()
        .forEach((mailbox, is) -> {
          if (mailbox.startsWith(name)) {
            names.put(mailbox, is.uidValidity());
          }
        });
    Set<String> all = new TreeSet<>(names.keySet());
    all.addAll(wanted.mailboxes().keySet());
    for (String mailbox : all) {
      Long is = names.get(mailbox);
      Long should = wanted.mailboxes().get(mailbox);
      if (is == null || should == null || (should != 0 && !is.equals(should))) {
        differences.add("mailbox %s should be %s, is %s".formatted(mailbox, should, is));
      }
    }
    compareKnown(wanted, mine, differences);
    compareNew(wanted, mine, differences);
    mine.forEach((place, message) -> differences.add("%s holds %s".formatted(place, message)));
    return differences;
  }

  /// Takes what it has compared out of `mine`.
  private static void compareKnown(
      State wanted, Map<Place, MessageThere> mine, List<String> differences) {
    wanted
        .messages()
        .forEach((place, should) -> {
          if (place.uid() > 0) {
            MessageThere is = mine.remove(place);
            if (is == null || !fits(should, is)) {
              differences.add("%s should hold %s, holds %s".formatted(place, should, is));
            }
          }
        });
  }

  private void compareNew(State wanted, Map<Place, MessageThere> mine, List<String> differences) {
    wanted
        .messages()
        .forEach((place, should) -> {
          if (place.uid() < 0) {
            Optional<Place> found =
                mine.entrySet().stream()
                    .filter(entry -> entry.getKey().mailbox() == place.mailbox())
                    .filter(entry ->
                        entry.getKey().uid() > uidsBefore.getOrDefault(place.mailbox(), 0L))
                    .filter(entry -> fits(should, entry.getValue()))
                    .map(Map.Entry::getKey)
                    .findFirst();
            if (found.isPresent()) {
              mine.remove(found.get());
            } else {
              differences.add("mailbox %d should hold %s".formatted(place.mailbox(), should));
            }
          }
        });
  }

  private static boolean fits(Standing should, MessageThere is) {
    return should.number() == is.number()
        && should.flags().equals(is.flags())
        && (should.exact() ? should.modSeq() == is.modSeq() : should.modSeq() <= is.modSeq());
  }

  private Map<Place, MessageThere> mine(AccountThere there) {
    Map<Place, MessageThere> mine = new HashMap<>();
    there
        .mailboxes()
        .forEach((mailbox, is) ->
            is.messages()
                .forEach((uid, message) -> {
                  if (owns(message.number())) {
                    mine.put(new Place(is.uidValidity(), uid), message);
                  }
                }));
    return mine;
  }

  /// Whether the message of this number is the client's: its last three digits are the client.
  private boolean owns(long number) {
    return number % 1_000 == Long.parseLong(name.replaceAll("\\D", ""));
  }

  private void adopt(AccountThere there) {
    Map<String, Long> mailboxes = new TreeMap<>();
    Map<Place, Standing> messages = new HashMap<>();
    there
        .mailboxes()
        .forEach((mailbox, is) -> {
          if (mailbox.startsWith(name)) {
            mailboxes.put(mailbox, is.uidValidity());
          }
        });
    mine(there)
        .forEach((place, message) -> {
          messages.put(
              place, new Standing(message.number(), message.flags(), message.modSeq(), true));
          if (message.sizeBytes() != sizeBytes.applyAsLong(message.number())) {
            facts.complain("%s is of another size than it was sent: %s".formatted(place, message));
          }
        });
    state = new State(mailboxes, messages);
    pending = Optional.empty();
  }
}
