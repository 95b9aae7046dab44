package org.posthorn.storage.account;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// An account that is written from the rows of another, under an id that nobody has. There is no
/// account before [#finish], whose last act is the first row. Used by one thread.
///
/// No client that knew the other account may take this one for it, since the copy may be older than
/// what the client has seen: the epoch is higher, every mailbox has a new UIDVALIDITY, and ids of
/// mailboxes and emails go on where nobody has been.
public final class AccountCopy {
  /// Names no content, in any store.
  private static final ContentId NOWHERE = new ContentId("-lost-");

  /// So far above the copy the ids go on when it is not known what was given out since.
  private static final int MAILBOXES_SINCE = 1 << 12;

  private static final int EMAILS_SINCE = 1 << 20;
  private static final int NOTED_AT_ONCE = 500;

  /// At most what sealing adds to a row, and the row of the account's key.
  private static final int SEAL_BYTES = 1 << 10;

  private final Engine engine;
  private final ContentStore contents;
  private final Partition partition;
  private final Rows rows;
  private final UnaryOperator<AccountId> readers;
  private final List<MailboxRow> mailboxes = new ArrayList<>();
  private final Set<ContentId> named = new LinkedHashSet<>();
  private Batch batch = new Batch();
  private Optional<AccountRow> first = Optional.empty();
  private long version;
  private long emailsChecksum;

  AccountCopy(
      Engine engine,
      ContentStore contents,
      AccountId id,
      Rows rows,
      UnaryOperator<AccountId> readers) {
    this.rows = rows;
    this.readers = readers;
    this.engine = engine;
    this.contents = contents;
    this.partition = Rows.partition(id);
    if (engine.head(partition).version() != 0) {
      throw new IllegalStateException("There is an account " + id + " already");
    }
  }

  /// A row that is not an email's. The key of the other account is none of this one, nor are the
  /// secrets that it sealed: nobody vouched for URLs of the copy.
  public void put(byte[] key, byte[] value) {
    if (Arrays.equals(key, Keys.KEY) || Keys.isAccessKey(key)) {
      return;
    }
    if (key[0] == Keys.ACCOUNT[0]) {
      first = Optional.of(AccountRow.decode(value));
    } else if (key[0] == Keys.mailboxes()[0]) {
      mailbox(key, value);
    } else if (!AccountRows.isUnderWay(key)) {
      write(Keys.withReader(key, readers), value);
    }
  }

  /// An email's row, whose content has another id here; empty when it could not be had.
  public void putEmail(byte[] key, byte[] value, Optional<ContentId> content) {
    byte[] moved = value;
    try {
      moved = EmailRow.withContent(value, content.orElse(NOWHERE));
      EmailRow.Head email = EmailRow.head(moved);
      emailsChecksum += EmailRow.checksum(Keys.longAt(key, 1), email);
      room(2, key.length + moved.length + SEAL_BYTES);
      moved = rows.key().close(Keys.longAt(key, 1), email.content(), moved, batch);
    } catch (StorageUnavailable | IllegalArgumentException _) {
      // It was damaged before, and is kept as it was.
    }
    write(key, moved);
    content.ifPresent(named::add);
  }

  private void mailbox(byte[] key, byte[] value) {
    try {
      mailboxes.add(MailboxRow.decode(Keys.intAt(key, 1), value));
    } catch (StorageUnavailable | IllegalArgumentException _) {
      write(key, value);
    }
  }

