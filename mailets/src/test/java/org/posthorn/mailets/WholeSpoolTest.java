package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueFilter;
import org.posthorn.spool.QueueOrder;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.storage.StorageConfig;

/// The whole way through storage, spool and mailets, with many threads.
final class WholeSpoolTest {
  private static final byte[] HELLO = "Subject: hi\r\n\r\nhello\r\n".getBytes(US_ASCII);

  @TempDir private Path directory;

  private final AtomicInteger carried = new AtomicInteger();

  private Map<Recipient, Carrier.Answer> carry(Carrier.Load load) {
    Map<Recipient, Carrier.Answer> answers = new HashMap<>();
    for (Recipient recipient : load.recipients()) {
      carried.incrementAndGet();
      answers.put(
          recipient,
          recipient.address().localPart().startsWith("bad")
              ? new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 5.1.1 no")
              : new Carrier.Answer.Delivered("mx", "250 ok", true));
    }
    return answers;
  }

  @Test
  void everyRecipientOfManyMailsAtOnceIsServedOnce() throws Exception {
    for (StorageConfig storage : List.of(StorageConfig.inMemory(), StorageConfig.defaults())) {
      carried.set(0);
      try (var whole =
          new WholeSpool(
              storage,
              directory.resolve(storage.engine().name()),
              SpoolConfig.defaults(),
              this::carry)) {
        sendMany(whole);
      }
    }
  }

  private void sendMany(WholeSpool whole) throws Exception {
    whole.domain("example.org");
    for (int user = 0; user < 10; user++) {
      whole.user("u" + user + "@example.org");
    }
    int threads = 20;
    int each = 25;
    try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int from = thread % 10;
        all.add(
            senders.submit(() -> {
              for (int i = 0; i < each; i++) {
                whole.accept(
                    "u" + from + "@example.org",
                    HELLO,
                    "u" + (i % 10) + "@example.org",
                    "u" + ((i + 1) % 10) + "@example.org",
                    "x@remote" + (i % 3) + ".example",
                    "bad@remote.example",
                    "nobody@example.org");
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    whole.awaitEmpty();
    int delivered = 0;
    for (int user = 0; user < 10; user++) {
      delivered += whole.inbox("u" + user + "@example.org");
    }
    int mails = threads * each;
    assertThat(carried).hasValue(2 * mails);
    // Two to mailboxes, and one or two reports about the two that fail.
    assertThat(delivered).isBetween(3 * mails, 4 * mails);
    assertThat(whole.faultsAtRest()).isEmpty();
  }

  @Test
  void whatIsLeftInTheQueueIsServedByTheNextStart() throws Exception {
    try (var first =
        new WholeSpool(StorageConfig.defaults(), directory, SpoolConfig.defaults(), this::carry)) {
      first.domain("example.org");
      first.user("ann@example.org");
      first.spool.close();
      for (int i = 0; i < 50; i++) {
        first.accept("x@example.net", HELLO, "ann@example.org", "eve@example.net");
      }
      assertThat(first.queue.counts().recipients()).isEqualTo(100);
    }
    try (var second =
        new WholeSpool(StorageConfig.defaults(), directory, SpoolConfig.defaults(), this::carry)) {
      second.awaitEmpty();
      assertThat(second.inbox("ann@example.org")).isEqualTo(50);
      assertThat(carried).hasValue(50);
    }
  }

  /// What she has sent comes back while nobody gets in: as after somebody has stolen her password.
  @Test
  void reportsForWhoIsDisabledAreThereWhenSheIsBack() {
    MailAddress dora = MailAddress.of("dora@example.org");
    try (var whole =
        new WholeSpool(StorageConfig.inMemory(), directory, SpoolConfig.defaults(), this::carry)) {
      whole.domain("example.org");
      whole.user("dora@example.org");
      whole.directory.createAlias(MailAddress.of("sales@example.org"), List.of(dora));
      whole.directory.setEnabled(dora, false);
      for (String sender : List.of("dora@example.org", "sales@example.org")) {
        whole.accept(sender, HELLO, "bad@remote.example");
      }
      var queue = whole.injector.getInstance(QueueAdministration.class);
      await(() -> waiting(queue).size() == 2);
      whole.directory.setEnabled(dora, true);
      waiting(queue)
          .forEach(each -> {
            assertThat(queue.awaitRest(each, dora::equals, Duration.ofSeconds(30))).isTrue();
            var _ = queue.carryOut(new QueueOrder.Retry(), each, QueueFilter.ALL);
          });
      whole.awaitEmpty();
      assertThat(whole.inbox("dora@example.org")).isEqualTo(2);
      assertThat(whole.faultsAtRest()).isEmpty();
    }
  }

  /// Mails that were tried and are tried again.
  private static List<MailId> waiting(QueueAdministration queue) {
    return queue.list(QueueFilter.ALL, Optional.empty(), 10).entries().stream()
        .filter(entry -> entry.recipients().stream().allMatch(one -> one.attempts() > 0))
        .map(QueueAdministration.Entry::id)
        .toList();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
