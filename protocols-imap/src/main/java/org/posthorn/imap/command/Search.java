package org.posthorn.imap.command;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.SearchProgram;
import org.posthorn.imap.wire.SearchReturn;
import org.posthorn.imap.wire.SearchReturn.Option;
import org.posthorn.imap.wire.SortCriterion;
import org.posthorn.storage.search.MailSearch;

/// SEARCH and SORT, by number and by UID (RFC 3501 §6.4.4, RFC 5256 §3), with the responses of old
/// and with ESEARCH (RFC 4731, RFC 5267 §3), and what is told of their results later.
public final class Search {
  private static final ImapAnswer TAG_USED =
      ImapAnswer.bad("Changes are told for a command of that tag already");

  private final SelectedMailbox mailbox;
  private final Caller caller;
  private final MailSearch index;
  private final Query query;
  private final String tag;

  public Search(String tag, SelectedMailbox mailbox, Caller caller, MailSearch index) {
    this.tag = tag;
    this.mailbox = mailbox;
    this.caller = caller;
    this.index = index;
    this.query = new Query(mailbox, caller, index, new Progress(tag, caller.writer()));
  }

  public ImapAnswer search(ImapCommand.Search command) throws IOException {
    if (isTagUsed(command.returning())) {
      return TAG_USED;
    }
    return query.run(
        command.program(),
        command.returning(),
        command.byUid(),
        found -> {
          tell(found, "SEARCH", command.returning(), command.program());
          watch(command.returning(), List.of(), command.program(), found);
          return ImapAnswer.ok("Searched");
        });
  }

  public ImapAnswer sort(ImapCommand.Sort command) throws IOException {
    if (isTagUsed(command.returning())) {
      return TAG_USED;
    }
    return query.run(
        command.program(),
        command.returning(),
        command.byUid(),
        found -> {
          Results sorted = SortKeys.sorted(found, command.criteria(), mailbox, caller.order());
          tell(sorted, "SORT", command.returning(), command.program());
          watch(command.returning(), command.criteria(), command.program(), sorted);
          return ImapAnswer.ok("Sorted");
        });
  }

  /// RFC 5267 §4.3.5.
  public static ImapAnswer cancel(ImapCommand.CancelUpdate command, SelectedMailbox mailbox) {
    for (String tag : command.tags()) {
      if (!mailbox.watchers().has(tag)) {
        return ImapAnswer.bad("Nothing is told for that tag");
      }
    }
    command.tags().forEach(mailbox.watchers()::remove);
    return ImapAnswer.ok("That is told no more");
  }

  private boolean isTagUsed(Optional<SearchReturn> returning) {
    return returning.isPresent()
        && returning.get().has(Option.UPDATE)
        && mailbox.watchers().has(tag);
  }

  private void watch(
      Optional<SearchReturn> returning,
      List<SortCriterion> criteria,
      SearchProgram program,
      Results found)
      throws IOException {
    if (returning.isPresent() && returning.get().has(Option.UPDATE)) {
      var wish =
          new ResultWatch.Wish(tag, criteria, program, query.saved(), returning.get().ofNew());
      ResultWatch.start(wish, found, mailbox, index, caller);
    }
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
      answer.write(tag, program.mentionsModSeq(), caller.writer());
    }
    if (returning.get().has(Option.SAVE)) {
      answer.save(mailbox);
    }
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
