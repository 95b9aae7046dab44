package org.posthorn.storage.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.extract.Extracted.Outcome;

@Timeout(120)
final class DocumentTextsTest {
  @TempDir private Path directory;

  private static Document document(String text) {
    return () -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private DocumentTexts texts(Path starts) throws IOException {
    return new DocumentTexts(
        Optional.of(FakeExtractor.program(directory.resolve("program"), starts)),
        FakeExtractor.CONFIG);
  }

  @Test
  void manyReadWithAFewChildren() throws Exception {
    Path starts = directory.resolve("starts");
    try (DocumentTexts texts = texts(starts);
        ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Extracted>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String text = "text " + i;
        all.add(readers.submit(() -> texts.read(document(text))));
      }
      for (int i = 0; i < 40; i++) {
        assertThat(all.get(i).get()).isEqualTo(new Extracted(Outcome.READ, "text " + i));
      }
      assertThat(FakeExtractor.starts(starts)).isBetween(1, 10);
    }
  }

  @Test
  void oneThatTakesTooLongDoesNotStopTheOthers() throws Exception {
    try (DocumentTexts texts = texts(directory.resolve("starts"))) {
      assertThat(texts.read(document("loop")).outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(texts.read(document("die")).outcome()).isEqualTo(Outcome.DIED);
      assertThat(texts.read(document("next")).text()).isEqualTo("next");
    }
  }

  /// The mail waits and is tried again: nobody says of a document that it has no text.
  @Test
  void whatCannotBeReadNowIsAFailure() throws Exception {
    Path folder = Files.createDirectories(directory.resolve("broken"));
    Files.writeString(folder.resolve("posthorn-attachment-fake.jar"), "");
    var program = new ExtractorProgram(folder, Path.of("/bin/false"));
    try (var texts = new DocumentTexts(Optional.of(program), FakeExtractor.CONFIG)) {
      assertThat(texts.missing()).isEmpty();
      assertThatThrownBy(() -> texts.read(document("x")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not start");
    }
    DocumentTexts closed = texts(directory.resolve("starts"));
    closed.close();
    assertThatThrownBy(() -> closed.read(document("x"))).isInstanceOf(IOException.class);
    try (var none = new DocumentTexts(Optional.empty(), FakeExtractor.CONFIG)) {
      assertThat(none.missing()).hasValueSatisfying(why -> assertThat(why).contains("installed"));
    }
  }
}
