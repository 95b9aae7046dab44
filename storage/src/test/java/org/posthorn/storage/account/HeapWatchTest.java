package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;

class HeapWatchTest {
  private static final Actor ACTOR = new Actor("ann@example.org", "test", "1");
  private final ToyHeap heap = new ToyHeap();
  private final InMemoryContentStore contents = new InMemoryContentStore();

  private static final class ToyHeap implements HeapWatch.Heap {
    private boolean tight;
    private long freeBytes = Long.MAX_VALUE;
    private int collections;

    @Override
    public boolean isTight() {
      return tight;
    }

    @Override
    public long freeBytes() {
      return freeBytes;
    }

    @Override
    public void collect() {
      collections++;
    }
  }

  @Test
  void whatIsTightIsRelievedOnceInAWhile() {
    var cleared = new int[1];
    var watch = new HeapWatch(heap, () -> cleared[0]++);
    assertThat(watch.isTight()).isFalse();
    assertThat(watch.hasRoomFor(1L << 40)).isTrue();
    heap.tight = true;
    assertThat(watch.isTight()).isTrue();
    assertThat(watch.hasRoomFor(1)).isFalse();
    assertThat(cleared[0]).isEqualTo(1);
    assertThat(heap.collections).isEqualTo(1);
  }

  @Test
  void somethingLargeNeedsRoomAndSomethingSmallDoesNot() {
    var watch = new HeapWatch(heap, () -> {});
    heap.freeBytes = 10 << 20;
    assertThat(watch.hasRoomFor(9 << 20)).isTrue();
    assertThat(heap.collections).isZero();
    assertThat(watch.hasRoomFor(11 << 20)).isFalse();
    assertThat(heap.collections).isEqualTo(1);
    heap.freeBytes = 0;
    assertThat(watch.hasRoomFor(1 << 20)).isTrue();
  }

  @Test
  void aMailboxIsNotReadIntoMemoryThatIsNotThere() throws IOException {
    try (var engine = new InMemoryEngine();
        var accounts =
            new Accounts(
                engine,
                contents,
                InstantSource.system(),
                AccountsConfig.defaults(),
                Keyring.off(),
                heap)) {
      Account account =
          accounts.create(new AccountId("ann"), ACTOR, new Accounts.NewAccount("", 0, List.of()));
      MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
      var text = new ByteArrayInputStream("A: b\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      var email = new NewEmail(contents.write(text), "", Flags.NONE, Instant.now());
      account.change(ACTOR, draft -> draft.append(inbox, email));
      assertThat(account.view(inbox).orElseThrow().size()).isEqualTo(1);
      assertThat(accounts.views().misses()).isEqualTo(1);

      heap.tight = true;
      assertThat(account.hasMemoryFor(inbox)).isTrue();
      assertThat(accounts.memory().isTight()).isTrue();
      assertThat(account.hasMemoryFor(inbox)).isFalse();
      assertThatThrownBy(() -> account.view(inbox))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("no memory");
      heap.tight = false;
      assertThat(account.view(inbox).orElseThrow().size()).isEqualTo(1);
      assertThat(accounts.views().usedBytes()).isPositive();
    }
  }

  @Test
  void whoHoldsAMailboxIsNotDeclined() throws IOException {
    try (var engine = new InMemoryEngine();
        var accounts =
            new Accounts(
                engine,
                contents,
                InstantSource.system(),
                AccountsConfig.defaults(),
                Keyring.off(),
                heap)) {
      Account account =
          accounts.create(new AccountId("ann"), ACTOR, new Accounts.NewAccount("", 0, List.of()));
      var bob = new AccountId("bob");
      MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
      var text = new ByteArrayInputStream("A: b\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      var email = new NewEmail(contents.write(text), "", Flags.NONE, Instant.now());
      account.change(ACTOR, draft -> draft.append(inbox, email));
      MailboxView heldByBob = account.view(inbox, bob).orElseThrow();
      long misses = accounts.views().misses();
      heap.tight = true;
      assertThat(accounts.memory().isTight()).isTrue();
      assertThat(account.hasMemoryFor(inbox)).isFalse();
      assertThat(account.view(inbox, bob, heldByBob).orElseThrow().size()).isEqualTo(1);
      assertThat(account.hasMemoryFor(inbox)).as("what is held serves all").isTrue();
      assertThat(accounts.views().misses()).as("nothing was read").isEqualTo(misses);
    }
  }

  /// What was held is read again when somebody has changed it.
  @Test
  void whoHoldsAnOlderMailboxIsNotDeclinedEither() throws IOException {
    try (var engine = new InMemoryEngine();
        var accounts =
            new Accounts(
                engine,
                contents,
                InstantSource.system(),
                AccountsConfig.defaults(),
                Keyring.off(),
                heap)) {
      Account account =
          accounts.create(new AccountId("ann"), ACTOR, new Accounts.NewAccount("", 0, List.of()));
      MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
      MailboxView held = account.view(inbox).orElseThrow();
      var text = new ByteArrayInputStream("A: b\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      var email = new NewEmail(contents.write(text), "", Flags.NONE, Instant.now());
      account.change(ACTOR, draft -> draft.append(inbox, email));
      heap.tight = true;
      assertThat(accounts.memory().isTight()).isTrue();
      assertThat(account.hasMemoryFor(inbox)).isFalse();
      MailboxView now = account.view(inbox, held).orElseThrow();
      assertThat(now.size()).isEqualTo(1);
      assertThat(now.since(held).firstAdded()).isZero();
    }
  }
}
