package org.posthorn.imap.command;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.imap.view.Dialect;
import org.posthorn.imap.view.News;
import org.posthorn.imap.view.Run;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.imap.wire.FetchItem.Simple;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.ExcerptPage;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.content.ContentMissing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// FETCH and UID FETCH (RFC 3501 §6.4.5). Flags, dates and sizes come from the view; structures
/// from the stored emails, some at a time; bytes are streamed from the content store.
public final class Fetch {
  private static final Logger log = LoggerFactory.getLogger(Fetch.class);

  /// How many emails, with their structures, are in memory at a time.
  private static final int BATCH = 64;

  private final ImapCommand.Fetch command;
  private final List<FetchItem> items;
  private final SelectedMailbox mailbox;
  private final Caller caller;
  private final DecodedPlaces places;
  private final ImapWriter writer;

  /// What is asked for and kept in memory: header fields, envelopes, structures.
  private final Map<FetchItem, ExcerptReader> excerpts = new HashMap<>();

  /// Up to which index messages are told now: header fields are read of them together.
  private int batchTo;

  /// Messages whose flags this command changes, so their responses tell the flags.
  private final Set<Long> marked = new HashSet<>();

  /// Up to which index messages have been marked as seen, or need not be.
  private int markedTo;

  private boolean someGone;
  private boolean someUnreadable;
  private boolean unknownEncoding;

  private Fetch(
      ImapCommand.Fetch command, SelectedMailbox mailbox, Caller caller, DecodedPlaces places) {
    this.command = command;
    this.mailbox = mailbox;
    this.caller = caller;
    this.places = places;
    this.writer = caller.writer();
    this.items = withImplied(command, mailbox);
    for (FetchItem item : items) {
      Optional<? extends Excerpt> kind =
          item instanceof FetchItem.Bytes bytes
              ? FieldsExcerpt.of(bytes, writer.utf8())
              : StructureExcerpt.of(item, writer.utf8());
      kind.ifPresent(it -> excerpts.put(item, new ExcerptReader(mailbox, List.of(it))));
    }
  }

  public static ImapAnswer run(
      ImapCommand.Fetch command, SelectedMailbox mailbox, Caller caller, DecodedPlaces places)
      throws IOException {
    if (!command.byUid() && !command.messages().within(mailbox.exists())) {
      return ImapAnswer.bad("There is no message of that number");
    }
    return new Fetch(command, mailbox, caller, places).all();
  }

  /// UID FETCH tells the UID (RFC 3501 §6.4.8) where the response is not named by it, CHANGEDSINCE
  /// the MODSEQ (RFC 7162 §3.1.4.1).
  private static List<FetchItem> withImplied(ImapCommand.Fetch command, SelectedMailbox mailbox) {
    List<FetchItem> items = new ArrayList<>();
    if (command.byUid() && !mailbox.dialect().uidOnly() && !command.items().contains(Simple.UID)) {
      items.add(Simple.UID);
    }
    items.addAll(command.items());
    if (command.changedSince().isPresent() && !items.contains(Simple.MODSEQ)) {
      items.add(Simple.MODSEQ);
    }
    return items;
  }

  private ImapAnswer all() throws IOException {
    if (items.contains(Simple.MODSEQ)) {
      mailbox.enableModSeq(writer);
    }
    if (command.vanished()) {
      new Missed(mailbox, writer)
          .tellVanished(command.messages(), command.changedSince().orElseThrow());
    }
    List<Run> runs = runs();
    boolean marks = mailbox.mayStore(Right.SEEN) && items.stream().anyMatch(Fetch::marksSeen);
    markedTo = marks ? 0 : Integer.MAX_VALUE;
    boolean needsEmail = items.stream().anyMatch(this::needsEmail);
    for (Run run : runs) {
      for (int from = run.from(); from < run.to(); from += BATCH) {
        int to = Math.min(from + BATCH, run.to());
        if (to > markedTo) {
          markSeen(runs, from);
        }
        batch(from, to, needsEmail);
      }
    }
    if (unknownEncoding) {
      return ImapAnswer.no(ResponseCode.Plain.UNKNOWN_CTE, "A part has an encoding we do not know");
    }
    if (someUnreadable) {
      return ImapAnswer.no(ResponseCode.Plain.CORRUPTION, "Some messages could not be read");
    }
    return someGone
        ? ImapAnswer.no(ResponseCode.Plain.EXPUNGEISSUED, "Some messages are gone")
        : ImapAnswer.ok("Fetched");
  }

