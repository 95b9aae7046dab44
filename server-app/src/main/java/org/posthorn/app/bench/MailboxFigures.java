package org.posthorn.app.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.UidSet;

/// One mailbox of a size: filled, opened cold and warm, flagged, copied, expunged. Used by one
/// thread.
final class MailboxFigures {
  private static final int AT_ONCE = 200;
  private static final int WARM_ROUNDS = 9;
  private static final MailboxName COPIES = new MailboxName("Copies");

  private final Figures figures;
  private final int size;
  private final SampleMessage sample;
  private final Path folder;
  private final AccountId id;
  private long messageBytes;

  MailboxFigures(Figures figures, int size, int sizeBytes, Path folder) {
    this.figures = figures;
    this.size = size;
    this.sample = new SampleMessage(sizeBytes);
    this.folder = folder;
    this.id = new AccountId("mailbox" + size);
  }

  private interface Work {
    void run() throws IOException;
  }

  void measure() throws IOException {
    long before = diskBytes();
    try (StoreCommand.Rooms rooms = StoreCommand.Rooms.open(folder)) {
      Account account = CommitRates.account(rooms.accounts(), id.value());
      rate("append", "appended, 200 to a change", () -> fill(rooms, account));
    }
    figures.add(
        "diskBytesPerByte" + size,
        label("bytes on disk for a byte of message"),
        (double) (diskBytes() - before) / messageBytes,
        "");
    try (StoreCommand.Rooms rooms = StoreCommand.Rooms.open(folder)) {
      open(rooms);
      Account account = rooms.accounts().find(id).orElseThrow();
      MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
      UidSet all = UidSet.range(1, size);
      flagOne(account, inbox);
      rate("flag", "flagged, all in one STORE", () -> flag(account, inbox, all, FlagChange.ADD));
      rate("unflag", "unflagged", () -> flag(account, inbox, all, FlagChange.REMOVE));
      MailboxId copies =
          account.change(CommitRates.ACTOR, draft -> draft.create(COPIES, Optional.empty()).id());
      rate(
          "copy",
          "copied",
          () -> {
            var _ = account.change(CommitRates.ACTOR, draft -> draft.copy(inbox, all, copies));
          });
      rate(
          "expunge",
          "expunged",
          () -> {
            var _ = account.change(CommitRates.ACTOR, draft -> draft.expunge(inbox, all));
          });
    }
  }

  private void fill(StoreCommand.Rooms rooms, Account account) throws IOException {
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    for (int done = 0; done < size; done += AT_ONCE) {
      List<NewEmail> emails = new ArrayList<>();
      for (int i = done; i < Math.min(done + AT_ONCE, size); i++) {
        byte[] message = sample.next("a@example.org");
        messageBytes += message.length;
        var content = rooms.contents().write(new ByteArrayInputStream(message));
        emails.add(new NewEmail(content, "", Flags.NONE, Instant.now()));
      }
      var _ =
          account.change(
              CommitRates.ACTOR,
              draft -> {
                emails.forEach(email -> draft.append(inbox, email));
                return emails;
              });
    }
  }

  /// Cold: the store was just opened, and nothing of the account is in memory but what the system
  /// keeps of its files.
  private void open(StoreCommand.Rooms rooms) {
    long begin = System.nanoTime();
    open(rooms.accounts().find(id).orElseThrow());
    figures.addMillis("openCold%dMillis".formatted(size), label("opened, cold"), since(begin));
    List<Long> warm = new ArrayList<>();
    for (int i = 0; i < WARM_ROUNDS; i++) {
      long again = System.nanoTime();
      open(rooms.accounts().find(id).orElseThrow());
      warm.add(System.nanoTime() - again);
    }
    figures.addMillis(
        "openWarm%dMillis".formatted(size),
        label("opened, warm"),
        Duration.ofNanos(warm.stream().sorted().toList().get(WARM_ROUNDS / 2)));
  }

  private void open(Account account) {
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    int there = account.view(inbox).orElseThrow().size();
    if (there != size) {
      throw new IllegalStateException("There are %d messages of %d".formatted(there, size));
    }
  }

  private void flagOne(Account account, MailboxId inbox) {
    long begin = System.nanoTime();
    flag(account, inbox, UidSet.of(size / 2), FlagChange.ADD);
    figures.addMillis(
        "flagOne%dMillis".formatted(size), label("flagged, one of them"), since(begin));
  }

  private static void flag(Account account, MailboxId inbox, UidSet uids, FlagChange change) {
    var _ =
        account.change(
            CommitRates.ACTOR,
            draft -> draft.store(inbox, uids, change, Flags.of("\\Flagged"), OptionalLong.empty()));
  }

  private void rate(String key, String label, Work work) throws IOException {
    double cpu = CommitRates.cpuSeconds();
    long begin = System.nanoTime();
    work.run();
    double took = since(begin).toNanos() / 1e9;
    figures
        .add(key + size + "PerSecond", label(label), size / took, "/s")
        .add(
            key + size + "CpuMicros",
            "… CPU for each",
            (CommitRates.cpuSeconds() - cpu) * 1e6 / size,
            "µs");
  }

  private String label(String label) {
    return String.format(Locale.ROOT, "%,d messages: %s", size, label);
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /// What contents and rows take.
  private long diskBytes() throws IOException {
    long bytes = 0;
    for (String part : List.of("content", "rows")) {
      if (Files.exists(folder.resolve(part))) {
        try (var files = Files.walk(folder.resolve(part))) {
          for (Path file : files.filter(Files::isRegularFile).toList()) {
            bytes += Files.size(file);
          }
        }
      }
    }
    return bytes;
  }
}
