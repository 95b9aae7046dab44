package org.posthorn.imap.view;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.posthorn.imap.wire.Extension;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.share.Visitor;

/// The mailbox as this client has been told about it. Used by one thread at a time.
///
/// Two views of the store, mostly the same object: `numbered`, whose indexes are this client's
/// message numbers less one, and `told`, the newest whose flags it has been told. They part when a
/// message goes away while a command runs that EXPUNGE may not interrupt (RFC 3501 §7.4.1): then
/// flags are told on, and additions and removals wait for the next command that allows them.
public final class SelectedMailbox {
  private final Account account;
  private final MailboxId id;
  private final boolean readOnly;
  private final Visitor visitor;
  private final RecentUids recent = new RecentUids();
  private final Dialect dialect;
  private final ToldKeywords keywords = new ToldKeywords();
  private final Watchers watchers = new Watchers();

  /// As the client was last told.
  private Rights rights;

  /// `$` of RFC 5182.
  private UidSet saved = UidSet.NONE;

  private MailboxView numbered;
  private MailboxView told;
  private int toldRecent;
  private int accessKeyMark;

  private SelectedMailbox(
      Account account, MailboxId id, Visitor visitor, boolean readOnly, Set<Extension> enabled) {
    this.account = account;
    this.id = id;
    this.visitor = visitor;
    this.rights = visitor.rights(account, id);
    this.readOnly = readOnly;
    this.dialect = new Dialect(enabled, recent);
    this.accessKeyMark = visitor.own().accessKeyMark(account.id(), id);
    // Asked before the view, so what came between is in the view and recent for us.
    long firstRecent = firstRecentUid();
    this.told = visitor.view(account, id).orElseThrow(() -> new MailboxException.NotFound(""));
    this.numbered = told;
    recent.add(firstRecent, told.info().uidNext());
  }

  /// `enabled`: what the client knows.
  public static SelectedMailbox open(
      Account account, MailboxId id, Visitor visitor, boolean readOnly, Set<Extension> enabled) {
    return new SelectedMailbox(account, id, visitor, readOnly, enabled);
  }

  /// Whose mailbox it is.
  public Account account() {
    return account;
  }

  /// As whom the client reads here; empty: as the owner.
  public Optional<AccountId> reader() {
    return visitor.readerIn(account);
  }

  /// `\Recent` is for the owner's sessions; others only see it.
  private long firstRecentUid() {
    return account.firstRecentUid(id, !readOnly && visitor.owns(account));
  }

  /// What the client may do here now, whatever the mailbox was opened for (RFC 4314).
  public Rights rights() {
    return visitor.rights(account, id);
  }

  /// Whether the mailbox was opened for changes, and the client has this right in it.
  public boolean mayStore(Right right) {
    return !readOnly && rights().has(right);
  }

  /// Why something cannot be done that needs these rights; empty: it can.
  public Optional<ImapAnswer> refusal(Right... needed) {
    if (readOnly) {
      return Optional.of(
          ImapAnswer.no(ResponseCode.Plain.NOPERM, "The mailbox was opened read-only"));
    }
    Rights now = rights();
    return Stream.of(needed).allMatch(now::has)
        ? Optional.empty()
        : Optional.of(
            ImapAnswer.no(ResponseCode.Plain.NOPERM, "You have no right to do that here"));
  }

  /// Whether the client may change anything that others see (RFC 4314 §5.2).
  public boolean isWritable() {
    return !readOnly && rights.hasAny(Right.INSERT, Right.EXPUNGE, Right.WRITE, Right.DELETE);
  }

  public MailboxId id() {
    return id;
  }

  public boolean isNamed(String name) {
    return visitor.owns(account) && isNamedHere(name);
  }

  private boolean isNamedHere(String name) {
    return told.info().name().value().equals(name)
        || (told.info().name().isInbox() && name.equalsIgnoreCase("INBOX"));
  }

  public boolean readOnly() {
    return readOnly;
  }

  /// How many messages the client knows of.
  public int exists() {
    return numbered.size();
  }

  /// The UID that a message gets at least which the client does not know of.
  public long uidNext() {
    return numbered.info().uidNext();
  }

  /// The newest view whose flags the client has been told.
  public MailboxView told() {
    return told;
  }

  /// Where the message of an index is found: in the view that is told, or for one that is gone
  /// there, in the one that is numbered.
  public MailboxView viewOf(int index) {
    return toldIndex(index) >= 0 ? told : numbered;
  }

  /// The index in [#viewOf] of the message that has `index` as the client counts.
  public int indexIn(int index) {
    int there = toldIndex(index);
    return there >= 0 ? there : index;
  }

  /// Whether the client's indexes are those of [#told].
  public boolean isUpToDate() {
    return isSame(told, numbered);
  }

  /// Whether nobody has removed the message so far.
  public boolean isThere(int index) {
    return toldIndex(index) >= 0;
  }

  public long uid(int index) {
    return numbered.uid(index);
  }

  /// The client's index of a UID, or negative.
  public int indexOf(long uid) {
    return numbered.indexOf(uid);
  }

  public boolean isRecent(int index) {
    return recent.contains(numbered.uid(index));
  }

