package org.posthorn.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.engine.EngineContract.ANN;
import static org.posthorn.storage.engine.EngineContract.bytes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.memory.InMemoryEngine;

final class PartitionOwnerTest {
  /// A shelf of words: each is a row.
  private static final class Draft {
    private final Map<String, String> words;
    private final List<String> put = new ArrayList<>();
    private final Batch rows = new Batch();

    Draft(Map<String, String> words) {
      this.words = new TreeMap<>(words);
    }

    void put(String key, String value) {
      words.put(key, value);
      put.add(key);
      rows.put(bytes(key), bytes(value));
    }

    int count() {
      return words.size();
    }
  }

  private static final class Shelf implements PartitionOwner.Keeper<Map<String, String>, Draft> {
    private final List<Integer> published = new CopyOnWriteArrayList<>();
    private final AtomicInteger loads = new AtomicInteger();
    private volatile Consumer<List<String>> beforeCommit = _ -> {};

    @Override
    public Map<String, String> load(Engine engine, Partition partition) {
      loads.incrementAndGet();
      return Map.copyOf(EngineContract.rows(engine, partition));
    }

    @Override
    public Draft draft(Map<String, String> state) {
      return new Draft(state);
    }

    @Override
    public Optional<PartitionOwner.Step<Map<String, String>>> finish(Draft draft) {
      return draft.rows.isEmpty()
          ? Optional.empty()
          : Optional.of(new PartitionOwner.Step<>(Map.copyOf(draft.words), draft.rows));
    }

    @Override
    public List<Cargo> beforeCommit(List<Draft> drafts) {
      beforeCommit.accept(drafts.stream().flatMap(draft -> draft.put.stream()).toList());
      return List.of();
    }

    @Override
    public void published(Map<String, String> before, Map<String, String> after) {
      published.add(after.size());
    }
  }

  /// An engine whose commits can be made to wait, to fail, or to lose their answer.
  private static final class Awkward extends ForwardingEngine {
    private final AtomicInteger commits = new AtomicInteger();
    private volatile Runnable before = () -> {};
    private volatile Runnable after = () -> {};
    private volatile Runnable beforeHead = () -> {};

    Awkward() {
      super(new InMemoryEngine());
    }

    @Override
    public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
      before.run();
      commits.incrementAndGet();
      Result result = below.commit(partition, expectedVersion, id, batch);
      after.run();
      return result;
    }

