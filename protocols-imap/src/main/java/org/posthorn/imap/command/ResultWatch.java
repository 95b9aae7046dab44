package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.view.Watchers;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.SearchKey;
import org.posthorn.imap.wire.SearchProgram;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.imap.wire.SortCriterion;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.search.MailSearch;

/// Tells what changes in the results of one SEARCH or SORT (RFC 5267 §4.3), as long as the mailbox
/// is selected. The results of a SEARCH are told without places, in the order of the mailbox.
final class ResultWatch implements Watchers.Watcher {
  private static final int WATCHES_MAX = 20;

  /// Of all watches of a session: they are in memory as long as the mailbox is selected.
  private static final int RESULTS_MAX = 500_000;

  /// More results than these are not kept in an order.
  private static final int SORTED_MAX = 10_000;

  /// The command of a tag: `criteria` are those of a SORT, `saved` is what `$` means in it, `ofNew`
  /// is fetched of new messages that come to the results.
  record Wish(
      String tag,
      List<SortCriterion> criteria,
      SearchProgram program,
      UidSet saved,
      List<FetchItem> ofNew) {}

  private final Wish wish;
  private final boolean byUid;
  private final SelectedMailbox mailbox;
  private final MailSearch index;
  private final Caller caller;

  /// UIDs in the order of the results.
  private long[] results;

  /// Messages from this UID on are new.
  private long newFrom;

  /// The client was told that nothing will be told any more.
  private boolean over;

  private ResultWatch(
      Wish wish, Results found, SelectedMailbox mailbox, MailSearch index, Caller caller) {
    this.wish = wish;
    this.byUid = found.byUid();
    this.mailbox = mailbox;
    this.index = index;
    this.caller = caller;
    this.results = uids(found);
    this.newFrom = mailbox.uidNext();
  }

  /// Begins to watch, or tells the client that it is not done (RFC 5267 §4.3.1).
  static void start(
      Wish wish, Results found, SelectedMailbox mailbox, MailSearch index, Caller caller)
      throws IOException {
    boolean tooLarge =
        found.size() > RESULTS_MAX - mailbox.watchers().results()
            || (!wish.criteria.isEmpty() && found.size() > SORTED_MAX);
    // What comes later changes how near all others are.
    boolean byRelevancy =
        wish.criteria.stream().anyMatch(it -> it.key() == SortCriterion.Key.RELEVANCY);
    if (tooLarge || byRelevancy || mailbox.watchers().count() >= WATCHES_MAX) {
      caller.writer().text("* NO [NOUPDATE ").string(wish.tag);
      caller.writer().text("] ").words("Changes will not be told").endLine();
      return;
    }
    var frozen = new SearchProgram(frozen(wish.program.key(), mailbox), false, true);
    var items = wish.ofNew.stream().map(FetchItem::peeking).toList();
    var lasting = new Wish(wish.tag, wish.criteria, frozen, wish.saved, items);
    mailbox.watchers().add(wish.tag, new ResultWatch(lasting, found, mailbox, index, caller));
  }

  /// Numbers mean the messages that have them now (RFC 5267 §4.3).
  private static SearchKey frozen(SearchKey key, SelectedMailbox mailbox) {
    return switch (key) {
      case SearchKey.Numbers(var set) -> uids(set, mailbox);
      case SearchKey.And(var keys) ->
          new SearchKey.And(keys.stream().map(each -> frozen(each, mailbox)).toList());
      case SearchKey.Or(var one, var other) ->
          new SearchKey.Or(frozen(one, mailbox), frozen(other, mailbox));
      case SearchKey.Not(var inner) -> new SearchKey.Not(frozen(inner, mailbox));
      case SearchKey.Fuzzy(var inner) -> new SearchKey.Fuzzy(frozen(inner, mailbox));
      default -> key;
    };
  }

  private static SearchKey uids(SequenceSet set, SelectedMailbox mailbox) {
    List<SequenceSet.Range> ranges =
        mailbox.runs(set.withoutSaved(), false).stream()
            .map(run -> new SequenceSet.Range(mailbox.uid(run.from()), mailbox.uid(run.to() - 1)))
            .toList();
    return new SearchKey.Uids(new SequenceSet(ranges, set.withSaved()));
  }

  private long[] uids(Results found) {
    long[] uids = new long[found.size()];
    for (int i = 0; i < uids.length; i++) {
      uids[i] = mailbox.uid(found.index(i));
    }
    return uids;
  }

  @Override
  public int results() {
    return results.length;
  }

  @Override
  public void beforeGone(UidSet gone, ImapWriter writer) throws IOException {
    if (!over && !gone.isEmpty()) {
      remove(gone, writer);
    }
  }

