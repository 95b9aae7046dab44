package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.search.SearchHouse.ANN;
import static org.posthorn.storage.search.SearchHouse.BOB;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;

/// What is true of the search, wherever the index and the accounts lie.
interface MailSearchContract {
  SearchHouse house();

  @Test
  default void knowsWordsPartsOfWordsAndPhrases() {
    try (SearchHouse house = house()) {
      house.append(ANN, "One", "The quick brown fox\r\njumps over the lazy dog.");
      house.append(ANN, "Two", "A quick note: call bob@example.net, please.");
      house.append(ANN, "Drei", "Die Donaudampfschifffahrtsgesellschaft grüßt: 会議の件、よろしく");
      assertThat(house.found(ANN, Area.BODY, "QUICK")).containsExactly(1L, 2L);
      assertThat(house.found(ANN, Area.BODY, "o")).containsExactly(1L, 2L, 3L);
      assertThat(house.found(ANN, Area.BODY, "rown fox jum")).containsExactly(1L);
      assertThat(house.found(ANN, Area.BODY, "quick  brown")).containsExactly(1L);
      assertThat(house.found(ANN, Area.BODY, "brown quick")).isEmpty();
      assertThat(house.found(ANN, Area.BODY, "bob@example.net, pl")).containsExactly(2L);
      assertThat(house.found(ANN, Area.BODY, "bob.example@net")).isEmpty();
      assertThat(house.found(ANN, Area.BODY, "SCHIFFFAHRT")).containsExactly(3L);
      assertThat(house.found(ANN, Area.BODY, "議の")).containsExactly(3L);
      assertThat(house.found(ANN, Area.BODY, "議件")).isEmpty();
      assertThat(house.found(ANN, Area.SUBJECT, "two")).containsExactly(2L);
      assertThat(house.found(ANN, Area.FROM, "bob@exa")).containsExactly(1L, 2L, 3L);
      assertThat(house.found(ANN, Area.HEADER, "subject: t")).containsExactly(2L);
      assertThat(house.found(ANN, Area.TO, "bob")).isEmpty();
    }
  }

  @Test
  default void knowsTheAccountsApart() {
    try (SearchHouse house = house()) {
      house.append(ANN, "For Ann", "secret of ann");
      house.append(BOB, "For Bob", "nothing");
      house.append(BOB, "For Bob", "secret of bob");
      assertThat(house.found(ANN, Area.BODY, "secret")).containsExactly(1L);
      assertThat(house.found(BOB, Area.BODY, "secret")).containsExactly(2L);
      assertThat(house.found(BOB, Area.BODY, "ann")).isEmpty();
    }
  }

  @Test
  default void forgetsAnAccountThatIsDeleted() {
    try (SearchHouse house = house()) {
      house.append(ANN, "Old", "old letter");
      assertThat(house.found(ANN, Area.BODY, "letter")).containsExactly(1L);
      assertThat(house.accounts().delete(ANN)).isTrue();
      house.create(ANN);
      house.append(ANN, "New", "new message");
      assertThat(house.found(ANN, Area.BODY, "message")).containsExactly(1L);
      assertThat(house.found(ANN, Area.BODY, "letter")).isEmpty();
    }
  }

  /// More than is indexed of one email: then it is looked through.
  @Test
  default void leavesOpenWhatItDoesNotKnowWhole() throws IOException {
    try (SearchHouse house = house()) {
      String huge = "word number\r\n".repeat(400_000) + "needle at the end";
      house.append(ANN, "Huge", huge);
      house.append(ANN, "Small", "needle");
      Found found = house.search().find(house.account(ANN), Area.BODY, new Needle("needle"));
      assertThat(found.of(1)).isEqualTo(Found.Verdict.LOOK);
      assertThat(found.of(2)).isEqualTo(Found.Verdict.YES);
      assertThat(house.compare(ANN, Area.BODY, "needle")).isEqualTo(1);
    }
  }

