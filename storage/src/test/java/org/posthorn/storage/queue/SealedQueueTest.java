package org.posthorn.storage.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;

/// The queue of a server that encrypts mail.
final class SealedQueueTest {
  @TempDir private Path directory;

  /// The message of a mail that was just accepted may be nowhere else yet.
  @Test
  void theCommitOfASealedRowCarriesWhatIsToBeDurableWithIt() throws IOException {
    Path master = directory.resolve("master");
    Files.writeString(master, Base64.getEncoder().encodeToString(new byte[32]) + "\n");
    try (var engine = new Loads(new InMemoryEngine())) {
      var queue = new QueueStore(engine, Keyring.open(engine, Optional.of(master)));
      var cargo = new Message();
      QueuedMail mail =
          QueueStoreContract.mail(
              "m1", List.of(QueueStoreContract.waiting(0, "ann", QueueStoreContract.NOON)));
      queue.change(
          new QueueChange(mail.id())
              .carry(List.of(cargo))
              .add(mail.recipients().getFirst())
              .accept(mail.arrival(), mail.form(0)));
      assertThat(engine.carried).containsExactly(cargo);
      assertThat(queue.find(new MailId("m1"))).contains(mail);
    }
  }

  private static final class Message implements Cargo {
    @Override
    public byte[] bytes() {
      return new byte[] {1};
    }

    @Override
    public void arrived() {}
  }

  /// Keeps what its commits carry.
  private static final class Loads extends ForwardingEngine {
    private final List<Cargo> carried = new ArrayList<>();

    Loads(Engine below) {
      super(below);
    }

    @Override
    public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
      carried.addAll(batch.cargo());
      return super.commit(partition, expectedVersion, id, batch);
    }
  }
}
