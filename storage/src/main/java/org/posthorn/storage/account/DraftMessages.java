package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.engine.Batch;

/// What a draft does to messages: new emails, where they are placed in mailboxes, with which flags,
/// and how they go. Confined to the draft's thread.
final class DraftMessages {
  private static final long SIZE_MAX = 0xFFFF_FFFFL;

  private final Draft.Surroundings around;
  private final DraftEvents events;
  private final DraftQuota quota;
  private final Batch rows;
  private final Instant now;
  private final long version;
  private final Threads threads;
  private final Edited<Map<String, String>> keywords;
  private final Set<ContentId> contents = new LinkedHashSet<>(2);
  private final List<Note> notes = new ArrayList<>(2);
  private long nextEmailId;
  private long emailsChecksum;

  DraftMessages(
      AccountState base,
      Draft.Surroundings around,
      Unwritten unwritten,
      DraftEvents events,
      DraftQuota quota,
      Batch rows,
      Instant now) {
    this.around = around;
    this.events = events;
    this.quota = quota;
    this.rows = rows;
    this.now = now;
    this.version = base.row().version() + 1;
    this.threads = new Threads(around.rows(), unwritten.threads());
    this.keywords = new Edited<>(base.names().keywords(), HashMap::new);
    this.nextEmailId = base.row().nextEmailId();
    this.emailsChecksum = base.row().emailsChecksum();
  }

  /// Returns the UID.
  long append(MailboxDraft to, NewEmail email) {
    long sizeBytes = sizeBytes(email);
    quota.checkRoom(sizeBytes, 1);
    return placeNew(to, email, sizeBytes);
  }

  /// The same without a look at the quota.
  long appendAnyway(MailboxDraft to, NewEmail email) {
    return placeNew(to, email, sizeBytes(email));
  }

  private static long sizeBytes(NewEmail email) {
    int prefixBytes = email.prefix().getBytes(StandardCharsets.UTF_8).length;
    if (prefixBytes > EmailRow.PREFIX_MAX_BYTES) {
      throw new MailboxException.LimitReached(
          "At most " + EmailRow.PREFIX_MAX_BYTES + " bytes of header lines are added to a message");
    }
    long sizeBytes = prefixBytes + email.content().sizeBytes();
    if (sizeBytes > SIZE_MAX) {
      throw new MailboxException.LimitReached("A message has at most " + SIZE_MAX + " bytes");
    }
    return sizeBytes;
  }

  private long placeNew(MailboxDraft mailbox, NewEmail email, long sizeBytes) {
    learn(email.flags());
    long id = nextEmailId++;
    var made =
        new Email(
            id,
            email.content().id(),
            email.prefix(),
            sizeBytes,
            EmailRow.structure(email.content(), email.prefix()),
            threads.join(email.content().structure(), id, rows));
    AccountKey key = around.rows().key();
    rows.put(Keys.email(id), key.close(id, made, rows));
    contents.add(made.content());
    notes.add(
        new Note(
            made.content().withoutKey(),
            around.id().value(),
            id,
            quota.owner(),
            mailbox.name().value(),
            email.internalDate().toEpochMilli(),
            String.join(" ", email.flags().names()),
            key.isOn() ? "" : email.prefix()));
    emailsChecksum += Checksum.ofEmail(id, made.content().place(), sizeBytes, made.prefix());
    var placement =
        new Placement(
            mailbox.takeUids(1),
            id,
            email.flags(),
            version,
            sizeBytes,
            email.internalDate().toEpochMilli(),
            now.toEpochMilli());
    place(mailbox, List.of(placement));
    events.addAppended(mailbox, placement);
    return placement.uid();
  }

  /// Keywords that are used for the first time are kept with the account.
  private void learn(Flags flags) {
    for (String keyword : flags.keywords()) {
      String lower = Flags.lower(keyword);
      if (!keywords.now().containsKey(lower)) {
        if (keywords.now().size() >= around.config().keywordsMax()) {
          throw new MailboxException.LimitReached(
              "An account has at most " + around.config().keywordsMax() + " keywords");
        }
        keywords.writable().put(lower, keyword);
        rows.put(Keys.keyword(lower), Rows.text(keyword));
      }
    }
  }

  AccountDraft.Moved copy(MailboxDraft from, UidSet uids, MailboxDraft to) {
    Spine spine = from.spine();
    int[] indexes = spine.indexesOf(uids);
    long bytes = 0;
    for (int index : indexes) {
      bytes += spine.placement(index).sizeBytes();
    }
    quota.checkRoom(bytes, indexes.length);
    Pairs pairs = placeAgain(spine, indexes, to);
    if (indexes.length > 0) {
      events.add(
          new Change.Copied(
              new MailboxId(from.id()), pairs.from(), new MailboxId(to.id()), pairs.to()));
    }
    return pairs;
  }

  AccountDraft.Moved move(MailboxDraft from, UidSet uids, MailboxDraft to) {
    int[] indexes = from.spine().indexesOf(uids);
    Pairs pairs = placeAgain(from.spine(), indexes, to);
    if (indexes.length > 0) {
      vanish(from, indexes);
      events.add(
          new Change.Moved(
              new MailboxId(from.id()), pairs.from(), new MailboxId(to.id()), pairs.to()));
    }
    return pairs;
  }