  /// The messages that are named, or those of them that PARTIAL leaves (RFC 9394 §3.3).
  private List<Run> runs() {
    List<Run> named = mailbox.runs(command.messages(), command.byUid());
    if (command.partial().isEmpty()) {
      return named;
    }
    int count = named.stream().mapToInt(Run::size).sum();
    int from = command.partial().get().from(count);
    int to = command.partial().get().to(count);
    List<Run> meant = new ArrayList<>();
    int before = 0;
    for (Run run : named) {
      int first = Math.max(from - before, 0);
      int end = Math.min(to - before, run.size());
      if (first < end) {
        meant.add(new Run(run.from() + first, run.from() + end));
      }
      before += run.size();
    }
    return meant;
  }

  /// Sets `\Seen` where it is not, of the next messages, as many as one change takes: more than a
  /// batch. Whatever else has changed meanwhile is told: also what others have done to those whose
  /// responses went out before `from`.
  private void markSeen(List<Run> runs, int from) throws IOException {
    long firstUnsent = mailbox.uid(from);
    marked.removeIf(uid -> uid < firstUnsent);
    long[] unseen = new long[Pieces.ROWS];
    int count = 0;
    int at = markedTo;
    for (Run run : runs) {
      if (count == unseen.length) {
        break; // What is left of this run and of the next ones is the next piece.
      }
      for (at = Math.max(at, run.from()); at < run.to() && count < unseen.length; at++) {
        if (mailbox.isThere(at) && isWanted(at) && !viewFlags(at).seen()) {
          unseen[count++] = mailbox.uid(at);
        }
      }
    }
    markedTo = at;
    if (count == 0) {
      return;
    }
    UidSet uids = UidSet.of(Arrays.copyOf(unseen, count));
    try {
      UidSet changed = mailbox.account().change(caller.actor(), draft -> markSeen(draft, uids));
      for (long uid : changed.toArray()) {
        marked.add(uid);
      }
    } catch (StorageUnavailable e) {
      markedTo = Integer.MAX_VALUE;
      // Who reads is served from a full disk too; what was read is not marked.
      log.atWarn().setCause(e).log("not marked as seen");
    }
    mailbox.tellNews(
        writer, News.of(News.Extent.FLAGS, command.byUid()).but((uid, _) -> marked.contains(uid)));
  }

  private UidSet markSeen(AccountDraft draft, UidSet uids) {
    return mailbox
        .reader()
        .map(reader -> draft.markSeen(mailbox.id(), reader, uids, true))
        .orElseGet(() ->
            draft
                .store(mailbox.id(), uids, FlagChange.ADD, FlagNames.SEEN, OptionalLong.empty())
                .changed());
  }

  private void batch(int from, int to, boolean needsEmail) throws IOException {
    batchTo = command.changedSince().isPresent() ? from : to;
    List<@Nullable Email> emails = needsEmail ? emails(from, to) : List.of();
    for (int index = from; index < to; index++) {
      if (!isWanted(index)) {
        continue;
      }
      Email email = needsEmail ? emails.get(index - from) : null;
      if (needsEmail && email == null) {
        someGone = true;
      } else {
        response(index, email);
      }
    }
  }

  private boolean isWanted(int index) {
    OptionalLong since = command.changedSince();
    if (since.isEmpty() || marked.contains(mailbox.uid(index))) {
      return true;
    }
    return mailbox.viewOf(index).modSeq(mailbox.indexIn(index)) > since.getAsLong();
  }

