package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.search.SearchHouse.ANN;
import static org.posthorn.storage.search.SearchHouse.BOB;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.extract.Extracted.Outcome;
import org.posthorn.storage.extract.ExtractorProgram;
import org.posthorn.storage.extract.FakeExtractor;
import org.posthorn.storage.memory.InMemoryEngine;

/// The text of attachments in the search, read by a child that does what the documents say.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class AttachmentSearchTest {
  @TempDir private Path directory;

  private Path starts() {
    return directory.resolve("starts");
  }

  private Path folder() {
    return directory.resolve("search");
  }

  private SearchHouse house() throws IOException {
    ExtractorProgram program = FakeExtractor.program(directory.resolve("program"), starts());
    return new SearchHouse(new InMemoryEngine(), Optional.of(folder()), Optional.of(program));
  }

  /// A message with a text and one attachment.
  private static byte[] mail(String text, String headers, String document) {
    String encoded =
        Base64.getMimeEncoder().encodeToString(document.getBytes(StandardCharsets.UTF_8));
    return """
    Subject: With attachment
    Content-Type: multipart/mixed; boundary=b

    --b

    %s
    --b
    Content-Transfer-Encoding: base64
    %s

    %s
    --b--
    """
        .formatted(text, headers, encoded)
        .replace("\n", "\r\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] pdf(String text) {
    return mail("see attachment", "Content-Type: application/pdf; name=a.pdf", "%PDF-" + text);
  }

  /// Once all is read.
  private static List<Long> found(SearchHouse house, AccountId id, String text) {
    awaitRead(house);
    Found found = house.search().findAttached(house.account(id), new Needle(text));
    var ids = new ArrayList<Long>();
    for (Email email : house.emails(id)) {
      if (found.of(email.id()) == Found.Verdict.YES) {
        ids.add(email.id());
      }
    }
    return ids;
  }

  private static void awaitRead(SearchHouse house) {
    house
        .accounts()
        .list(Optional.empty(), 10)
        .forEach(id -> house.search().findAttached(house.account(id), new Needle("x")));
    AttachmentStatus now = house.search().attachments();
    while (!now.complete() || now.accountsWaiting() > 0) {
      Thread.onSpinWait();
      now = house.search().attachments();
    }
  }

  @Test
  void findsWordsPartsOfWordsAndPhrases() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, pdf("Invoice number 4711 (paid)"), pdf("another Rechnung"));
      assertThat(found(house, ANN, "INVOICE")).containsExactly(1L);
      assertThat(found(house, ANN, "chnun")).containsExactly(2L);
      assertThat(found(house, ANN, "number 4711")).containsExactly(1L);
      assertThat(found(house, ANN, "4711 (paid)")).containsExactly(1L);
      assertThat(found(house, ANN, "4711 invoice")).isEmpty();
      assertThat(found(house, ANN, "see attachment")).isEmpty();
      assertThat(found(house, ANN, "()")).isEmpty();
      assertThat(house.found(ANN, Area.BODY, "see attachment")).containsExactly(1L, 2L);
      assertThat(house.found(ANN, Area.BODY, "invoice")).isEmpty();
    }
  }

  @Test
  void knowsTheAccountsApartAndForgetsOneThatIsDeleted() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, pdf("secret of ann"));
      house.append(BOB, pdf("secret of bob"), pdf("secret of bob"));
      assertThat(found(house, ANN, "secret")).containsExactly(1L);
      assertThat(found(house, BOB, "ann")).isEmpty();
      assertThat(house.accounts().delete(ANN)).isTrue();
      house.create(ANN);
      house.append(ANN, pdf("new"), pdf("letters"));
      assertThat(found(house, ANN, "secret")).isEmpty();
      assertThat(found(house, ANN, "letters")).containsExactly(2L);
    }
  }

  /// By type, by name, by its first bytes alone; and in a message within the message.
  @Test
  void readsWhatIsADocumentWhateverItIsCalled() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, mail("-", "Content-Type: application/pdf", "%PDF-needle"));
      house.append(
          ANN, mail("-", "Content-Type: application/octet-stream; name=A.PDF", "%PDF-needle"));
      house.append(ANN, mail("-", "Content-Type: application/octet-stream", "%PDF-needle"));
      house.append(ANN, mail("-", "Content-Type: image/png; name=a.png", "%PDF-needle"));
      house.append(ANN, mail("-", "Content-Type: application/pdf", "needle, and no PDF"));
      String inner = new String(pdf("needle"), StandardCharsets.UTF_8);
      house.append(
          ANN, ("Content-Type: message/rfc822\r\n\r\n" + inner).getBytes(StandardCharsets.UTF_8));
      assertThat(found(house, ANN, "needle")).containsExactly(1L, 2L, 3L, 6L);
    }
  }

  @Test
  void nothingIsStartedWithoutADocument() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, "Subject", "text");
      assertThat(found(house, ANN, "text")).isEmpty();
      assertThat(FakeExtractor.starts(starts())).isZero();
    }
  }

  /// It is counted, and never tried again but when the index is made anew.
  @Test
  void remembersWhatCouldNotBeRead() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, pdf("first"), pdf("die"), pdf("locked"), pdf("x".repeat(20_000)));
      assertThat(found(house, ANN, "first")).containsExactly(1L);
      assertThat(house.search().attachments().failures())
          .isEqualTo(Map.of(Outcome.DIED, 1, Outcome.LOCKED, 1, Outcome.TOO_LARGE, 1));
      int before = FakeExtractor.starts(starts());
      house.closeSearch();
      house.searchIn(folder());
      house.append(ANN, pdf("second"));
      assertThat(found(house, ANN, "second")).containsExactly(5L);
      assertThat(FakeExtractor.starts(starts())).isEqualTo(before + 1);
      assertThat(house.search().attachments().emails()).isEqualTo(5);
      house.search().rebuild();
      assertThat(found(house, ANN, "second")).containsExactly(5L);
      assertThat(FakeExtractor.starts(starts())).isEqualTo(before + 3);
    }
  }

  /// A document of which the program dies is given to it twice; after three of one email the others
  /// are left, whatever they are.
  @Test
  void oneEmailDoesNotOccupyTheProgram() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, many(9, i -> i < 4 ? "die #" + i : "needle #" + i));
      house.append(ANN, pdf("needle"));
      assertThat(found(house, ANN, "needle")).containsExactly(2L);
      assertThat(house.search().attachments().failures()).isEqualTo(Map.of(Outcome.DIED, 1));
      assertThat(FakeExtractor.starts(starts())).isEqualTo(7);
    }
  }

  /// Also of those that are no documents the hundredth is the last.
  @Test
  void ofOneEmailAHundredDocumentsAreLookedAt() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, many(101, i -> i < 99 ? "unknown #" + i : "needle" + i));
      assertThat(found(house, ANN, "needle99")).containsExactly(1L);
      assertThat(found(house, ANN, "needle100")).isEmpty();
    }
  }

  /// A message with so many documents.
  private static byte[] many(int count, IntFunction<String> document) {
    var message = new StringBuilder("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for (int i = 0; i < count; i++) {
      message
          .append("--b\r\nContent-Type: application/pdf\r\n\r\n%PDF-")
          .append(document.apply(i))
          .append("\r\n");
    }
    return message.append("--b--\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /// A document of which the program dies is given to it twice.
  @Test
  void whatManyHaveIsReadAFewTimes() throws IOException {
    try (SearchHouse house = house()) {
      for (int i = 0; i < 6; i++) {
        house.append(ANN, "Delivered-To: ann\r\n", pdf("letter for all"));
        house.append(BOB, "Delivered-To: bob\r\n", pdf("letter for all"));
        house.append(BOB, "Delivered-To: bob\r\n", pdf("die"));
      }
      assertThat(found(house, ANN, "letter for")).hasSize(6);
      assertThat(found(house, BOB, "letter for")).hasSize(6);
      assertThat(found(house, BOB, "delivered")).isEmpty();
      assertThat(house.search().attachments().failures()).isEqualTo(Map.of(Outcome.DIED, 6));
      assertThat(house.search().attachments().emails()).isEqualTo(18);
      assertThat(FakeExtractor.starts(starts()))
          .isLessThanOrEqualTo(2 * (IndexWriting.OWN_COPIES + 1) + 1);
    }
  }

  @Test
  void aDocumentThatLoopsKeepsNoSearchWaiting() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, pdf("loop"));
      while (FakeExtractor.starts(starts()) == 0) {
        Thread.onSpinWait();
      }
      house.append(ANN, "Subject", "letter");
      assertThat(house.found(ANN, Area.BODY, "letter")).containsExactly(2L);
      house.append(ANN, pdf("later"));
      assertThat(found(house, ANN, "later")).containsExactly(3L);
      assertThat(house.search().attachments().failures()).isEqualTo(Map.of(Outcome.TIMED_OUT, 1));
    }
  }

  @Test
  void whatWasReadBeforeACloseIsNotReadAgain() throws IOException {
    try (SearchHouse house = house()) {
      house.append(ANN, pdf("first"));
      assertThat(found(house, ANN, "first")).containsExactly(1L);
      house.append(ANN, pdf("loop"));
      house.closeSearch();
      house.searchIn(folder());
      assertThat(found(house, ANN, "first")).containsExactly(1L);
      assertThat(house.search().attachments().failures()).isEqualTo(Map.of(Outcome.TIMED_OUT, 1));
    }
  }

  @Test
  void saysSoWhenTheProgramIsNotThere() throws IOException {
    var nowhere = new ExtractorProgram(directory.resolve("nowhere"), Path.of("java"));
    try (var house =
        new SearchHouse(new InMemoryEngine(), Optional.of(folder()), Optional.of(nowhere))) {
      house.append(ANN, pdf("text"));
      assertThat(house.search().readsAttachments()).isFalse();
      assertThat(house.search().attachments().trouble().orElseThrow()).contains("no jars in");
      assertThat(house.found(ANN, Area.BODY, "attachment")).containsExactly(1L);
    }
  }

  @Test
  void theIndexGoesWhenItIsNotWantedAnyMore() throws IOException {
    Path index = directory.resolve("search-attachments");
    try (SearchHouse house = house()) {
      house.append(ANN, pdf("text"));
      assertThat(found(house, ANN, "text")).containsExactly(1L);
      house.closeSearch();
      assertThat(index).isDirectory();
    }
    try (var _ = new SearchHouse(new InMemoryEngine(), Optional.of(folder()))) {
      assertThat(Files.exists(index)).isFalse();
    }
  }
}
