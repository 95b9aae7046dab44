package org.posthorn.storage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.memory.InMemoryEngine;

/// A backup that an older program made is read by every later one, for ever, and later runs go into
/// the same folder: `old-data/first-backup.zip` has two runs with packs of form 1. It is never made
/// anew; a new form gets an archive of its own beside it.
final class OldBackupTest {
  private static final String ANN = "ann@example.org";
  private static final String BOB = "bob@example.org";

  @TempDir private Path folder;

  @BeforeEach
  void unpack() throws IOException {
    try (InputStream archive =
            Objects.requireNonNull(
                OldBackupTest.class.getResourceAsStream("/old-data/first-backup.zip"));
        var zip = new ZipInputStream(archive)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(file.resolveSibling("."));
        Files.copy(zip, file);
      }
    }
  }

  private static Store store() {
    return new Store(new InMemoryEngine(), new InMemoryContentStore());
  }

  @Test
  void everyRunIsWholeAndComesBack() {
    List<Run> runs = Backups.list(folder);
    assertThat(runs).extracting(Run::messages).containsExactly(14L, 15L);
    for (Run run : runs) {
      try (Store store = store()) {
        Optional<String> id = Optional.of(run.id());
        assertThat(store.backups().verify(folder, id, store.telling).problems()).isZero();
        Backups.Restored restored = store.backups().restoreAll(folder, id, false, store.telling);
        assertThat(restored).isEqualTo(new Backups.Restored(2, 0, 0, run.messages(), 0));
        assertThat(store.picture(ANN).toString())
            .contains("Body of Letter number 11", "A line of a middling message.");
        assertThat(store.picture(BOB).toString().contains("A line of a large message."))
            .isEqualTo(run.equals(runs.getLast()));
        assertThat(store.problems).isEmpty();
      }
    }
  }

  @Test
  void theNextRunBuildsOnIt() throws IOException {
    try (Store store = store()) {
      var _ = store.backups().restoreAll(folder, Optional.empty(), false, store.telling);
      store.append(ANN, "INBOX", "New " + "and long ".repeat(100));
      Run run = store.save(folder);
      assertThat(run.contents()).isOne();
      assertThat(forms(folder.resolve("packs/00000001.pack"))).isEqualTo("1 DEFLATE");
      assertThat(forms(folder.resolve("packs/00000003.pack"))).isEqualTo("2 ZSTD");
      for (Run each : Backups.list(folder)) {
        Optional<String> id = Optional.of(each.id());
        assertThat(store.backups().verify(folder, id, store.telling).problems()).isZero();
      }
      try (Store other = store()) {
        var _ = other.backups().restoreAll(folder, Optional.empty(), false, other.telling);
        assertThat(other.picture(ANN)).isEqualTo(store.picture(ANN));
        assertThat(other.picture(BOB)).isEqualTo(store.picture(BOB));
      }
      assertThat(store.problems).isEmpty();
      store.directory().users().delete(MailAddress.of(BOB));
    }
  }

  private static String forms(Path pack) throws IOException {
    var head = ByteBuffer.wrap(Files.readAllBytes(pack), 0, PackRecord.HEAD_BYTES);
    return head.get(4) + " " + PackRecord.decode(head).orElseThrow().packing();
  }
}