  /// One for each index; null for those that are gone for good.
  private List<@Nullable Email> emails(int from, int to) {
    List<@Nullable Email> emails = new ArrayList<>(to - from);
    if (mailbox.isUpToDate() && to - from > 1 && command.changedSince().isEmpty()) {
      MailboxView view = mailbox.told();
      List<Email> found = caller.account().emails(view, from, to);
      int next = 0;
      for (int i = from; i < to; i++) {
        boolean present = next < found.size() && found.get(next).id() == view.emailId(i);
        emails.add(present ? found.get(next++) : null);
      }
      return emails;
    }
    for (int i = from; i < to; i++) {
      long id = mailbox.viewOf(i).emailId(mailbox.indexIn(i));
      emails.add(isWanted(i) ? caller.account().email(id).orElse(null) : null);
    }
    return emails;
  }

  private void response(int index, @Nullable Email email) throws IOException {
    long mark = writer.mark();
    try {
      if (email != null) {
        checkEncodings(email);
      }
      mailbox.dialect().beginFetch(index + 1L, mailbox.uid(index), writer);
      boolean first = true;
      for (FetchItem item : items) {
        if (!first) {
          writer.raw(' ');
        }
        first = false;
        item(item, index, email);
      }
      if (marked.contains(mailbox.uid(index))) {
        tellMarked(index);
      }
      writer.raw(')').endLine();
    } catch (DecodedPart.UnknownEncoding e) {
      takeBack(mark, index, e);
      unknownEncoding = true;
    } catch (Gone e) {
      takeBack(mark, index, e);
      someGone = true;
    } catch (ContentDamaged | ContentMissing | EOFException e) {
      unreadable(mark, index, email, e);
    } catch (StorageUnavailable e) {
      if (!e.isUnreadable()) {
        throw e;
      }
      unreadable(mark, index, email, e);
    }
  }

  private void unreadable(long mark, int index, @Nullable Email email, Exception why)
      throws IOException {
    log.atError()
        .addKeyValue("account", caller.account().id())
        .addKeyValue("email", email == null ? 0 : email.id())
        .setCause(why)
        .log("message unreadable");
    takeBack(mark, index, why);
    someUnreadable = true;
  }

  /// Before anything of the message is told: what is on its way cannot be taken back.
  private void checkEncodings(Email email) throws IOException {
    for (FetchItem item : items) {
      if (item instanceof FetchItem.Binary binary) {
        DecodedPart.checkEncoding(email, binary.part());
      }
    }
  }

  /// What is left of the response is that the message has been marked.
  private void takeBack(long mark, int index, Exception why) throws IOException {
    if (!writer.takeBack(mark)) {
      throw new IOException("A message could not be read in mid-response", why);
    }
    if (marked.contains(mailbox.uid(index))) {
      mailbox.tellFlags(index, command.byUid(), writer);
    }
  }

  private void tellMarked(int index) {
    MailboxView view = mailbox.viewOf(index);
    int there = mailbox.indexIn(index);
    if (!items.contains(Simple.FLAGS)) {
      writer.raw(' ');
      mailbox.dialect().flags(view, there, writer);
    }
    if (mailbox.dialect().withModSeq() && !items.contains(Simple.MODSEQ)) {
      writer.raw(' ');
      Dialect.modSeq(view, there, writer);
    }
  }

  private void item(FetchItem item, int index, @Nullable Email email) throws IOException {
    ExcerptReader kept = excerpts.get(item);
    if (kept != null && excerpt(item, kept, index)) {
      return;
    }
    Email needed = kept == null || email != null ? email : found(index);
    switch (item) {
      case Simple simple -> simple(simple, index, needed);
      case FetchItem.Bytes bytes -> bytes(bytes, present(needed));
      case FetchItem.Binary binary -> binary(binary, present(needed));
    }
  }

  /// Tells what is kept of a message; false when nothing is, since it is large, damaged or gone.
  private boolean excerpt(FetchItem item, ExcerptReader kept, int index) {
    ExcerptPage page = kept.page(0, index, batchTo);
    long id = kept.emailId(index);
    if (!page.has(id)) {
      return false;
    }
    var all = new ByteRange(page.start(id), page.end(id));
    if (item instanceof FetchItem.Bytes bytes) {
      ByteRange range = bytes.partial().map(all::cut).orElse(all);
      writer.text(bytes.label()).raw(' ');
      writer.literal(page.bytes(), (int) range.start(), (int) range.length());
    } else {
      writer.text(item + " ").raw(page.bytes(), (int) all.start(), (int) all.length());
    }
    return true;
  }

