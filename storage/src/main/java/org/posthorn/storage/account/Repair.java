package org.posthorn.storage.account;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;

/// Puts the rows of an account right as far as that can be derived. What cannot be read is set
/// aside with its bytes ([Keys#setAside]); counters, sums and checksums are counted anew;
/// structures are read from the contents again; mailboxes whose row is lost and emails whose place
/// is lost are found in mailboxes called `Recovered`. All of it is one more change in the log, by
/// `verify`. A mailbox that lost a message, or what it knew of one that vanished, gets a new
/// UIDVALIDITY, so that no client believes it is still there.
///
/// An account in which something that counts is of a newer program is left to that: what cannot be
/// read cannot be added up, and nothing of it is written.
///
/// Nobody changes the account meanwhile. What a crash leaves half done is done by the next repair.
/// Memory grows by a bit for each email. Used by one thread.
final class Repair {
  private static final String RECOVERED = "Recovered";
  private static final int LOOKED_UP_AT_ONCE = 500;

  /// The rows that the others are derived from or added up to: mailboxes, log, emails, what is
  /// forgotten, the account, placements, what vanished.
  private static final String COUNTED = "bcegmpv";

  private final Partition partition;
  private final Rows rows;
  private final ContentStore contents;
  private final Instant now;
  private final RepairRows written;
  private final Map<Integer, MailboxTally> mailboxes = new TreeMap<>();
  private final Set<MailboxName> names = new HashSet<>();
  private final BitSet referenced = new BitSet();
  private final Placements placements = new Placements();
  private AccountRow account = AccountRow.EMPTY;
  private boolean accountLost = true;
  private boolean historyLost;
  private long highestVersion;
  private long highestEmail;
  private int highestMailbox;
  private long uidValidity;
  private long emailsChecksum;

  Repair(Engine engine, AccountId id, ContentStore contents, Instant now, Rows rows) {
    this.partition = Rows.partition(id);
    Keys.LARGE_CHANGE.recover(engine, partition);
    this.written = new RepairRows(engine, partition, now);
    this.rows = rows;
    this.contents = contents;
    this.now = now;
  }

  /// Says what was done; nothing when all was well. `owner` is the login of the account's user, for
  /// an account that lost its first row. Throws [StorageUnavailable], and nothing was written, when
  /// its key is lost or what counts is of a newer program.
  List<String> run(String owner) {
    if (!written.isThere()) {
      return List.of();
    }
    checkKey();
    var anyDamage = new boolean[1];
    rows.between(
        new byte[0],
        new byte[0],
        row ->
            whyUnreadable(row)
                .ifPresent(why -> {
                  checkForm(row, why);
                  anyDamage[0] = true;
                }));
    if (anyDamage[0]) {
      // Only now: what a newer program has written may be behind a row that is damaged.
      rows.between(
          new byte[0], new byte[0], row -> whyUnreadable(row).ifPresent(why -> damaged(row, why)));
    }
    if (accountLost) {
      account = AccountRow.lost(trimmedUntil());
    }
    highestVersion = new LogRepair(rows, written, account.exactSince(), highestVersion).run();
    written.commit();
    // What an engine hands out page by page is not disturbed by what is written behind it.
    rows.each(Keys.placements(), placements::add);
    placements.end();
    written.commit();
    rows.each(Keys.emails(), this::email);
    inbox();
    leftovers();
    finish(owner);
    return written.told();
  }

  /// Without the account's key every sealed email would look damaged, though none is.
  private void checkKey() {
    if (!rows.key().isThere()) {
      rows.each(
          Keys.emails(),
          row -> {
            if (EmailRow.isSealed(row.value())) {
              throw new StorageUnavailable(
                  "The key of account %s is lost: bring the account back from a backup"
                      .formatted(partition.name()));
            }
          });
    }
  }

  // What can be read, and what is set aside.

