package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.posthorn.app.cli.InProcess;

/// The master key of a data directory, and the next one: while one takes the other's place the
/// program is killed, and one of the two must open what is there.
final class KeyFiles {
  private static final int ROTATION_MAX_MILLIS = 4_000;

  private static final int PATIENCE_MILLIS = 120_000;

  private final Path data;
  private final Path folder;
  private int current = 1;
  private int rotations;

  KeyFiles(Path data, Path folder) {
    this.data = data;
    this.folder = folder;
    create(current);
  }

  int rotationCount() {
    return rotations;
  }

  List<String> settings() {
    return List.of(setting(current));
  }

  /// Kills a rotation at a random moment, then brings it to its end.
  void rotate(Random random) throws IOException, InterruptedException {
    int next = current + 1;
    create(next);
    boolean _ = ServerProcess.killCommand(random.nextInt(ROTATION_MAX_MILLIS), rotation(next));
    boolean old = opens(current);
    boolean fresh = opens(next);
    assertThat(old || fresh).as("a key opens the data after rotation %d", rotations).isTrue();
    if (old) {
      InProcess.Result again = InProcess.run(rotation(next));
      assertThat(again.isDone()).as(again.err()).isTrue();
    }
    assertThat(opens(next)).as("the new key opens the data").isTrue();
    current = next;
    rotations++;
  }

  private String[] rotation(int next) {
    return new String[] {
      "key",
      "rotate",
      "--new-key-file",
      file(next).toString(),
      "--set",
      setting(current),
      "--data",
      data.toString()
    };
  }

  private boolean opens(int number) throws IOException, InterruptedException {
    return ServerProcess.killCommand(
        PATIENCE_MILLIS, "verify", "--set", setting(number), "--data", data.toString());
  }

  private void create(int number) {
    assertThat(InProcess.run("key", "create", file(number).toString()).isDone()).isTrue();
  }

  private String setting(int number) {
    return "storage.encryption.master-key-file=" + file(number);
  }

  private Path file(int number) {
    return folder.resolve("master-" + number + ".key");
  }
}
