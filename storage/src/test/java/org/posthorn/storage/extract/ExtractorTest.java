package org.posthorn.storage.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.extract.Extracted.Outcome;

/// With a child that does everything a document could make it do.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class ExtractorTest {
  @TempDir private Path directory;
  private Path starts = Path.of("");
  private Extractor extractor =
      new Extractor(java.util.List.of(), FakeExtractor.CONFIG, Extractor.Patience.endless(1));

  @BeforeEach
  void begin() {
    starts = directory.resolve("starts");
    extractor = FakeExtractor.of(starts, FakeExtractor.CONFIG);
  }

  @AfterEach
  void end() {
    extractor.stop();
  }

  private Extracted read(String document) throws IOException, Extractor.Stopped {
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    return extractor.read(() -> new ByteArrayInputStream(bytes));
  }

  private int starts() {
    return FakeExtractor.starts(starts);
  }

  @Test
  void oneChildReadsManyDocuments() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(read("text " + i)).isEqualTo(new Extracted(Outcome.READ, "text " + i));
    }
    assertThat(read("locked").outcome()).isEqualTo(Outcome.LOCKED);
    assertThat(read("x".repeat(5_000)).text()).hasSize(1_000);
    assertThat(starts()).isEqualTo(1);
  }

  @Test
  void nothingIsStartedForWhatIsTooLarge() throws Exception {
    assertThat(read("x".repeat(10_001)).outcome()).isEqualTo(Outcome.TOO_LARGE);
    assertThat(starts()).isZero();
  }

  @Test
  void whatTakesTooLongIsGivenUpAndTheNextIsRead() throws Exception {
    assertThat(read("loop").outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(read("next").text()).isEqualTo("next");
    assertThat(starts()).isEqualTo(2);
  }

  @Test
  void aChildThatDoesNothingIsGivenUpToo() throws Exception {
    assertThat(read("sleep").outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(read("next").text()).isEqualTo("next");
  }

  @Test
  void whatAChildDiesOfIsTriedTwice() throws Exception {
    assertThat(read("die").outcome()).isEqualTo(Outcome.DIED);
    assertThat(starts()).isEqualTo(2);
    assertThat(read("next").text()).isEqualTo("next");
    assertThat(read("stutter").outcome()).isEqualTo(Outcome.DIED);
    assertThat(read("another").text()).isEqualTo("another");
  }

  /// The program is sound: the next document is not made to wait for what this one did.
  @Test
  void nothingIsPausedAfterADocumentThatTheChildDiesOf() throws Exception {
    extractor = FakeExtractor.of(starts, FakeExtractor.CONFIG, Extractor.Patience.endless(100_000));
    assertThat(read("die").outcome()).isEqualTo(Outcome.DIED);
    assertThat(read("next").text()).isEqualTo("next");
  }

  @Test
  void aChildThatLiesIsNotBelieved() throws Exception {
    assertThat(read("lie").outcome()).isEqualTo(Outcome.DIED);
    assertThat(read("next").text()).isEqualTo("next");
  }

  @Test
  void theSameDocumentIsReadOnce() throws Exception {
    assertThat(read("die").outcome()).isEqualTo(Outcome.DIED);
    int before = starts();
    assertThat(read("die").outcome()).isEqualTo(Outcome.DIED);
    assertThat(starts()).isEqualTo(before);
  }

  @Test
  void aChildThatRestsComesBack() throws Exception {
    assertThat(read("one").text()).isEqualTo("one");
    extractor.rest();
    assertThat(read("two").text()).isEqualTo("two");
    assertThat(starts()).isEqualTo(2);
  }

  @Test
  void theChildKnowsNothingOfTheServersEnvironment() throws Exception {
    assertThat(read("environment").text()).isEqualTo("[]");
  }

  @Test
  void whoeverReadsWhileItStopsIsTold() throws Exception {
    var config = new AttachmentsConfig(true, 10_000, Duration.ofMinutes(5), 1_000, 64L << 20);
    extractor = FakeExtractor.of(starts, config);
    var answer =
        CompletableFuture.supplyAsync(() -> {
          try {
            return read("loop").outcome().name();
          } catch (IOException | Extractor.Stopped e) {
            return e.getClass().getSimpleName();
          }
        });
    while (starts() == 0) {
      Thread.onSpinWait();
    }
    extractor.stop();
    assertThat(answer.get()).isEqualTo("Stopped");
    assertThatThrownBy(() -> read("next")).isInstanceOf(Extractor.Stopped.class);
  }

  /// It says why, and goes on trying until it stops.
  @Test
  void aProgramThatDoesNotStartIsToldToTheOperator() throws Exception {
    extractor = FakeExtractor.of(starts, FakeExtractor.CONFIG, "broken");
    var answer =
        CompletableFuture.supplyAsync(() -> {
          try {
            return read("text").text();
          } catch (IOException | Extractor.Stopped e) {
            return e.getClass().getSimpleName();
          }
        });
    while (starts() < 3) {
      Thread.onSpinWait();
    }
    assertThat(extractor.trouble().orElseThrow()).contains("does not start", "exit code");
    extractor.stop();
    assertThat(answer.get()).isEqualTo("Stopped");
  }

  @Test
  void aProgramWithoutJarsIsNotThere() {
    assertThat(new ExtractorProgram(directory.resolve("none"), Path.of("java")).isThere())
        .isFalse();
    assertThat(new ExtractorProgram(directory, Path.of("java")).isThere()).isFalse();
  }
}
