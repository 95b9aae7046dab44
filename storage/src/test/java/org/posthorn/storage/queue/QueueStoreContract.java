package org.posthorn.storage.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.queue.RecipientState.Held;
import org.posthorn.storage.queue.RecipientState.Outgoing;
import org.posthorn.storage.queue.RecipientState.Parked;
import org.posthorn.storage.queue.RecipientState.Place;
import org.posthorn.storage.queue.RecipientState.Via;
import org.posthorn.storage.queue.RecipientState.Waiting;

/// What the queue's rows promise on every engine.
public interface QueueStoreContract {
  Comparator<MailId> BY_VALUE = Comparator.comparing(MailId::value);
  Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

  /// An engine without any partition. The test closes it.
  Engine emptyEngine();

  @Test
  default void aMailComesBackAsItWasAccepted() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      QueuedMail mail = everything("m1");
      accept(queue, mail);
      assertThat(queue.find(mail.id())).contains(mail);
      assertThat(new QueueStore(engine).find(mail.id())).as("another start").contains(mail);
      assertThat(queue.counts()).isEqualTo(new QueueCounts(1, 1, 2, 1, 1));
      assertThat(contents(queue)).containsExactly("content.1", "content.2");
    }
  }

  @Test
  default void mailsComeWholeHoweverTheyAreRead() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      List<QueuedMail> expected = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        List<QueuedRecipient> recipients = new ArrayList<>();
        for (int n = 0; n < (i % 20 == 7 ? 50 : 1 + i % 4); n++) {
          recipients.add(waiting(n, "ann" + n, NOON));
        }
        QueuedMail mail = mail("m%03d".formatted(i), recipients);
        accept(queue, mail);
        expected.add(mail);
      }
      for (int limit : new int[] {1, 2, 7, 1_000}) {
        List<QueuedMail> seen = new ArrayList<>();
        Optional<MailId> last = Optional.empty();
        do {
          QueueStore.MailPage page = queue.mails(last, limit);
          seen.addAll(page.mails());
          last = page.last();
        } while (last.isPresent());
        assertThat(seen).as("pages of %d", limit).isEqualTo(expected);
      }
    }
  }

  @Test
  default void whatIsDueComesInTheOrderOfTimeAndInPages() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      var random = new Random(7);
      List<DueKey> expected = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        var id = new MailId("m" + i);
        List<QueuedRecipient> recipients = new ArrayList<>();
        for (int n = 0; n < 1 + (i % 3); n++) {
          QueuedRecipient recipient = waiting(n, "ann", NOON.plusMillis(random.nextInt(20) - 10));
          recipients.add(recipient);
          expected.add(DueKey.of(id, recipient));
        }
        accept(queue, mail(id.value(), recipients));
      }
      expected.sort(null);
      for (int pageSize : new int[] {1, 7, 1_000}) {
        List<DueKey> seen = new ArrayList<>();
        Optional<DueKey> last = Optional.empty();
        List<DueKey> page;
        do {
          page = queue.due(last, pageSize);
          seen.addAll(page);
          last = page.isEmpty() ? last : Optional.of(page.getLast());
        } while (page.size() == pageSize);
        assertThat(seen).isEqualTo(expected);
      }
    }
  }

  @Test
  default void aRecipientMovesThroughItsStates() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      QueuedRecipient first = waiting(0, "ann", NOON);
      accept(queue, mail("m1", List.of(first)));
      QueuedRecipient out =
          first.moved(
              new Outgoing(Domain.of("example.net"), Optional.empty()), NOON.plusSeconds(5));
      queue.change(new QueueChange(new MailId("m1")).replace(first, out));
      assertThat(only(queue)).isEqualTo(out);
      assertThat(queue.due(Optional.empty(), 10)).containsExactly(DueKey.of(new MailId("m1"), out));
      QueuedRecipient held = out.moved(new Held(out.state()), out.due());
      queue.change(new QueueChange(new MailId("m1")).replace(out, held));
      assertThat(queue.due(Optional.empty(), 10)).isEmpty();
      QueuedRecipient again = held.moved(out.state(), NOON);
      queue.change(new QueueChange(new MailId("m1")).replace(held, again));
      assertThat(queue.due(Optional.empty(), 10)).hasSize(1);
      assertThat(queue.counts()).isEqualTo(new QueueCounts(1, 0, 1, 0, 0));
      queue.change(new QueueChange(new MailId("m1")).remove(again).finish(List.of(0), Set.of()));
      assertThat(queue.find(new MailId("m1"))).isEmpty();
      assertThat(queue.due(Optional.empty(), 10)).isEmpty();
      assertThat(queue.counts()).isEqualTo(QueueCounts.NONE);
      assertThat(contents(queue)).isEmpty();
    }
  }

  @Test
  default void idsComeInTheirOrderAndInPages() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      for (String id : List.of("b", "a", "a1", "c", "b0")) {
        accept(queue, mail(id, List.of(waiting(0, "ann", NOON), waiting(1, "bob", NOON))));
      }
      List<String> seen = new ArrayList<>();
      Optional<MailId> last = Optional.empty();
      List<MailId> page;
      do {
        page = queue.ids(last, 2);
        page.forEach(id -> seen.add(id.value()));
        last = page.isEmpty() ? last : Optional.of(page.getLast());
      } while (page.size() == 2);
      assertThat(seen).containsExactly("a", "a1", "b", "b0", "c");
      assertThat(queue.newest(100))
          .extracting(MailId::value)
          .containsExactly("c", "b0", "b", "a1", "a");
    }
  }

  @Test
  default void aDamagedRowIsNamedAndStopsNoOther() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      accept(queue, mail("m1", List.of(waiting(0, "ann", NOON))));
      accept(queue, mail("m2", List.of(waiting(0, "ann", NOON))));
      var partition = new Partition(Partition.Kind.QUEUE, "spool");
      var random = new Random(11);
      for (int i = 0; i < 300; i++) {
        byte[] row = QueueCodec.encodeRecipient(waiting(0, "ann", NOON));
        if (i % 2 == 0) {
          row = Arrays.copyOf(row, random.nextInt(row.length));
        } else {
          random.nextBytes(row);
          row[0] = 1;
        }
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch().put(QueueKeys.recipient(new MailId("m1"), 0), row));
        try {
          new QueueStore(engine).find(new MailId("m1"));
        } catch (RowDamaged damaged) {
          assertThat(damaged).hasMessageContaining("damaged");
        }
      }
      assertThat(queue.ids(Optional.empty(), 10)).hasSize(2);
      assertThat(queue.find(new MailId("m2"))).isPresent();
    }
  }

  @Test
  default void everyRecipientIsSeenOnceByMailWhateverIsDamaged() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      accept(queue, mail("m1", List.of(waiting(0, "ann", NOON), waiting(1, "bob", NOON))));
      accept(queue, everything("m2"));
      accept(queue, mail("m3", List.of(waiting(0, "eve", NOON))));
      var partition = new Partition(Partition.Kind.QUEUE, "spool");
      var _ =
          engine.commit(
              partition,
              engine.head(partition).version(),
              CommitId.random(),
              new Batch().put(QueueKeys.recipient(new MailId("m1"), 0), new byte[] {1, 9}));
      List<String> seen = new ArrayList<>();
      queue.forEachRecipient((mail, row) -> seen.add(mail + " " + row.number()));
      List<String> expected = new ArrayList<>(List.of("m1 1"));
      everything("m2").recipients().forEach(row -> expected.add("m2 " + row.number()));
      expected.add("m3 0");
      assertThat(seen).isEqualTo(expected);
    }
  }

  @Test
  default void aMailWithThousandsOfRecipientsIsOneMail() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      List<QueuedRecipient> many = new ArrayList<>();
      for (int n = 0; n < 5_000; n++) {
        many.add(waiting(n, "user" + n, NOON));
      }
      QueuedMail mail = mail("m1", many);
      accept(queue, mail);
      assertThat(queue.find(mail.id())).contains(mail);
      assertThat(queue.counts()).isEqualTo(new QueueCounts(1, 5_000, 0, 0, 0));
      var change = new QueueChange(mail.id());
      many.forEach(change::remove);
      queue.change(change.finish(List.of(0), Set.of()));
      assertThat(queue.find(mail.id())).isEmpty();
      assertThat(queue.counts()).isEqualTo(QueueCounts.NONE);
    }
  }

  @Test
  default void recipientsWithoutAMailAreLeftOversAndCanBeRemoved() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      var id = new MailId("m1");
      queue.change(new QueueChange(id).add(waiting(0, "ann", NOON)).add(waiting(1, "bob", NOON)));
      assertThat(queue.find(id)).isEmpty();
      assertThat(queue.ids(Optional.empty(), 10)).containsExactly(id);
      assertThat(queue.due(Optional.empty(), 10)).hasSize(2);
      queue.removeLeftOver(id);
      assertThat(queue.due(Optional.empty(), 10)).isEmpty();
      assertThat(queue.counts()).isEqualTo(QueueCounts.NONE);
    }
  }

  @Test
  default void aWholeMailIsNoLeftOver() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      accept(queue, mail("m1", List.of(waiting(0, "ann", NOON))));
      queue.removeLeftOver(new MailId("m1"));
      assertThat(only(queue).address().localPart()).isEqualTo("ann");
    }
  }

  @Test
  default void whatWasMadeOnBehalfOfAMailIsRememberedAsLongAsTheMail() {
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      var parent = new MailId("p1");
      SubmissionKey key = SubmissionKey.of("bounce 1");
      QueuedRecipient recipient = waiting(0, "ann", NOON);
      accept(queue, mail("p1", List.of(recipient)));
      assertThat(queue.submitted(parent, key)).isEmpty();
      QueuedMail child = mail("q1", List.of(recipient));
      queue.change(
          new QueueChange(child.id())
              .add(recipient)
              .submitted(parent, key, child.id())
              .accept(child.arrival(), child.form(0)));
      assertThat(queue.submitted(parent, key)).contains(child.id());
      assertThat(queue.submitted(parent, SubmissionKey.of("bounce 2"))).isEmpty();
      assertThat(queue.find(parent).orElseThrow().submitted()).containsExactly(key);
      queue.change(new QueueChange(parent).remove(recipient).finish(List.of(0), Set.of(key)));
      assertThat(queue.submitted(parent, key)).isEmpty();
      assertThat(queue.find(parent)).isEmpty();
      assertThat(queue.find(child.id())).isPresent();
    }
  }

  @Test
  default void changesOfManyThreadsAllStay() throws Exception {
    try (Engine engine = emptyEngine();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var queue = new QueueStore(engine);
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String id = "m" + i;
        all.add(
            threads.submit(() -> {
              QueuedRecipient recipient = waiting(0, "ann", NOON);
              accept(queue, mail(id, List.of(recipient)));
              queue.change(
                  new QueueChange(new MailId(id))
                      .replace(recipient, recipient.postponedTo(NOON.plusSeconds(1))));
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
      assertThat(queue.counts()).isEqualTo(new QueueCounts(100, 100, 0, 0, 0));
      assertThat(queue.due(Optional.empty(), 1_000)).hasSize(100);
    }
  }

  /// Random changes against a map; in the end and after another start both agree.
  @Test
  default void agreesWithAMapAfterRandomChanges() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try (Engine engine = emptyEngine()) {
      var queue = new QueueStore(engine);
      Map<MailId, Map<Integer, QueuedRecipient>> expected = new TreeMap<>(BY_VALUE);
      for (int step = 0; step < 400; step++) {
        var id = new MailId("m" + random.nextInt(20));
        Map<Integer, QueuedRecipient> rows = expected.get(id);
        if (rows == null) {
          QueuedMail mail = mail(id.value(), List.of(waiting(0, "a", NOON), waiting(1, "b", NOON)));
          accept(queue, mail);
          rows = new HashMap<>();
          for (QueuedRecipient recipient : mail.recipients()) {
            rows.put(recipient.number(), recipient);
          }
          expected.put(id, rows);
        } else {
          changeOne(queue, id, rows, random);
          if (rows.isEmpty()) {
            expected.remove(id);
          }
        }
      }
      for (QueueStore reader : List.of(queue, new QueueStore(engine))) {
        Map<MailId, Map<Integer, QueuedRecipient>> seen = new TreeMap<>(BY_VALUE);
        List<DueKey> due = new ArrayList<>();
        for (MailId id : reader.ids(Optional.empty(), 1_000)) {
          QueuedMail mail = reader.find(id).orElseThrow();
          Map<Integer, QueuedRecipient> rows = new HashMap<>();
          for (QueuedRecipient recipient : mail.recipients()) {
            rows.put(recipient.number(), recipient);
            if (recipient.state().isDue()) {
              due.add(DueKey.of(mail.id(), recipient));
            }
          }
          seen.put(mail.id(), rows);
        }
        due.sort(null);
        assertThat(seen).as("seed " + seed).isEqualTo(expected);
        assertThat(reader.due(Optional.empty(), 1_000)).as("seed " + seed).isEqualTo(due);
        assertThat(reader.counts().recipients())
            .as("seed " + seed)
            .isEqualTo(expected.values().stream().mapToLong(Map::size).sum());
        assertThat(reader.counts().mails()).as("seed " + seed).isEqualTo(expected.size());
      }
    }
  }

  private static void changeOne(
      QueueStore queue, MailId id, Map<Integer, QueuedRecipient> rows, Random random) {
    QueuedRecipient before =
        rows.values().stream().skip(random.nextInt(rows.size())).findFirst().orElseThrow();
    RecipientState[] states = {
      new Waiting(new Place("root", "step")),
      new Outgoing(Domain.of("example.net"), Optional.empty()),
      new Held(new Waiting(new Place("root", ""))),
      new Parked("dead-letters", new Place("root", "x"), "why"),
      new Parked("quarantine", new Place("", ""), "a virus"),
    };
    var change = new QueueChange(id);
    if (random.nextInt(5) == 0) {
      rows.remove(before.number());
      change.remove(before);
      if (rows.isEmpty()) {
        change.finish(List.of(0), Set.of());
      }
    } else {
      QueuedRecipient after =
          random.nextBoolean()
              ? before.moved(
                  states[random.nextInt(states.length)], NOON.plusSeconds(random.nextInt(5)))
              : before.afterAttempt(7, NOON.plusSeconds(random.nextInt(5)));
      rows.put(after.number(), after);
      change.replace(before, after);
    }
    queue.change(change);
  }

  static void accept(QueueStore queue, QueuedMail mail) {
    var change = new QueueChange(mail.id());
    mail.forms().stream().skip(1).forEach(form -> change.put(mail.arrival(), form));
    mail.recipients().forEach(change::add);
    queue.change(change.accept(mail.arrival(), mail.forms().getFirst()));
  }

  static QueuedRecipient waiting(int number, String localPart, Instant due) {
    return new QueuedRecipient(
        number,
        0,
        new MailAddress(localPart, Domain.of("example.org")),
        Optional.empty(),
        Set.of(),
        new Waiting(new Place("root", "")),
        0,
        due,
        Optional.empty(),
        false);
  }

  static QueuedMail mail(String id, List<QueuedRecipient> recipients) {
    var arrival =
        new Arrival(
            Optional.empty(),
            "client.example",
            Optional.empty(),
            "ESMTP",
            "c1",
            NOON,
            false,
            false,
            Optional.empty(),
            Optional.empty());
    var form =
        new MailForm(
            0,
            Optional.of(new MailAddress("bob", Domain.of("example.net"))),
            new ContentId("content.1"),
            "Received: from x\r\n",
            List.of(),
            Map.of());
    return new QueuedMail(new MailId(id), arrival, List.of(form), recipients, Set.of());
  }

  /// A mail that uses every component of every record.
  private static QueuedMail everything(String id) {
    var arrival =
        new Arrival(
            Optional.of(address("2001:db8::1")),
            "clïent.example",
            Optional.of(new MailAddress("änn", Domain.of("example.org"))),
            "ESMTPSA",
            "c1",
            NOON.plusNanos(1_234_567),
            true,
            true,
            Optional.of(true),
            Optional.of("env id"),
            new Wishes(
                Wishes.Tls.REQUIRED,
                -9,
                Optional.of(NOON.plusNanos(9_999_999)),
                Optional.of(new Wishes.DeliverBy(NOON.plusNanos(8_888_888), true, true)),
                Optional.of(NOON.plusNanos(7_777_777))));
    var first =
        new MailForm(0, Optional.empty(), new ContentId("content.1"), "", List.of(), Map.of());
    var second =
        new MailForm(
            1,
            Optional.of(new MailAddress("bob \"b\" \\ü", Domain.of("[192.0.2.1]"))),
            new ContentId("content.2"),
            "X-Ä: ö\r\n",
            List.of(new MailForm.Cut(0, 10), new MailForm.Cut(10, 1L << 40)),
            Map.of("posthorn.a", "b", "c", ""));
    var answer =
        new QueuedRecipient.Answer(
            "4.7.1",
            Optional.of("mx.example.net"),
            "451 4.7.1 x".repeat(200),
            NOON,
            true,
            Optional.of(NOON.minusMillis(1)));
    Optional<Via> via = Optional.of(new Via("smart.example", 587, "STARTTLS", Optional.of("name")));
    var waiting =
        new QueuedRecipient(
            0,
            1,
            new MailAddress("änn+x", Domain.of("example.org")),
            Optional.of("rfc822;ann@example.org"),
            Set.of("SUCCESS", "DELAY"),
            new Waiting(new Place("root", "AddHeader-2")),
            3,
            NOON.plus(Duration.ofDays(1)),
            Optional.of(answer),
            true);
    List<QueuedRecipient> recipients = new ArrayList<>(List.of(waiting));
    List<RecipientState> states =
        List.of(
            new Outgoing(Domain.of("example.net"), Optional.empty()),
            new Outgoing(Domain.of("example.net"), via),
            new Held(new Outgoing(Domain.of("example.net"), via)),
            new Parked("dead-letters", new Place("root", ""), "stack\ntrace"));
    for (RecipientState state : states) {
      recipients.add(waiting(recipients.size(), "ann", NOON).moved(state, NOON));
    }
    return new QueuedMail(new MailId(id), arrival, List.of(first, second), recipients, Set.of());
  }

  private static QueuedRecipient only(QueueStore queue) {
    List<MailId> ids = queue.ids(Optional.empty(), 10);
    assertThat(ids).hasSize(1);
    List<QueuedRecipient> recipients = queue.find(ids.getFirst()).orElseThrow().recipients();
    assertThat(recipients).hasSize(1);
    return recipients.getFirst();
  }

  private static List<String> contents(QueueStore queue) {
    List<String> ids = new ArrayList<>();
    queue.contents(id -> ids.add(id.value()));
    return ids;
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
