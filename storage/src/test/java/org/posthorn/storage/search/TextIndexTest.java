package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.search.SearchHouse.ANN;
import static org.posthorn.storage.search.SearchHouse.BOB;

import java.util.BitSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.memory.InMemoryEngine;

class TextIndexTest {
  private static Found.Verdict verdict(TextIndex index, AccountId account, long email) {
    return index.find(account, 1, Area.BODY, new Needle("letter")).of(email);
  }

  @Test
  void dropsEmailsThatAreGone() {
    try (var house = new SearchHouse(new InMemoryEngine(), Optional.empty());
        var index = new TextIndex(IndexPlace.inMemory(), 1 << 20, () -> {})) {
      house.append(ANN, "One", "letter one");
      house.append(ANN, "Two", "letter two");
      house.append(BOB, "Other", "letter of Bob");
      for (AccountId id : house.accounts().list(Optional.empty(), 10)) {
        Progress begun = index.begin(id, 1);
        for (Email email : house.emails(id)) {
          index.add(begun.account(), email, new EmailText(house.account(id)));
        }
        index.note(id, begun.upTo(house.account(id).standing().lastEmailId()));
      }
      assertThat(index.accounts(Optional.empty(), 10)).isEmpty();
      index.settle();
      assertThat(index.accounts(Optional.empty(), 10)).containsExactly(ANN, BOB);
      assertThat(index.emails()).isEqualTo(3);
      assertThat(verdict(index, ANN, 1)).isEqualTo(Found.Verdict.YES);

      var left = new BitSet();
      left.set(2);
      index.retain(index.progress(ANN).account(), left);
      index.settle();

      assertThat(verdict(index, ANN, 1)).isEqualTo(Found.Verdict.NO);
      assertThat(verdict(index, ANN, 2)).isEqualTo(Found.Verdict.YES);
      assertThat(verdict(index, BOB, 1)).isEqualTo(Found.Verdict.YES);
    }
  }

  @Test
  void goesBackToWhatWasSettled() {
    boolean[] told = {false};
    try (var house = new SearchHouse(new InMemoryEngine(), Optional.empty());
        var index = new TextIndex(IndexPlace.inMemory(), 1 << 20, () -> told[0] = true)) {
      house.append(ANN, "One", "letter one");
      Progress begun = index.begin(ANN, 1);
      index.add(begun.account(), house.emails(ANN).getFirst(), new EmailText(house.account(ANN)));
      index.note(ANN, begun.upTo(1));
      index.clear();
      assertThat(told[0]).isTrue();
      assertThat(index.progress(ANN).isNone()).isTrue();
      assertThat(verdict(index, ANN, 1)).isEqualTo(Found.Verdict.LOOK);
      assertThat(index.begin(BOB, 1).account()).isGreaterThan(begun.account());
    }
  }
}
