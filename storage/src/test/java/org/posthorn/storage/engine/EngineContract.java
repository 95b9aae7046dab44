package org.posthorn.storage.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// What every engine promises. An engine whose test implements this and passes is done.
public interface EngineContract {
  /// A name as long as an account's id: an engine may use that most are.
  Partition ANN = new Partition(Partition.Kind.ACCOUNT, "annsaccounthastwenty");

  Partition BOB = new Partition(Partition.Kind.ACCOUNT, "bob");

  /// An engine without any partition. The test closes it.
  Engine emptyEngine();

  @Test
  default void aPartitionThatNobodyCommittedToIsAtVersionZeroWithoutRows() {
    try (Engine engine = emptyEngine()) {
      assertThat(engine.head(ANN)).isEqualTo(Head.EMPTY);
      assertThat(engine.get(ANN, bytes("a"))).isEmpty();
      Page page = engine.scan(ANN, bytes(""), bytes(""), 10, false, Optional.empty());
      assertThat(page.rows()).isEmpty();
      assertThat(page.version()).isZero();
      assertThat(page.resume()).isEmpty();
      assertThat(engine.partitions(Partition.Kind.ACCOUNT, Optional.empty(), 10)).isEmpty();
    }
  }

  @Test
  default void aCommitRaisesTheVersionByOneAndNamesItself() {
    try (Engine engine = emptyEngine()) {
      CommitId first = CommitId.random();
      CommitId second = new CommitId(Long.MIN_VALUE, -1);
      assertThat(engine.commit(ANN, 0, first, new Batch().put(bytes("a"), bytes("1"))))
          .isEqualTo(new Result.Applied(1));
      assertThat(engine.head(ANN)).isEqualTo(new Head(1, Optional.of(first)));
      assertThat(engine.commit(ANN, 1, second, new Batch().put(bytes("b"), bytes("2"))))
          .isEqualTo(new Result.Applied(2));
      assertThat(engine.head(ANN)).isEqualTo(new Head(2, Optional.of(second)));
      assertThat(engine.readableVersion(ANN)).isEqualTo(2);
      assertThat(rows(engine, ANN)).isEqualTo(Map.of("a", "1", "b", "2"));
    }
  }

  @Test
  default void aCommitOnAnotherVersionIsAConflictThatWritesNothing() {
    try (Engine engine = emptyEngine()) {
      CommitId first = CommitId.random();
      engine.commit(ANN, 0, first, new Batch().put(bytes("a"), bytes("1")));
      Head head = new Head(1, Optional.of(first));
      for (long wrong : new long[] {0, 2, -1, Long.MAX_VALUE}) {
        assertThat(
                engine.commit(
                    ANN, wrong, CommitId.random(), new Batch().put(bytes("a"), bytes("2"))))
            .isEqualTo(new Result.Conflict(head));
      }
      assertThat(engine.head(ANN)).isEqualTo(head);
      assertThat(rows(engine, ANN)).isEqualTo(Map.of("a", "1"));
      assertThat(engine.commit(BOB, 1, first, new Batch()))
          .isEqualTo(new Result.Conflict(Head.EMPTY));
    }
  }

  @Test
  default void aRepeatedCommitMeetsItsOwnWorkAndIsNotAppliedTwice() {
    try (Engine engine = emptyEngine()) {
      CommitId id = CommitId.random();
      engine.commit(ANN, 0, id, new Batch().put(bytes("a"), bytes("1")));
      var answer =
          (Result.Conflict) engine.commit(ANN, 0, id, new Batch().put(bytes("a"), bytes("1")));
      assertThat(answer.head().isMadeBy(id, 0)).isTrue();
      assertThat(answer.head().isMadeBy(CommitId.random(), 0)).isFalse();
      assertThat(engine.head(ANN).version()).isEqualTo(1);
    }
  }

  @Test
  default void anEmptyBatchIsACommitToo() {
    try (Engine engine = emptyEngine()) {
      assertThat(engine.commit(ANN, 0, CommitId.random(), new Batch()))
          .isEqualTo(new Result.Applied(1));
      assertThat(engine.head(ANN).version()).isEqualTo(1);
      assertThat(engine.partitions(Partition.Kind.ACCOUNT, Optional.empty(), 10))
          .containsExactly(ANN);
    }
  }

