package org.posthorn.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.Guice;
import com.google.inject.ProvisionException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// A store of which a part is not there: a disk that is not mounted, half of a copy.
final class StorePartsTest {
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "test");
  private static final byte[] KEY = {1};

  @TempDir private Path folder;
  private Path store;
  private ContentId content;

  @BeforeEach
  void fill() throws IOException {
    store = folder.resolve("data/store");
    var written = new ArrayList<ContentId>();
    use((engine, contents) -> {
      ContentId id =
          contents
              .write(
                  new ByteArrayInputStream(
                      "Subject: x\r\n\r\nhello\r\n".getBytes(StandardCharsets.US_ASCII)))
              .id();
      contents.sync(id);
      written.add(id);
      var _ = engine.commit(PARTITION, 0, CommitId.random(), new Batch().put(KEY, KEY));
    });
    content = written.getFirst();
  }

  @Test
  void contentsWithoutTheirRowsAreNotServed() throws IOException {
    Path away = Files.move(store.resolve("rows"), folder.resolve("away"));
    assertThat(refusal())
        .contains(store.resolve("rows").toString(), "not mounted", "backup restore", "salvage")
        .contains("--data " + folder.resolve("data") + " ");
    assertThat(store.resolve("rows")).doesNotExist();
    Files.createDirectories(store.resolve("rows/lost+found"));
    assertThat(refusal()).as("an empty disk").contains(store.resolve("rows").toString());
    Files.delete(store.resolve("rows/lost+found"));
    Files.delete(store.resolve("rows"));
    Files.move(away, store.resolve("rows"));
    assertWhole();
  }

  /// Where nothing says which files hold rows, new ones would take their place.
  @Test
  void rowsThatNothingNamesAreLeftAlone() throws IOException {
    Path current = store.resolve("rows/CURRENT");
    byte[] bytes = Files.readAllBytes(current);
    Files.delete(current);
    assertThat(refusal()).contains(current.toString(), "backup restore");
    Files.write(current, bytes);
    assertWhole();
  }

  @ParameterizedTest
  @ValueSource(strings = {"content", "content/FORMAT", "content/segments"})
  void rowsWithoutTheirContentsAreNotServed(String part) throws IOException {
    Path away = Files.move(store.resolve(part), folder.resolve("away"));
    assertThat(refusal())
        .contains(": " + store.resolve(part) + " is not there", "not mounted", "backup restore");
    assertThat(store.resolve(part)).doesNotExist();
    Files.move(away, store.resolve(part));
    assertWhole();
  }

  /// One flipped bit is no other program.
  @ParameterizedTest
  @ValueSource(strings = {"content/FORMAT", "rows/FORMAT"})
  void aDamagedFormatIsSaidWithWhatToWriteThere(String file) throws IOException {
    Path format = store.resolve(file);
    String before = Files.readString(format);
    byte[] bytes = Files.readAllBytes(format);
    bytes[3] ^= 8;
    Files.write(format, bytes);
    assertThatThrownBy(() -> use((_, _) -> {}))
        .hasRootCauseInstanceOf(StorageUnavailable.class)
        .hasStackTraceContaining(format + " says")
        .hasStackTraceContaining("echo '" + before.strip() + "' > " + format);
    Files.writeString(format, before);
    assertWhole();
  }

  /// So it is when that folder is where a disk is mounted. New messages would get the names that
  /// the rows have for others.
  @Test
  void rowsWhoseSegmentsAreAllGoneAreNotServed() throws IOException {
    Path segments = store.resolve("content/segments");
    Path away = Files.move(segments, folder.resolve("away"));
    Files.createDirectories(segments);
    assertThat(refusal()).contains(segments + " is not there or empty", "backup restore");
    Files.delete(segments);
    Files.move(away, segments);
    assertWhole();
  }

  /// All that is large would be gone, and what comes in now would be hidden when the disk is
  /// mounted.
  @Test
  void rowsWhoseLargeContentsAreOnAnotherDiskAreNotServed() throws IOException {
    Path large = store.resolve("content/large");
    Path away = Files.move(large, folder.resolve("away"));
    assertThat(refusal())
        .contains(large + " is not there or empty", "not mounted", "backup restore");
    Files.createDirectories(large.resolve("lost+found"));
    assertThat(refusal()).as("an empty disk").contains(large + " is not there or empty");
    Files.delete(large.resolve("lost+found"));
    Files.delete(large);
    Files.move(away, large);
    assertWhole();
  }

  @Test
  void whatIsLargeMayAllBeCollectedOrGivenUp() throws IOException {
    Path large = store.resolve("content/large");
    use((_, contents) -> {
      var bytes = new ByteArrayInputStream(new byte[8 << 20]);
      contents.sync(contents.write(bytes).id());
    });
    try (Stream<Path> files =
        Files.list(large).filter(file -> file.toString().endsWith(".content"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    assertWhole();
    Path away = Files.move(large, folder.resolve("away"));
    String said = refusal();
    Files.createDirectories(large);
    Files.createFile(
        Path.of(said.substring(said.indexOf("touch ") + 6).replaceAll("(?s)[ ,].*", "")));
    assertWhole();
    Files.delete(large.resolve("HERE"));
    Files.createFile(large.resolve("0123456789abcdef.content"));
    assertWhole();
    assertThat(away).exists();
  }

  /// The folder is an older copy, say. Whoever has a row for what is missing must not read what
  /// came in later.
  @Test
  void noContentGetsTheNameOfOneThatIsMissing() throws IOException {
    Files.createDirectories(store.resolve("content/segments"));
    Path first = store.resolve("content/segments/0000000.segment");
    Path second = store.resolve("content/segments/0000001.segment");
    byte[] older = Files.readAllBytes(first);
    byte[] message = "Subject: y\r\n\r\nof ann\r\n".getBytes(StandardCharsets.US_ASCII);
    var missing = new ArrayList<ContentId>();
    // A file whose number is used up already, so that the next content begins another one.
    Files.write(first, new byte[100]);
    use((_, contents) -> {
      ContentId id = contents.write(new ByteArrayInputStream(message)).id();
      contents.sync(id);
      missing.add(id);
    });
    Files.write(first, older);
    Files.delete(second);
    use((_, contents) -> {
      ContentId id = contents.write(new ByteArrayInputStream(new byte[message.length])).id();
      contents.sync(id);
      assertThat(id).isNotEqualTo(missing.getFirst());
      assertThat(contents.find(missing.getFirst())).isEmpty();
      assertThat(contents.find(content)).isPresent();
      assertThat(contents.faults())
          .singleElement()
          .asString()
          .contains(second.getFileName().toString(), "older copy");
    });
  }

  @Test
  void aServerWithoutMessagesHasNoneMissing() throws IOException {
    store = folder.resolve("new/store");
    use((engine, _) -> {
      var _ = engine.commit(PARTITION, 0, CommitId.random(), new Batch().put(KEY, KEY));
    });
    use((engine, _) -> assertThat(engine.get(PARTITION, KEY)).isPresent());
  }

  @Test
  void aFirstStartThatWasKilledIsNoLoss() throws IOException {
    store = folder.resolve("new/store");
    Files.createDirectories(store.resolve("content/segments"));
    Files.createFile(store.resolve("content/FORMAT"));
    Files.createDirectories(store.resolve("rows"));
    Files.writeString(store.resolve("rows/MANIFEST-000001"), "");
    use((engine, _) -> assertThat(engine.get(PARTITION, KEY)).isEmpty());
  }

  private void assertWhole() throws IOException {
    use((engine, contents) -> {
      assertThat(engine.get(PARTITION, KEY)).isPresent();
      assertThat(contents.find(content)).isPresent();
    });
  }

  private String refusal() throws IOException {
    try (Stream<Path> files = Files.walk(store)) {
      long before = files.count();
      String[] said = {""};
      assertThatThrownBy(() -> use((_, _) -> {}))
          .isInstanceOf(ProvisionException.class)
          .satisfies(e -> said[0] = e.getCause() + "")
          .hasCauseInstanceOf(StorageUnavailable.class);
      try (Stream<Path> after = Files.walk(store)) {
        assertThat(after.count()).as("nothing was made").isEqualTo(before);
      }
      return said[0];
    }
  }

  private interface Use {
    void of(Engine engine, ContentStore contents) throws IOException;
  }

  private void use(Use use) throws IOException {
    var injector =
        Guice.createInjector(
            new StorageModule(StorageConfig.defaults(), store),
            binder -> binder.bind(InstantSource.class).toInstance(InstantSource.system()));
    try (Engine engine = injector.getInstance(Engine.class);
        ContentStore contents = injector.getInstance(ContentStore.class)) {
      use.of(engine, contents);
    }
  }
}
