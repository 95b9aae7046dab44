package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Optional;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.SearchReturn;
import org.posthorn.imap.wire.SearchReturn.Option;
import org.posthorn.imap.wire.SearchReturn.Partial;
import org.posthorn.storage.account.UidSet;

/// The ESEARCH response (RFC 4466 §2.6.2, RFC 4731 §3.1), and what `$` becomes with it (RFC 5182
/// §2.4, RFC 9394 §3.2).
record ExtendedAnswer(SearchReturn returning, Results found) {
  void write(String tag, boolean mentionsModSeq, ImapWriter writer) throws IOException {
    writer.text("* ESEARCH (TAG ").string(tag).raw(')');
    writeData(mentionsModSeq, writer);
  }

  /// For one of several mailboxes (RFC 7377 §2.1).
  void write(
      String tag, String mailbox, long uidValidity, boolean mentionsModSeq, ImapWriter writer)
      throws IOException {
    writer.text("* ESEARCH (TAG ").string(tag).text(" MAILBOX ").mailbox(mailbox);
    writer.text(" UIDVALIDITY ").number(uidValidity).raw(')');
    writeData(mentionsModSeq, writer);
  }

  private void writeData(boolean mentionsModSeq, ImapWriter writer) throws IOException {
    int size = found.size();
    if (found.byUid()) {
      writer.text(" UID");
    }
    if (size > 0 && returning.has(Option.MIN)) {
      writer.text(" MIN ").number(found.name(found.index(0)));
    }
    if (size > 0 && returning.has(Option.MAX)) {
      writer.text(" MAX ").number(found.name(found.index(size - 1)));
    }
    if (size > 0 && returning.has(Option.ALL)) {
      writer.text(" ALL ");
      found.writeSet(0, size, writer);
    }
    if (returning.partial().isPresent()) {
      writePartial(returning.partial().get(), writer);
    }
    if (returning.has(Option.COUNT)) {
      writer.text(" COUNT ").number(size);
    }
    if (size > 0 && returning.has(Option.RELEVANCY)) {
      writeScores(writer);
    }
    if (mentionsModSeq && size > 0) {
      writer.text(" MODSEQ ").number(modSeq());
    }
    writer.endLine();
  }

  /// RFC 6203 §4, in the order of the messages; with PARTIAL, of those alone.
  private void writeScores(ImapWriter writer) {
    int[] scores = found.scores();
    int from = returning.partial().map(it -> it.from(scores.length)).orElse(0);
    int to = returning.partial().map(it -> it.to(scores.length)).orElse(scores.length);
    writer.text(" RELEVANCY (");
    for (int i = from; i < to; i++) {
      writer.text(i == from ? "" : " ").number(scores[i]);
    }
    writer.raw(')');
  }

  private void writePartial(Partial partial, ImapWriter writer) {
    int from = partial.from(found.size());
    int to = partial.to(found.size());
    writer.text(" PARTIAL (").text(partial.text()).raw(' ');
    if (from < to) {
      found.writeSet(from, to, writer);
    } else {
      writer.nil();
    }
    writer.raw(')');
  }

  /// RFC 4731 §3.2: the highest of the messages that are told.
  private long modSeq() {
    int last = found.size() - 1;
    boolean ends = returning.has(Option.MIN) || returning.has(Option.MAX);
    if (isAll() || (!ends && returning.partial().isEmpty())) {
      return found.highestModSeq(0, found.size());
    }
    long highest = returning.has(Option.MIN) ? found.modSeq(0) : 0;
    if (returning.has(Option.MAX)) {
      highest = Math.max(highest, found.modSeq(last));
    }
    Optional<Partial> partial = returning.partial();
    return partial.isEmpty()
        ? highest
        : Math.max(highest, found.highestModSeq(from(partial.get()), to(partial.get())));
  }

  /// Makes `$` what was told, or all that was found where all was looked at.
  void save(SelectedMailbox mailbox) {
    int last = found.size() - 1;
    Optional<Partial> partial = returning.partial();
    boolean ends = returning.has(Option.MIN) || returning.has(Option.MAX);
    if (isAll() || (!ends && partial.isEmpty())) {
      mailbox.save(found.uids(0, found.size()));
      return;
    }
    UidSet uids =
        partial.isEmpty() ? UidSet.NONE : found.uids(from(partial.get()), to(partial.get()));
    if (last >= 0 && returning.has(Option.MIN)) {
      uids = uids.union(found.uids(0, 1));
    }
    if (last >= 0 && returning.has(Option.MAX)) {
      uids = uids.union(found.uids(last, last + 1));
    }
    mailbox.save(uids);
  }

  private boolean isAll() {
    return returning.has(Option.ALL) || returning.has(Option.COUNT);
  }

  private int from(Partial partial) {
    return Math.min(partial.from(found.size()), to(partial));
  }

  private int to(Partial partial) {
    return partial.to(found.size());
  }
}