  @Test
  default void theOperationsOfABatchAreAppliedInOrder() {
    try (Engine engine = emptyEngine()) {
      engine.commit(
          ANN,
          0,
          CommitId.random(),
          new Batch()
              .put(bytes("a"), bytes("1"))
              .put(bytes("b"), bytes("2"))
              .put(bytes("c"), bytes("3"))
              .deleteRange(bytes("a"), bytes("c"))
              .put(bytes("b"), bytes("4"))
              .put(bytes("d"), bytes("5"))
              .delete(bytes("d"))
              .delete(bytes("never there")));
      assertThat(rows(engine, ANN)).isEqualTo(Map.of("b", "4", "c", "3"));
    }
  }

  @Test
  default void aRangeIsDeletedFromItsBeginInclusiveToItsEndExclusive() {
    try (Engine engine = emptyEngine()) {
      var batch = new Batch();
      for (String key : List.of("a", "b", "ba", "c", "d")) {
        batch.put(bytes(key), bytes(key));
      }
      engine.commit(ANN, 0, CommitId.random(), batch);
      engine.commit(BOB, 0, CommitId.random(), new Batch().put(bytes("b"), bytes("bob")));
      engine.commit(ANN, 1, CommitId.random(), new Batch().deleteRange(bytes("b"), bytes("c")));
      assertThat(rows(engine, ANN).keySet()).containsExactly("a", "c", "d");
      engine.commit(ANN, 2, CommitId.random(), new Batch().deleteRange(bytes("d"), bytes("a")));
      assertThat(rows(engine, ANN).keySet())
          .as("a range that is none")
          .containsExactly("a", "c", "d");
      engine.commit(ANN, 3, CommitId.random(), new Batch().deleteRange(bytes("c"), bytes("")));
      assertThat(rows(engine, ANN).keySet()).as("to the end").containsExactly("a");
      engine.commit(ANN, 4, CommitId.random(), new Batch().deleteRange(bytes(""), bytes("")));
      assertThat(rows(engine, ANN)).as("everything").isEmpty();
      assertThat(engine.head(ANN).version()).isEqualTo(5);
      assertThat(rows(engine, BOB)).isEqualTo(Map.of("b", "bob"));
    }
  }

  @Test
  default void partitionsDoNotSeeEachOther() {
    try (Engine engine = emptyEngine()) {
      List<Partition> all =
          List.of(
              new Partition(Partition.Kind.ACCOUNT, "a"),
              new Partition(Partition.Kind.ACCOUNT, "aa"),
              new Partition(Partition.Kind.ACCOUNT, "a\u0001"),
              new Partition(Partition.Kind.DOMAIN, "a"),
              new Partition(Partition.Kind.QUEUE, "a"),
              new Partition(Partition.Kind.SYSTEM, "ä€😀"));
      for (Partition partition : all) {
        engine.commit(
            partition,
            0,
            CommitId.random(),
            new Batch()
                .put(bytes("k"), bytes(partition.toString()))
                .put(new byte[] {-1}, bytes("")));
      }
      for (Partition partition : all) {
        assertThat(rows(engine, partition)).hasSize(2).containsEntry("k", partition.toString());
      }
    }
  }

