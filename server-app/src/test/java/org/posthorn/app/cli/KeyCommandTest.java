package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;
import org.posthorn.storage.content.FaultyDisk;
import org.posthorn.storage.content.FaultyDisk.Step;

/// `posthorn key`, on the data directory of a server that takes mail before and after.
@Timeout(120)
class KeyCommandTest {
  private static final String ANN = "ann@example.org";
  private static final List<String> SETTINGS = InProcess.settings();

  @TempDir Path temp;
  private Path data;
  private Path first;
  private Path second;

  @BeforeEach
  void names() {
    data = temp.resolve("data");
    first = temp.resolve("first.key");
    second = temp.resolve("second.key");
  }

  @Test
  void aKeyIsMadeForItsOwnerOnlyAndNeverWrittenOver() throws IOException {
    assertThat(run("key", "create", first.toString()).out())
        .contains(
            "master-key-file: " + first,
            "Keep a copy",
            "posthorn key rotate --new-key-file " + first);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first)))
        .isEqualTo("rw-------");
    String key = Files.readString(first);
    assertThat(key).hasSize(45);
    assertThat(run("key", "create", first.toString()))
        .satisfies(again -> assertThat(again.status()).isEqualTo(3));
    assertThat(Files.readString(first)).isEqualTo(key);
  }

  @Test
  void whyAKeyCannotBeWrittenIsSaid() {
    Path file = temp.resolve("etc").resolve("master.key");
    assertThat(run("key", "create", file.toString()).err())
        .contains(
            "%s is not there and cannot be made there: choose another place, or make its folder"
                .formatted(file));
  }

  @Test
  void nothingIsLeftOfAKeyForWhichThereWasNoRoom() throws IOException {
    var disk = new FaultyDisk();
    for (FaultyDisk.Step step : new FaultyDisk.Step[] {Step.WRITE, Step.SYNC}) {
      disk.fault((now, _) -> {
        if (now == step) {
          throw new IOException("No space left on device");
        }
      });
      assertThatThrownBy(() -> KeyCommand.write(disk.at(first)))
          .hasMessageContaining("No space left on device");
      assertThat(temp).isEmptyDirectory();
    }
    assertThat(run("key", "create", first.toString()).status()).isZero();
    String key = Files.readString(first);
    disk.fault((_, _) -> {});
    assertThatThrownBy(() -> KeyCommand.write(disk.at(first)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(Files.readString(first)).isEqualTo(key);
  }

  /// Half a key in its place could not be used, and would not be written over.
  @Test
  void whoIsKilledAmidAKeyHasNoneOfItInItsPlace() throws IOException {
    var disk = new FaultyDisk();
    List<String> halves = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    disk.fault((step, path) -> {
      steps.add(step);
      if (Files.exists(first) && Files.size(first) != 45) {
        halves.add(step + " " + path);
      }
    });
    KeyCommand.write(disk.at(first));
    assertThat(steps).contains(Step.WRITE, Step.SYNC);
    assertThat(halves).isEmpty();
    assertThat(temp).isDirectoryNotContaining(path -> !path.equals(first));
  }

  @Test
  void theMasterKeyIsReplacedWhileTheServerIsStopped() throws IOException {
    assertThat(run("key", "create", first.toString()).status()).isZero();
    assertThat(run("key", "create", second.toString()).status()).isZero();
    Files.writeString(temp.resolve("password"), "secret\n");
    Files.writeString(temp.resolve("a.eml"), "Subject: Zyxomma\r\n\r\nZyxomma\r\n");
    try (PosthornServer _ = start(first)) {
      run("domain", "add", "example.org");
      run("user", "add", ANN, "--password-file", temp.resolve("password").toString());
      assertThat(run("import", "eml", temp.resolve("a.eml").toString(), "--user", ANN).err())
          .isEmpty();
      Result inTheWay = rotate(first, second);
      assertThat(inTheWay.err())
          .contains("Another process works in", "posthorn stop --data " + data);
      assertThat(inTheWay.status()).isEqualTo(3);
    }
    assertThat(rotate(first, temp.resolve("a.eml")).err()).contains("is no master key file");
    Path none = temp.resolve("none.key");
    Result unmade = rotate(first, none);
    assertThat(unmade.err()).contains("There is no %s: make it with  posthorn key".formatted(none));
    assertThat(unmade.status()).isEqualTo(3);
    Result rotated = rotate(first, second);
    assertThat(rotated.err()).isEmpty();
    assertThat(rotated.out())
        .contains("The key of 1 account is wrapped", "  master-key-file: " + second);
    try (PosthornServer _ = start(second)) {
      assertThat(run("verify", "--deep").out()).contains("1 message walked: all is well");
      assertThat(run("index", "status").out()).contains("There is no index");
    }
    assertThatThrownBy(() -> start(first)).hasMessageContaining("to " + second);
  }

  /// Wherever the server is started.
  @Test
  void aRelativeNameIsInTheDataDirectory() throws IOException {
    Path key = Files.createDirectories(data).resolve("master.key");
    assertThat(run("key", "create", key.toString()).status()).isZero();
    try (PosthornServer _ = start(Path.of("master.key"))) {
      assertThat(run("status").status()).isZero();
    }
  }

  @Test
  void whereNothingIsEncryptedNothingIsRotated() throws IOException {
    assertThat(run("key", "create", first.toString()).status()).isZero();
    try (PosthornServer _ = start(null)) {
      assertThat(run("status").status()).isZero();
    }
    Result rotated = run("key", "rotate", "--new-key-file", first.toString());
    assertThat(rotated.status()).isEqualTo(1);
    assertThat(rotated.err()).contains("Nothing is encrypted here");
  }

  private Result rotate(Path from, Path to) {
    return run(
        "key",
        "rotate",
        "--new-key-file",
        to.toString(),
        "--set",
        "storage.encryption.master-key-file=" + from);
  }

  private PosthornServer start(@Nullable Path key) throws IOException {
    List<String> settings = new ArrayList<>(SETTINGS);
    if (key != null) {
      settings.add("storage.encryption.master-key-file=" + key);
    }
    return PosthornServer.start(data, new ConfigSource(Optional.empty(), settings));
  }

  private Result run(String... arguments) {
    return InProcess.run(data, arguments);
  }
}