  private Pairs placeAgain(Spine from, int[] indexes, MailboxDraft target) {
    long firstUid = target.takeUids(indexes.length);
    var copies = new ArrayList<Placement>(indexes.length);
    var fromUids = new long[indexes.length];
    var toUids = new long[indexes.length];
    for (int i = 0; i < indexes.length; i++) {
      Placement old = from.placement(indexes[i]);
      fromUids[i] = old.uid();
      toUids[i] = firstUid + i;
      copies.add(
          new Placement(
              toUids[i],
              old.emailId(),
              old.flags(),
              version,
              old.sizeBytes(),
              old.internalMillis(),
              now.toEpochMilli()));
    }
    if (!copies.isEmpty()) {
      place(target, copies);
    }
    return new Pairs(target.uidValidity(), fromUids, toUids);
  }

  AccountDraft.Stored store(
      MailboxDraft mailbox,
      UidSet uids,
      AccountDraft.FlagChange change,
      Flags flags,
      OptionalLong unchangedSince) {
    Spine spine = mailbox.spine();
    var modified = LongStream.builder();
    int[] found = spine.indexesOf(uids);
    var indexes = new int[found.length];
    var after = new Flags[found.length];
    var gathered = new FlagRuns();
    int count = 0;
    for (int index : found) {
      Placement old = spine.placement(index);
      Flags next = changed(old.flags(), change, flags);
      if (unchangedSince.isPresent() && old.modSeq() > unchangedSince.getAsLong()) {
        modified.add(old.uid());
      } else if (!next.equals(old.flags())) {
        indexes[count] = index;
        after[count++] = next;
        gathered.add(old.uid(), old.flags(), next);
        rows.put(
            Keys.placement(mailbox.id(), old.uid()),
            MailboxDraft.with(old, next, version).encode());
      }
    }
    if (count > 0) {
      if (change != AccountDraft.FlagChange.REMOVE) {
        learn(flags);
      }
      mailbox.flag(Arrays.copyOf(indexes, count), Arrays.copyOf(after, count), version);
    }
    List<FlagRuns.Run> runs = gathered.runs();
    var id = new MailboxId(mailbox.id());
    runs.forEach(run -> events.add(new Change.Flagged(id, run.uids(), run.before(), run.after())));
    return new AccountDraft.Stored(
        FlagRuns.all(runs), UidSet.ofAscending(modified.build().toArray()));
  }

  private static Flags changed(Flags old, AccountDraft.FlagChange change, Flags flags) {
    return switch (change) {
      case ADD -> old.with(flags);
      case REMOVE -> old.without(flags);
      case REPLACE -> flags;
    };
  }

  UidSet expunge(MailboxDraft mailbox, UidSet uids) {
    int[] indexes = mailbox.spine().indexesOf(uids);
    if (indexes.length == 0) {
      return UidSet.NONE;
    }
    UidSet gone = vanish(mailbox, indexes);
    events.add(new Change.Expunged(new MailboxId(mailbox.id()), gone));
    return gone;
  }

  /// All messages go with their mailbox, of which another event tells.
  void vanishWith(MailboxDraft mailbox) {
    if (mailbox.messages() > 0) {
      var indexes = new int[mailbox.spine().size()];
      Arrays.setAll(indexes, i -> i);
      vanish(mailbox, indexes);
    }
  }

  /// Places emails that were here before, as they were but for UID and saved date. Quota stops
  /// nothing that was here before.
  void bringBack(MailboxDraft to, List<Vanished> gone) {
    long uid = to.takeUids(gone.size());
    var placements = new ArrayList<Placement>(gone.size());
    for (Vanished message : gone) {
      placements.add(
          new Placement(
              uid++,
              message.emailId(),
              message.flags(),
              version,
              message.sizeBytes(),
              message.internalMillis(),
              now.toEpochMilli()));
    }
    place(to, placements);
    events.add(
        new Change.BroughtBack(new MailboxId(to.id()), UidSet.range(uid - gone.size(), uid - 1)));
  }

  private void place(MailboxDraft mailbox, List<Placement> placements) {
    long bytes = 0;
    for (Placement placement : placements) {
      rows.put(Keys.placement(mailbox.id(), placement.uid()), placement.encode());
      bytes += placement.sizeBytes();
    }
    quota.use(bytes, placements.size());
    mailbox.append(placements, version);
  }

  /// Takes messages out of a mailbox: their rows go, and a row of what they were stays.
  private UidSet vanish(MailboxDraft mailbox, int[] indexes) {
    List<Placement> gone = mailbox.remove(indexes, version);
    VanishedRows.write(mailbox, indexes, gone, version, rows);
    long bytes = 0;
    var uids = new long[gone.size()];
    for (int i = 0; i < uids.length; i++) {
      uids[i] = gone.get(i).uid();
      bytes += gone.get(i).sizeBytes();
    }
    quota.use(-bytes, -uids.length);
    return UidSet.ofAscending(uids);
  }

  /// Lets go of emails that nothing needs any more; how many of them were still there.
  int forget(List<Long> emails) {
    List<byte[]> keys = emails.stream().map(Keys::email).toList();
    List<Optional<byte[]>> found = around.rows().getAll(keys);
    int count = 0;
    for (int i = 0; i < emails.size(); i++) {
      if (found.get(i).isPresent()) {
        emailsChecksum -= EmailRow.checksum(emails.get(i), found.get(i).get(), around.rows().key());
        rows.delete(keys.get(i));
        count++;
      }
    }
    return count;
  }

  /// The contents that the change names: they must be durable before it.
  Set<ContentId> contents() {
    return contents;
  }

  /// Where it places new emails.
  List<Note> notes() {
    return notes;
  }

  Map<String, String> keywords() {
    return keywords.now();
  }

  /// What new emails added to the ids that lead to threads.
  Map<Long, Long> threads() {
    return threads.made();
  }

  long nextEmailId() {
    return nextEmailId;
  }

  long emailsChecksum() {
    return emailsChecksum;
  }
}