  /// The messages of a set, in ascending order, each once. What is not there is left out.
  public List<Run> runs(SequenceSet set, boolean byUid) {
    List<Run> runs = new ArrayList<>();
    if (byUid) {
      long largest =
          numbered.size() == 0 ? numbered.info().uidNext() : numbered.uid(numbered.size() - 1);
      for (SequenceSet.Range range : set.resolve(largest)) {
        add(runs, place(range.first()), place(range.last() + 1));
      }
    } else {
      for (SequenceSet.Range range : set.resolve(numbered.size())) {
        long to = Math.min(range.last(), numbered.size());
        add(runs, (int) Math.min(range.first() - 1, to), (int) to);
      }
    }
    return set.withSaved() ? withSaved(runs) : runs;
  }

  /// What `$` means, of which some may be gone.
  public UidSet saved() {
    return saved;
  }

  /// From now on `$` means these (RFC 5182 §2.1), as long as they are there.
  public void save(UidSet uids) {
    saved = uids;
  }

  private List<Run> withSaved(List<Run> named) {
    var meant = new BitSet();
    named.forEach(run -> meant.set(run.from(), run.to()));
    for (int i = 0; i < saved.size(); i++) {
      int index = numbered.indexOf(saved.at(i));
      if (index >= 0) {
        meant.set(index);
      }
    }
    List<Run> runs = new ArrayList<>();
    for (int from = meant.nextSetBit(0); from >= 0; ) {
      int to = meant.nextClearBit(from);
      runs.add(new Run(from, to));
      from = meant.nextSetBit(to);
    }
    return runs;
  }

  /// The UIDs of the messages of [#runs].
  public UidSet uids(List<Run> runs) {
    long[] uids = new long[runs.stream().mapToInt(Run::size).sum()];
    int count = 0;
    for (Run run : runs) {
      for (int i = run.from(); i < run.to(); i++) {
        uids[count++] = numbered.uid(i);
      }
    }
    return UidSet.of(uids);
  }

  /// From now on every FETCH response that tells news has the MODSEQ (RFC 7162 §3.1). The first
  /// time, the client is told the highest.
  public void enableModSeq(ImapWriter writer) throws IOException {
    if (dialect.enableModSeq()) {
      writer
          .text("* OK [HIGHESTMODSEQ ")
          .number(told.info().highestModSeq())
          .text("] ")
          .words("Noted");
      writer.endLine();
    }
  }

  /// What the client has enabled while the mailbox was selected.
  public void enable(Set<Extension> enabled, ImapWriter writer) throws IOException {
    if (enabled.contains(Extension.CONDSTORE)) {
      enableModSeq(writer);
    }
    boolean toldNumbers = !dialect.uidOnly();
    dialect.enable(enabled);
    if (toldNumbers && dialect.uidOnly()) {
      // They may tell numbers.
      watchers.removeAll();
    }
  }

  /// In which form the client is told of messages here.
  public Dialect dialect() {
    return dialect;
  }

  /// Who hears of news here.
  public Watchers watchers() {
    return watchers;
  }

  /// All that SELECT tells before its tagged response (RFC 3501 §6.3.1).
  public void tellAll(ImapWriter writer) throws IOException {
    var _ = keywords.noteFrom(0, told);
    tellKeywords(writer);
    writer.text("* ").number(numbered.size()).text(" EXISTS").endLine();
    if (dialect.tellsRecent()) {
      toldRecent = recent.countIn(numbered);
      writer.text("* ").number(toldRecent).text(" RECENT").endLine();
      int unseen = numbered.firstUnseen();
      if (unseen >= 0 && !dialect.uidOnly()) {
        writer.text("* OK [UNSEEN ").number(unseen + 1L).text("] ").words("First unseen").endLine();
      }
    }
    var info = told.info();
    writer
        .text("* OK [UIDVALIDITY ")
        .number(info.uidValidity())
        .text("] ")
        .words("UIDs valid")
        .endLine();
    writer
        .text("* OK [UIDNEXT ")
        .number(info.uidNext())
        .text("] ")
        .words("Predicted next UID")
        .endLine();
    writer
        .text("* OK [HIGHESTMODSEQ ")
        .number(info.highestModSeq())
        .text("] ")
        .words("Highest")
        .endLine();
  }

  /// How URLs of this mailbox can be vouched for (RFC 4467 §8).
  public void tellUrlMechanisms(ImapWriter writer) throws IOException {
    writer
        .text("* OK [")
        .text(new ResponseCode.UrlMechanisms().text())
        .text("] ")
        .words("For URLs");
    writer.endLine();
  }

  /// RFC 4467 §7: whoever has selected a mailbox hears that its key is another one.
  private void tellAccessKey(ImapWriter writer) throws IOException {
    int now = visitor.own().accessKeyMark(account.id(), id);
    if (now != accessKeyMark && accessKeyMark != 0) {
      tellUrlMechanisms(writer);
    }
    accessKeyMark = now;
  }