  /// More places than are compared at once, in one email and in many.
  @Test
  default void findsPhrasesOfWordsThatStandEverywhere() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "Long", "one two three ".repeat(70_000) + "two one");
      for (int i = 0; i < 40; i++) {
        house.append(ANN, "Many " + i, "one two three ".repeat(2_500) + "one three " + i);
      }
      assertThat(house.found(ANN, Area.BODY, "two one")).containsExactly(1L);
      assertThat(house.found(ANN, Area.BODY, "o three one tw")).hasSize(41);
      assertThat(house.found(ANN, Area.BODY, "e one t")).hasSize(41);
      assertThat(house.found(ANN, Area.BODY, "one three 3")).hasSize(11);
      assertThat(house.found(ANN, Area.BODY, "three 7")).containsExactly(9L);
      assertThat(house.found(ANN, Area.BODY, "one one")).isEmpty();
    }
  }

  @Test
  default void findsFieldsByNameAndText() {
    try (SearchHouse house = house()) {
      house.append(ANN, "X-Ray: yes", "text");
      house.append(ANN, "Other\r\nX-Ray: no", "text");
      Found named = house.search().findInField(house.account(ANN), "x-ray", new Needle(""));
      assertThat(named.of(2)).isEqualTo(Found.Verdict.LOOK);
      Found yes = house.search().findInField(house.account(ANN), "X-Ray", new Needle("yes"));
      assertThat(yes.of(2)).isEqualTo(Found.Verdict.NO);
      Found none = house.search().findInField(house.account(ANN), "X-None", new Needle(""));
      assertThat(none.of(1)).isEqualTo(Found.Verdict.NO);
    }
  }

  @Test
  default void findsNothingInMailWithoutWords() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "", "");
      house.append(ANN, new byte[0]);
      assertThat(house.found(ANN, Area.BODY, "a b")).isEmpty();
      assertThat(house.compare(ANN, Area.HEADER, "subject")).isZero();
    }
  }

  /// The index and the emails always say the same.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  default void findsWhatIsInTheEmails(long seed) throws IOException {
    var random = new Random(seed);
    var mails = new RandomMail(random);
    try (SearchHouse house = house()) {
      int open = 0;
      int asked = 0;
      for (int round = 0; round < 8; round++) {
        for (int i = random.nextInt(10); i >= 0; i--) {
          house.append(ANN, mails.next());
          house.append(BOB, mails.next());
        }
        for (int i = 0; i < 60; i++) {
          Area area = List.of(Area.values()).get(random.nextInt(Area.values().length));
          open += house.compare(ANN, area, needle(house, ANN, area, random, mails));
          asked += house.emails(ANN).size();
        }
      }
      assertThat(open).as("left open of " + asked).isLessThan(asked / 4);
    }
  }

  /// Emails of which many accounts have the content, with lines of their own, while accounts and
  /// the index come and go.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  default void findsWhatIsInEmailsThatManyHave(long seed) throws IOException {
    var random = new Random(seed);
    var mails = new RandomMail(random);
    var cat = new AccountId("cat");
    List<AccountId> all = List.of(ANN, BOB, cat);
    try (SearchHouse house = house()) {
      house.create(cat, "cat@example.net");
      List<byte[]> messages = new ArrayList<>();
      int open = 0;
      int asked = 0;
      for (int round = 0; round < 8; round++) {
        messages.add(mails.next());
        messages.add(mails.next());
        for (int i = 0; i < 25; i++) {
          int which = Math.max(0, messages.size() - 1 - random.nextInt(4));
          AccountId id = all.get(random.nextInt(all.size()));
          house.append(id, mails.ownLines(), messages.get(which));
        }
        for (int i = 0; i < 40; i++) {
          Area area = List.of(Area.values()).get(random.nextInt(Area.values().length));
          AccountId id = all.get(random.nextInt(all.size()));
          AccountId of = all.get(random.nextInt(all.size()));
          String needle = needle(house, of, area, random, mails);
          open += house.compare(id, area, needle);
          asked += house.emails(id).size();
          int max = i % 2 == 0 ? 1_000 : i % 3;
          house.compareFuzzy(id, area, needle.substring(0, Math.min(12, needle.length())), max);
        }
        switch (random.nextInt(5)) {
          case 0 -> house.search().rebuild();
          case 1 -> {
            assertThat(house.accounts().delete(cat)).isTrue();
            house.create(cat, random.nextBoolean() ? "cat@example.net" : "cat");
          }
          default -> house.restartSearch();
        }
      }
      assertThat(open).as("left open of " + asked).isLessThan(asked / 3);
    }
  }

  /// While mail comes in, nothing that was there when the question was asked is missed.
  @Test
  default void findsWhatIsInTheEmailsWhileMailComes() throws Exception {
    var random = new Random(7);
    var mails = new RandomMail(random);
    try (SearchHouse house = house()) {
      var stop = new AtomicBoolean();
      Thread mail =
          Thread.startVirtualThread(() -> {
            var others = new RandomMail(new Random(8));
            for (int i = 0; i < 300 && !stop.get(); i++) {
              house.append(i % 2 == 0 ? ANN : BOB, others.next());
            }
          });
      try {
        for (int i = 0; i < 60; i++) {
          Area area = List.of(Area.values()).get(random.nextInt(Area.values().length));
          assertThat(house.compare(ANN, area, needle(house, ANN, area, random, mails)))
              .isNotNegative();
        }
      } finally {
        stop.set(true);
        mail.join();
      }
    }
  }

  /// Mostly a piece of what is there.
  private static String needle(
      SearchHouse house, AccountId id, Area area, Random random, RandomMail mails)
      throws IOException {
    List<Email> emails = house.emails(id);
    if (random.nextInt(5) == 0 || emails.isEmpty()) {
      return mails.phrase(2);
    }
    Email email = emails.get(random.nextInt(emails.size()));
    var sources = new EmailText(house.account(id), false).sources(email, area);
    if (sources.isEmpty()) {
      return mails.phrase(1);
    }
    String text;
    try (Reader reader = sources.get(random.nextInt(sources.size())).open()) {
      text = reader.readAllAsString();
    }
    int from = random.nextInt(text.length() + 1);
    int length = random.nextInt(random.nextInt(4) == 0 ? 120 : 12);
    String piece = text.substring(from, Math.min(text.length(), from + length));
    return random.nextBoolean() ? piece.toUpperCase(Locale.ROOT) : piece;
  }
}
