package org.posthorn.storage.account;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Page;

/// Looks through every row of an account for what does not fit together: UIDs, counters, checksums,
/// emails and contents, the log. Changes nothing. Takes about 17 bytes of memory an email. Used by
/// one thread.
public final class ConsistencyWalk {
  /// More faults of one account are counted, not told.
  private static final int TOLD_MAX = 1_000;

  private static final int TOLD_EVERY = 200;
  private static final int BUFFER_BYTES = 64 << 10;

  /// How far the walk goes.
  public enum Depth {
    /// The rows alone.
    ROWS,
    /// Also that every content is there and has its size.
    CONTENTS,
    /// Also every byte of every content, against its checksum.
    BYTES
  }

  /// One thing that is wrong, in words for the operator.
  public record Fault(AccountId account, String what) {}

  /// What was looked at and what was wrong with it; `faultCount` may be more than `faults`.
  public record Report(
      long mailboxes, long messages, long emails, long bytes, long faultCount, List<Fault> faults) {
    public Report {
      faults = List.copyOf(faults);
    }

    /// Both together.
    public Report plus(Report other) {
      var all = new ArrayList<>(faults);
      all.addAll(other.faults);
      return new Report(
          mailboxes + other.mailboxes,
          messages + other.messages,
          emails + other.emails,
          bytes + other.bytes,
          faultCount + other.faultCount,
          all);
    }
  }

  private final AccountId id;
  private final Rows rows;
  private final ContentStore contents;
  private final List<Fault> faults = new ArrayList<>();
  private final Map<Integer, Counted> mailboxes = new TreeMap<>();
  private final SeenEmails emails = new SeenEmails();
  private AccountRow account = AccountRow.EMPTY;
  private long faultCount;
  private long messages;
  private long emailsChecksum;
  private long bytes;
  private long lastChange;

  /// The content of an email.
  private record Stored(ContentId content, long sizeBytes) {}

  /// A mailbox and what its placements add up to.
  private static final class Counted {
    private final MailboxRow row;
    private long messages;
    private long unseen;
    private long deleted;
    private long sizeBytes;
    private long checksum;

    Counted(MailboxRow row) {
      this.row = row;
    }
  }

  private ConsistencyWalk(AccountId id, Rows rows, ContentStore contents) {
    this.id = id;
    this.rows = rows;
    this.contents = contents;
  }

  /// Walks an account that nobody changes meanwhile; empty when somebody did.
  static Optional<ConsistencyWalk> ofRows(AccountId id, Rows rows, ContentStore contents) {
    var walk = new ConsistencyWalk(id, rows, contents);
    long before = rows.version();
    walk.rows();
    return rows.version() == before ? Optional.of(walk) : Optional.empty();
  }

  /// What was found; with the contents, as far as they are asked for. These may change meanwhile:
  /// only what is there before and after counts. Tells `progress` how many emails it has looked at.
  Report report(Depth depth, LongConsumer progress) {
    if (depth != Depth.ROWS) {
      long[] looked = {0};
      each(
          Keys.emails(),
          row -> {
            content(row, depth);
            if (++looked[0] % TOLD_EVERY == 0) {
              progress.accept(looked[0]);
            }
          });
    }
    return new Report(mailboxes.size(), messages, emails.count(), bytes, faultCount, faults);
  }

  private void rows() {
    Optional<byte[]> first = rows.get(Keys.ACCOUNT);
    if (first.isEmpty()) {
      fault("The account's first row is missing");
      return;
    }
    guarded("The account's first row", () -> account = AccountRow.decode(first.get()));
    lastChange = account.exactSince();
    if (rows.hasLargeChange()) {
      fault("A large change was interrupted and is not completed");
    }
    each(Keys.mailboxes(), this::mailbox);
    each(Keys.emails(), this::email);
    each(Keys.placements(), this::placement);
    each(Keys.vanished(), this::vanished);
    each(Keys.threads(), this::thread);
    each(Keys.imported(), this::imported);
    each(
        Keys.forgotten(),
        row -> Arrays.stream(OldHistory.emailsOf(row.value())).forEach(emails::refer));
    names();
    changes();
    sums();
    emails.forEachUnreferenced(
        email -> fault("Email " + email + " is in no mailbox and never was"));
  }

