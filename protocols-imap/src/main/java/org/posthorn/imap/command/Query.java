package org.posthorn.imap.command;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.imap.wire.SearchProgram;
import org.posthorn.imap.wire.SearchReturn;
import org.posthorn.imap.wire.SearchReturn.Option;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.search.MailSearch;

/// What SEARCH, SORT and THREAD have in common: looking through the selected mailbox, and saving
/// what was found. Lives as long as one command.
final class Query {
  static final ImapAnswer BAD_CHARSET =
      ImapAnswer.no(
          new ResponseCode.BadCharset(List.of("US-ASCII", "UTF-8", "ISO-8859-1")),
          "No such charset here");

  private final SelectedMailbox mailbox;
  private final UidSet saved;
  private final Caller caller;
  private final MailSearch index;
  private final Progress progress;

  Query(SelectedMailbox mailbox, Caller caller, MailSearch index, Progress progress) {
    this.mailbox = mailbox;
    this.saved = mailbox.saved();
    this.caller = caller;
    this.index = index;
    this.progress = progress;
  }

  /// What `$` means in it, also when its own results are what was saved last.
  UidSet saved() {
    return saved;
  }

  /// What is done with the messages that were found.
  @FunctionalInterface
  interface Telling {
    ImapAnswer tell(Results found) throws IOException;
  }

  /// Looks, tells, and saves what is to be saved. A search that is refused saves nothing at all
  /// (RFC 5182 §2.1), whatever refuses it.
  ImapAnswer run(
      SearchProgram program, Optional<SearchReturn> returning, boolean byUid, Telling telling)
      throws IOException {
    boolean saves = returning.isPresent() && returning.get().has(Option.SAVE);
    boolean done = false;
    try {
      if (!program.charsetKnown()) {
        return BAD_CHARSET;
      }
      if (program.mentionsModSeq()) {
        mailbox.enableModSeq(caller.writer());
      }
      ImapAnswer answer = telling.tell(find(program, byUid));
      done = answer instanceof ImapAnswer.Ok;
      return answer;
    } finally {
      if (saves && !done) {
        mailbox.save(UidSet.NONE);
      }
    }
  }

  /// What passes of all messages.
  Results find(SearchProgram program, boolean byUid) throws IOException {
    try (var tests = new Conditions(mailbox, saved, index, caller.order())) {
      Condition test = tests.search(program.key());
      var found = new Results(mailbox, byUid);
      found.relevancy(tests.relevancy());
      int exists = mailbox.exists();
      for (int i = 0; i < exists; i++) {
        if (test.check().passes(i)) {
          found.add(i);
        }
        progress.at(i, exists);
      }
      return found;
    }
  }
}
