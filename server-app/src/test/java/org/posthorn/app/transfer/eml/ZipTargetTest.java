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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.storage.account.SourceKey;

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

  private static void isForItsOwnerOnly(Path file) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