  private void mailbox(Page.Row found) {
    var mailbox = MailboxRow.decode(Keys.intAt(found.key(), 1), found.value());
    mailboxes.put(mailbox.id(), new Counted(mailbox));
    check(mailbox.id() < account.nextMailboxId(), mailbox, "has an id that was not given out");
    check(
        mailbox.uidValidity() <= account.lastUidValidity(),
        mailbox,
        "has a UIDVALIDITY that was not given out");
    check(
        mailbox.highestModSeq() <= account.version(),
        mailbox,
        "was changed after the account's last change");
    check(mailbox.firstRecent() <= mailbox.uidNext(), mailbox, "has recent messages to come");
  }

  private void email(Page.Row found) {
    long id = Keys.longAt(found.key(), 1);
    EmailRow.Row row = EmailRow.Row.of(id, found.value(), rows.key());
    EmailRow.Head email = row.head();
    emails.put(id, email.sizeBytes());
    emailsChecksum += EmailRow.checksum(id, email);
    check(id < account.nextEmailId(), "Email " + id + " was not given out");
    check(
        row.structure().stream().allMatch(structure -> structure.sizeBytes() == email.sizeBytes()),
        "Email " + id + " has a structure of another size");
    check(
        email.threadId() >= 1 && email.threadId() <= id,
        "Email " + id + " is in thread " + email.threadId() + ", which is younger");
  }

  private void placement(Page.Row found) {
    int mailboxId = Keys.intAt(found.key(), 1);
    Placement placement =
        Placement.decode(Keys.intAt(found.key(), 5) & 0xFFFF_FFFFL, found.value());
    Counted mailbox = mailboxes.get(mailboxId);
    if (mailbox == null) {
      fault(
          "Message "
              + placement.uid()
              + " is in mailbox number "
              + mailboxId
              + ", which is not there");
      return;
    }
    messages++;
    mailbox.messages++;
    mailbox.unseen += placement.flags().seen() ? 0 : 1;
    mailbox.deleted += placement.flags().deleted() ? 1 : 0;
    mailbox.sizeBytes += placement.sizeBytes();
    mailbox.checksum += placement.checksum();
    emails.refer(placement.emailId());
    String what = "Message " + placement.uid() + " ";
    check(placement.uid() >= 1, mailbox.row, what + "has no UID");
    check(placement.uid() < mailbox.row.uidNext(), mailbox.row, what + "has a UID to come");
    check(
        placement.modSeq() >= 1 && placement.modSeq() <= mailbox.row.highestModSeq(),
        mailbox.row,
        what + "was changed after the mailbox");
    long sizeBytes = emails.sizeOf(placement.emailId());
    if (sizeBytes < 0) {
      fault(mailbox.row, what + "is email " + placement.emailId() + ", which is not there");
    } else {
      check(sizeBytes == placement.sizeBytes(), mailbox.row, what + "has another size");
    }
  }

  private void vanished(Page.Row found) {
    int mailboxId = Keys.intAt(found.key(), 1);
    long version = Keys.longAt(found.key(), 5);
    Counted mailbox = mailboxes.get(mailboxId);
    check(
        mailboxId < account.nextMailboxId()
            && version > account.exactSince()
            && version <= account.version(),
        "Messages vanished from mailbox number "
            + mailboxId
            + " by change "
            + version
            + ", to come or forgotten");
    for (Placement gone : VanishedRows.read(found.value())) {
      emails.refer(gone.emailId());
      check(emails.has(gone.emailId()), "Email " + gone.emailId() + " of the history is not there");
      if (mailbox != null) {
        check(
            rows.get(Keys.placement(mailboxId, gone.uid())).isEmpty(),
            mailbox.row,
            "Message " + gone.uid() + " vanished and is there");
        check(
            gone.uid() < mailbox.row.uidNext(),
            mailbox.row,
            "Message " + gone.uid() + " vanished with a UID to come");
      }
    }
  }

