package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.ContentForm;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentCargo;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// Kills a process that writes, at random moments, and looks for everything that it said was
/// durable.
final class KillTest {
  private static final int ROUNDS = 10;
  private static final int WRITERS = 8;

  @TempDir private Path directory;

  /// What the killed process said: this content is there, and this row names it.
  private record Said(String partition, long version, ContentId content, int size) {
    static Said parse(String line) {
      String[] words = line.split(" ", -1);
      return new Said(
          words[0], Long.parseLong(words[1]), new ContentId(words[2]), Integer.parseInt(words[3]));
    }

    @Override
    public String toString() {
      return partition + " " + version + " " + content + " " + size + " .";
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterAKill() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    List<Said> all = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      List<Said> said = runAndKill(random.nextInt(1, 150));
      assertThat(said).as("seed %d, round %d", seed, round).isNotEmpty();
      all.addAll(said);
      check(said, "seed " + seed + ", round " + round);
    }
    check(all, "seed " + seed + ", in the end");
  }

  private List<Said> runAndKill(int acknowledgements) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<Said> said = new ArrayList<>();
    try (var lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII))) {
      String line = lines.readLine();
      while (line != null) {
        if (line.endsWith(" .")) {
          said.add(Said.parse(line));
        }
        if (said.size() == acknowledgements) {
          // Not process.destroyForcibly(): that would close the pipe before it is read to the end.
          process.toHandle().destroyForcibly();
        }
        line = lines.readLine();
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    return said;
  }

  private void check(List<Said> all, String when) throws IOException {
    SegmentCargo cargo = Writer.cargo(directory);
    try (Engine engine =
            RocksEngine.open(directory.resolve("rows"), RocksEngineTest.SETTINGS, cargo);
        ContentStore contents = Writer.contents(directory, cargo)) {
      for (Said said : all) {
        var partition = new Partition(Partition.Kind.ACCOUNT, said.partition());
        assertThat(engine.head(partition).version())
            .as(when)
            .isGreaterThanOrEqualTo(said.version());
        assertThat(engine.get(partition, Writer.key(said.version())))
            .as("%s: %s", when, said)
            .hasValueSatisfying(
                row -> assertThat(new String(row, US_ASCII)).isEqualTo(said.content().value()));
        try (InputStream in = contents.open(said.content(), 0, Long.MAX_VALUE)) {
          assertThat(in.readAllBytes())
              .as("%s: %s", when, said)
              .isEqualTo(Writer.bytes(said.size()));
        }
      }
    }
  }

  /// The process that is killed.
  static final class Writer {
    private Writer() {}

    @SuppressWarnings("SystemOut") // The pipe to the test.
    public static void main(String[] args) {
      var directory = Path.of(args[0]);
      SegmentCargo cargo = cargo(directory);
      Engine engine = RocksEngine.open(directory.resolve("rows"), RocksEngineTest.SETTINGS, cargo);
      ContentStore contents = contents(directory, cargo);
      for (int i = 0; i < WRITERS; i++) {
        String partition = "p" + i;
        Thread.ofPlatform().start(() -> write(engine, contents, partition, System.out));
      }
    }

    static SegmentCargo cargo(Path directory) {
      return new SegmentCargo(directory.resolve("content"));
    }

    static ContentStore contents(Path directory, SegmentCargo cargo) {
      return SegmentContentStore.openIn(
          directory.resolve("content"),
          new SegmentContentStore.Settings(1 << 20, 64 << 10, 8 << 20, 1 << 20),
          ContentForm.DEFAULT,
          InstantSource.system(),
          cargo);
    }

    static byte[] key(long version) {
      return ByteBuffer.allocate(Long.BYTES).putLong(version).array();
    }

    static byte[] bytes(int size) {
      byte[] bytes = new byte[size];
      new Random(size).nextBytes(bytes);
      return bytes;
    }

    private static void write(Engine engine, ContentStore contents, String name, PrintStream pipe) {
      var random = new Random();
      var partition = new Partition(Partition.Kind.ACCOUNT, name);
      try {
        while (true) {
          int size = random.nextInt(1 << random.nextInt(1, 18));
          ContentId content = contents.write(new ByteArrayInputStream(bytes(size))).id();
          long version = engine.head(partition).version();
          var batch =
              new Batch()
                  .put(key(version + 1), content.value().getBytes(US_ASCII))
                  .carry(contents.cargo(List.of(content)));
          engine.commit(partition, version, CommitId.random(), batch);
          pipe.println(new Said(name, version + 1, content, size));
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
