package org.posthorn.storage.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.FaultyDisk;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.story.StoryEvent.Addresses;

/// Stories are found again, after kills and damage too, and take no more time and space than they
/// may.
class StoryLogTest {
  private static final Instant BEGIN = Instant.parse("2026-11-27T10:00:00Z");

  @TempDir private Path folder;

  private Instant now = BEGIN;
  private final InstantSource clock = () -> now;

  @Test
  void everyKindOfEventIsReadAsItWasWritten() {
    for (StoryEvent event : all()) {
      var entry = new StoryEntry(BEGIN, "mail1", event);
      assertThat(StoryCodec.read(StoryCodec.write(entry))).contains(entry);
    }
  }

  @Test
  void damagedBytesAreRefusedOrReadAndNothingElse() {
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      List<StoryEvent> all = all();
      byte[] bytes =
          StoryCodec.write(new StoryEntry(BEGIN, "m", all.get(random.nextInt(all.size()))));
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      try {
        assertThat(StoryCodec.read(bytes)).isNotNull();
      } catch (StorageUnavailable e) {
        assertThat(e).hasMessageContaining("damaged");
      }
    }
  }

  @Test
  void longTextsAreCut() {
    var entry =
        new StoryEntry(BEGIN, "m", new StoryEvent.Dead(Addresses.NONE, "", "x".repeat(9_000)));
    assertThat(StoryCodec.write(entry)).hasSizeLessThan(600);
  }

  @Test
  void aMailIsFoundByIdMessageIdAndAddress() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      log.tell("mail1", () -> accepted("ann@example.org", "<One@example.net>", ""));
      log.tell("mail1", () -> served("ann@example.org"));
      log.tell("mail2", () -> accepted("bob@example.org", "<two@example.net>", "mail1"));
      log.tell("", () -> refused("ann@example.org"));

      StorySearch.Found byId = find(log, "mail1");
      assertThat(byId.byName()).isTrue();
      assertThat(byId.mails())
          .extracting(StorySearch.MailStory::mail)
          .containsExactly("mail1", "mail2");
      assertThat(byId.mails().getFirst().entries()).hasSize(2);
      assertThat(byId.mails().getLast().parent()).isEqualTo("mail1");
      assertThat(find(log, "mail2").mails()).hasSize(2);
      assertThat(find(log, "one@EXAMPLE.net").mails()).hasSize(2);
      StorySearch.Found byAddress = find(log, "Ann@example.org");
      assertThat(byAddress.byName()).isFalse();
      assertThat(byAddress.mails()).hasSize(1);
      assertThat(byAddress.refused()).hasSize(1);
      assertThat(find(log, "eve@example.org").mails()).isEmpty();
    }
  }

  /// And who asks for all of it hears of what was left out, too.
  @Test
  void ofALongStoryTheBeginningAndTheEndAreTold() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      log.tell("mail1", () -> accepted("ann@example.org", "<One@example.net>", ""));
      for (int i = 1; i <= 2_500; i++) {
        String reason = "round " + i;
        log.tell(
            "mail1",
            () ->
                new StoryEvent.Retried(
                    Addresses.one("ann@example.org"), "root/x", reason, Instant.EPOCH));
        if (i % 100 == 0) {
          log.flush();
        }
      }
      log.tell("mail1", () -> served("ann@example.org"));

      StorySearch.MailStory story = find(log, "mail1").mails().getFirst();
      assertThat(story.entries()).hasSize(2_000);
      assertThat(story.entries().getFirst().event()).isInstanceOf(StoryEvent.Accepted.class);
      assertThat(story.entries().getLast().event()).isInstanceOf(StoryEvent.Served.class);
      assertThat(story.gap()).contains(new StorySearch.Gap(1_000, 502));
      assertThat(story.entries().get(999).event().toString()).contains("round 999,");
      assertThat(story.entries().get(1_000).event().toString()).contains("round 1502,");
      List<StoryEntry> all = new ArrayList<>();
      new StorySearch(log).whole("mail1", all::addAll);
      assertThat(all).hasSize(2_502);
      log.tell("mail2", () -> accepted("ann@example.org", "", ""));
      assertThat(find(log, "mail2").mails().getFirst().gap()).isEmpty();
    }
  }

  @Test
  void whoHasGotManyMailsIsToldOfEachSinceItsTime() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      log.tell("mail1", () -> served("ann@example.org"));
      log.tell("mail2", () -> served("bob@example.org"));
      now = BEGIN.plusSeconds(60);
      Addresses far = Addresses.one("eve@far.example");
      log.tell("mail1", () -> new StoryEvent.Relayed(far, "mx.far.example", "250 ok", ""));
      log.tell("mail2", () -> new StoryEvent.Served(far, "root/bounce", "bounced"));
      log.tell("mail3", () -> served("joe@example.org"));
      Map<String, Instant> since =
          Map.of("mail1", BEGIN, "mail2", BEGIN.plusSeconds(30), "mail4", BEGIN);
      assertThat(log.delivered(since, served -> !served.how().equals("bounced")))
          .containsExactly(Map.entry("mail1", Set.of("ann@example.org", "eve@far.example")));
      assertThat(log.delivered(Map.of(), _ -> true)).isEmpty();
    }
  }

  @Test
  void whatAKilledProcessWroteIsThereButForATornTail() throws Exception {
    FileShelf killed = shelf(StoryConfig.defaults());
    killed.append(List.of(entry("mail1", "ann@example.org")));
    killed.append(List.of(entry("mail2", "bob@example.org")));
    Path file = files().getFirst();
    Files.write(file, new byte[] {0, 0, 1, 0, 7, 7}, StandardOpenOption.APPEND);

    FileShelf next = shelf(StoryConfig.defaults());
    assertThat(mails(next, "ann@example.org")).containsExactly("mail1");
    assertThat(mails(next, "bob@example.org")).containsExactly("mail2");
    next.append(List.of(entry("mail3", "ann@example.org")));
    assertThat(mails(next, "ann@example.org")).containsExactly("mail1", "mail3");
    assertThat(files())
        .extracting(path -> path.toString())
        .anyMatch(name -> name.endsWith(".story"));
  }

  @Test
  void damageCostsNoMoreThanWhatIsDamaged() throws Exception {
    FileShelf shelf = shelf(StoryConfig.defaults());
    for (int i = 0; i < 20_000; i++) {
      shelf.append(List.of(entry("mail" + i, "u" + i + "@example.org")));
    }
    shelf.close();
    shelf(StoryConfig.defaults()).close();
    var random = new Random(2);
    Path file = files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < 60; i++) {
      byte[] damaged = whole.clone();
      for (int k = 0; k < 1 + random.nextInt(4); k++) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
      }
      Files.write(
          file,
          random.nextInt(4) == 0
              ? Arrays.copyOf(damaged, random.nextInt(damaged.length))
              : damaged);
      FileShelf open = shelf(StoryConfig.defaults());
      for (int k = 0; k < 20; k++) {
        String number = Integer.toString(random.nextInt(20_000));
        assertThat(mails(open, "u" + number + "@example.org")).isSubsetOf("mail" + number);
      }
      open.close();
    }
  }

  /// When the clock was far ahead for a while.
  @Test
  void whatIsOfATimeToComeKeepsNothingThatIsTooOld() throws Exception {
    FileShelf ahead = shelf(StoryConfig.defaults());
    now = BEGIN.plus(Duration.ofDays(7_000));
    ahead.append(List.of(entry("ahead", "ann@example.org")));
    now = BEGIN;
    ahead.close();
    FileShelf shelf = shelf(StoryConfig.defaults());
    shelf.append(List.of(entry("mail1", "ann@example.org")));
    now = BEGIN.plus(Duration.ofDays(2));
    shelf.expire();
    assertThat(mails(shelf, "ann@example.org")).containsExactly("ahead", "mail1");
    now = BEGIN.plus(StoryConfig.defaults().keep()).plus(Duration.ofDays(1));
    shelf.expire();
    assertThat(mails(shelf, "ann@example.org")).containsExactly("ahead");
    shelf.close();
  }

  @Test
  void theOldestGoesFirst() throws Exception {
    var config = new StoryConfig(true, Duration.ofDays(30), 32L << 20);
    FileShelf shelf = shelf(config);
    shelf.append(List.of(entry("mail1", "ann@example.org")));
    now = BEGIN.plus(Duration.ofDays(2));
    shelf.expire();
    shelf.append(List.of(entry("mail2", "ann@example.org")));
    assertThat(mails(shelf, "ann@example.org")).containsExactly("mail1", "mail2");
    now = BEGIN.plus(Duration.ofDays(31));
    shelf.expire();
    assertThat(mails(shelf, "ann@example.org")).containsExactly("mail2");
    assertThat(shelf.begin()).hasValue(BEGIN.plus(Duration.ofDays(2)));
    shelf.close();
  }

  @Test
  void itTakesNoMoreSpaceThanItMay() throws Exception {
    var config = new StoryConfig(true, Duration.ofDays(30), 32L << 20);
    FileShelf shelf = shelf(config);
    var random = new Random(3);
    for (int i = 0; i < 400; i++) {
      List<StoryEntry> batch = new ArrayList<>();
      for (int k = 0; k < 300; k++) {
        byte[] noise = new byte[300];
        random.nextBytes(noise);
        String said = new String(noise, StandardCharsets.ISO_8859_1);
        batch.add(
            new StoryEntry(now, "mail" + i, new StoryEvent.Relayed(Addresses.NONE, "", said, "")));
      }
      shelf.append(batch);
      shelf.tend();
    }
    long bytes = 0;
    for (Path file : files()) {
      bytes += Files.size(file);
    }
    assertThat(bytes).isBetween(16L << 20, 40L << 20);
    assertThat(mails(shelf, "mail0")).isEmpty();
    assertThat(mails(shelf, "mail399")).isNotEmpty();
    shelf.close();
  }

  /// The pipe stands where the file is put: whoever opens it to write waits until somebody reads.
  @Test
  void nobodyWaitsWhileAFullFileIsPutAway() throws Exception {
    FileShelf shelf = shelf(StoryConfig.defaults());
    int mails = fill(shelf);
    Path pipe = folder.resolve("0000000000000001.part");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    var tending =
        new FutureTask<Void>(() -> {
          shelf.tend();
          return null;
        });
    Thread.ofPlatform().daemon().start(tending);

    var others =
        new FutureTask<Void>(() -> {
          long end = System.nanoTime() + Duration.ofMillis(300).toNanos();
          while (System.nanoTime() - end < 0) {
            shelf.append(List.of(entry("later", "bob@example.org")));
            assertThat(mails(shelf, "ann@example.org")).hasSize(mails);
          }
          return null;
        });
    Thread.ofPlatform().daemon().start(others);
    others.get(30, TimeUnit.SECONDS);
    assertThat(tending.isDone()).isFalse();

    new FileInputStream(pipe.toFile()).close();
    assertThatThrownBy(tending::get).hasCauseInstanceOf(IOException.class);
    assertThat(mails(shelf, "ann@example.org")).hasSize(mails);
    Files.delete(pipe);
    shelf.tend();
    assertThat(files().getFirst()).hasFileName("0000000000000001.story");
    assertThat(mails(shelf, "ann@example.org")).hasSize(mails);
    assertThat(mails(shelf, "bob@example.org")).isNotEmpty();
    shelf.close();
  }

  @Test
  void whatIsFullAndNotPutAwayIsThereAfterAKill() throws Exception {
    FileShelf killed = shelf(StoryConfig.defaults());
    int mails = fill(killed);
    killed.append(List.of(entry("later", "ann@example.org")));

    FileShelf next = shelf(StoryConfig.defaults());
    assertThat(mails(next, "ann@example.org")).hasSize(mails + 1).endsWith("later");
    next.close();
  }

  @Test
  void aFileThatCannotBeBegunIsInNobodysWay() throws Exception {
    var disk = new FaultyDisk();
    FileShelf shelf =
        FileShelf.open(disk.at(folder), StoryConfig.defaults(), Optional.empty(), clock);
    disk.fault((step, _) -> {
      if (step == FaultyDisk.Step.WRITE) {
        throw new IOException("No space left on device");
      }
    });
    assertThatThrownBy(() -> shelf.append(List.of(entry("lost", "ann@example.org"))))
        .isInstanceOf(IOException.class);
    disk.fault((_, _) -> {});
    assertThat(files()).isEmpty();
    shelf.append(List.of(entry("first", "ann@example.org")));
    assertThat(mails(shelf, "ann@example.org")).containsExactly("first");
    int mails = fill(shelf);
    shelf.tend();
    assertThat(mails(shelf, "ann@example.org")).hasSize(mails + 1);
    now = BEGIN.plus(Duration.ofDays(31));
    shelf.expire();
    assertThat(files()).isEmpty();
    shelf.close();
  }

  @Test
  void aFullFileThatCannotBeReadIsSetAside() throws Exception {
    FileShelf shelf = shelf(StoryConfig.defaults());
    assertThat(fill(shelf)).isPositive();
    Path file = files().getFirst();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), 0);
    }
    shelf.append(List.of(entry("later", "ann@example.org")));
    assertThat(mails(shelf, "ann@example.org")).containsExactly("later");
    shelf.tend();
    assertThat(files())
        .extracting(path -> path.getFileName().toString())
        .containsExactly("0000000000000001.open.damaged", "0000000000000002.open");
    assertThat(mails(shelf, "ann@example.org")).containsExactly("later");
    shelf.close();
  }

  /// Each under a number of its own.
  @Test
  void whatWasSetAsideTwiceKeepsNobodyFromStarting() throws Exception {
    for (int round = 0; round < 2; round++) {
      FileShelf shelf = shelf(StoryConfig.defaults());
      shelf.append(List.of(entry("mail" + round, "ann@example.org")));
      Path open =
          files().stream().filter(file -> file.toString().endsWith(".open")).findFirst().get();
      shelf.close();
      try (FileChannel channel = FileChannel.open(open, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.allocate(1), 0);
      }
    }
    // As an older program may have left it.
    Files.createFile(folder.resolve("0000000000000002.open.damaged"));
    FileShelf shelf = shelf(StoryConfig.defaults());
    assertThat(files())
        .extracting(path -> path.getFileName().toString())
        .containsExactly("0000000000000001.open.damaged", "0000000000000002.open.damaged");
    shelf.append(List.of(entry("later", "ann@example.org")));
    assertThat(mails(shelf, "ann@example.org")).containsExactly("later");
    shelf.close();
  }

  /// Bad sectors in what nobody needs to serve mail. The memory of a process cannot be read at its
  /// begin either.
  @Test
  void filesThatTheDiskCannotReadKeepNobodyFromStarting() throws Exception {
    FileShelf before = shelf(StoryConfig.defaults());
    before.append(List.of(entry("mail1", "ann@example.org")));
    before.close();
    Path unreadable = Path.of("/proc/self/mem");
    assumeTrue(Files.isReadable(unreadable));
    Files.createSymbolicLink(folder.resolve("0000000000000007.open"), unreadable);
    Files.createSymbolicLink(folder.resolve("0000000000000008.story"), unreadable);
    FileShelf shelf = shelf(StoryConfig.defaults());
    shelf.append(List.of(entry("mail2", "ann@example.org")));
    assertThat(mails(shelf, "ann@example.org")).containsExactly("mail1", "mail2");
    shelf.close();
  }

  /// As on a full disk, where that makes room.
  @Test
  void theOldestGoesAlsoWhenNothingCanBePutAway() throws Exception {
    FileShelf shelf = shelf(StoryConfig.defaults());
    assertThat(fill(shelf)).isPositive();
    shelf.tend();
    now = BEGIN.plus(Duration.ofDays(31));
    assertThat(fill(shelf)).isPositive();
    Files.createDirectory(folder.resolve("0000000000000002.part"));
    assertThat(files().getFirst()).hasFileName("0000000000000001.story");
    assertThatThrownBy(shelf::tend).isInstanceOf(IOException.class);
    assertThat(files().getFirst()).hasFileName("0000000000000002.open");
    shelf.close();
  }

  /// Until the next entry begins a file of its own; how many entries there are.
  @Test
  void whatSomebodyElsePutBesideThemIsLeftAlone() throws Exception {
    List<Path> foreign = new ArrayList<>();
    for (String suffix : List.of(".story", ".open", ".part", ".open.damaged")) {
      foreign.add(Files.writeString(folder.resolve("my-notes-of-2026" + suffix), "x"));
    }
    shelf(StoryConfig.defaults()).close();
    assertThat(foreign).allMatch(Files::exists);
  }

  private int fill(FileShelf shelf) throws IOException {
    int mails = 0;
    while (files().isEmpty() || Files.size(files().getLast()) < 8 << 20) {
      List<StoryEntry> batch = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        batch.add(entry("mail" + mails++, "ann@example.org"));
      }
      shelf.append(batch);
    }
    return mails;
  }

  @Test
  void whatIsSealedIsNotReadableOnTheDisk() throws Exception {
    Path key = folder.resolve("key");
    Files.writeString(key, Base64.getEncoder().encodeToString(new byte[32]) + "\n");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Keyring keyring = Keyring.open(new InMemoryEngine(), Optional.of(key));
    Path stories = folder.resolve("sealed");
    FileShelf shelf = FileShelf.open(stories, StoryConfig.defaults(), keyring.system(), clock);
    shelf.append(List.of(entry("mail1", "ann@example.org")));
    assertSealed(stories);
    shelf.close();
    FileShelf next = FileShelf.open(stories, StoryConfig.defaults(), keyring.system(), clock);
    assertSealed(stories);
    assertThat(mails(next, "ann@example.org")).containsExactly("mail1");
    next.close();
  }

  private static void assertSealed(Path stories) throws IOException {
    try (var files = Files.list(stories)) {
      for (Path file : files.toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .doesNotContain("example", "mail1");
      }
    }
  }

  @Test
  void whoeverWaitsFindsItsWordWrittenAndOthersInTheirOrder() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      List<Thread> tellers = new ArrayList<>();
      List<String> lost = Collections.synchronizedList(new ArrayList<>());
      for (int teller = 0; teller < 8; teller++) {
        String mail = "mail" + teller;
        tellers.add(Thread.ofVirtual().start(() -> tellAndLook(log, mail, lost)));
      }
      for (Thread teller : tellers) {
        teller.join();
      }
      assertThat(lost).isEmpty();
    }
    for (int teller = 0; teller < 8; teller++) {
      assertThat(attempts("mail" + teller)).isEqualTo(IntStream.range(0, 200).boxed().toList());
    }
  }

  /// Each word is in the file when the wait for it is over, as after a kill.
  private void tellAndLook(StoryLog log, String mail, List<String> lost) {
    for (int i = 0; i < 200; i++) {
      long place = log.tell(now, mail, deferred(i));
      log.awaitWritten(place);
      if (i % 20 == 0 && attempts(mail).size() != i + 1) {
        lost.add(mail + " " + i);
      }
    }
  }

  private static StoryEvent deferred(int attempt) {
    return new StoryEvent.Deferred(Addresses.NONE, attempt, "4.2.0", "mx", "451 later", BEGIN, "");
  }

  /// What the files of the folder say of a mail.
  private List<Integer> attempts(String mail) {
    List<Integer> attempts = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        var frames = new Frames(/* file= */ 1, Optional.empty());
        for (StoryEntry entry : StoryFile.find(Files.readAllBytes(file), Set.of(mail), frames)) {
          attempts.add(((StoryEvent.Deferred) entry.event()).attempts());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return attempts;
  }

  @Test
  void whatComesTooFastIsCountedAndNobodyWaits() throws Exception {
    try (var log = new StoryLog(shelf(StoryConfig.defaults()), StoryConfig.defaults(), clock, 10)) {
      for (int i = 0; i < 25; i++) {
        log.tell("mail1", () -> accepted("ann@example.org", "", ""));
      }
      log.start();
      StorySearch.Found found = find(log, "mail1");
      assertThat(found.mails().getFirst().entries()).hasSize(10);
      assertThat(found.missingEvents()).isEqualTo(15);
    }
  }

  @Test
  void whatWasClosedIsWholeUntilItIsOpenedAgain() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      assertThat(log.isWhole()).isFalse(); // Nobody knows what was before.
      log.start();
      log.becomesWhole(() -> {});
      log.tell("mail1", () -> served("ann@example.org"));
    }
    StoryLog killed = open(StoryConfig.defaults());
    assertThat(killed.isWhole()).isTrue();
    killed.start();
    killed.tell("mail2", () -> served("ann@example.org"));
    killed.flush();

    try (StoryLog log = open(StoryConfig.defaults())) {
      assertThat(log.isWhole()).isFalse();
      assertThat(find(log, "ann@example.org").mails()).hasSize(2);
    }
    assertThat(wholeAfterAll()).isFalse(); // Nobody has told again what may be missing.
    killed.close();
  }

  /// As an operator's command does that only looks.
  @Test
  void lookingChangesNothingOfThat() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      log.becomesWhole(() -> {});
    }
    try (StoryLog log = open(StoryConfig.defaults())) {
      assertThat(find(log, "ann@example.org").mails()).isEmpty();
    }
    StoryLog neverClosed = open(StoryConfig.defaults());
    assertThat(neverClosed.isWhole()).isTrue();
    assertThat(wholeAfterAll()).isTrue();
  }

  @Test
  void whereSomethingWasLeftOutItIsNotWhole() throws Exception {
    try (var log = new StoryLog(shelf(StoryConfig.defaults()), StoryConfig.defaults(), clock, 10)) {
      log.becomesWhole(() -> {});
      for (int i = 0; i < 11; i++) {
        log.tell("mail1", () -> served("ann@example.org"));
      }
      log.start();
    }
    assertThat(wholeAfterAll()).isFalse();
  }

  @Test
  void whatIsToldAgainCanBeLeftOutAgain() throws Exception {
    try (var log = new StoryLog(shelf(StoryConfig.defaults()), StoryConfig.defaults(), clock, 10)) {
      log.becomesWhole(() -> {
        for (int i = 0; i < 11; i++) {
          log.tell("mail1", () -> served("ann@example.org"));
        }
      });
      log.start();
    }
    assertThat(wholeAfterAll()).isFalse();
  }

  @Test
  void whereTellingAgainFailedItIsNotWhole() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      assertThatThrownBy(() ->
              log.becomesWhole(() -> {
                throw new StorageUnavailable("The disk is full", new IOException());
              }))
          .isInstanceOf(StorageUnavailable.class);
    }
    assertThat(wholeAfterAll()).isFalse();
  }

  @Test
  void whereNobodyWroteWhatWasToldItIsNotWhole() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.becomesWhole(() -> {});
      log.tell("mail1", () -> served("ann@example.org"));
    }
    assertThat(wholeAfterAll()).isFalse();
  }

  @Test
  void whereNobodyWroteWhatWasToldItIsNotWholeAnyMore() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      log.becomesWhole(() -> {});
    }
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.tell("mail1", () -> served("ann@example.org"));
    }
    assertThat(wholeAfterAll()).isFalse();
  }

  @Test
  void whatIsToldAfterItsEndIsKnownToBeMissing() throws Exception {
    StoryLog log = open(StoryConfig.defaults());
    log.start();
    log.becomesWhole(() -> {});
    log.close();
    log.tell("mail1", () -> served("ann@example.org"));
    assertThat(wholeAfterAll()).isFalse();
  }

  private boolean wholeAfterAll() throws IOException {
    try (StoryLog log = open(StoryConfig.defaults())) {
      return log.isWhole();
    }
  }

  @Test
  void aHundredThousandEventsAreSearchedInNoTime() throws Exception {
    FileShelf shelf = shelf(StoryConfig.defaults());
    List<StoryEntry> batch = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      batch.add(entry("mail" + i / 5, "u" + i / 50 + "@example.org"));
      if (batch.size() == 500) {
        shelf.append(batch);
        batch.clear();
      }
    }
    try (var log = new StoryLog(shelf, StoryConfig.defaults(), clock, 10)) {
      assertThat(find(log, "mail7").mails().getFirst().entries()).hasSize(5);
      long begin = System.nanoTime();
      assertThat(find(log, "u77@example.org").mails()).hasSize(10);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
    }
  }

  @Test
  void whatWasRefusedOrThrownAwayIsFoundByItsMessageId() throws Exception {
    try (StoryLog log = open(StoryConfig.defaults())) {
      log.start();
      var refused =
          new StoryEvent.Refused(
              "message", "s", Addresses.NONE, "192.0.2.7", "mx", "", "c1", "451 no", "", "<1@x>");
      log.tell("", () -> refused);
      StorySearch.Found once = find(log, "1@x");
      assertThat(once.byName()).isFalse();
      assertThat(once.refused()).hasSize(1);
      log.tell("mail1", () -> accepted("ann@example.org", "<1@x>", ""));
      StorySearch.Found then = find(log, "<1@X>");
      assertThat(then.byName()).isTrue();
      assertThat(then.mails()).hasSize(1);
      assertThat(then.refused()).hasSize(1);
      log.tell(
          "mail2", () -> new StoryEvent.Discarded("s", Addresses.NONE, "r", "c", "<2@x>", "g"));
      StorySearch.Found discarded = find(log, "<2@x>");
      assertThat(discarded.byName()).isTrue();
      assertThat(discarded.mails()).extracting(StorySearch.MailStory::mail).contains("mail2");
    }
  }

  private static List<StoryEvent> all() {
    var to = new Addresses(List.of("a@example.org", "b@example.org"), 70);
    return List.of(
        new StoryEvent.Accepted(
            "s@example.net",
            to,
            12_345,
            "<1@x>",
            "ESMTPSA",
            "192.0.2.7",
            "mx",
            "l",
            "c1",
            "p",
            List.of(new StoryEvent.GateNote("g", "why")),
            "to be held",
            new StoryEvent.Written("w@example.net", Addresses.one("e@example.org")),
            "spam"),
        new StoryEvent.Discarded("s", to, "r", "c", "<2@x>", "g: noise"),
        refused("ann@example.org"),
        new StoryEvent.Step("root/0", to, "goes on", Addresses.one("c@d"), "srs", 77),
        served("ann@example.org"),
        new StoryEvent.Retried(to, "p", "w", BEGIN),
        new StoryEvent.Dead(to, "p", "w"),
        new StoryEvent.Relayed(to, "mx.example.net", "250 ok", "TLSv1.3"),
        new StoryEvent.Deferred(to, 3, "4.2.0", "mx", "451 later", BEGIN, "none"),
        new StoryEvent.Failed(to, 3, "5.1.1", "", "no", "TLSv1.2 X, not verified"),
        new StoryEvent.Administered("dropped", 4, "root"),
        new StoryEvent.Missing(9));
  }

  private static StoryEvent accepted(String to, String messageId, String parent) {
    return new StoryEvent.Accepted(
        "s@example.net",
        Addresses.one(to),
        100,
        messageId,
        "ESMTP",
        "192.0.2.7",
        "mx",
        "",
        "c1",
        parent,
        List.of(),
        "",
        StoryEvent.Written.SAME,
        "");
  }

  private static StoryEvent served(String to) {
    return new StoryEvent.Served(Addresses.one(to), "root/deliver", "delivered into INBOX");
  }

  private static StoryEvent refused(String to) {
    return new StoryEvent.Refused(
        "recipient",
        "s@example.net",
        Addresses.one(to),
        "192.0.2.7",
        "mx",
        "",
        "c1",
        "550 no",
        "",
        "");
  }

  private StoryEntry entry(String mail, String to) {
    return new StoryEntry(now, mail, served(to));
  }

  private static StorySearch.Found find(StoryLog log, String word) {
    return new StorySearch(log).find(word, Instant.EPOCH, 50);
  }

  private static List<String> mails(StoryShelf shelf, String key) throws IOException {
    List<String> mails = new ArrayList<>();
    shelf.scan(
        Set.of(key),
        false,
        Instant.EPOCH,
        entries -> {
          entries.forEach(entry -> mails.add(entry.mail()));
          return true;
        });
    return mails;
  }

  private StoryLog open(StoryConfig config) {
    return StoryLog.in(folder, config, Optional.empty(), clock);
  }

  private FileShelf shelf(StoryConfig config) {
    return FileShelf.open(folder, config, Optional.empty(), clock);
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}