  private void imported(Page.Row found) {
    Imported imported = Imported.decode(Keys.sourceKey(found.key()), found.value());
    Counted mailbox = mailboxes.get(imported.mailbox().value());
    check(
        imported.mailbox().value() < account.nextMailboxId()
            && (mailbox == null || imported.uid() < mailbox.row.uidNext()),
        "Message "
            + imported.uid()
            + " was imported to mailbox number "
            + imported.mailbox().value()
            + ", which did not give that UID out");
  }

  private void thread(Page.Row found) {
    long thread = Rows.number(found.value());
    check(
        thread >= 1 && thread < account.nextEmailId(),
        "A message id leads to thread " + thread + ", which was not given out");
  }

  private void names() {
    Set<MailboxName> names = new HashSet<>();
    Set<Long> validities = new HashSet<>();
    Set<SpecialUse> uses = new HashSet<>();
    for (Counted mailbox : mailboxes.values()) {
      check(names.add(mailbox.row.name()), mailbox.row, "has the name of another");
      check(validities.add(mailbox.row.uidValidity()), mailbox.row, "has another's UIDVALIDITY");
      mailbox
          .row
          .use()
          .ifPresent(use -> check(uses.add(use), mailbox.row, "has the use of another"));
    }
    check(names.contains(MailboxName.INBOX), "There is no INBOX");
    each(
        Keys.subscriptions(),
        row -> {
          var name = new MailboxName(Rows.text(row.value()));
          check(
              Arrays.equals(row.key(), Keys.subscription(name)),
              "The subscription to " + name + " is under another key");
        });
    each(Keys.keywords(), row -> Flags.of(Rows.text(row.value())));
    each(
        Keys.annotations(),
        row -> {
          int mailbox = Keys.annotationOf(row.key()).mailbox().value();
          check(
              mailbox == 0 || mailboxes.containsKey(mailbox),
              "There is a note at mailbox number "
                  + mailbox
                  + ", which is not there: "
                  + Rows.text(row.value()).length());
        });
    each(
        Keys.accessKeys(),
        row -> {
          AccessKey.Place place = Keys.accessKeyOf(row.key());
          var _ = AccessKey.of(rows.key().openSecret(row.value(), row.key()));
          check(
              !place.host().equals(id.value()) || mailboxes.containsKey(place.mailbox()),
              "There is an access key of mailbox number "
                  + place.mailbox()
                  + ", which is not there");
        });
    each(Keys.readers(), this::reader);
    each(
        Keys.seen(),
        row -> {
          long highest = Marks.highest(Marks.decode(row.value()));
          check(
              mailboxes.containsKey(Keys.intAt(row.key(), 1)) && highest <= account.version(),
              "What a reader has seen is of a mailbox or of a change that is not there");
        });
    each(
        Keys.acls(),
        row -> {
          int mailbox = Keys.intAt(row.key(), 1);
          check(
              mailboxes.containsKey(mailbox) && !Acl.decode(row.value()).isEmpty(),
              "Rights are given in mailbox number " + mailbox + ", which is not there");
        });
  }

  private void reader(Page.Row row) {
    Reader.Key reader = Keys.readerOf(row.key());
    check(
        mailboxes.containsKey(reader.mailbox()) && Rows.number(row.value()) <= account.version(),
        "Reader " + reader.account() + " is of a mailbox or of a change that is not there");
  }

  private void changes() {
    var pieces = new ChangePieces();
    each(
        Keys.changes(),
        row ->
            guarded(
                "The log's change before " + LogRepair.version(row),
                () -> pieces.add(row).ifPresent(this::change)));
    guarded("The log's last change", () -> pieces.end().ifPresent(this::change));
    check(
        lastChange == account.version(),
        "The log ends with change " + lastChange + ", the account with " + account.version());
  }

  private void change(Change change) {
    check(
        change.version() == lastChange + 1,
        "The log goes from change " + lastChange + " to " + change.version());
    lastChange = change.version();
  }

