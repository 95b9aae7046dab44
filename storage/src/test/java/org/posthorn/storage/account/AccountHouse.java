package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.posthorn.message.MailId;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.AccountDraft.Stored;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Engine;

/// A store with one account, for tests. Used by one test.
final class AccountHouse implements AutoCloseable {
  static final Actor ACTOR = new Actor("ann@example.org", "test", "1");
  static final AccountId ID = new AccountId("ann");

  private static final AccountsConfig CONFIG =
      new AccountsConfig(
          1 << 20,
          1 << 20,
          10,
          Duration.ofMinutes(5),
          50,
          20,
          Duration.ofDays(7),
          QuotaConfig.defaults(),
          Duration.ofDays(30),
          RetentionConfig.defaults(),
          Duration.ofHours(6));

  private final UnaryOperator<Engine> reopen;
  private final Supplier<ContentStore> openContents;
  private final SteppedClock clock = new SteppedClock();
  private ContentStore contents;
  private Engine engine;
  private Accounts accounts;

  /// `reopen` makes of an engine one that has nothing in memory but what it must.
  AccountHouse(Engine engine, UnaryOperator<Engine> reopen) {
    this(engine, reopen, inMemory());
  }

  /// `openContents` is asked at each opening, and closes what it opened before.
  AccountHouse(Engine engine, UnaryOperator<Engine> reopen, Supplier<ContentStore> openContents) {
    this.openContents = openContents;
    this.contents = openContents.get();
    this.reopen = reopen;
    this.engine = engine;
    this.accounts = new Accounts(engine, contents, clock, CONFIG);
    var _ = accounts.create(ID, ACTOR, new Accounts.NewAccount("", 0, Accounts.Folder.STANDARD));
  }

  private static Supplier<ContentStore> inMemory() {
    var contents = new InMemoryContentStore();
    return () -> contents;
  }

  Accounts accounts() {
    return accounts;
  }

  Account account() {
    return accounts.find(ID).orElseThrow();
  }

  Engine engine() {
    return engine;
  }

  ContentStore contents() {
    return contents;
  }

  SteppedClock clock() {
    return clock;
  }

  /// Forgets all that is in memory.
  void reopen() {
    accounts.close();
    engine = reopen.apply(engine);
    contents = openContents.get();
    accounts = new Accounts(engine, contents, clock, CONFIG);
  }

  /// As [#reopen], and the account is read.
  void reopenAndLook() {
    reopen();
    assertThat(account().version()).isPositive();
  }

  MailboxId inbox() {
    return account().find(MailboxName.INBOX).orElseThrow().id();
  }

  MailboxView view(MailboxId mailbox) {
    return account().view(mailbox).orElseThrow();
  }

  /// Lets go of what the account has kept for long enough: history for 30 days, Trash for 10.
  Accounts.Kept upkeep() {
    return upkeep(() -> true);
  }

  /// The same, as long as `goOn` says so.
  Accounts.Kept upkeep(BooleanSupplier goOn) {
    return accounts.upkeep(
        ID, new Keeping(Duration.ofDays(30), Duration.ofDays(10), Duration.ZERO), goOn);
  }

  long[] uids(MailboxId mailbox) {
    MailboxView view = view(mailbox);
    return IntStream.range(0, view.size()).mapToLong(view::uid).toArray();
  }

  /// How many mailboxes have their placements in memory.
  long openViews() {
    return account().state().mailboxes().stream().filter(m -> m.spine() != null).count();
  }

  AccountPicture picture() {
    return AccountPicture.of(account());
  }

  <R> R change(Account.Edit<R> edit) {
    return account().change(ACTOR, edit);
  }

  Stored store(MailboxId mailbox, UidSet uids, FlagChange change, String... flags) {
    return change(
        draft -> draft.store(mailbox, uids, change, Flags.of(flags), OptionalLong.empty()));
  }

  /// Something that nobody else gets. Whether it was delivered now.
  boolean delivers(MailboxId mailbox, NewEmail letter, MailId mail, String recipient) {
    return deliver(mailbox, letter, mail, recipient, recipient.hashCode())
        == AccountDraft.Delivered.NOW;
  }

  AccountDraft.Delivered deliver(
      MailboxId mailbox, NewEmail letter, MailId mail, String recipient, long what) {
    return change(draft -> draft.deliver(mailbox, letter, mail, recipient, what));
  }

  OptionalLong importOnce(MailboxId mailbox, NewEmail letter, SourceKey source) {
    return change(draft -> draft.appendOnce(mailbox, letter, source));
  }

  UidSet expunge(MailboxId mailbox, UidSet uids) {
    return change(draft -> draft.expunge(mailbox, uids));
  }

  void rename(String from, String to) {
    MailboxId id = account().find(new MailboxName(from)).orElseThrow().id();
    var _ =
        change(draft -> {
          draft.rename(id, new MailboxName(to));
          return draft;
        });
  }

  void delete(MailboxId id) {
    var _ =
        change(draft -> {
          draft.delete(id);
          return draft;
        });
  }

  void limit(QuotaLimits limits) {
    var _ =
        change(draft -> {
          draft.setQuota(limits);
          return draft;
        });
  }

  boolean warn(int percent) {
    NewEmail warning = letter("Room ends", Flags.NONE);
    return change(draft -> draft.warn(warning, percent));
  }

  /// Appends messages of the same content in one change.
  void fill(MailboxId mailbox, int count) {
    NewEmail letter = letter("Many", Flags.NONE);
    var _ =
        change(draft -> {
          for (int i = 0; i < count; i++) {
            draft.append(mailbox, letter);
          }
          return draft;
        });
  }

  NewEmail letter(String subject, Flags flags) {
    return compose(subject, "Return-Path: <bob@example.net>\r\n", flags, "");
  }

  NewEmail letter(String subject, String prefix) {
    return compose(subject, prefix, Flags.NONE, "");
  }

  NewEmail letterWithId(String id, String references) {
    String more =
        "Message-ID: "
            + id
            + "\r\n"
            + (references.isEmpty() ? "" : "References: " + references + "\r\n");
    return compose("Thread", "", Flags.NONE, more);
  }

  private NewEmail compose(String subject, String prefix, Flags flags, String moreHeader) {
    String text =
        "From: Bob <bob@example.net>\r\n%sSubject: %s\r\n\r\nBody of %s\r\n"
            .formatted(moreHeader, subject, subject);
    return new NewEmail(write(text), prefix, flags, Instant.parse("2026-11-20T08:00:00Z"));
  }

  private StoredContent write(String text) {
    try {
      return contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  byte[] bytes(Email email) {
    try (var in = account().open(email, 0, email.sizeBytes())) {
      return in.readAllBytes();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// At the end of each test: whatever was done, everything fits together.
  @Override
  public void close() {
    accounts
        .verify(ID, ConsistencyWalk.Depth.BYTES)
        .ifPresent(report -> assertThat(report.faults()).isEmpty());
    accounts.close();
    engine.close();
  }
}
