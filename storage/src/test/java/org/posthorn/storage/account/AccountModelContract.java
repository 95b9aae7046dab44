package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.account.AccountDraft.FlagChange;

/// Random changes leave an account as a simple model says, seen from every side. The seed is in the
/// message of a failure.
interface AccountModelContract {
  List<String> FLAGS = List.of("\\Seen", "\\Deleted", "\\Flagged", "work", "$Label1", "later");

  List<FlagChange> CHANGES = List.of(FlagChange.ADD, FlagChange.REMOVE, FlagChange.REPLACE);

  /// An empty store on the engine under test.
  AccountHouse house();

  /// How many random changes are made.
  int steps();

  @Test
  default void randomChangesLeaveWhatTheModelSays() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try (var house = house()) {
      var model = new Model();
      house.account().mailboxes().forEach(info -> model.create(info.id(), info.name()));
      List<MailboxId> mailboxes =
          new ArrayList<>(house.account().mailboxes().stream().map(MailboxInfo::id).toList());
      Map<MailboxId, MailboxView> older = new HashMap<>();
      for (int step = 0; step < steps(); step++) {
        MailboxId from = mailboxes.get(random.nextInt(mailboxes.size()));
        MailboxId to = mailboxes.get(random.nextInt(mailboxes.size()));
        long before = house.account().version();
        act(house, random, from, to);
        Map<String, Flags> appended = new HashMap<>();
        Optional<MailboxView> seen = house.account().view(to);
        for (Change change : house.account().history(before, 10)) {
          model.replay(
              change,
              (mailbox, uid) ->
                  appended.computeIfAbsent(
                      mailbox + " " + uid, _ -> seen.orElseThrow().flags(seen.get().indexOf(uid))));
        }
        for (MailboxId mailbox : List.of(from, to)) {
          MailboxView now = house.view(mailbox);
          MailboxView last = older.putIfAbsent(mailbox, now);
          if (last != null) {
            assertThat(said(now.since(last)))
                .as("seed %d, step %d", seed, step)
                .isEqualTo(naiveDifference(last, now));
          }
          if (random.nextInt(5) == 0) {
            older.put(mailbox, now);
          }
        }
        if (random.nextInt(20) == 0) {
          assertThat(Model.picture(house.account()))
              .as("seed %d, step %d", seed, step)
              .isEqualTo(model.picture());
        }
        if (random.nextInt(60) == 0) {
          AccountPicture picture = house.picture();
          house.reopen();
          assertThat(house.picture()).as("seed %d, step %d", seed, step).isEqualTo(picture);
        }
      }
      assertThat(Model.picture(house.account())).as("seed %d", seed).isEqualTo(model.picture());
    }
  }

  /// Group commit: as many versions as changes, in the order of the log, and nobody sees half.
  @Test
  default void manyThreadsMakeOneSequenceOfChanges() throws Exception {
    long seed = System.nanoTime();
    int threads = 8;
    int each = Math.max(10, steps() / 8);
    try (var house = house();
        var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      Account account = house.account();
      long first = account.version();
      List<MailboxId> mailboxes = account.mailboxes().stream().map(MailboxInfo::id).toList();
      Map<String, Flags> appended = new ConcurrentHashMap<>();
      var versions = new ConcurrentLinkedQueue<Long>();
      var done = new AtomicBoolean();
      List<Future<?>> writers = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        var random = new Random(seed + thread);
        writers.add(
            pool.submit(() -> {
              for (int i = 0; i < each; i++) {
                MailboxId from = mailboxes.get(random.nextInt(mailboxes.size()));
                MailboxId to = mailboxes.get(random.nextInt(mailboxes.size()));
                concurrentAct(house, random, from, to, appended, versions);
              }
            }));
      }
      Future<Integer> watcher = pool.submit(watch(account, mailboxes, done));
      for (Future<?> writer : writers) {
        writer.get();
      }
      done.set(true);
      assertThat(watcher.get()).isPositive();

      List<Change> log = account.history(first, 1_000_000);
      assertThat(log)
          .extracting(Change::version)
          .containsExactlyElementsOf(
              LongStream.rangeClosed(first + 1, account.version()).boxed().toList());
      assertThat(versions).doesNotHaveDuplicates();
      assertThat(versions).hasSameSizeAs(log);

      var model = new Model();
      account.history(0, (int) first).forEach(change -> model.replay(change, (_, _) -> Flags.NONE));
      log.forEach(change ->
          model.replay(
              change, (mailbox, uid) -> appended.getOrDefault(mailbox + " " + uid, Flags.NONE)));
      assertThat(Model.picture(account)).as("seed %d", seed).isEqualTo(model.picture());
      AccountPicture picture = house.picture();
      house.reopen();
      assertThat(house.picture()).isEqualTo(picture);
    }
  }

  /// Looks at views and what is new in them, until it is told to stop.
  private static Callable<Integer> watch(
      Account account, List<MailboxId> mailboxes, AtomicBoolean done) {
    return () -> {
      int looks = 0;
      Map<MailboxId, MailboxView> last = new HashMap<>();
      while (!done.get()) {
        for (MailboxId mailbox : mailboxes) {
          MailboxView now = account.view(mailbox).orElseThrow();
          assertThat(now.info().messages()).isEqualTo(now.size());
          long unseen =
              LongStream.range(0, now.size()).filter(i -> !now.flags((int) i).seen()).count();
          assertThat(now.info().unseen()).isEqualTo((int) unseen);
          MailboxView before = last.put(mailbox, now);
          if (before != null) {
            assertThat(now.info().highestModSeq())
                .isGreaterThanOrEqualTo(before.info().highestModSeq());
            assertThat(said(now.since(before))).isEqualTo(naiveDifference(before, now));
          }
        }
        looks++;
      }
      return looks;
    };
  }

  private static void act(AccountHouse house, Random random, MailboxId from, MailboxId to) {
    UidSet some = some(house.view(from), random);
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        NewEmail letter = house.letter("Random", flags(random));
        int count = random.nextInt(1, 40);
        house.change(draft -> {
          for (int i = 0; i < count; i++) {
            draft.append(to, letter);
          }
          return draft;
        });
      }
      case 2 -> house.change(draft -> draft.copy(from, some, to));
      case 3 -> house.change(draft -> draft.move(from, some, to));
      case 4 -> house.change(draft -> draft.expunge(from, some));
      case 5 -> {
        int count = random.nextInt(400, 700);
        if (house.account().quota().usedMessages() < 8_000) {
          house.fill(to, count);
        }
      }
      default ->
          house.change(draft ->
              draft.store(
                  from, some, CHANGES.get(random.nextInt(3)), flags(random), OptionalLong.empty()));
    }
  }

  private static void concurrentAct(
      AccountHouse house,
      Random random,
      MailboxId from,
      MailboxId to,
      Map<String, Flags> appended,
      ConcurrentLinkedQueue<Long> versions) {
    Flags flags = flags(random);
    NewEmail letter = house.letter("Random", flags);
    int what = random.nextInt(6);
    var draw = new Random(random.nextLong());
    house.change(draft -> {
      UidSet some = some(draft.view(from), draw);
      boolean done =
          switch (what) {
            case 0 -> draft.copy(from, some, to).fromUids().length > 0;
            case 1 -> draft.move(from, some, to).fromUids().length > 0;
            case 2 -> !draft.expunge(from, some).isEmpty();
            case 3 ->
                !draft
                    .store(from, some, FlagChange.ADD, flags, OptionalLong.empty())
                    .changed()
                    .isEmpty();
            default -> {
              appended.put(to + " " + draft.append(to, letter), flags);
              yield true;
            }
          };
      if (done) {
        versions.add(draft.version());
      }
      return done;
    });
  }

  private static UidSet some(MailboxView view, Random random) {
    if (view.size() == 0) {
      return UidSet.NONE;
    }
    int from = random.nextInt(view.size());
    int to = Math.min(view.size(), from + random.nextInt(1, 200));
    int step = random.nextInt(1, 4);
    var uids = LongStream.builder();
    for (int i = from; i < to; i += step) {
      uids.add(view.uid(i));
    }
    return UidSet.of(uids.build().toArray());
  }

  private static Flags flags(Random random) {
    return Flags.of(FLAGS.stream().filter(_ -> random.nextInt(3) == 0).toList());
  }

  private static String said(MailboxView.Difference difference) {
    return difference.expunged()
        + " | "
        + Arrays.toString(difference.changedIndexes())
        + " | "
        + difference.firstAdded();
  }

  private static String naiveDifference(MailboxView older, MailboxView newer) {
    var before = new TreeMap<Long, Long>();
    for (int i = 0; i < older.size(); i++) {
      before.put(older.uid(i), older.modSeq(i));
    }
    var changed = new ArrayList<Integer>();
    int firstAdded = newer.size();
    for (int i = 0; i < newer.size(); i++) {
      Long modSeq = before.remove(newer.uid(i));
      if (modSeq != null && modSeq != newer.modSeq(i)) {
        changed.add(i);
      }
      if (modSeq == null && firstAdded == newer.size()) {
        firstAdded = i;
      }
    }
    UidSet gone = UidSet.of(before.keySet().stream().mapToLong(Long::longValue).toArray());
    return gone + " | " + changed + " | " + firstAdded;
  }
}
