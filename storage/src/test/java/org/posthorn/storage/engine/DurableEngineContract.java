package org.posthorn.storage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.engine.EngineContract.ANN;
import static org.posthorn.storage.engine.EngineContract.BOB;
import static org.posthorn.storage.engine.EngineContract.bytes;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What engines promise that outlive their process.
public interface DurableEngineContract extends EngineContract {
  /// The engine with what the one before it in this test left.
  Engine reopenedEngine();

  @Override
  default Engine emptyEngine() {
    return reopenedEngine();
  }

  @Test
  default void whatWasCommittedIsThereAfterReopening() {
    CommitId last = CommitId.random();
    try (Engine engine = reopenedEngine()) {
      engine.commit(ANN, 0, CommitId.random(), new Batch().put(bytes("a"), bytes("1")));
      engine.commit(ANN, 1, last, new Batch().delete(bytes("a")).put(bytes("b"), bytes("2")));
      engine.commit(BOB, 0, CommitId.random(), new Batch().put(bytes("c"), bytes("3")));
    }
    try (Engine engine = reopenedEngine()) {
      assertThat(engine.head(ANN)).isEqualTo(new Head(2, Optional.of(last)));
      assertThat(EngineContract.rows(engine, ANN)).isEqualTo(Map.of("b", "2"));
      assertThat(EngineContract.rows(engine, BOB)).isEqualTo(Map.of("c", "3"));
      assertThat(engine.commit(ANN, 1, CommitId.random(), new Batch()))
          .isEqualTo(new Result.Conflict(new Head(2, Optional.of(last))));
      assertThat(engine.commit(ANN, 2, CommitId.random(), new Batch()))
          .isEqualTo(new Result.Applied(3));
    }
  }

  @Test
  default void whatWasErasedIsGoneAfterReopening() {
    try (Engine engine = reopenedEngine()) {
      engine.commit(ANN, 0, CommitId.random(), new Batch().put(bytes("a"), bytes("1")));
      engine.erase(ANN);
    }
    try (Engine engine = reopenedEngine()) {
      assertThat(engine.head(ANN)).isEqualTo(Head.EMPTY);
      assertThat(EngineContract.rows(engine, ANN)).isEmpty();
    }
  }
}
