package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.search.SearchHouse.ANN;
import static org.posthorn.storage.search.SearchHouse.BOB;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.memory.InMemoryEngine;

/// The words of contents that many emails have, in the index.
final class SharedWordsTest {
  private static final AccountId CAT = new AccountId("cat");
  private static final AccountId DAN = new AccountId("dan");
  private static final List<AccountId> ALL = List.of(ANN, BOB, CAT, DAN);

  private final SearchHouse house = new SearchHouse(new InMemoryEngine(), Optional.empty());
  private final TextIndex index = TextIndex.ofEmails(IndexPlace.inMemory(), 1 << 20, () -> {});
  private final IndexReading reading = new IndexReading(index);
  private final IndexWriting writing = new IndexWriting(index, reading);

  SharedWordsTest() {
    house.create(CAT);
    house.create(DAN, "dan@example.net");
  }

  @AfterEach
  void close() {
    index.close();
    house.close();
  }

  private static byte[] letter(String text) {
    return ("Subject: Letter\r\n\r\n" + text).getBytes(StandardCharsets.UTF_8);
  }

  private void append(AccountId id, int copies, byte[] message) {
    for (int i = 0; i < copies; i++) {
      house.append(id, "Delivered-To: " + id + "\r\n", message);
    }
    follow(id);
  }

  /// Brings into the index what is new in an account.
  private void follow(AccountId id) {
    Progress known = reading.progress(id);
    Progress begun = known.isNone() ? writing.begin(id, 1) : known;
    var text = new EmailText(house.account(id), true);
    for (Email email : house.emails(id)) {
      if (email.id() > begun.lastEmailId()) {
        boolean added = writing.addKnown(begun.account(), email, text);
        if (!added) {
          writing.add(begun.account(), email, text);
        }
      }
    }
    writing.note(index.losses(), id, begun.upTo(house.account(id).standing().lastEmailId()));
  }

  private void retain(AccountId id, long... emails) {
    var there = new BitSet();
    for (long email : emails) {
      there.set((int) email);
    }
    writing.retain(reading.progress(id).account(), there);
  }

  private List<Long> found(AccountId id, Area area, String text) {
    Found found = reading.find(id, 1, area, new Needle(text));
    List<Long> emails = new ArrayList<>();
    for (Email email : house.emails(id)) {
      Found.Verdict verdict = found.of(email.id());
      assertThat(verdict).isNotEqualTo(Found.Verdict.LOOK);
      if (verdict == Found.Verdict.YES) {
        emails.add(email.id());
      }
    }
    return emails;
  }