  /// The account is there when this returns. `replaced` is the account in whose place it comes, as
  /// far as there is one.
  public void finish(String owner, Optional<AccountId> replaced, Instant now) {
    AccountRow copied =
        first.orElseThrow(() ->
            new StorageUnavailable(
                "The copy of account " + partition.name() + " has no first row"));
    Optional<AccountRow> present = replaced.flatMap(this::present);
    long uidValidity =
        Math.max(
            now.getEpochSecond(),
            Math.max(
                copied.lastUidValidity(), present.map(AccountRow::lastUidValidity).orElse(0L)));
    long checksum = emailsChecksum;
    for (MailboxRow mailbox : mailboxes) {
      MailboxRow moved = mailbox.uidValidity(++uidValidity);
      checksum += moved.share();
      write(Keys.mailbox(moved.id()), moved.encode());
    }
    commit();
    note(owner);
    AccountRow whole =
        copied.copied(
            owner,
            Math.max(copied.epoch(), present.map(AccountRow::epoch).orElse(0)) + 1,
            uidValidity,
            new AccountRow.Sums(emailsChecksum, checksum));
    write(
        Keys.ACCOUNT,
        present
            .map(there ->
                whole.above(
                    Math.max(there.nextMailboxId(), copied.nextMailboxId()),
                    Math.max(there.nextEmailId(), copied.nextEmailId())))
            .orElseGet(() ->
                whole.above(
                    copied.nextMailboxId() + MAILBOXES_SINCE, copied.nextEmailId() + EMAILS_SINCE))
            .encode());
    commit();
  }

  /// As if each message had been placed anew, for whoever has to do without rows one day.
  private void note(String owner) {
    for (MailboxRow mailbox : mailboxes) {
      var some = new ArrayList<Placement>();
      rows.each(
          Keys.placements(mailbox.id()),
          row -> {
            placement(row).ifPresent(some::add);
            if (some.size() >= NOTED_AT_ONCE) {
              contents.note(notes(owner, mailbox, some));
              some.clear();
            }
          });
      contents.note(notes(owner, mailbox, some));
    }
  }

  private static Optional<Placement> placement(Page.Row row) {
    try {
      return Optional.of(Placement.decode(Keys.intAt(row.key(), 5) & 0xFFFF_FFFFL, row.value()));
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private List<Note> notes(String owner, MailboxRow mailbox, List<Placement> placements) {
    List<Optional<byte[]>> emails =
        rows.getAll(placements.stream().map(placed -> Keys.email(placed.emailId())).toList());
    var notes = new ArrayList<Note>();
    for (int i = 0; i < emails.size(); i++) {
      Placement placed = placements.get(i);
      try {
        emails
            .get(i)
            .map(row -> EmailRow.head(placed.emailId(), row, rows.key()))
            .filter(email -> !email.content().equals(NOWHERE))
            .ifPresent(email ->
                notes.add(
                    new Note(
                        email.content().withoutKey(),
                        partition.name(),
                        placed.emailId(),
                        owner,
                        mailbox.name().value(),
                        placed.internalMillis(),
                        String.join(" ", placed.flags().names()),
                        rows.key().isOn() ? "" : email.prefix())));
      } catch (StorageUnavailable | IllegalArgumentException _) {
        // A damaged row tells nothing.
      }
    }
    return notes;
  }

  /// The first row of another account, when it can be read.
  private Optional<AccountRow> present(AccountId other) {
    try {
      return engine.get(Rows.partition(other), Keys.ACCOUNT).map(AccountRow::decode);
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private void write(byte[] key, byte[] value) {
    room(1, key.length + value.length);
    batch.put(key, value);
  }

  private void room(int operations, int bytes) {
    if (!engine.limits().haveRoom(batch, operations, bytes)) {
      commit();
    }
  }

  private void commit() {
    if (batch.isEmpty()) {
      return;
    }
    // Durable before the rows that name them are.
    named.forEach(contents::sync);
    named.clear();
    CommitId commit = CommitId.random();
    switch (engine.commit(partition, version, commit, batch)) {
      case Result.Applied(long next) -> version = next;
      case Result.Conflict(var head) -> {
        if (!head.isMadeBy(commit, version)) {
          throw new StorageUnavailable(
              "Somebody else writes to the new account " + partition.name());
        }
        version++;
      }
    }
    batch = new Batch();
  }
}
