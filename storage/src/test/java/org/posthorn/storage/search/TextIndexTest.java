package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.search.SearchHouse.ANN;
import static org.posthorn.storage.search.SearchHouse.BOB;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.follow.Point;
import org.posthorn.storage.memory.InMemoryEngine;

class TextIndexTest {
  @TempDir private Path folder;

  private static Found.Verdict verdict(IndexReading index, AccountId account, long email) {
    return index.find(account, 1, Area.BODY, new Needle("letter")).of(email);
  }

  @Test
  void dropsEmailsThatAreGone() {
    try (var house = new SearchHouse(new InMemoryEngine(), Optional.empty());
        var index = TextIndex.ofEmails(IndexPlace.inMemory(), 1 << 20, () -> {})) {
      var reading = new IndexReading(index);
      var writing = new IndexWriting(index, reading);
      house.append(ANN, "One", "letter one");
      house.append(ANN, "Two", "letter two");
      house.append(BOB, "Other", "letter of Bob");
      for (AccountId id : house.accounts().list(Optional.empty(), 10)) {
        Progress begun = writing.begin(id, 1);
        for (Email email : house.emails(id)) {
          writing.add(begun.account(), email, new EmailText(house.account(id), true));
        }
        writing.note(index.losses(), id, begun.upTo(house.account(id).standing().lastEmailId()));
      }
      assertThat(reading.accounts(Optional.empty(), 10)).isEmpty();
      writing.settle();
      assertThat(reading.accounts(Optional.empty(), 10)).containsExactly(ANN, BOB);
      assertThat(reading.emails()).isEqualTo(3);
      assertThat(verdict(reading, ANN, 1)).isEqualTo(Found.Verdict.YES);

      var left = new BitSet();
      left.set(2);
      writing.retain(reading.progress(ANN).account(), left);
      writing.settle();

      assertThat(verdict(reading, ANN, 1)).isEqualTo(Found.Verdict.NO);
      assertThat(verdict(reading, ANN, 2)).isEqualTo(Found.Verdict.YES);
      assertThat(verdict(reading, BOB, 1)).isEqualTo(Found.Verdict.YES);
    }
  }

  /// What was indexed of an account before that is indexed once more.
  @Test
  void knowsNothingOfAnAccountAmidWhichItWasLost() {
    try (var house = new SearchHouse(new InMemoryEngine(), Optional.empty());
        var index = TextIndex.ofEmails(IndexPlace.inMemory(), 1 << 20, () -> {})) {
      var reading = new IndexReading(index);
      house.append(ANN, "One", "letter one");
      house.append(ANN, "Two", "letter two");
      boolean[] lost = {false};
      var follower =
          new IndexFollower(
              "test",
              index,
              reading,
              account -> {
                var text = new EmailText(account, true);
                return new Texts() {
                  @Override
                  public boolean prepare(Email email) {
                    if (email.id() == 2 && !lost[0]) {
                      lost[0] = true;
                      index.clear();
                    }
                    return true;
                  }

                  @Override
                  public List<Source> sources(Email email, Area area) throws IOException {
                    return text.sources(email, area);
                  }

                  @Override
                  public int circle() {
                    return text.circle();
                  }

                  @Override
                  public Optional<Email> withoutOwnLines(Email email) {
                    return text.withoutOwnLines(email);
                  }
                };
              });
      follower.follow(house.account(ANN));
      assertThat(lost[0]).isTrue();
      assertThat(follower.reached(ANN)).isEqualTo(Point.START);
      follower.follow(house.account(ANN));
      assertThat(verdict(reading, ANN, 1)).isEqualTo(Found.Verdict.YES);
      assertThat(verdict(reading, ANN, 2)).isEqualTo(Found.Verdict.YES);
    }
  }

  @Test
  void goesBackToWhatWasSettled() {
    boolean[] told = {false};
    try (var house = new SearchHouse(new InMemoryEngine(), Optional.empty());
        var index = TextIndex.ofEmails(IndexPlace.inMemory(), 1 << 20, () -> told[0] = true)) {
      var reading = new IndexReading(index);
      var writing = new IndexWriting(index, reading);
      house.append(ANN, "One", "letter one");
      Progress begun = writing.begin(ANN, 1);
      writing.add(
          begun.account(), house.emails(ANN).getFirst(), new EmailText(house.account(ANN), true));
      writing.note(index.losses(), ANN, begun.upTo(1));
      index.clear();
      assertThat(told[0]).isTrue();
      assertThat(reading.progress(ANN).isNone()).isTrue();
      assertThat(verdict(reading, ANN, 1)).isEqualTo(Found.Verdict.LOOK);
      assertThat(writing.begin(BOB, 1).account()).isGreaterThan(begun.account());
    }
  }

  /// Too many open files, a file of another user: nothing is wrong with the index.
  @Test
  void keepsWhatItHasWhenAFileCannotBeOpenedNow() throws IOException {
    try (var house = new SearchHouse(new InMemoryEngine(), Optional.empty());
        var index = TextIndex.ofEmails(IndexPlace.in(folder), 1 << 20, () -> {})) {
      var reading = new IndexReading(index);
      var writing = new IndexWriting(index, reading);
      house.append(ANN, "One", "letter one");
      Progress begun = writing.begin(ANN, 1);
      writing.add(
          begun.account(), house.emails(ANN).getFirst(), new EmailText(house.account(ANN), true));
      writing.note(index.losses(), ANN, begun.upTo(1));
      writing.settle();
      index.rest();

      Path file = fileOf(".si");
      Path away = file.resolveSibling("away");
      Files.move(file, away);
      Files.createSymbolicLink(file, file.getFileName());
      assertThatThrownBy(reading::emails)
          .isInstanceOf(UncheckedIOException.class)
          .hasCauseInstanceOf(FileSystemException.class);

      Files.delete(file);
      Files.move(away, file);
      assertThat(reading.emails()).isEqualTo(1);
      assertThat(verdict(reading, ANN, 1)).isEqualTo(Found.Verdict.YES);
    }
  }

  private Path fileOf(String ending) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).findFirst().orElseThrow();
    }
  }

  /// The structure of the second lay with it.
  @Test
  void passesOverEmailsWhoseContentsAreGone() {
    try (var house = new SearchHouse(new InMemoryEngine(), Optional.empty());
        var index = TextIndex.ofEmails(IndexPlace.inMemory(), 1 << 20, () -> {})) {
      var reading = new IndexReading(index);
      house.append(ANN, "One", "letter one");
      house.append(ANN, "Two\r\nTo: " + addresses() + "\r\nCc: " + addresses(), "letter two");
      house.loseContents();
      house.append(ANN, "Three", "letter three");
      var follower =
          new IndexFollower("test", index, reading, account -> new EmailText(account, true));
      follower.follow(house.account(ANN));
      follower.follow(house.account(ANN));
      assertThat(follower.reached(ANN).version()).isEqualTo(house.account(ANN).version());
      assertThat(verdict(reading, ANN, 1)).isEqualTo(Found.Verdict.LOOK);
      assertThat(verdict(reading, ANN, 2)).isEqualTo(Found.Verdict.LOOK);
      assertThat(verdict(reading, ANN, 3)).isEqualTo(Found.Verdict.YES);
      assertThat(house.accounts().delete(ANN)).isTrue();
    }
  }

  private static String addresses() {
    return IntStream.range(0, 600)
        .mapToObj(i -> "reader-" + i + "@example.net")
        .collect(Collectors.joining(",\r\n "));
  }
}