  @Override
  public void changed(int[] indexes, ImapWriter writer) throws IOException {
    if (over) {
      return;
    }
    try {
      tell(indexes, writer);
    } catch (MailboxException.LimitReached _) { // Before anything was told.
      over = true;
      results = new long[0];
      writer.text("* NO [NOUPDATE ").string(wish.tag);
      writer.text("] ").words("Changes will not be told any more").endLine();
    }
  }

  private void tell(int[] indexes, ImapWriter writer) throws IOException {
    LongPredicate known = known();
    var added = new Results(mailbox, byUid);
    var lost = new Results(mailbox, byUid);
    try (var tests = new Conditions(mailbox, wish.saved, index, caller.order())) {
      Condition test = tests.search(wish.program.key());
      for (int i : indexes) {
        boolean was = known.test(mailbox.uid(i));
        boolean is = test.check().passes(i);
        if (is && !was) {
          added.add(i);
        } else if (was && !is) {
          lost.add(i);
        }
      }
    }
    if (lost.size() > 0) {
      remove(lost.uids(0, lost.size()), writer);
    }
    if (added.size() > 0) {
      fetchNew(added, writer);
      add(added, writer);
    }
    newFrom = Math.max(newFrom, mailbox.uidNext());
  }

  /// Whether a message is among the results. Those of a SEARCH ascend, and may be very many.
  private LongPredicate known() {
    return wish.criteria.isEmpty()
        ? uid -> Arrays.binarySearch(results, uid) >= 0
        : UidSet.of(results)::contains;
  }

  /// RFC 5465 §7: not of messages that were there and have changed.
  private void fetchNew(Results added, ImapWriter writer) throws IOException {
    List<SequenceSet.Range> fresh = new ArrayList<>();
    for (long uid : added.uids(0, added.size()).toArray()) {
      if (uid >= newFrom) {
        fresh.add(new SequenceSet.Range(uid, uid));
      }
    }
    if (!fresh.isEmpty() && !wish.ofNew.isEmpty()) {
      var command =
          new ImapCommand.Fetch(
              new SequenceSet(fresh),
              wish.ofNew,
              OptionalLong.empty(),
              false,
              Optional.empty(),
              true);
      var now =
          new Caller(caller.account(), caller.visitor(), caller.actor(), writer, caller.order());
      ImapAnswer _ = Fetch.run(command, mailbox, now, new DecodedPlaces());
    }
  }

  /// Of sorted results the last go first, so that the places of the others stay.
  private void remove(UidSet gone, ImapWriter writer) throws IOException {
    long[] left = new long[results.length];
    List<Integer> places = new ArrayList<>();
    int count = 0;
    for (int i = 0; i < results.length; i++) {
      if (gone.contains(results[i])) {
        places.add(i);
      } else {
        left[count++] = results[i];
      }
    }
    if (places.isEmpty()) {
      return;
    }
    begin(" REMOVEFROM (", writer);
    if (wish.criteria.isEmpty()) {
      writer.text("0 ");
      at(places).writeSet(0, places.size(), writer);
    } else {
      tellPlaces(places.reversed(), writer);
    }
    writer.raw(')').endLine();
    results = Arrays.copyOf(left, count);
  }

  private void add(Results added, ImapWriter writer) throws IOException {
    UidSet all = UidSet.of(results).union(added.uids(0, added.size()));
    if (wish.criteria.isEmpty()) {
      begin(" ADDTO (0 ", writer);
      added.writeSet(0, added.size(), writer);
      writer.raw(')').endLine();
      results = all.toArray();
      return;
    }
    var merged = new Results(mailbox, byUid);
    for (long uid : all.toArray()) {
      if (mailbox.indexOf(uid) >= 0) {
        merged.add(mailbox.indexOf(uid));
      }
    }
    results = uids(SortKeys.sorted(merged, wish.criteria, mailbox, caller.order()));
    UidSet fresh = added.uids(0, added.size());
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      if (fresh.contains(results[i])) {
        places.add(i);
      }
    }
    begin(" ADDTO (", writer);
    tellPlaces(places, writer);
    writer.raw(')').endLine();
  }

  private void begin(String what, ImapWriter writer) {
    writer.text("* ESEARCH (TAG ").string(wish.tag).raw(')').text(byUid ? " UID" : "").text(what);
  }

  /// Pairs of a place and the message there.
  private void tellPlaces(List<Integer> places, ImapWriter writer) {
    boolean first = true;
    for (int place : places) {
      writer.text(first ? "" : " ").number(place + 1L).raw(' ');
      at(List.of(place)).writeSet(0, 1, writer);
      first = false;
    }
  }

  private Results at(List<Integer> places) {
    var some = new Results(mailbox, byUid);
    places.forEach(place -> some.add(mailbox.indexOf(results[place])));
    return some;
  }
}
