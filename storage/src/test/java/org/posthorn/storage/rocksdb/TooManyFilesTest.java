package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentCargo;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// A process that may open few files opens them all, and writes meanwhile: when it has closed them
/// it goes on, without a restart.
final class TooManyFilesTest {
  private static final int FILES_MAX = 200;

  @TempDir private Path directory;

  @Test
  void whenThereAreFilesToOpenAgainCommitsGoOn() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
    Path said = directory.resolve("said");
    Process process =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "ulimit -n " + FILES_MAX + " && exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  /// The process with few files.
  static final class Writer {
    private static final Partition ANN = new Partition(Partition.Kind.ACCOUNT, "ann");
    private static final int CONTENT_BYTES = 8_000;

    private final Engine engine;
    private final ContentStore contents;
    private final List<ContentId> acknowledged = new ArrayList<>();
    private int rows;

    private Writer(Engine engine, ContentStore contents) {
      this.engine = engine;
      this.contents = contents;
    }

    public static void main(String[] args) throws Exception {
      loadClasses();
      var directory = Path.of(args[0]);
      SegmentCargo cargo = KillTest.Writer.cargo(directory);
      try (Engine engine =
              RocksEngine.open(directory.resolve("rows"), RocksEngineTest.SETTINGS, cargo);
          ContentStore contents = KillTest.Writer.contents(directory, cargo)) {
        var writer = new Writer(engine, contents);
        writer.commit();
        writer.runOutOfFiles();
        writer.goOn();
        writer.check();
      }
    }

    /// Each is a file of its own here; a server has them in a few that are open.
    private static void loadClasses() throws IOException {
      for (String place : System.getProperty("java.class.path").split(":", -1)) {
        Path root = Path.of(place);
        if (Files.isDirectory(root.resolve("org/posthorn/storage/rocksdb"))) {
          try (var files = Files.walk(root)) {
            files
                .map(file -> root.relativize(file).toString())
                .filter(name -> name.matches(".*/(rocksdb|content|engine|system|storage)/.*"))
                .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                .map(name -> name.replace('/', '.').replaceFirst("\\.class$", ""))
                .forEach(Writer::loadClass);
          }
        }
      }
    }

    private static void loadClass(String name) {
      try {
        Class.forName(name, false, Writer.class.getClassLoader());
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(e);
      }
    }

    @SuppressWarnings("SystemOut") // For whoever reads why the test fails.
    private void runOutOfFiles() throws IOException {
      List<InputStream> open = new ArrayList<>();
      try {
        openAll(open);
        while (true) {
          commitRow(); // Of contents not even one would come as far as the rows.
        }
      } catch (StorageUnavailable expected) {
        System.out.println(expected.getMessage());
      } finally {
        for (InputStream one : open) {
          one.close();
        }
      }
    }

    private static void openAll(List<InputStream> open) {
      try {
        while (open.size() < FILES_MAX) {
          open.add(Files.newInputStream(Path.of("/dev/null")));
        }
      } catch (IOException _) {
        // That was the last one.
      }
    }

    private void goOn() throws Exception {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      for (int made = 0; made < 100; ) {
        try {
          commit();
          made++;
        } catch (StorageUnavailable e) {
          if (System.nanoTime() > deadline) {
            throw e;
          }
          TimeUnit.MILLISECONDS.sleep(10);
        }
      }
    }

    private void commitRow() {
      var batch = new Batch().put(row(rows), KillTest.Writer.bytes(CONTENT_BYTES + rows));
      engine.commit(ANN, engine.head(ANN).version(), CommitId.random(), batch);
      rows++;
    }

    private static byte[] row(int number) {
      return ("row " + number).getBytes(UTF_8);
    }

    /// A failed one may have been made, so rows are under the names of their contents.
    private void commit() throws IOException {
      byte[] bytes = KillTest.Writer.bytes(CONTENT_BYTES + acknowledged.size());
      ContentId content = contents.write(new ByteArrayInputStream(bytes)).id();
      var batch =
          new Batch()
              .put(content.value().getBytes(UTF_8), bytes)
              .carry(contents.cargo(List.of(content)));
      engine.commit(ANN, engine.head(ANN).version(), CommitId.random(), batch);
      acknowledged.add(content);
    }

    private void check() throws IOException {
      for (int i = 0; i < rows; i++) {
        assertThat(engine.get(ANN, row(i))).hasValue(KillTest.Writer.bytes(CONTENT_BYTES + i));
      }
      for (int i = 0; i < acknowledged.size(); i++) {
        ContentId content = acknowledged.get(i);
        byte[] bytes = KillTest.Writer.bytes(CONTENT_BYTES + i);
        assertThat(engine.get(ANN, content.value().getBytes(UTF_8))).hasValue(bytes);
        try (InputStream in = contents.open(content, 0, Long.MAX_VALUE)) {
          assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
      }
    }
  }
}
