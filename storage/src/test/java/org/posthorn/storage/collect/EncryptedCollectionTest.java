package org.posthorn.storage.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailId;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.SteppedClock;
import org.posthorn.storage.collect.Collector.Wish;
import org.posthorn.storage.content.ContentForm;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueStore;

/// Sealed rows name their contents for the collector too: nothing that lives is freed.
final class EncryptedCollectionTest {
  private static final Actor ACTOR = new Actor("ann@example.org", "test", "1");
  private static final List<AccountId> BOTH = List.of(new AccountId("ann"), new AccountId("bob"));
  private static final CollectionConfig CONFIG =
      new CollectionConfig(Duration.ofDays(1), Duration.ofDays(1), 1, 100);
  private static final int MESSAGES = 40;
  private static final int LARGE_BYTES = 16 << 10;

  private final SteppedClock clock = new SteppedClock();

  @TempDir private Path directory;

  @Test
  void nothingThatASealedRowNamesIsFreed() throws IOException {
    Path master = directory.resolve("master");
    Files.writeString(master, Base64.getEncoder().encodeToString(new byte[32]) + "\n");
    try (Engine engine = new InMemoryEngine()) {
      Map<AccountId, List<String>> written = new HashMap<>();
      // What is there from before encryption was switched on stays in its open form.
      fill(engine, Optional.empty(), "before", written);
      ContentId queued = fill(engine, Optional.of(master), "sealed", written);
      collect(engine, master, queued, written);
    }
  }

  private ContentId fill(
      Engine engine, Optional<Path> master, String what, Map<AccountId, List<String>> written)
      throws IOException {
    Keyring keyring = Keyring.open(engine, master);
    try (ContentStore contents = contents(keyring);
        var accounts = accounts(engine, contents, keyring)) {
      for (AccountId id : BOTH) {
        Account account =
            accounts
                .find(id)
                .orElseGet(() ->
                    accounts.create(
                        id, ACTOR, new Accounts.NewAccount("", 0, Accounts.Folder.STANDARD)));
        for (int i = 0; i < MESSAGES; i++) {
          String text = text(what + " " + (i % 2 == 0 ? "both" : id.value()), i);
          append(account, write(contents, text));
          written.computeIfAbsent(id, _ -> new ArrayList<>()).add(text);
          write(contents, text("nobody's " + id, i));
        }
      }
      ContentId queued = write(contents, text("queued", 1)).id();
      new QueueStore(engine, keyring)
          .change(new QueueChange(new MailId(what)).accept(arrival(), form(queued)));
      return queued;
    }
  }

  private void collect(
      Engine engine, Path master, ContentId queued, Map<AccountId, List<String>> written)
      throws IOException {
    clock.forward(CONFIG.grace().multipliedBy(2));
    Keyring keyring = Keyring.open(engine, Optional.of(master));
    try (ContentStore contents = contents(keyring);
        var accounts = accounts(engine, contents, keyring);
        var collector =
            new Collector(
                contents,
                List.of(new QueueStore(engine, keyring)::contents, accounts::contents),
                engine,
                clock,
                CONFIG,
                Duration.ZERO)) {
      PastRound round = collector.collect(new Wish(false, true), (_, _) -> {}).orElseThrow();
      assertThat(round.named()).isEqualTo(2L * 2 * MESSAGES + 2);
      assertThat(round.reclaimed().freedContents()).isBetween(1L, 2L * 2 * MESSAGES);
      for (AccountId id : BOTH) {
        assertThat(read(accounts.find(id).orElseThrow())).isEqualTo(written.get(id));
        assertThat(accounts.verify(id, ConsistencyWalk.Depth.BYTES).orElseThrow().faults())
            .isEmpty();
      }
      assertThat(contents.find(queued)).isPresent();
    }
  }

  private static List<String> read(Account account) throws IOException {
    MailboxView view =
        account.view(account.find(MailboxName.INBOX).orElseThrow().id()).orElseThrow();
    List<String> texts = new ArrayList<>();
    for (Email email : account.emails(view, 0, view.size())) {
      try (var in = account.open(email, 0, email.sizeBytes())) {
        texts.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return texts;
  }

  private static void append(Account account, StoredContent content) {
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    long uid =
        account.change(
            ACTOR,
            draft -> draft.append(inbox, new NewEmail(content, "", Flags.NONE, Instant.EPOCH)));
    assertThat(uid).isPositive();
  }

  /// Some are so large that they have a file of their own.
  private static String text(String what, int number) {
    return "Subject: x\r\n\r\n%s %d %s\r\n"
        .formatted(what, number, "y".repeat(number % 10 == 0 ? 3 * LARGE_BYTES : 700));
  }

  private static StoredContent write(ContentStore contents, String text) throws IOException {
    return contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static MailForm form(ContentId content) {
    return new MailForm(0, Optional.empty(), content, "", List.of(), Map.of());
  }

  private static Arrival arrival() {
    return new Arrival(
        Optional.empty(),
        "helo",
        Optional.empty(),
        "smtp",
        "1",
        Instant.EPOCH,
        false,
        false,
        Optional.empty(),
        Optional.empty());
  }

  private Accounts accounts(Engine engine, ContentStore contents, Keyring keyring) {
    return new Accounts(engine, contents, clock, AccountsConfig.defaults(), keyring);
  }

  private ContentStore contents(Keyring keyring) {
    return SegmentContentStore.openIn(
        directory.resolve("content"),
        new SegmentContentStore.Settings(
            64 << 10, LARGE_BYTES, 8 << 20, 1 << 20, 1_000, CONFIG.grace().dividedBy(2)),
        new ContentForm(ContentForm.Compression.ZSTD, keyring.isOn()),
        clock);
  }
}
