package org.posthorn.app.transfer.eml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.content.FaultyDisk;
import org.posthorn.storage.content.FaultyDisk.Step;

class ZipTargetTest {
  @TempDir private Path folder;

  @Test
  void isForItsOwnerOnlyFromTheFirstByte() throws IOException {
    Path file = folder.resolve("mail.zip");
    try (var target = new ZipTarget(file)) {
      target.begin(List.of(), List.of());
      try (var parts = Files.list(folder)) {
        assertThat(parts).hasSize(2).allSatisfy(part -> isForItsOwnerOnly(part));
      }
      target.finish();
    }
    isForItsOwnerOnly(file);
  }

  /// As on a full disk, where what is left over would take the last room.
  @Test
  void nothingIsLeftOfAnExportThatCouldNotBeWritten() throws IOException {
    var inbox = new Frame.Folder(1, "INBOX", "", true, true, 1, 0);
    var message = new Frame.Message(1, new SourceKey(9, 0, 4), List.of(), 1_700_000_000_000L, "m");
    var noise = new byte[1 << 20]; // It does not become smaller.
    new Random(7).nextBytes(noise);
    var target = new ZipTarget(folder.resolve("mail.zip"));
    target.begin(List.of(inbox), List.of());
    Thread.currentThread().interrupt(); // Nothing can be written any more.
    try {
      assertThatThrownBy(() -> target.message(inbox, message, new ByteArrayInputStream(noise)))
          .isInstanceOf(ClosedChannelException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThatThrownBy(target::close).isInstanceOf(IOException.class);
    assertThat(folder).isEmptyDirectory();
  }

  /// At each of its writes: the list of a small export is written last.
  @Test
  void aFullDiskIsNoOtherTroubleForTheListThanForTheRest() throws IOException {
    var inbox = new Frame.Folder(1, "INBOX", "", true, true, 1, 0);
    var message = new Frame.Message(1, new SourceKey(9, 0, 4), List.of(), 1_700_000_000_000L, "m");
    var disk = new FaultyDisk();
    var writes = new AtomicInteger();
    boolean isWhole = false;
    for (int room = 0; !isWhole; room++) {
      int most = room;
      writes.set(0);
      disk.fault((step, _) -> {
        if (step == Step.WRITE && writes.incrementAndGet() > most) {
          throw new IOException("No space left on device");
        }
      });
      try (var target = new ZipTarget(disk.at(folder.resolve("mail.zip")))) {
        target.begin(List.of(inbox), List.of());
        target.message(inbox, message, new ByteArrayInputStream(new byte[9]));
        target.finish();
        isWhole = true;
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("No space left on device");
        assertThat(folder).isEmptyDirectory();
      }
    }
    assertThat(writes).hasValueGreaterThan(1);
    assertThat(folder).isDirectoryContaining("glob:**mail.zip");
  }

  private static void isForItsOwnerOnly(Path file) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
