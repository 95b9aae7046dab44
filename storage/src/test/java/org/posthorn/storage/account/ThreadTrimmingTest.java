package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.memory.InMemoryEngine;

/// Message ids are forgotten with the last email of their thread.
final class ThreadTrimmingTest {
  private static final Duration LONG = Duration.ofDays(31);

  @Test
  void theIdsOfAThreadGoWithItsLastEmail() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      long first = append(house, "<a@x>", "");
      long second = append(house, "<b@x>", "<a@x> <lost@x>");
      append(house, "<other@x>", "");
      house.expunge(inbox, UidSet.of(first));
      trim(house);
      assertThat(ids(house)).as("an email of the thread is left").hasSize(4);
      house.expunge(inbox, UidSet.of(second));
      assertThat(ids(house)).hasSize(4);
      trim(house);
      assertThat(ids(house)).hasSize(1);
      long answer = append(house, "<c@x>", "<b@x>");
      assertThat(thread(house, answer)).as("a new thread").isEqualTo(4);
    }
  }

  @Test
  void whatTheHistoryNeedsKeepsItsThread() {
    try (var house = house()) {
      long uid = append(house, "<a@x>", "");
      house.expunge(house.inbox(), UidSet.of(uid));
      house.clock().forward(Duration.ofDays(5));
      house.upkeep();
      assertThat(thread(house, append(house, "<b@x>", "<a@x>"))).isEqualTo(1);
    }
  }

  /// After each upkeep exactly the ids of threads are there that have an email.
  @Test
  void randomHistoriesKeepTheIdsOfThreadsThatLive() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      for (int round = 0; round < 25; round++) {
        for (int i = random.nextInt(12); i >= 0; i--) {
          append(house, id(random), random.nextBoolean() ? "" : id(random) + " " + id(random));
        }
        for (long uid : house.uids(inbox)) {
          if (random.nextInt(3) == 0) {
            house.expunge(inbox, UidSet.of(uid));
          }
        }
        if (random.nextInt(4) == 0) {
          house.reopen();
        }
        house.clock().forward(Duration.ofDays(random.nextInt(20)));
        List<Long> before = ids(house);
        boolean forgot = house.upkeep().emailsForgotten() > 0;
        Set<Long> alive = new HashSet<>();
        emails(house).forEach(email -> alive.add(email.threadId()));
        assertThat(ids(house))
            .as("seed %d, round %d", seed, round)
            .isEqualTo(forgot ? before.stream().filter(alive::contains).toList() : before);
        assertThat(unknown(house)).as("seed %d, round %d", seed, round).isEmpty();
      }
    }
  }

  /// Answers come in all the time while their threads are forgotten: none loses its thread.
  @Test
  void anAnswerThatComesInMeanwhileKeepsItsThread() throws Exception {
    long seed = System.nanoTime();
    try (var house = house();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var over = new AtomicBoolean();
      Future<?> answers =
          threads.submit(() -> {
            var random = new Random(seed);
            for (int i = 0; i < 1_500; i++) {
              append(house, id(random), id(random));
            }
            over.set(true);
          });
      while (!over.get()) {
        long[] uids = house.uids(house.inbox());
        if (uids.length > 5) {
          house.expunge(house.inbox(), UidSet.range(uids[0], uids[uids.length - 3]));
        }
        trim(house);
      }
      answers.get();
      assertThat(unknown(house)).as("seed %d", seed).isEmpty();
    }
  }

  private static AccountHouse house() {
    return new AccountHouse(new InMemoryEngine(), engine -> engine);
  }

  private static String id(Random random) {
    return "<" + random.nextInt(40) + "@x>";
  }

  private static long append(AccountHouse house, String id, String references) {
    NewEmail letter = house.letterWithId(id, references);
    return house.account().change(AccountHouse.ACTOR, draft -> draft.append(house.inbox(), letter));
  }

  private static void trim(AccountHouse house) {
    house.clock().forward(LONG);
    house.upkeep();
  }

  private static long thread(AccountHouse house, long uid) {
    MailboxView view = house.view(house.inbox());
    Rows rows = house.account().rows();
    long email = view.emailId(view.indexOf(uid));
    return EmailRow.head(email, rows.get(Keys.email(email)).orElseThrow(), rows.key()).threadId();
  }

  private static List<Long> ids(AccountHouse house) {
    var threads = new ArrayList<Long>();
    house.account().rows().each(Keys.threads(), row -> threads.add(Rows.number(row.value())));
    return threads;
  }

  private static List<Email> emails(AccountHouse house) {
    Rows rows = house.account().rows();
    var all = new ArrayList<Email>();
    rows.each(
        Keys.emails(),
        row ->
            all.add(
                EmailRow.decode(
                    Keys.longAt(row.key(), 1), row.value(), house.contents(), rows.key())));
    return all;
  }

  /// Emails that began a thread and whose own id leads nowhere.
  private static List<Long> unknown(AccountHouse house) {
    Rows rows = house.account().rows();
    return emails(house).stream()
        .filter(email -> email.threadId() == email.id())
        .filter(email ->
            rows.get(
                    Keys.thread(
                        Checksum.ofText(
                            email.structure().envelope().messageId().orElseThrow().strip())))
                .isEmpty())
        .map(Email::id)
        .toList();
  }
}