  @Test
  default void theLimitsAreTakenAndWhatIsOverThemIsRefusedWhole() {
    try (Engine engine = emptyEngine()) {
      Limits limits = engine.limits();
      byte[] longestKey = new byte[limits.keyMaxBytes()];
      byte[] largestValue = new byte[limits.valueMaxBytes()];
      new Random(1).nextBytes(largestValue);
      var most = new Batch();
      for (int i = 0; i < limits.batchMaxOps(); i++) {
        most.put(bytes("key" + i), bytes(""));
      }
      assertThat(engine.commit(ANN, 0, CommitId.random(), most)).isEqualTo(new Result.Applied(1));
      assertThat(
              engine.commit(ANN, 1, CommitId.random(), new Batch().put(longestKey, largestValue)))
          .isEqualTo(new Result.Applied(2));
      assertThat(engine.get(ANN, longestKey))
          .hasValueSatisfying(value -> assertThat(value).isEqualTo(largestValue));

      var tooMany = new Batch().append(most).delete(bytes("one more"));
      var tooLarge = new Batch();
      while (tooLarge.sizeBytes() <= limits.batchMaxBytes()) {
        tooLarge.put(bytes("k"), largestValue);
      }
      for (Batch refused :
          List.of(
              tooMany,
              tooLarge,
              new Batch()
                  .put(bytes("a"), bytes("1"))
                  .put(new byte[limits.keyMaxBytes() + 1], bytes("")),
              new Batch().put(bytes(""), bytes("")),
              new Batch().delete(bytes("")),
              new Batch().put(bytes("a"), new byte[limits.valueMaxBytes() + 1]))) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> engine.commit(ANN, 2, CommitId.random(), refused));
      }
      assertThat(engine.head(ANN).version()).isEqualTo(2);
      assertThat(engine.get(ANN, bytes("a"))).isEmpty();
      for (Batch part : tooLarge.split(limits)) {
        engine.commit(ANN, engine.head(ANN).version(), CommitId.random(), part);
      }
      assertThat(engine.get(ANN, bytes("k"))).isPresent();
    }
  }

  @Test
  default void rowsAreFoundSingleAndManyAtOnce() {
    try (Engine engine = emptyEngine()) {
      engine.commit(
          ANN,
          0,
          CommitId.random(),
          new Batch().put(bytes("a"), bytes("1")).put(bytes("b"), bytes("")));
      assertThat(engine.get(ANN, bytes("b"))).hasValueSatisfying(v -> assertThat(v).isEmpty());
      List<Optional<byte[]>> found =
          engine.getAll(ANN, List.of(bytes("b"), bytes("x"), bytes("a"), bytes("a")));
      assertThat(found.stream().map(value -> value.map(v -> new String(v, UTF_8))).toList())
          .containsExactly(Optional.of(""), Optional.empty(), Optional.of("1"), Optional.of("1"));
      assertThat(engine.getAll(ANN, List.of())).isEmpty();
      assertThat(engine.getAll(BOB, List.of(bytes("a")))).containsExactly(Optional.empty());
    }
  }

  @Test
  default void keysSortAsUnsignedBytes() {
    try (Engine engine = emptyEngine()) {
      var batch = new Batch();
      byte[][] keys = {{0}, {0, 0}, {1}, {127}, {-128}, {-1}, {-1, -1}};
      for (byte[] key : keys) {
        batch.put(key, key);
      }
      engine.commit(ANN, 0, CommitId.random(), batch);
      Page page = engine.scan(ANN, bytes(""), bytes(""), 100, false, Optional.empty());
      assertThat(page.rows().stream().map(Page.Row::key).toArray(byte[][]::new))
          .isDeepEqualTo(keys);
    }
  }

  /// Every range, direction and page size against a sorted map.
  @Test
  default void scansAnswerAsASortedMapWould() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    NavigableMap<String, String> model = new TreeMap<>();
    try (Engine engine = emptyEngine()) {
      var batch = new Batch();
      for (int i = 0; i < 300; i++) {
        String key = Integer.toString(random.nextInt(1, 10_000), 4);
        model.put(key, "v" + i);
        batch.put(bytes(key), bytes("v" + i));
      }
      engine.commit(BOB, 0, CommitId.random(), new Batch().put(bytes("1"), bytes("bob")));
      engine.commit(ANN, 0, CommitId.random(), batch);
      for (int i = 0; i < 200; i++) {
        String from = i == 0 ? "" : Integer.toString(random.nextInt(10_000), 4);
        String to = i % 10 == 0 ? "" : Integer.toString(random.nextInt(10_000), 4);
        boolean reverse = random.nextBoolean();
        NavigableMap<String, String> expected =
            to.isEmpty()
                ? model.tailMap(from, true)
                : from.compareTo(to) < 0 ? model.subMap(from, true, to, false) : new TreeMap<>();
        int pageRows = random.nextInt(1, 50);
        assertThat(scan(engine, ANN, from, to, pageRows, reverse))
            .as("seed %d, from %s to %s, %d rows", seed, from, to, pageRows)
            .containsExactlyElementsOf(
                reverse ? expected.descendingMap().keySet() : expected.keySet());
      }
    }
  }

  @Test
  default void aPageThatEndsWithTheRangeHasNoResume() {
    try (Engine engine = emptyEngine()) {
      engine.commit(
          ANN,
          0,
          CommitId.random(),
          new Batch().put(bytes("a"), bytes("1")).put(bytes("b"), bytes("2")));
      for (boolean reverse : new boolean[] {false, true}) {
        Page all = engine.scan(ANN, bytes(""), bytes(""), 2, reverse, Optional.empty());
        assertThat(all.rows()).hasSize(2);
        assertThat(all.resume()).isEmpty();
        Page one = engine.scan(ANN, bytes(""), bytes(""), 1, reverse, Optional.empty());
        assertThat(one.rows()).hasSize(1);
        assertThat(one.resume()).isPresent();
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.scan(ANN, bytes(""), bytes(""), 0, false, Optional.empty()));
    }
  }

  @Test
  default void aPageHasRoughlyOneMebibyteAtMost() {
    try (Engine engine = emptyEngine()) {
      byte[] large = new byte[engine.limits().valueMaxBytes()];
      for (int i = 0; i < 40; i++) {
        engine.commit(ANN, i, CommitId.random(), new Batch().put(bytes("k" + (10 + i)), large));
      }
      Optional<Page.Resume> resume = Optional.empty();
      int seen = 0;
      do {
        Page page = engine.scan(ANN, bytes(""), bytes(""), 1_000, false, resume);
        assertThat(page.rows()).hasSizeLessThanOrEqualTo(17).isNotEmpty();
        seen += page.rows().size();
        resume = page.resume();
      } while (resume.isPresent());
      assertThat(seen).isEqualTo(40);
    }
  }

  @Test
  default void aScanResumesAfterItsLastRowInTheStateThatIsThen() {
    try (Engine engine = emptyEngine()) {
      var batch = new Batch();
      for (String key : List.of("a", "b", "c", "d")) {
        batch.put(bytes(key), bytes("1"));
      }
      engine.commit(ANN, 0, CommitId.random(), batch);
      Page first = engine.scan(ANN, bytes(""), bytes(""), 2, false, Optional.empty());
      engine.commit(
          ANN,
          1,
          CommitId.random(),
          new Batch().delete(bytes("b")).delete(bytes("c")).put(bytes("ab"), bytes("2")));
      Page second = engine.scan(ANN, bytes(""), bytes(""), 2, false, first.resume());
      assertThat(first.version()).isEqualTo(1);
      assertThat(second.version()).isEqualTo(2);
      assertThat(second.rows().stream().map(row -> new String(row.key(), UTF_8)))
          .containsExactly("d");
    }
  }

  /// Each commit writes its version into all rows: a page that shows two is not one state.
  @Test
  default void aPageIsOneStateWhileOthersCommit() throws Exception {
    try (Engine engine = emptyEngine();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      engine.commit(ANN, 0, CommitId.random(), allRowsSay(1));
      var done = new AtomicBoolean();
      Future<?> reader =
          threads.submit(() -> {
            while (!done.get()) {
              Page page = engine.scan(ANN, bytes("r"), bytes("s"), 1_000, false, Optional.empty());
              assertThat(page.rows()).hasSize(400);
              assertThat(page.rows())
                  .allSatisfy(row ->
                      assertThat(new String(row.value(), UTF_8)).isEqualTo("" + page.version()));
            }
          });
      for (long version = 1; version < 200 && !reader.isDone(); version++) {
        engine.commit(ANN, version, CommitId.random(), allRowsSay(version + 1));
      }
      done.set(true);
      reader.get();
    }
  }

  private static Batch allRowsSay(long version) {
    var batch = new Batch();
    for (int i = 0; i < 400; i++) {
      batch.put(bytes("r" + (1_000 + i)), bytes("" + version));
    }
    return batch;
  }

  @Test
  default void ofManyThatCommitOnOneVersionExactlyOneWins() throws Exception {
    try (Engine engine = emptyEngine();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 20; round++) {
        long version = round;
        List<Future<Result>> tries = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
          byte[] mine = bytes("" + i);
          tries.add(
              threads.submit(() ->
                  engine.commit(
                      ANN, version, CommitId.random(), new Batch().put(bytes("winner"), mine))));
        }
        int winner = -1;
        for (int i = 0; i < tries.size(); i++) {
          if (tries.get(i).get() instanceof Result.Applied(long applied)) {
            assertThat(applied).isEqualTo(version + 1);
            assertThat(winner).as("winners").isEqualTo(-1);
            winner = i;
          }
        }
        assertThat(rows(engine, ANN)).isEqualTo(Map.of("winner", "" + winner));
      }
    }
  }

  /// Many threads on many partitions: each sees its own commit at once, no version is given twice
  /// and none is left out.
  @Test
  default void theHeadIsLinearizableUnderLoad() throws Exception {
    try (Engine engine = emptyEngine();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> committers = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        var partition = new Partition(Partition.Kind.ACCOUNT, "p" + i % 8);
        committers.add(threads.submit(() -> commitTwenty(engine, partition)));
      }
      for (Future<?> committer : committers) {
        committer.get();
      }
      for (int i = 0; i < 8; i++) {
        var partition = new Partition(Partition.Kind.ACCOUNT, "p" + i);
        assertThat(engine.head(partition).version()).isEqualTo(80);
        assertThat(rows(engine, partition)).hasSize(80);
      }
    }
  }

  private static void commitTwenty(Engine engine, Partition partition) {
    int done = 0;
    while (done < 20) {
      CommitId id = CommitId.random();
      long version = engine.head(partition).version();
      byte[] key = bytes("v" + (version + 1));
      if (engine.commit(partition, version, id, new Batch().put(key, bytes("x")))
          instanceof Result.Applied(long applied)) {
        assertThat(applied).isEqualTo(version + 1);
        assertThat(engine.head(partition).version()).isGreaterThanOrEqualTo(applied);
        assertThat(engine.get(partition, key)).isPresent();
        done++;
      }
    }
  }

  @Test
  default void anErasedPartitionIsGoneAndBeginsAgain() {
    try (Engine engine = emptyEngine()) {
      for (Partition partition : List.of(ANN, BOB)) {
        engine.commit(partition, 0, CommitId.random(), new Batch().put(bytes("a"), bytes("old")));
        engine.commit(
            partition, 1, CommitId.random(), new Batch().put(new byte[] {-1, -1}, bytes("old")));
      }
      engine.erase(ANN);
      engine.erase(new Partition(Partition.Kind.ACCOUNT, "never there"));
      assertThat(engine.head(ANN)).isEqualTo(Head.EMPTY);
      assertThat(engine.readableVersion(ANN)).isZero();
      assertThat(rows(engine, ANN)).isEmpty();
      assertThat(engine.get(ANN, bytes("a"))).isEmpty();
      assertThat(engine.partitions(Partition.Kind.ACCOUNT, Optional.empty(), 10))
          .containsExactly(BOB);
      assertThat(rows(engine, BOB)).hasSize(2);
      assertThat(engine.commit(ANN, 2, CommitId.random(), new Batch()))
          .isEqualTo(new Result.Conflict(Head.EMPTY));
      assertThat(
              engine.commit(ANN, 0, CommitId.random(), new Batch().put(bytes("b"), bytes("new"))))
          .isEqualTo(new Result.Applied(1));
      assertThat(rows(engine, ANN)).isEqualTo(Map.of("b", "new"));
    }
  }

  @Test
  default void partitionsAreListedByKindInOrderPageByPage() {
    try (Engine engine = emptyEngine()) {
      List<String> names = new ArrayList<>(List.of("ä", "b", "a", "a.b", "ab", "\uFFFD", "😀"));
      for (String name : names) {
        engine.commit(
            new Partition(Partition.Kind.DOMAIN, name), 0, CommitId.random(), new Batch());
        engine.commit(new Partition(Partition.Kind.QUEUE, name), 0, CommitId.random(), new Batch());
      }
      engine.commit(ANN, 0, CommitId.random(), new Batch());
      names.sort((a, b) -> Arrays.compareUnsigned(bytes(a), bytes(b)));
      List<String> listed = new ArrayList<>();
      Optional<Partition> after = Optional.empty();
      List<Partition> page;
      do {
        page = engine.partitions(Partition.Kind.DOMAIN, after, 3);
        page.forEach(partition -> listed.add(partition.name()));
        after = page.isEmpty() ? after : Optional.of(page.getLast());
      } while (!page.isEmpty());
      assertThat(listed).containsExactlyElementsOf(names);
      assertThat(engine.partitions(Partition.Kind.SYSTEM, Optional.empty(), 3)).isEmpty();
      assertThat(
              engine.partitions(
                  Partition.Kind.DOMAIN,
                  Optional.of(new Partition(Partition.Kind.DOMAIN, "aa")),
                  1))
          .containsExactly(new Partition(Partition.Kind.DOMAIN, "ab"));
    }
  }

  @Test
  default void afterCloseEveryCallIsRefused() {
    Engine engine = emptyEngine();
    engine.commit(ANN, 0, CommitId.random(), new Batch());
    engine.close();
    engine.close();
    assertThatIllegalStateException().isThrownBy(() -> engine.head(ANN));
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.commit(ANN, 1, CommitId.random(), new Batch()));
    assertThatIllegalStateException().isThrownBy(() -> engine.get(ANN, bytes("a")));
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.scan(ANN, bytes(""), bytes(""), 1, false, Optional.empty()));
    assertThatIllegalStateException().isThrownBy(() -> engine.erase(ANN));
    assertThatIllegalStateException()
        .isThrownBy(() -> engine.partitions(Partition.Kind.ACCOUNT, Optional.empty(), 1));
  }

  /// Random commits and erases against maps in memory.
  @Test
  default void anyHistoryLeavesWhatAModelSays() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    NavigableMap<String, String> model = new TreeMap<>();
    long version = 0;
    try (Engine engine = emptyEngine()) {
      for (int step = 0; step < 200; step++) {
        if (random.nextInt(40) == 0) {
          engine.erase(ANN);
          model.clear();
          version = 0;
        }
        var batch = new Batch();
        for (int i = random.nextInt(20); i > 0; i--) {
          String key = "k" + random.nextInt(10, 100);
          String to = "k" + random.nextInt(10, 100);
          switch (random.nextInt(6)) {
            case 0 -> {
              batch.delete(bytes(key));
              model.remove(key);
            }
            case 1 -> {
              batch.deleteRange(bytes(key), bytes(to));
              if (key.compareTo(to) < 0) {
                model.subMap(key, to).clear();
              }
            }
            default -> {
              batch.put(bytes(key), bytes(step + "." + i));
              model.put(key, step + "." + i);
            }
          }
        }
        assertThat(engine.commit(ANN, version++, CommitId.random(), batch))
            .as("seed %d", seed)
            .isEqualTo(new Result.Applied(version));
        assertThat(rows(engine, ANN)).as("seed %d", seed).isEqualTo(model);
      }
    }
  }

  /// All rows of a partition as text.
  static NavigableMap<String, String> rows(Engine engine, Partition partition) {
    NavigableMap<String, String> rows = new TreeMap<>();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, bytes(""), bytes(""), 1_000, false, resume);
      page.rows()
          .forEach(row -> rows.put(new String(row.key(), UTF_8), new String(row.value(), UTF_8)));
      resume = page.resume();
    } while (resume.isPresent());
    return rows;
  }

  private static List<String> scan(
      Engine engine, Partition partition, String from, String to, int pageRows, boolean reverse) {
    List<String> keys = new ArrayList<>();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, bytes(from), bytes(to), pageRows, reverse, resume);
      assertThat(page.rows()).hasSizeLessThanOrEqualTo(pageRows);
      page.rows().forEach(row -> keys.add(new String(row.key(), UTF_8)));
      resume = page.resume();
    } while (resume.isPresent());
    return keys;
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