  /// Empty when it can be read, and what it says is noted.
  private Optional<String> whyUnreadable(Page.Row row) {
    try {
      read(row);
      return Optional.empty();
    } catch (StorageUnavailable | MailboxException | IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (IndexOutOfBoundsException _) {
      return Optional.of("it ends early");
    }
  }

  private void checkForm(Page.Row row, String why) {
    if (isNewer(why) && COUNTED.indexOf(row.key()[0]) >= 0) {
      throw new StorageUnavailable(
          """
          Row %s of account %s seems to be of a newer program; nothing was changed: %s. \
          Repair the account with the newest program that has served this data directory. \
          If that is this one, the row is damaged: bring the account back from a backup\
          """
              .formatted(hex(row.key()), partition.name(), why));
    }
  }

  /// Whether what cannot be read may have been written by a newer program.
  static boolean isNewer(String why) {
    return why.contains("newer program");
  }

  private void read(Page.Row row) {
    byte[] key = row.key();
    byte[] value = row.value();
    switch (key[0]) {
      case 'c' -> {
        if (Keys.isFirstPiece(key)) {
          var _ = ChangeRow.when(value);
        }
      }
      case 'b' -> mailbox(MailboxRow.decode(Keys.intAt(key, 1), value));
      case 'e' -> {
        highestEmail = Math.max(highestEmail, Keys.longAt(key, 1));
        var _ = EmailRow.Row.of(Keys.longAt(key, 1), value, rows.key());
      }
      case 'g' -> {
        for (long email : OldHistory.emailsOf(value)) {
          reference(email);
        }
      }
      case 'k' -> {
        var _ = Flags.of(Rows.text(value));
      }
      case 'a' -> {
        highestMailbox = Math.max(highestMailbox, Keys.annotationOf(key).mailbox().value());
        var _ = Rows.text(value);
      }
      case 'q' -> Rows.number(value);
      case 'u' -> {
        var _ = AccessKey.of(rows.key().openSecret(value, key));
      }
      case 'r' -> {
        highestMailbox = Math.max(highestMailbox, Keys.intAt(key, 1));
        var _ = Marks.decode(value);
      }
      case 'l' -> {
        highestMailbox = Math.max(highestMailbox, Keys.intAt(key, 1));
        var _ = Acl.decode(value);
      }
      case 'm' -> {
        account = AccountRow.decode(value);
        accountLost = false;
        highestVersion = Math.max(highestVersion, account.version());
      }
      case 'p' -> reference(placement(row));
      case 's' -> {
        if (!Arrays.equals(key, Keys.subscription(new MailboxName(Rows.text(value))))) {
          throw new StorageUnavailable("it is under the key of another name");
        }
      }
      case 't' -> Rows.number(value);
      case 'v' -> {
        VanishedRows.read(value).forEach(this::reference);
        highestMailbox = Math.max(highestMailbox, Keys.intAt(key, 1));
        highestVersion = Math.max(highestVersion, Keys.longAt(key, 5));
      }
      case 'x' -> {
        var _ = Imported.decode(Keys.sourceKey(key), value);
      }
      default -> {} // Nothing of these is needed by anything else.
    }
  }

  private static Placement placement(Page.Row row) {
    return Placement.decode(Keys.intAt(row.key(), 5) & 0xFFFF_FFFFL, row.value());
  }

  private void mailbox(MailboxRow row) {
    mailboxes.put(row.id(), new MailboxTally(row, false));
    names.add(row.name());
    highestMailbox = Math.max(highestMailbox, row.id());
    uidValidity = Math.max(uidValidity, row.uidValidity());
    highestVersion = Math.max(highestVersion, row.highestModSeq());
  }

  private void reference(Placement placement) {
    reference(placement.emailId());
    highestVersion = Math.max(highestVersion, placement.modSeq());
  }

  private void reference(long email) {
    if (email >= 0 && email < Integer.MAX_VALUE) {
      referenced.set((int) email);
    }
    highestEmail = Math.max(highestEmail, email);
  }

  private void damaged(Page.Row row, String why) {
    if (isNewer(why) || row.key()[0] == 'c') {
      return; // Whoever knows that form may read it; what is damaged in the log is put right there.
    }
    if (row.key()[0] == 'v') {
      lostHistory(row);
      return;
    }
    if (row.key()[0] == 'e' && readAgain(row)) {
      return;
    }
    setAside(row, why);
    switch (row.key()[0]) {
      case 'b' ->
          highestMailbox =
              Math.max(highestMailbox, row.key().length == 5 ? Keys.intAt(row.key(), 1) : 0);
      case 'p' -> lost(row);
      default -> {}
    }
  }

  private void setAside(Page.Row row, String why) {
    written.setAside(row);
    written.tell("Row %s was set aside: %s".formatted(hex(row.key()), why));
  }

  private void lost(Page.Row placement) {
    MailboxTally mailbox =
        placement.key().length == 9 ? mailboxes.get(Keys.intAt(placement.key(), 1)) : null;
    if (mailbox != null) {
      mailbox.lost = true;
      mailbox.highestUid =
          Math.max(mailbox.highestUid, Keys.intAt(placement.key(), 5) & 0xFFFF_FFFFL);
    }
  }

  /// Nobody is told any more that those messages have vanished. The row stays until the mailbox is
  /// another one, so that a repair which does not come to that leaves it to the next.
  private void lostHistory(Page.Row vanished) {
    historyLost = true;
    MailboxTally mailbox =
        vanished.key().length >= 5 ? mailboxes.get(Keys.intAt(vanished.key(), 1)) : null;
    if (mailbox != null) {
      mailbox.lost = true;
    }
  }

  /// An email whose structure cannot be read is read from its bytes again; or, when these cannot be
  /// read just now, left for the next repair. False when there is no way.
  private boolean readAgain(Page.Row row) {
    try {
      long id = Keys.longAt(row.key(), 1);
      EmailRow.Head head = EmailRow.head(id, row.value(), rows.key());
      Optional<StoredContent> content;
      try {
        content = contents.find(head.content());
      } catch (StorageUnavailable e) {
        return e.getCause() instanceof IOException;
      }
      if (content.isEmpty() || content.get().sizeBytes() != head.contentBytes()) {
        return false;
      }
      var email =
          new Email(
              id,
              head.content(),
              head.prefix(),
              head.sizeBytes(),
              EmailRow.structure(content.get(), head.prefix()),
              head.threadId() >= 1 && head.threadId() <= id ? head.threadId() : id);
      written.put(Keys.setAside(row.key()), row.value());
      written.put(row.key(), inFormOf(row, email));
      written.tell("The structure of email " + id + " was read from its content again");
      return true;
    } catch (StorageUnavailable
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | UncheckedIOException _) {
      return false;
    }
  }

  /// What was sealed stays so.
  private byte[] inFormOf(Page.Row row, Email email) {
    return EmailRow.isSealed(row.value())
        ? rows.key().close(email.id(), email, written.batch())
        : EmailRow.encode(email);
  }

  /// Of an account that does not say it any more: where its log begins.
  private long trimmedUntil() {
    return rows.first(Keys.changes(), 1).stream()
        .mapToLong(row -> Math.max(0, LogRepair.version(row) - 1))
        .findFirst()
        .orElse(highestVersion);
  }

  // What is counted anew.

  /// Placements go by in groups, so that their emails are looked up together.
  private final class Placements {
    private final List<Page.Row> group = new ArrayList<>();

    void add(Page.Row row) {
      group.add(row);
      if (group.size() == LOOKED_UP_AT_ONCE) {
        end();
      }
    }

    void end() {
      List<Placement> placed = group.stream().map(Repair::placement).toList();
      List<Optional<byte[]>> emails =
          rows.getAll(placed.stream().map(one -> Keys.email(one.emailId())).toList());
      for (int i = 0; i < placed.size(); i++) {
        count(group.get(i), placed.get(i), head(placed.get(i).emailId(), emails.get(i)));
      }
      group.clear();
    }
  }

  private Optional<EmailRow.Head> head(long email, Optional<byte[]> row) {
    return row.map(value -> EmailRow.head(email, value, rows.key()));
  }

  private void count(Page.Row row, Placement placement, Optional<EmailRow.Head> email) {
    int id = Keys.intAt(row.key(), 1);
    MailboxTally mailbox = mailboxes.computeIfAbsent(id, this::found);
    if (email.isEmpty()) {
      written.setAside(row);
      written.tell(
          "Message %d of %s was set aside: its email is lost"
              .formatted(placement.uid(), mailbox.row.name()));
      lost(row);
      return;
    }
    Placement right = placement;
    if (placement.sizeBytes() != email.get().sizeBytes()) {
      right =
          new Placement(
              placement.uid(),
              placement.emailId(),
              placement.flags(),
              newVersion(), // Whoever holds the mailbox looks at it anew.
              email.get().sizeBytes(),
              placement.internalMillis(),
              placement.savedMillis());
      written.put(row.key(), right.encode());
      written.tell(
          "The size of message %d of %s is right again"
              .formatted(placement.uid(), mailbox.row.name()));
    }
    mailbox.add(right);
  }

  /// A mailbox of which there are only messages.
  private MailboxTally found(int id) {
    MailboxName name = names.contains(MailboxName.INBOX) ? free() : MailboxName.INBOX;
    MailboxTally found = make(id, name);
    written.tell("The mailbox number %d, whose row is lost, is %s now".formatted(id, name));
    return found;
  }

  private MailboxTally make(int id, MailboxName name) {
    names.add(name);
    highestMailbox = Math.max(highestMailbox, id);
    return new MailboxTally(
        new MailboxRow(id, name, Optional.empty(), 0, 1, 0, 0, 0, 0, 0, 0, 1, OptionalInt.empty()),
        true);
  }

  private MailboxName free() {
    var name = new MailboxName(RECOVERED);
    for (int i = 2; names.contains(name); i++) {
      name = new MailboxName(RECOVERED + " " + i);
    }
    return name;
  }

  /// An email that lost its place gets one: what was expunged has one in the history, so this was
  /// not, as far as anybody knows.
  private void email(Page.Row row) {
    long id = Keys.longAt(row.key(), 1);
    EmailRow.Head email = EmailRow.head(id, row.value(), rows.key());
    emailsChecksum += EmailRow.checksum(id, email);
    if (id < Integer.MAX_VALUE && !referenced.get((int) id)) {
      MailboxTally mailbox = recovered();
      var placement =
          new Placement(
              mailbox.highestUid + 1,
              id,
              Flags.NONE,
              newVersion(),
              email.sizeBytes(),
              now.toEpochMilli(),
              now.toEpochMilli());
      written.put(Keys.placement(mailbox.row.id(), placement.uid()), placement.encode());
      mailbox.add(placement);
      written.tell(
          "Email %d had lost its place: it is in %s now".formatted(id, mailbox.row.name()));
    }
  }

  private MailboxTally recovered() {
    for (MailboxTally mailbox : mailboxes.values()) {
      if (mailbox.made && !mailbox.row.name().isInbox()) {
        return mailbox;
      }
    }
    int id = Math.max(highestMailbox + 1, account.nextMailboxId());
    MailboxTally made = make(id, free());
    mailboxes.put(id, made);
    return made;
  }

  private void inbox() {
    if (!names.contains(MailboxName.INBOX)) {
      int id = Math.max(highestMailbox + 1, account.nextMailboxId());
      mailboxes.put(id, make(id, MailboxName.INBOX));
      written.tell("There was no INBOX: there is an empty one now");
    }
  }

  /// What mailboxes that are lost for good have left, which nobody could take away any more.
  private void leftovers() {
    for (byte[] some : List.of(Keys.annotations(), Keys.acls(), Keys.seen(), Keys.accessKeys())) {
      rows.each(
          some,
          row -> {
            if (isOfLostMailbox(row.key())) {
              written.setAside(row);
              written.tell("Row %s was set aside: its mailbox is lost".formatted(hex(row.key())));
            }
          });
    }
  }

  /// Access keys may be of mailboxes of others.
  private boolean isOfLostMailbox(byte[] key) {
    if (key.length < 5
        || (Keys.isAccessKey(key) && !Keys.accessKeyOf(key).host().equals(partition.name()))) {
      return false;
    }
    int id = Keys.intAt(key, 1);
    return id != Annotation.WHOLE_ACCOUNT.value() && !mailboxes.containsKey(id);
  }

  // What is written.

  private long newVersion() {
    return highestVersion + 1;
  }

  private void finish(String owner) {
    uidValidity = Math.max(uidValidity, account.lastUidValidity());
    long usedBytes = 0;
    long usedMessages = 0;
    long checksum = emailsChecksum;
    for (MailboxTally mailbox : mailboxes.values()) {
      MailboxRow right = corrected(mailbox);
      usedBytes += right.sizeBytes();
      usedMessages += right.messages();
      checksum += right.share();
    }
    if (historyLost) {
      // Behind the mailboxes: without these rows no repair would know that they are others.
      rows.each(Keys.vanished(), row -> whyUnreadable(row).ifPresent(why -> setAside(row, why)));
    }
    AccountRow right =
        account.repaired(
            account.owner().isEmpty() ? owner : account.owner(),
            Math.max(account.nextMailboxId(), highestMailbox + 1),
            Math.max(account.nextEmailId(), highestEmail + 1),
            uidValidity,
            new AccountRow.Used(usedBytes, usedMessages),
            new AccountRow.Sums(emailsChecksum, checksum));
    if (accountLost) {
      written.tell(
          "The account's first row was lost: it was made from the others, without its quota");
    } else if (!right.equals(account.owner().isEmpty() ? account.owned(right.owner()) : account)) {
      written.tell("What the account's first row adds up to is right again");
    } else if (highestVersion > account.version() && written.fixes() == 0) {
      written.tell("The account's first row was behind the log: it is not any more");
    }
    if (written.fixes() > 0) {
      written.log(newVersion(), List.of(new Change.Repaired(written.fixes())));
      written.put(
          Keys.ACCOUNT,
          right.atVersion(newVersion(), account.epoch() + (accountLost ? 1 : 0)).encode());
    }
    written.commit();
  }

  private MailboxRow corrected(MailboxTally mailbox) {
    if (mailbox.isOther()) {
      uidValidity = Math.max(uidValidity + 1, now.getEpochSecond());
    }
    MailboxRow right = mailbox.corrected(uidValidity, newVersion());
    if (!right.equals(mailbox.row)) {
      written.put(Keys.mailbox(right.id()), right.encode());
      if (!mailbox.isOther()) {
        written.tell("What mailbox %s adds up to is right again".formatted(right.name()));
      }
    }
    return right;
  }

  private static String hex(byte[] key) {
    return HexFormat.of().formatHex(key);
  }
}
