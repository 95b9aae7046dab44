package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Optional;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.SearchProgram;
import org.posthorn.imap.wire.SearchReturn;
import org.posthorn.imap.wire.SearchReturn.Option;
import org.posthorn.storage.search.MailSearch;

/// SEARCH and SORT, by number and by UID (RFC 3501 §6.4.4, RFC 5256 §3), with the responses of old
/// and with ESEARCH (RFC 4731, RFC 5267 §3).
public final class Search {
  private final SelectedMailbox mailbox;
  private final Caller caller;
  private final Query query;
  private final String tag;

  public Search(String tag, SelectedMailbox mailbox, Caller caller, MailSearch index) {
    this.tag = tag;
    this.mailbox = mailbox;
    this.caller = caller;
    this.query = new Query(mailbox, caller, index, new Progress(tag, caller.writer()));
  }

  public ImapAnswer search(ImapCommand.Search command) throws IOException {
    return query.run(
        command.program(),
        command.returning(),
        command.byUid(),
        found -> {
          tell(found, "SEARCH", command.returning(), command.program());
          return ImapAnswer.ok("Searched");
        });
  }

  public ImapAnswer sort(ImapCommand.Sort command) throws IOException {
    return query.run(
        command.program(),
        command.returning(),
        command.byUid(),
        found -> {
          try (var keys =
              new SortKeys(mailbox, caller.account(), found, Collation.UNICODE_CASEMAP)) {
            Results sorted = found.inOrder(keys.order(command.criteria()));
            tell(sorted, "SORT", command.returning(), command.program());
          }
          return ImapAnswer.ok("Sorted");
        });
  }

  private void tell(
      Results found, String response, Optional<SearchReturn> returning, SearchProgram program)
      throws IOException {
    if (returning.isEmpty()) {
      tellPlainly(found, response, program.mentionsModSeq());
      return;
    }
    var answer = new ExtendedAnswer(returning.get(), found);
    if (returning.get().isTold()) {
      answer.write(correlator(), program.mentionsModSeq(), caller.writer());
    }
    if (returning.get().has(Option.SAVE)) {
      answer.save(mailbox);
    }
  }

  private String correlator() {
    return "TAG \"" + tag + '"';
  }

  private void tellPlainly(Results found, String response, boolean mentionsModSeq)
      throws IOException {
    ImapWriter writer = caller.writer();
    writer.text("* ").text(response);
    for (int i = 0; i < found.size(); i++) {
      writer.raw(' ').number(found.name(found.index(i)));
    }
    if (mentionsModSeq && found.size() > 0) {
      writer.text(" (MODSEQ ").number(found.highestModSeq(0, found.size())).raw(')');
    }
    writer.endLine();
  }
}