  private Email found(int index) throws Gone {
    long id = mailbox.viewOf(index).emailId(mailbox.indexIn(index));
    return caller.account().email(id).orElseThrow(Gone::new);
  }

  /// The email is gone for good.
  private static final class Gone extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private void simple(Simple item, int index, @Nullable Email email) throws IOException {
    MailboxView view = mailbox.viewOf(index);
    int there = mailbox.indexIn(index);
    switch (item) {
      case UID -> writer.text("UID ").number(mailbox.uid(index));
      case FLAGS -> mailbox.dialect().flags(view, there, writer);
      case INTERNALDATE -> writer.text("INTERNALDATE ").dateTime(view.internalMillis(there));
      case RFC822_SIZE -> writer.text("RFC822.SIZE ").number(view.sizeBytes(there));
      case MODSEQ -> Dialect.modSeq(view, there, writer);
      case SAVEDATE -> writer.text("SAVEDATE ").dateTime(view.savedMillis(there));
      case EMAILID -> writer.text("EMAILID (").text(ObjectIds.email(view.emailId(there))).raw(')');
      case THREADID -> threadId(present(email).threadId());
      case PREVIEW -> writer.text("PREVIEW ").string(structure(email).preview());
      case ENVELOPE, BODY, BODYSTRUCTURE -> {
        writer.text(item + " ");
        Section.checkKnown(present(email));
        StructureExcerpt.write(item, caller.account(), present(email), writer);
      }
    }
  }

  private void threadId(long id) {
    if (id == 0) {
      writer.text("THREADID NIL");
    } else {
      writer.text("THREADID (").text(ObjectIds.thread(id)).raw(')');
    }
  }

  private void bytes(FetchItem.Bytes item, Email email) throws IOException {
    writer.text(item.label()).raw(' ');
    var section =
        writer.utf8()
            ? Section.of(caller.account(), email, item)
            : Section.readable(caller.account(), email, item);
    if (section.isEmpty()) {
      writer.nil();
    } else {
      literal(section.get());
    }
  }

  private void binary(FetchItem.Binary item, Email email) throws IOException {
    writer.text(item.label()).raw(' ');
    var part = DecodedPart.of(caller.account(), email, item.part(), places);
    if (item.size()) {
      writer.number(part.isPresent() ? part.get().length() : 0);
    } else if (part.isEmpty()) {
      writer.nil();
    } else {
      Section section = part.get().section(item.partial());
      if (section.hasNul()) {
        writer.raw('~');
      }
      literal(section);
    }
  }

  private void literal(Section section) throws IOException {
    try (InputStream bytes = section.open()) {
      writer.literal(bytes, section.length());
    }
  }

  private Flags viewFlags(int index) {
    return mailbox.viewOf(index).flags(mailbox.indexIn(index));
  }

  private static boolean marksSeen(FetchItem item) {
    return switch (item) {
      case Simple _ -> false;
      case FetchItem.Bytes bytes -> bytes.marksSeen();
      case FetchItem.Binary binary -> binary.marksSeen();
    };
  }

  private boolean needsEmail(FetchItem item) {
    return switch (item) {
      case Simple simple ->
          switch (simple) {
            case THREADID, PREVIEW -> true;
            case UID, FLAGS, INTERNALDATE, RFC822_SIZE, MODSEQ, SAVEDATE, EMAILID -> false;
            case ENVELOPE, BODY, BODYSTRUCTURE -> false;
          };
      case FetchItem.Bytes _ -> !excerpts.containsKey(item);
      case FetchItem.Binary _ -> true;
    };
  }

  private static MessageStructure structure(@Nullable Email email) throws IOException {
    Section.checkKnown(present(email));
    return present(email).structure();
  }

  private static Email present(@Nullable Email email) {
    if (email == null) {
      throw new IllegalStateException("This item was fetched without its email");
    }
    return email;
  }
}
