package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.content.ContentStoreContract.message;
import static org.posthorn.storage.content.SegmentContentStoreTest.flip;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;

final class ContentWalkTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z"));
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(
          1 << 20, 256 << 10, 8 << 20, 1 << 20, 1_000, Duration.ofHours(12));

  @TempDir private Path directory;

  @Test
  void aWalkFindsEveryContentAndWhatIsDamaged() throws IOException {
    List<ContentId> written = new ArrayList<>();
    try (ContentStore store = store()) {
      for (int size : ContentStoreContract.SIZES) {
        written.add(store.write(new ByteArrayInputStream(message(size))).id());
      }
      written.add(store.write(new ByteArrayInputStream(message(1_000))).id());
    }
    Path last = files("segments").getLast();
    flip(last, Files.size(last) - 10);
    try (SegmentContentStore store = store()) {
      List<SegmentContentStore.Found> found = new ArrayList<>();
      store.walk(found::add);
      assertThat(found.stream().map(SegmentContentStore.Found::id))
          .containsExactlyInAnyOrderElementsOf(written);
      assertThat(found.stream().filter(one -> one.damage().isPresent()))
          .extracting(SegmentContentStore.Found::id)
          .containsExactly(written.getLast());
      assertThat(found.stream().filter(one -> one.damage().isEmpty()))
          .allSatisfy(one -> assertThat(one.received()).isEqualTo(CLOCK.instant()));
    }
  }

  @Test
  void notesAreFoundByAWalkBetweenTheContents() throws IOException {
    List<Note> noted = new ArrayList<>();
    List<ContentId> written = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      try (ContentStore store = store()) {
        for (int i = 0; i < 5; i++) {
          ContentId id = store.write(new ByteArrayInputStream(message(1_000 + i))).id();
          written.add(id);
          List<Note> notes = List.of(note(id, noted.size(), 10), note(id, noted.size() + 1, 30));
          store.note(notes);
          noted.addAll(notes);
        }
      }
    }
    assertThat(walkedNotes()).isEqualTo(noted);
    try (SegmentContentStore store = store()) {
      List<ContentId> found = new ArrayList<>();
      store.walk(one -> found.add(one.id()));
      assertThat(found).isEqualTo(written);
    }
  }

  @Test
  void manyNotesAtOnceBecomeSeveralRecords() throws IOException {
    List<Note> noted = new ArrayList<>();
    try (ContentStore store = store()) {
      for (int i = 0; i < 100; i++) {
        noted.add(note(new ContentId("s1.0.1c"), i, 30_000));
      }
      store.note(noted);
    }
    assertThat(walkedNotes()).isEqualTo(noted);
    assertThat(files("segments")).as("segments of 1 MiB").hasSizeGreaterThan(2);
  }

  @Test
  void aDamagedNoteStopsNothingElse() throws IOException {
    try (ContentStore store = store()) {
      store.note(List.of(note(new ContentId("s1.0.1c"), 1, 10)));
      store.note(List.of(note(new ContentId("s1.0.1c"), 2, 10)));
      store.write(new ByteArrayInputStream(message(1_000)));
      store.note(List.of(note(new ContentId("s1.0.1c"), 3, 10)));
      store.note(List.of(note(new ContentId("s1.0.1c"), 4, 10)));
    }
    Path file = files("segments").getFirst();
    flip(file, 28 + 30);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    assertThat(walkedNotes()).extracting(Note::emailId).containsExactly(2L, 3L);
  }

  private List<Note> walkedNotes() {
    List<Note> found = new ArrayList<>();
    try (SegmentContentStore store = store()) {
      store.walk(
          new SegmentContentStore.Visitor() {
            @Override
            public void content(SegmentContentStore.Found content) {
              assertThat(content.damage()).isEmpty();
            }

            @Override
            public void note(Note note) {
              found.add(note);
            }
          });
    }
    return found;
  }

  private static Note note(ContentId content, long emailId, int prefixBytes) {
    return new Note(
        content,
        "ann",
        emailId,
        "ann@example.org",
        "Bücher/Neu",
        CLOCK.millis(),
        "\\Seen work",
        "x".repeat(prefixBytes));
  }

  @Test
  void aLargeContentThatIsCutShortIsFoundAsNotWhole() throws IOException {
    ContentId cut;
    try (SegmentContentStore store = store()) {
      cut = store.write(new ByteArrayInputStream(message(300_000))).id();
    }
    Path file = files("large").getFirst();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    List<SegmentContentStore.Found> found = new ArrayList<>();
    try (SegmentContentStore store = store()) {
      store.walk(found::add);
    }
    assertThat(found)
        .containsExactly(
            new SegmentContentStore.Found(cut, 0, Instant.EPOCH, "", Optional.of("not whole")));
  }

  private SegmentContentStore store() {
    return SegmentContentStore.openIn(directory, SETTINGS, CLOCK);
  }

  private List<Path> files(String folder) throws IOException {
    try (var files = Files.list(directory.resolve(folder))) {
      return files.sorted().toList();
    }
  }
}
