package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.FaultyDisk;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.memory.InMemoryEngine;

/// Contents that are damaged, or cannot be read just now: the walk names the emails and looks at
/// all others, and the repair takes no row for damaged that is sound.
final class DamagedContentTest {
  @TempDir private Path temp;

  private final FaultyDisk disk = new FaultyDisk();
  private final InMemoryEngine engine = new InMemoryEngine();
  private @Nullable SegmentContentStore contents;
  private AccountHouse house;

  /// Where the record of the second content ends.
  private long end;

  @BeforeEach
  void fill() throws IOException {
    house = new AccountHouse(engine, UnaryOperator.identity(), this::open);
    append(house.letter("one", ""));
    NewEmail two = house.letter("two", "");
    end = Files.size(segment());
    append(two);
    append(house.letter("three", ""));
  }

  private ContentStore open() {
    if (contents != null) {
      contents.close();
    }
    contents =
        SegmentContentStore.openIn(
            disk.at(temp.resolve("content")),
            new SegmentContentStore.Settings(1 << 20, 256 << 10, 8 << 20, 1 << 20),
            InstantSource.system());
    return contents;
  }

  /// An account with faults is not kept: the house would not close over it.
  @AfterEach
  void close() {
    if (!faults(ConsistencyWalk.Depth.BYTES).isEmpty()) {
      assertThat(house.accounts().delete(AccountHouse.ID)).isTrue();
    }
    house.close();
    house.contents().close();
  }

  @Test
  void aRecordThatIsDamagedAtItsEndIsNamedWithItsEmail() throws IOException {
    house.reopen();
    flip(end - 1);
    assertThat(faults(ConsistencyWalk.Depth.CONTENTS))
        .singleElement()
        .asString()
        .contains("of email 2")
        .contains("its end is not right");
  }

  @Test
  void anEmailWhoseStructureIsInADamagedRecordIsNamedOnce() throws IOException {
    NewEmail four = crowded();
    long last = Files.size(segment());
    append(four);
    house.reopen();
    flip(last - 1);
    assertThat(faults(ConsistencyWalk.Depth.ROWS)).isEmpty();
    assertThat(faults(ConsistencyWalk.Depth.CONTENTS))
        .singleElement()
        .asString()
        .contains("of email 4");
  }

  @Test
  void anEmailWhoseStructureCannotBeReadJustNowStaysWhereItIs() throws IOException {
    append(crowded());
    assertThat(EmailRow.hasStructureWithContent(row(4))).isTrue();
    AccountPicture before = house.picture();
    house.reopen();
    disk.badSectors(segment(), 0, Long.MAX_VALUE);
    assertThat(repair()).isEmpty();
    disk.badSectors(segment(), 0, 0);
    house.reopen();
    assertThat(house.picture()).isEqualTo(before);
    assertThat(faults(ConsistencyWalk.Depth.BYTES)).isEmpty();
  }

  @Test
  void anEmailWhoseStructureCannotBeReadKeepsNobodyFromTheOthers() throws IOException {
    append(crowded());
    append(house.letter("five", ""));
    house.reopen();
    disk.badSectors(segment(), 0, Long.MAX_VALUE);
    List<Email> emails = house.account().emailsAfter(0, 10);
    assertThat(emails).extracting(Email::id).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(emails)
        .extracting(Email::structureKnown)
        .containsExactly(true, true, true, false, true);
    disk.badSectors(segment(), 0, 0);
  }

  /// It could be made anew from a content that cannot be read just now.
  @Test
  void aDamagedRowWaitsForItsContent() throws IOException {
    cut(2);
    house.reopen();
    disk.badSectors(segment(), 0, Long.MAX_VALUE);
    assertThat(repair()).noneMatch(what -> what.contains("set aside"));
    disk.badSectors(segment(), 0, 0);
    house.reopen();
    assertThat(repair()).contains("The structure of email 2 was read from its content again");
    assertThat(faults(ConsistencyWalk.Depth.BYTES)).isEmpty();
  }

  @Test
  void whatIsSetAsideKeepsItsContent() throws IOException {
    ContentId content = EmailRow.place(row(2));
    cut(2);
    house.reopen();
    flip(end - 1);
    assertThat(repair()).anyMatch(what -> what.contains("its email is lost"));
    List<ContentId> named = new ArrayList<>();
    house.accounts().contents(named::add);
    assertThat(named).contains(content);
  }

  private void append(NewEmail email) {
    MailboxId inbox = house.inbox();
    var _ =
        house.change(draft -> {
          draft.append(inbox, email);
          return draft;
        });
  }

  /// So many recipients that its structure does not go into its row.
  private NewEmail crowded() throws IOException {
    String all =
        IntStream.range(0, 300)
            .mapToObj(i -> "Person Number " + i + " <person" + i + "@example.net>")
            .collect(Collectors.joining(",\r\n "));
    String text =
        "To: %1$s\r\nCc: %1$s\r\nBcc: %1$s\r\nReply-To: %1$s\r\nSubject: all\r\n\r\nText\r\n"
            .formatted(all);
    var stored =
        house.contents().write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    return new NewEmail(stored, "", Flags.NONE, Instant.parse("2026-11-20T08:00:00Z"));
  }

  private byte[] row(long email) {
    return engine.get(Rows.partition(AccountHouse.ID), Keys.email(email)).orElseThrow();
  }

  /// The row of an email loses the end of its structure.
  private void cut(long email) {
    byte[] row = row(email);
    var partition = Rows.partition(AccountHouse.ID);
    var _ =
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch().put(Keys.email(email), Arrays.copyOf(row, row.length - 3)));
  }

  private Path segment() throws IOException {
    try (var files = Files.list(temp.resolve("content/segments"))) {
      return files.findFirst().orElseThrow();
    }
  }

  private void flip(long position) throws IOException {
    try (FileChannel file =
        FileChannel.open(segment(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var one = ByteBuffer.allocate(1);
      file.read(one, position);
      file.write(one.put(0, (byte) ~one.get(0)).rewind(), position);
    }
  }

  private List<String> repair() {
    return house.accounts().repair(AccountHouse.ID, "ann@example.org").orElseThrow();
  }

  private List<String> faults(ConsistencyWalk.Depth depth) {
    return house.accounts().verify(AccountHouse.ID, depth).orElseThrow().faults().stream()
        .map(ConsistencyWalk.Fault::what)
        .toList();
  }
}
