package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.content.ContentStoreContract.message;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;

/// Contents whose bytes are encrypted keep every promise, and need their key.
final class EncryptedContentStoreTest implements ContentStoreContract {
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(1 << 20, 256 << 10, 8 << 20, 0);

  @TempDir private Path directory;

  @Override
  public SegmentContentStore emptyStore() {
    return SegmentContentStore.openIn(
        directory,
        SETTINGS,
        new ContentForm(ContentForm.Compression.ZSTD, true),
        InstantSource.system());
  }

  @Test
  void aLargeContentThatIsReleasedGoesAtOnce() throws IOException {
    try (SegmentContentStore store = emptyStore()) {
      ContentId id = store.write(new ByteArrayInputStream(message(300_000))).id();
      store.release(id);
      assertThat(store.find(id)).isEmpty();
    }
  }

  @Test
  void withoutItsKeyAContentIsNotReadButCanBeChecked() throws IOException {
    List<ContentId> written = new ArrayList<>();
    List<ContentId> walked = new ArrayList<>();
    try (SegmentContentStore store = emptyStore()) {
      for (int size : new int[] {100, 20_000, 300_000}) {
        written.add(store.write(new ByteArrayInputStream(message(size))).id());
      }
    }
    try (SegmentContentStore store = emptyStore()) {
      for (ContentId id : written) {
        assertThat(id.toString()).isEqualTo(id.place()).hasSizeLessThan(30);
        assertThat(id.value()).hasSizeLessThanOrEqualTo(64).startsWith(id.place());
        ContentId other =
            id.withKey(written.get(id.equals(written.getFirst()) ? 1 : 0).key().get());
        for (ContentId wrong : List.of(id.withoutKey(), other)) {
          assertThatThrownBy(() -> store.open(wrong, 0, 100).readAllBytes())
              .isInstanceOf(ContentDamaged.class)
              .hasMessageNotContaining(id.key().get());
        }
      }
      store.walk(found -> {
        assertThat(found.damage()).isEmpty();
        assertThat(found.sha256()).isEmpty();
        walked.add(found.id());
      });
      assertThat(walked).isEqualTo(written.stream().map(ContentId::withoutKey).toList());
    }
    Path segment = directory.resolve("segments").resolve("0000000.segment");
    byte[] whole = Files.readAllBytes(segment);
    whole[10_000] ^= 1;
    Files.write(segment, whole);
    try (SegmentContentStore store = emptyStore()) {
      List<ContentId> damaged = new ArrayList<>();
      for (ContentId id : written) {
        try (InputStream in = store.open(id, 0, Long.MAX_VALUE)) {
          in.transferTo(OutputStream.nullOutputStream());
        } catch (ContentDamaged _) {
          damaged.add(id);
        }
      }
      assertThat(damaged).containsExactly(written.get(1));
    }
  }
}
