package org.posthorn.storage.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShelfTest {
  @ParameterizedTest
  @CsvSource({
    "böse.EXE, böse.EXE, b_se.EXE",
    "../../etc/passwd, passwd, passwd",
    "C:\\a b?.txt, a_b_.txt, a_b_.txt",
    "名前.pdf, 名前.pdf, __.pdf",
    "'', unnamed, unnamed"
  })
  void aNameIsOneThatTheSystemCanWrite(String name, String inUtf8, String inAscii) {
    assertThat(Shelf.safe(name, StandardCharsets.UTF_8)).isEqualTo(inUtf8);
    assertThat(Shelf.safe(name, StandardCharsets.US_ASCII)).isEqualTo(inAscii);
  }

  /// Half a letter is in no name.
  @Test
  void aLongNameIsCutBetweenLetters() {
    String end = "x".repeat(79);
    assertThat(Shelf.safe("\uD835\uDCB3" + end, StandardCharsets.UTF_8)).isEqualTo(end);
    assertThat(Shelf.safe("é" + end + "y", StandardCharsets.UTF_8)).isEqualTo(end + "y");
  }

  /// Whatever the locale of this run is.
  @Test
  void aFileOfAnyNameIsKept(@TempDir Path folder) throws IOException {
    var shelf = new Shelf(folder, Duration.ofDays(1), InstantSource.system());
    String box = shelf.box();
    shelf.putFile(box, 0, "böse 名前.EXE", new ByteArrayInputStream(new byte[7]));
    shelf.count();
    assertThat(shelf.usedBytes()).isEqualTo(7);
  }

  /// Several programs, or mails, find at midnight that the days before are over.
  @Test
  @Timeout(20)
  void manyClearTheSameDaysAtOnce(@TempDir Path folder) throws Exception {
    for (int box = 0; box < 1_000; box++) {
      Files.createDirectories(folder.resolve("2020-01-0" + (1 + box % 5) + "/" + box));
    }
    var begin = new CountDownLatch(1);
    List<Callable<String>> all =
        Collections.nCopies(
            8,
            () -> {
              begin.await();
              return new Shelf(folder, Duration.ofDays(1), InstantSource.system()).box();
            });
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<Future<String>> boxes = all.stream().map(threads::submit).toList();
      begin.countDown();
      for (Future<String> box : boxes) {
        assertThat(folder.resolve(box.get())).isDirectory();
      }
    }
    try (Stream<Path> days = Files.list(folder)) {
      assertThat(days).hasSize(1);
    }
  }
}