    @Override
    public Head head(Partition partition) {
      beforeHead.run();
      return below.head(partition);
    }
  }

  private final Awkward engine = new Awkward();
  private final Shelf shelf = new Shelf();
  private final PartitionOwner<Map<String, String>, Draft> owner =
      new PartitionOwner<>(engine, ANN, shelf);

  @Test
  void aChangeIsDurableReadableAndRungWhenItReturns() {
    String answer =
        owner.change(draft -> {
          draft.put("a", "1");
          return "done";
        });
    assertThat(answer).isEqualTo("done");
    assertThat(owner.state()).isEqualTo(Map.of("a", "1"));
    assertThat(EngineContract.rows(engine, ANN)).isEqualTo(Map.of("a", "1"));
    assertThat(shelf.published).containsExactly(1);
  }

  @Test
  void aChangeThatDoesNothingMakesNoVersion() {
    assertThat(owner.<Integer>change(Draft::count)).isZero();
    assertThat(engine.head(ANN)).isEqualTo(Head.EMPTY);
    assertThat(shelf.published).isEmpty();
  }

  @Test
  void whatWaitsGoesIntoOneCommit() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    engine.before =
        () -> {
          inside.countDown();
          awaitQuietly(goOn);
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> changes = new ArrayList<>();
      changes.add(threads.submit(() -> put("first")));
      inside.await();
      for (int i = 0; i < 50; i++) {
        String key = "k" + i;
        changes.add(threads.submit(() -> put(key)));
      }
      while (owner.waitingCount() < 50) {
        Thread.onSpinWait();
      }
      goOn.countDown();
      List<Integer> counts = new ArrayList<>();
      for (Future<Integer> change : changes) {
        counts.add(change.get());
      }
      assertThat(counts).as("each saw those before it").doesNotHaveDuplicates().hasSize(51);
    }
    assertThat(engine.commits).hasValue(2);
    assertThat(owner.state()).hasSize(51);
    assertThat(shelf.published).containsExactly(1, 51);
  }

  @Test
  void anEditThatThrowsIsUndoneAlone() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    engine.before =
        () -> {
          inside.countDown();
          awaitQuietly(goOn);
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> first = threads.submit(() -> put("first"));
      inside.await();
      Future<Integer> bad =
          threads.submit(() ->
              owner.change(draft -> {
                draft.put("bad", "");
                throw new UnsupportedOperationException("no");
              }));
      Future<Integer> tooLong =
          threads.submit(() ->
              owner.change(draft -> {
                draft.put("x".repeat(513), "");
                return 0;
              }));
      Future<Integer> good = threads.submit(() -> put("good"));
      while (owner.waitingCount() < 3) {
        Thread.onSpinWait();
      }
      goOn.countDown();
      first.get();
      good.get();
      assertThatThrownBy(bad::get).hasRootCauseInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(tooLong::get).hasRootCauseInstanceOf(IllegalArgumentException.class);
    }
    assertThat(owner.state()).containsOnlyKeys("first", "good");
    assertThat(EngineContract.rows(engine, ANN)).containsOnlyKeys("first", "good");
  }

  @Test
  void manyThreadsLoseNothing() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        int thread = i;
        all.add(
            threads.submit(() -> {
              for (int k = 0; k < 50; k++) {
                String key = thread + "." + k;
                put(key);
                assertThat(owner.state()).containsKey(key);
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(owner.state()).hasSize(3_200);
    assertThat(EngineContract.rows(engine, ANN)).isEqualTo(owner.state());
    assertThat(engine.head(ANN).version()).isEqualTo(engine.commits.get());
  }

  @Test
  void afterAConflictTheStateIsReadAgainAndTheEditRunsAgain() {
    put("mine");
    engine.commit(ANN, 1, CommitId.random(), new Batch().put(bytes("theirs"), bytes("")));
    assertThat(put("more")).isEqualTo(3);
    assertThat(owner.state()).containsOnlyKeys("mine", "theirs", "more");
    assertThat(engine.head(ANN).version()).isEqualTo(3);
  }

  @Test
  void afterAnEraseThePartitionBeginsAgain() {
    put("a");
    engine.erase(ANN);
    assertThat(put("b")).isEqualTo(1);
    assertThat(owner.state()).containsOnlyKeys("b");
  }

  @Test
  void aFailureOfTheEngineComesOutAndTheStateIsReadAgain() {
    put("a");
    engine.before =
        () -> {
          throw new StorageUnavailable("No space left");
        };
    assertThatThrownBy(() -> put("b")).isInstanceOf(StorageUnavailable.class);
    assertThat(owner.state()).containsOnlyKeys("a");
    engine.before = () -> {};
    put("c");
    assertThat(owner.state()).containsOnlyKeys("a", "c");
    assertThat(shelf.loads).hasValue(2);
  }

  @Test
  void whatWasCommittedCanBeReadWhenNothingCanBeWritten() {
    put("a");
    engine.before =
        () -> {
          throw new StorageUnavailable("No space left");
        };
    engine.beforeHead = engine.before;
    assertThatThrownBy(() -> put("b")).isInstanceOf(StorageUnavailable.class);
    assertThat(owner.state()).containsOnlyKeys("a");
    assertThat(owner.<Integer>change(Draft::count)).isEqualTo(1);
    assertThat(new PartitionOwner<>(engine, ANN, shelf).state()).containsOnlyKeys("a");
    engine.before = () -> {};
    engine.beforeHead = engine.before;
    put("c");
    assertThat(owner.state()).containsOnlyKeys("a", "c");
  }

  @Test
  void aLostAnswerToACommitThatHappenedIsNoFailure() {
    engine.after =
        () -> {
          throw new StorageUnavailable("The connection broke");
        };
    assertThat(put("a")).isEqualTo(1);
    assertThat(owner.state()).containsOnlyKeys("a");
    assertThat(engine.head(ANN).version()).isEqualTo(1);
  }

  @Test
  void aFailureBeforeTheCommitLeavesNothing() {
    shelf.beforeCommit =
        _ -> {
          throw new StorageUnavailable("No sync");
        };
    assertThatThrownBy(() -> put("b")).isInstanceOf(StorageUnavailable.class);
    assertThat(engine.head(ANN)).isEqualTo(Head.EMPTY);
    assertThat(owner.state()).isEmpty();
  }

  /// A content that one of them names may be one that the disk cannot read.
  @Test
  void aFailureBeforeTheCommitIsOfTheChangeThatItIsAbout() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    engine.before =
        () -> {
          inside.countDown();
          awaitQuietly(goOn);
        };
    shelf.beforeCommit =
        keys -> {
          if (keys.contains("bad")) {
            throw new StorageUnavailable("A content cannot be read");
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> first = threads.submit(() -> put("first"));
      inside.await();
      List<Future<Integer>> all = new ArrayList<>();
      for (String key : List.of("a", "bad", "b", "c")) {
        all.add(threads.submit(() -> put(key)));
        while (owner.waitingCount() < all.size()) {
          Thread.onSpinWait();
        }
      }
      Future<Integer> nothing = threads.submit(() -> owner.change(Draft::count));
      while (owner.waitingCount() < all.size() + 1) {
        Thread.onSpinWait();
      }
      goOn.countDown();
      first.get();
      assertThat(all.remove(1)).failsWithin(Duration.ofSeconds(10));
      for (Future<Integer> one : all) {
        one.get();
      }
      assertThat(nothing.get()).isEqualTo(4);
    }
    assertThat(owner.state()).containsOnlyKeys("first", "a", "b", "c");
    assertThat(EngineContract.rows(engine, ANN)).isEqualTo(owner.state());
  }

  @Test
  void aChangeThatIsLargerThanACommitIsMadeBySeveral() {
    owner.change(draft -> {
      for (int i = 0; i < 5_000; i++) {
        draft.put("k" + i, "v");
      }
      return 0;
    });
    assertThat(owner.state()).hasSize(5_000);
    assertThat(engine.head(ANN).version()).isEqualTo(3);
    assertThat(EngineContract.rows(engine, ANN)).hasSize(5_000);
    assertThat(put("one more")).isEqualTo(5_001);
    assertThat(engine.head(ANN).version()).isEqualTo(4);
  }

  @Test
  void aRowThatIsTooLargeIsTheMistakeOfItsChange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            owner.change(draft -> {
              draft.put("k", "v".repeat(70_000));
              return 0;
            }));
    assertThat(owner.state()).isEmpty();
  }

  @Test
  void forgettingReadsTheRowsAgain() {
    put("a");
    engine.commit(ANN, 1, CommitId.random(), new Batch().put(bytes("b"), bytes("")));
    assertThat(owner.state()).hasSize(1);
    owner.forget();
    assertThat(owner.state()).hasSize(2);
  }

  private int put(String key) {
    return owner.change(draft -> {
      draft.put(key, "v");
      return draft.count();
    });
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
