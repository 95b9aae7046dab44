package org.posthorn.imap.command;

import java.io.EOFException;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.posthorn.imap.command.Condition.Check;
import org.posthorn.imap.command.Condition.Cost;
import org.posthorn.imap.view.Run;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.SearchKey;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.ExcerptPage;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.search.Area;
import org.posthorn.storage.search.Found;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.search.Needle;
import org.posthorn.storage.search.TextScan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes conditions of search keys (RFC 3501 §6.4.4). Of several keys the cheapest is asked first,
/// so bytes are read only of messages that pass all else. Lives as long as one SEARCH.
final class Conditions implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Conditions.class);

  private static final long DAY_MILLIS = 86_400_000L;

  /// What is looked through when only the envelope counts, which lies with its neighbours'.
  private static final long ENVELOPE_BYTES = 64;

  private final SelectedMailbox mailbox;
  private final UidSet saved;
  private final EmailCursor emails;
  private final Account account;
  private final MailSearch search;
  private final TextScan scan;
  private final Collation collation;
  private final Relevancy relevancy = new Relevancy();
  private final FuzzyTests fuzzy;
  private final KeyMemory memory;
  private final long nowMillis = System.currentTimeMillis();

  /// `saved`: what `$` means (RFC 5182).
  Conditions(SelectedMailbox mailbox, UidSet saved, MailSearch search, TextOrder order) {
    this(mailbox, saved, search, order, new KeyMemory());
  }

  /// Each text key keeps what the index says of all messages, and takes of `memory` for that, which
  /// is given back at the end.
  Conditions(
      SelectedMailbox mailbox, UidSet saved, MailSearch search, TextOrder order, KeyMemory memory) {
    this.memory = memory;
    this.mailbox = mailbox;
    this.saved = saved;
    this.account = mailbox.account();
    this.collation = order.collation();
    this.search = search;
    this.emails = new EmailCursor(mailbox, account);
    this.scan = new TextScan(account);
    this.fuzzy = new FuzzyTests(mailbox, search, emails, scan, relevancy);
  }

  @Override
  public void close() {
    memory.close();
  }

  /// What the fuzzy keys say of messages that were tested.
  Relevancy relevancy() {
    return relevancy;
  }

  /// What a whole search looks for. A message that cannot be read is not found, whatever is not
  /// looked for in it.
  Condition search(SearchKey key) {
    Condition test = of(key);
    return new Condition(
        test.cost(),
        index -> {
          try {
            return test.check().passes(index);
          } catch (ContentDamaged | ContentMissing | EOFException e) {
            unreadable(index, e);
            return false;
          } catch (StorageUnavailable e) {
            if (!e.isUnreadable()) {
              throw e;
            }
            unreadable(index, e);
            return false;
          }
        });
  }

  private void unreadable(int index, Exception e) {
    log.atError()
        .addKeyValue("account", account.id())
        .addKeyValue("email", mailbox.viewOf(index).emailId(mailbox.indexIn(index)))
        .setCause(e)
        .log("message unreadable");
  }

  Condition of(SearchKey key) {
    return switch (key) {
      case SearchKey.All _ -> new Condition(Cost.VIEW, _ -> true);
      case SearchKey.And(var keys) -> and(keys);
      case SearchKey.Or(var one, var other) -> or(of(one), of(other));
      case SearchKey.Not(var inner) -> not(of(inner));
      case SearchKey.Fuzzy(var inner) -> fuzzy(inner);
      case SearchKey.Numbers(var set) -> named(set, false);
      case SearchKey.Uids(var set) -> named(set, true);
      case SearchKey.Flag(var name) -> view((view, index) -> view.flags(index).has(name));
      case SearchKey.Recent _ -> new Condition(Cost.VIEW, mailbox::isRecent);
      case SearchKey.Dated dated -> dated(dated);
      case SearchKey.Larger(long bytes) -> view((view, index) -> view.sizeBytes(index) > bytes);
      case SearchKey.Smaller(long bytes) -> view((view, index) -> view.sizeBytes(index) < bytes);
      case SearchKey.Younger(long seconds) ->
          view((view, index) -> view.internalMillis(index) >= nowMillis - seconds * 1000);
      case SearchKey.Older(long seconds) ->
          view((view, index) -> view.internalMillis(index) <= nowMillis - seconds * 1000);
      case SearchKey.ModSeq(long atLeast) -> view((view, index) -> view.modSeq(index) >= atLeast);
      case SearchKey.EmailId(var id) ->
          view((view, index) -> ObjectIds.email(view.emailId(index)).equals(id));
      case SearchKey.ThreadId(var id) ->
          email(Cost.EMAIL, email -> ObjectIds.thread(email.threadId()).equals(id));
      case SearchKey.Addressed(var field, var text) ->
          text(Cost.EMAIL, area(field), collation.needle(text));
      case SearchKey.Header(var field, var text) -> header(field, collation.needle(text));
      case SearchKey.Body(var text) -> {
        var needle = collation.needle(text);
        yield orAttached(text(Cost.BODY, Area.BODY, needle), needle);
      }
      case SearchKey.Text(var text) -> {
        var needle = collation.needle(text);
        yield orAttached(
            text(
                Cost.BODY,
                () ->
                    search
                        .find(account, Area.HEADER, needle)
                        .or(search.find(account, Area.BODY, needle)),
                email ->
                    scan.isIn(email, Area.HEADER, needle) || scan.isIn(email, Area.BODY, needle)),
            needle);
      }
    };
  }

  /// The text of attachments is known to an index alone, if at all: it is asked at once, since no
  /// look into the email would find it. It knows nothing of case, so who cares for that finds
  /// nothing there.
  private Condition orAttached(Condition test, Needle needle) {
    if (!search.readsAttachments() || collation != Collation.UNICODE_CASEMAP) {
      return test;
    }
    var answer = new IndexAnswer(() -> search.findAttached(account, needle), memory, 0);
    Condition attached =
        view((view, index) -> answer.of(view.emailId(index), 1) == Found.Verdict.YES);
    return or(attached, test);
  }

  /// RFC 6203 §5: what is no text is compared exactly, and so are fields of the header by their
  /// names and what is *not* looked for.
  private Condition fuzzy(SearchKey key) {
    return switch (key) {
      case SearchKey.And(var keys) -> all(keys.stream().map(this::fuzzy).toList());
      case SearchKey.Or(var one, var other) -> or(fuzzy(one), fuzzy(other));
      case SearchKey.Addressed(var field, var text) -> fuzzy.in(area(field), text);
      case SearchKey.Body(var text) -> fuzzy.in(Area.BODY, text);
      case SearchKey.Text(var text) -> fuzzy.anywhere(text);
      default -> of(key);
    };
  }

  private Condition and(List<SearchKey> keys) {
    return all(keys.stream().map(this::of).toList());
  }

  private static Condition all(List<Condition> inAnyOrder) {
    List<Condition> tests =
        inAnyOrder.stream().sorted(Comparator.comparing(Condition::cost)).toList();
    Check check =
        index -> {
          for (Condition test : tests) {
            if (!test.check().passes(index)) {
              return false;
            }
          }
          return true;
        };
    return new Condition(tests.isEmpty() ? Cost.VIEW : tests.getLast().cost(), check);
  }

  private static Condition or(Condition one, Condition other) {
    boolean inOrder = one.cost().compareTo(other.cost()) <= 0;
    Check first = inOrder ? one.check() : other.check();
    Check second = inOrder ? other.check() : one.check();
    return new Condition(
        one.cost().or(other.cost()), index -> first.passes(index) || second.passes(index));
  }

  private static Condition not(Condition test) {
    return new Condition(test.cost(), index -> !test.check().passes(index));
  }

  /// What was saved may be many single messages, so it is kept once, however often it is named.
  private Condition named(SequenceSet set, boolean byUid) {
    Condition listed = within(mailbox.runs(set.withoutSaved(), byUid));
    return set.withSaved()
        ? or(listed, new Condition(Cost.VIEW, index -> saved.contains(mailbox.uid(index))))
        : listed;
  }

  private static Condition within(List<Run> runs) {
    return new Condition(
        Cost.VIEW,
        index -> {
          int low = 0;
          int high = runs.size() - 1;
          while (low <= high) {
            int middle = (low + high) >>> 1;
            Run run = runs.get(middle);
            if (index < run.from()) {
              high = middle - 1;
            } else if (index >= run.to()) {
              low = middle + 1;
            } else {
              return true;
            }
          }
          return false;
        });
  }

  private Condition dated(SearchKey.Dated dated) {
    long day = dated.day().toEpochDay();
    return switch (dated.date()) {
      case INTERNAL ->
          view((view, index) -> isRelated(dayOf(view.internalMillis(index)), dated, day));
      case SAVED -> view((view, index) -> isRelated(dayOf(view.savedMillis(index)), dated, day));
      case SENT -> sent(dated, day);
    };
  }

  private Condition sent(SearchKey.Dated dated, long day) {
    var dates = new ExcerptReader(mailbox, List.of(SentDate.EXCERPT));
    int exists = mailbox.exists();
    return new Condition(
        Cost.EMAIL,
        index -> {
          ExcerptPage page = dates.page(0, index, exists);
          long emailId = dates.emailId(index);
          return SentDate.isThere(page, emailId)
              && isRelated(SentDate.day(page, emailId), dated, day);
        });
  }

  private static boolean isRelated(long day, SearchKey.Dated dated, long wanted) {
    return switch (dated.relation()) {
      case BEFORE -> day < wanted;
      case ON -> day == wanted;
      case SINCE -> day >= wanted;
    };
  }

  private static long dayOf(long millis) {
    return Math.floorDiv(millis, DAY_MILLIS);
  }

  private static Area area(SearchKey.Field field) {
    return switch (field) {
      case FROM -> Area.FROM;
      case TO -> Area.TO;
      case CC -> Area.CC;
      case BCC -> Area.BCC;
      case SUBJECT -> Area.SUBJECT;
    };
  }

  /// The Message-ID, which clients look for by the thousand, is in the envelope.
  private Condition header(String field, Needle needle) {
    Supplier<Found> index = () -> search.findInField(account, field, needle);
    return field.equalsIgnoreCase("Message-ID")
        ? text(
            Cost.EMAIL,
            index,
            email -> email.structure().envelope().messageId().map(needle::isIn).orElse(false))
        : text(Cost.HEADER, index, email -> scan.isInField(email, field, needle));
  }

  private Condition text(Cost cost, Area area, Needle needle) {
    return text(
        cost, () -> search.find(account, area, needle), email -> scan.isIn(email, area, needle));
  }

  /// The index says what it knows, and an email that it is not sure of is looked through. It knows
  /// nothing of case: whoever cares for that looks through all that it finds.
  private Condition text(Cost cost, Supplier<Found> question, EmailCheck look) {
    var answer = new IndexAnswer(question, memory);
    Condition looking = email(cost, look);
    return new Condition(
        cost,
        index -> {
          MailboxView view = mailbox.viewOf(index);
          int at = mailbox.indexIn(index);
          long bytes = cost == Cost.EMAIL ? ENVELOPE_BYTES : view.sizeBytes(at);
          return switch (answer.of(view.emailId(at), bytes)) {
            case YES -> collation == Collation.UNICODE_CASEMAP || looking.check().passes(index);
            case NO -> false;
            case LOOK -> looking.check().passes(index);
          };
        });
  }

  private interface ViewCheck {
    boolean passes(MailboxView view, int index);
  }

  private Condition view(ViewCheck check) {
    return new Condition(
        Cost.VIEW, index -> check.passes(mailbox.viewOf(index), mailbox.indexIn(index)));
  }

  private interface EmailCheck {
    boolean passes(Email email) throws IOException;
  }

  private Condition email(Cost cost, EmailCheck check) {
    return new Condition(
        cost,
        index -> {
          Optional<Email> email = emails.at(index);
          return email.isPresent() && check.passes(email.get());
        });
  }
}
