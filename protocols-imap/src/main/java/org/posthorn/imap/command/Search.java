package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.SearchReturn;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.search.MailSearch;

/// SEARCH and UID SEARCH (RFC 3501 §6.4.4) with ESEARCH (RFC 4731) and MODSEQ (RFC 7162 §3.1.5).
public final class Search {
  private final ImapCommand.Search command;
  private final SelectedMailbox mailbox;
  private final ImapWriter writer;

  /// Numbers or UIDs, ascending.
  private long[] found = new long[16];

  private int count;

  /// Of all that were found, of the first and of the last.
  private long highestModSeq;

  private long firstModSeq;
  private long lastModSeq;

  private Search(ImapCommand.Search command, SelectedMailbox mailbox, ImapWriter writer) {
    this.command = command;
    this.mailbox = mailbox;
    this.writer = writer;
  }

  public static ImapAnswer run(
      String tag,
      ImapCommand.Search command,
      SelectedMailbox mailbox,
      Caller caller,
      MailSearch index)
      throws IOException {
    if (command.mentionsModSeq()) {
      mailbox.enableModSeq(caller.writer());
    }
    var search = new Search(command, mailbox, caller.writer());
    search.find(new MessageTests(mailbox, caller.account(), index).of(command.key()));
    if (command.returning().isPresent()) {
      search.tellExtended(tag, command.returning().get());
    } else {
      search.tell();
    }
    return ImapAnswer.ok("Searched");
  }

  private void find(MessageTest test) throws IOException {
    for (int index = 0; index < mailbox.exists(); index++) {
      if (!test.check().passes(index)) {
        continue;
      }
      if (count == found.length) {
        found = Arrays.copyOf(found, 2 * count);
      }
      found[count++] = command.byUid() ? mailbox.uid(index) : index + 1L;
      lastModSeq = mailbox.viewOf(index).modSeq(mailbox.indexIn(index));
      firstModSeq = count == 1 ? lastModSeq : firstModSeq;
      highestModSeq = Math.max(highestModSeq, lastModSeq);
    }
  }

  private void tell() throws IOException {
    writer.text("* SEARCH");
    for (int i = 0; i < count; i++) {
      writer.raw(' ').number(found[i]);
    }
    if (command.mentionsModSeq() && count > 0) {
      writer.text(" (MODSEQ ").number(highestModSeq).raw(')');
    }
    writer.endLine();
  }

  private void tellExtended(String tag, Set<SearchReturn> returning) throws IOException {
    writer.text("* ESEARCH (TAG ").string(tag).raw(')');
    if (command.byUid()) {
      writer.text(" UID");
    }
    if (count > 0 && returning.contains(SearchReturn.MIN)) {
      writer.text(" MIN ").number(found[0]);
    }
    if (count > 0 && returning.contains(SearchReturn.MAX)) {
      writer.text(" MAX ").number(found[count - 1]);
    }
    if (count > 0 && returning.contains(SearchReturn.ALL)) {
      writer.text(" ALL ");
      set();
    }
    if (returning.contains(SearchReturn.COUNT)) {
      writer.text(" COUNT ").number(count);
    }
    if (command.mentionsModSeq() && count > 0) {
      writer.text(" MODSEQ ").number(modSeqOf(returning));
    }
    writer.endLine();
  }

  /// RFC 4731 §3.2: of the messages that are told.
  private long modSeqOf(Set<SearchReturn> returning) {
    boolean all = returning.contains(SearchReturn.ALL) || returning.contains(SearchReturn.COUNT);
    boolean min = returning.contains(SearchReturn.MIN);
    boolean max = returning.contains(SearchReturn.MAX);
    if (all || (!min && !max)) {
      return highestModSeq;
    }
    return Math.max(min ? firstModSeq : 0, max ? lastModSeq : 0);
  }

  private void set() {
    for (int i = 0; i < count; ) {
      int last = i;
      while (last + 1 < count && found[last + 1] == found[last] + 1) {
        last++;
      }
      if (i > 0) {
        writer.raw(',');
      }
      writer.number(found[i]);
      if (last > i) {
        writer.raw(':').number(found[last]);
      }
      i = last + 1;
    }
  }
}
