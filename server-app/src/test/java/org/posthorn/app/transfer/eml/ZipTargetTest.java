package org.posthorn.app.transfer.eml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  private static void isForItsOwnerOnly(Path file) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