  private void sums() {
    long usedBytes = 0;
    long checksum = emailsChecksum;
    for (Counted mailbox : mailboxes.values()) {
      MailboxRow row = mailbox.row;
      equal(row, "messages", row.messages(), mailbox.messages);
      equal(row, "unseen messages", row.unseen(), mailbox.unseen);
      equal(row, "deleted messages", row.deleted(), mailbox.deleted);
      equal(row, "bytes", row.sizeBytes(), mailbox.sizeBytes);
      check(row.checksum() == mailbox.checksum, row, "does not have the checksum of its messages");
      usedBytes += mailbox.sizeBytes;
      checksum += row.share();
    }
    check(
        account.usedMessages() == messages && account.usedBytes() == usedBytes,
        "The account says %d messages and %d bytes; there are %d and %d"
            .formatted(account.usedMessages(), account.usedBytes(), messages, usedBytes));
    check(account.emailsChecksum() == emailsChecksum, "The emails do not have their checksum");
    check(account.checksum() == checksum, "The account does not have the checksum of its parts");
  }

  /// Of an email that the walk has seen.
  private void content(Page.Row row, Depth depth) {
    long email = Keys.longAt(row.key(), 1);
    if (emails.has(email)) {
      EmailRow.Head head = EmailRow.head(email, row.value(), rows.key());
      content(email, new Stored(head.content(), head.contentBytes()), depth);
    }
  }

  private void content(long email, Stored stored, Depth depth) {
    guarded(
        "Content " + stored.content + " of email " + email,
        () -> {
          Optional<StoredContent> content = contents.find(stored.content);
          long expected = stored.sizeBytes;
          if (content.isEmpty() && rows.get(Keys.email(email)).isEmpty()) {
            return; // The email went meanwhile.
          }
          if (content.isEmpty()) {
            fault("Content " + stored.content + " of email " + email + " is missing");
          } else if (content.get().sizeBytes() != expected) {
            fault(
                "Content %s of email %d has %d bytes instead of %d"
                    .formatted(stored.content, email, content.get().sizeBytes(), expected));
          } else if (depth == Depth.BYTES) {
            read(email, stored, expected);
          }
        });
  }

  private void read(long email, Stored stored, long expected) {
    long count = 0;
    try (InputStream in = contents.open(stored.content, 0, expected)) {
      var buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count += n;
      }
    } catch (IOException damaged) {
      fault("Email " + email + ": " + damaged.getMessage());
      return;
    }
    bytes += count;
    check(
        count == expected,
        "Content %s of email %d ends after %d of %d bytes"
            .formatted(stored.content, email, count, expected));
  }

  private void each(byte[] prefix, Consumer<Page.Row> look) {
    rows.each(
        prefix,
        row -> guarded("Row " + HexFormat.of().formatHex(row.key()), () -> look.accept(row)));
  }

  /// What cannot be read is named, and stops nothing else.
  private void guarded(String what, Runnable look) {
    try {
      look.run();
    } catch (StorageUnavailable | MailboxException | IllegalArgumentException damaged) {
      fault(what + " is damaged: " + damaged.getMessage());
    } catch (IndexOutOfBoundsException _) {
      fault(what + " is damaged: it ends early");
    } catch (ContentMissing missing) {
      fault(what + ": " + missing.getMessage());
    } catch (UncheckedIOException damaged) {
      Throwable why = damaged.getCause() == null ? damaged : damaged.getCause();
      fault(what + ": " + why.getMessage());
    }
  }

  private void equal(MailboxRow mailbox, String what, long said, long counted) {
    check(said == counted, mailbox, "says " + said + " " + what + "; there are " + counted);
  }

  private void check(boolean good, MailboxRow mailbox, String otherwise) {
    if (!good) {
      fault(mailbox, otherwise);
    }
  }

  private void check(boolean good, String otherwise) {
    if (!good) {
      fault(otherwise);
    }
  }

  private void fault(MailboxRow mailbox, String what) {
    fault("Mailbox " + mailbox.name() + ": " + what);
  }

  private void fault(String what) {
    faultCount++;
    if (faults.size() < TOLD_MAX) {
      faults.add(new Fault(id, what));
    }
  }
}