  /// Of the documents of a kind, what they say.
  private List<Long> values(String field) {
    index.refresh();
    return index.search(searcher -> {
      List<Long> values = new ArrayList<>();
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        var docs = leaf.reader().getNumericDocValues(field);
        Scope.eachValue(leaf.reader(), field, docs, (_, value) -> values.add(value));
      }
      return values;
    });
  }

  @Test
  void theWordsOfWhatManyHaveAreInTheIndexOnce() {
    for (AccountId id : List.of(ANN, BOB, CAT)) {
      append(id, 4, letter("one letter for many"));
      append(id, 1, letter("private letter"));
    }
    assertThat(values(TextIndex.SHARED)).hasSize(1);
    assertThat(values(TextIndex.REFERENCE)).hasSize(12 - IndexWriting.OWN_COPIES);
    assertThat(reading.emails()).isEqualTo(15);
    for (AccountId id : List.of(ANN, BOB, CAT)) {
      assertThat(found(id, Area.BODY, "ne letter for")).containsExactly(1L, 2L, 3L, 4L);
      assertThat(found(id, Area.SUBJECT, "letter")).hasSize(5);
      assertThat(found(id, Area.HEADER, "delivered-to: " + id)).hasSize(5);
    }
    assertThat(found(BOB, Area.HEADER, "delivered-to: cat")).isEmpty();
    assertThat(found(BOB, Area.HEADER, "cat")).isEmpty();
  }

  @Test
  void whatOthersShareIsNotFound() {
    append(ANN, 9, letter("secret among many"));
    append(ANN, 9, letter("for all"));
    append(BOB, 9, letter("for all"));
    append(CAT, 1, letter("something else"));
    append(DAN, 9, letter("for all"));
    assertThat(values(TextIndex.SHARED)).as("for each domain").hasSize(3);
    assertThat(found(BOB, Area.BODY, "secret")).isEmpty();
    assertThat(found(CAT, Area.BODY, "for all")).isEmpty();
    assertThat(found(DAN, Area.BODY, "secret")).isEmpty();
    assertThat(found(DAN, Area.BODY, "for all")).hasSize(9);
  }

  /// Lines above a message can say what a message says, or be none.
  @Test
  void whatSaysSomethingElseHasItsWordsForItself() {
    append(ANN, 9, letter("for all"));
    house.append(BOB, "Subject: Other\r\n", letter("for all"));
    house.append(BOB, "To: bob@example.org\r\n", letter("for all"));
    house.append(BOB, "X-One: end of header\r\n\r\n", letter("for all"));
    house.append(BOB, "X-Two: " + "x".repeat(29_000) + "\r\n", letter("for all"));
    house.append(BOB, "X-Three: three\r\n more of it\r\n", letter("for all"));
    follow(BOB);
    assertThat(values(TextIndex.REFERENCE)).hasSize(9 - IndexWriting.OWN_COPIES + 1);
    assertThat(found(BOB, Area.HEADER, "subject: letter")).containsExactly(1L, 2L, 4L, 5L);
    assertThat(found(BOB, Area.HEADER, "subject: other")).containsExactly(1L);
    assertThat(found(BOB, Area.HEADER, "to: bob")).containsExactly(2L);
    assertThat(found(BOB, Area.HEADER, "three more of")).containsExactly(5L);
    assertThat(found(BOB, Area.BODY, "for all")).hasSize(5);
  }

  @Test
  void whatNobodyHasAnyMoreGoes() {
    append(ANN, 6, letter("for all"));
    append(BOB, 2, letter("for all"));
    writing.settle();
    retain(ANN, 1, 2, 3);
    writing.settle();
    assertThat(values(TextIndex.REFERENCE)).hasSize(2);
    assertThat(values(TextIndex.SHARED)).hasSize(1);
    assertThat(found(BOB, Area.BODY, "for all")).hasSize(2);
    writing.forget(BOB);
    writing.settle();
    assertThat(values(TextIndex.SHARED)).isEmpty();
    append(CAT, 6, letter("for all"));
    assertThat(found(CAT, Area.BODY, "for all")).hasSize(6);
  }

  /// So many emails must go before all references are looked at.
  @Test
  void oneThatGoesOfManyIsNoReasonToLook() {
    for (int i = 0; i < 40; i++) {
      append(ANN, 4, letter("number " + i));
    }
    append(BOB, 1, letter("number 38"));
    append(BOB, 1, letter("number 39"));
    retain(ANN, 1);
    append(ANN, 4, letter("new"));
    writing.settle();
    assertThat(values(TextIndex.SHARED)).as("the first time").hasSize(3);
  }

  /// A model of what there should be judges what is found, whatever happens in between.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void findsTheSameAsTheEmailsHave(long seed) throws IOException {
    var random = new Random(seed);
    var mails = new RandomMail(random);
    List<byte[]> messages = new ArrayList<>(List.of(mails.next()));
    Map<AccountId, Set<Long>> gone = new HashMap<>();
    for (int step = 0; step < 120; step++) {
      AccountId id = ALL.get(random.nextInt(ALL.size()));
      switch (random.nextInt(12)) {
        case 0 -> messages.add(mails.next());
        case 1 -> {
          Set<Long> drop = gone.computeIfAbsent(id, _ -> new HashSet<>());
          house.emails(id).stream()
              .filter(_ -> random.nextInt(3) == 0)
              .forEach(it -> drop.add(it.id()));
          follow(id);
          retain(
              id,
              house.emails(id).stream()
                  .mapToLong(Email::id)
                  .filter(email -> !drop.contains(email))
                  .toArray());
        }
        case 2 -> {
          writing.forget(id);
          gone.remove(id);
          follow(id);
        }
        case 3, 4 -> writing.settle();
        case 5 -> {
          writing.settle();
          index.rest();
        }
        case 6 -> {
          assertThatThrownBy(() ->
                  index.change((_, _) -> {
                    throw new IOException("full");
                  }))
              .isNotNull();
          ALL.forEach(this::follow);
        }
        case 7 -> {
          if (random.nextInt(4) == 0) {
            index.clear();
            gone.clear();
            ALL.forEach(this::follow);
          }
        }
        default -> {
          for (int i = random.nextInt(6); i >= 0; i--) {
            int which = messages.size() - 1 - random.nextInt(Math.min(3, messages.size()));
            house.append(id, mails.ownLines(), messages.get(which));
          }
          follow(id);
        }
      }
      Set<Long> shared = new HashSet<>(values(TextIndex.SHARED));
      assertThat(shared).as("step " + step).containsAll(values(TextIndex.REFERENCE));
      compare(id, gone.getOrDefault(id, Set.of()), mails.phrase(2));
    }
  }

  private void compare(AccountId id, Set<Long> gone, String text) throws IOException {
    if (reading.progress(id).isNone()) {
      return;
    }
    var scan = new TextScan(house.account(id));
    var needle = new Needle(text);
    for (Area area : List.of(Area.HEADER, Area.BODY, Area.SUBJECT)) {
      Found found = reading.find(id, 1, area, needle);
      for (Email email : house.emails(id)) {
        Found.Verdict verdict = found.of(email.id());
        if (verdict != Found.Verdict.LOOK && !gone.contains(email.id())) {
          assertThat(verdict == Found.Verdict.YES)
              .as("email %s of %s, %s, <%s>", email.id(), id, area, text)
              .isEqualTo(scan.isIn(email, area, needle));
        }
      }
    }
  }
}