  /// Tells what has changed since the client was last told, as far as it may be told now.
  public void tellNews(ImapWriter writer, News news) throws IOException {
    tellRights(writer);
    tellAccessKey(writer);
    MailboxView now = newest();
    if (isSame(now, told) && isUpToDate()) {
      return;
    }
    MailboxView.Difference since = now.since(told);
    MailboxView.Difference places = isUpToDate() ? since : now.since(numbered);
    boolean mayRenumber =
        switch (news.extent()) {
          case FLAGS -> false;
          case ADDITIONS -> places.expunged().isEmpty();
          case ALL -> true;
        };
    if (mayRenumber) {
      watchers.beforeGone(places.expunged(), writer);
      renumber(now, places, writer);
    }
    tellChanges(now, since, writer, news);
    told = now;
    if (watchers.count() > 0) {
      tellWatchers(since, mayRenumber ? places.firstAdded() : now.size(), writer);
    }
  }

  private void tellWatchers(MailboxView.Difference since, int firstAdded, ImapWriter writer)
      throws IOException {
    var indexes = new BitSet();
    for (int index : since.changedIndexes()) {
      int known = numbered.indexOf(told.uid(index));
      if (known >= 0) {
        indexes.set(known);
      }
    }
    for (int i = firstAdded; i < told.size(); i++) {
      indexes.set(numbered.indexOf(told.uid(i)));
    }
    if (!indexes.isEmpty()) {
      watchers.changed(indexes.stream().toArray(), writer);
    }
  }

  /// Throws [MailboxGone] where the client may not read here any more: then nothing it may ask is
  /// answered.
  public Rights requireReadable() {
    Rights now = rights();
    if (!now.has(Right.READ)) {
      throw new MailboxGone(id.toString());
    }
    return now;
  }

  /// Rights may come and go while a mailbox is selected (RFC 4314 §5.1.1).
  private void tellRights(ImapWriter writer) throws IOException {
    Rights now = requireReadable();
    if (!now.equals(rights)) {
      rights = now;
      tellKeywords(writer);
    }
  }

  /// What is recent is asked for before the view is: what comes between is recent here too, where
  /// the other way round it would be so nowhere.
  private MailboxView newest() {
    MailboxView now = view();
    if (now.info().uidNext() > told.info().uidNext()) {
      long firstRecent = firstRecentUid();
      now = view();
      recent.add(firstRecent, now.info().uidNext());
    }
    return now;
  }

  private MailboxView view() {
    return visitor.view(account, id, told).orElseThrow(() -> new MailboxGone(id.toString()));
  }

  private void renumber(MailboxView now, MailboxView.Difference places, ImapWriter writer)
      throws IOException {
    dialect.tellGone(places.expunged(), numbered, writer);
    numbered = now;
    boolean more = places.firstAdded() < now.size();
    if (more) {
      writer.text("* ").number(now.size()).text(" EXISTS").endLine();
    }
    if (dialect.tellsRecent()) {
      tellRecent(more, writer);
    }
    if (more && keywords.noteFrom(places.firstAdded(), now)) {
      tellKeywords(writer);
    }
  }

  private void tellRecent(boolean more, ImapWriter writer) throws IOException {
    int count = recent.countIn(numbered);
    if (more || count != toldRecent) {
      toldRecent = count;
      writer.text("* ").number(count).text(" RECENT").endLine();
    }
  }

  private void tellChanges(
      MailboxView now, MailboxView.Difference since, ImapWriter writer, News news)
      throws IOException {
    int[] changed = since.changedIndexes();
    boolean newKeyword = false;
    for (int index : changed) {
      newKeyword |= keywords.note(now.flags(index));
    }
    if (newKeyword) {
      tellKeywords(writer);
    }
    for (int index : changed) {
      long uid = now.uid(index);
      int number = numbered.indexOf(uid) + 1;
      Flags flags = now.flags(index);
      if (number > 0 && !news.known().contains(uid, flags)) {
        dialect.tellFlags(number, now, index, news.withUid(), writer);
      }
    }
  }

  /// A FETCH response that tells the flags of one message.
  public void tellFlags(int index, boolean withUid, ImapWriter writer) throws IOException {
    dialect.tellFlags(index + 1, viewOf(index), indexIn(index), withUid, writer);
  }

  /// A FETCH response that tells only the mod-sequence of one message.
  public void tellModSeq(int index, ImapWriter writer) throws IOException {
    dialect.tellModSeq(index + 1, viewOf(index), indexIn(index), writer);
  }

  private void tellKeywords(ImapWriter writer) throws IOException {
    keywords.tell(readOnly ? Rights.NONE : rights, writer);
  }

  private int toldIndex(int index) {
    return isUpToDate() ? index : told.indexOf(numbered.uid(index));
  }

  /// Views are shared: mostly one object stands for one version.
  @SuppressWarnings("ReferenceEquality")
  private static boolean isSame(MailboxView one, MailboxView other) {
    return one == other;
  }

  /// The client's index of the first message of this UID or a larger one.
  public int place(long uid) {
    int index = numbered.indexOf(uid);
    return index >= 0 ? index : -index - 1;
  }

  private static void add(List<Run> runs, int from, int to) {
    if (from < to) {
      runs.add(new Run(from, to));
    }
  }
}
