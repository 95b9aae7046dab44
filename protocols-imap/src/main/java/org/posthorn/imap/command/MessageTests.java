package org.posthorn.imap.command;

import java.io.IOException;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.command.MessageTest.Check;
import org.posthorn.imap.command.MessageTest.Cost;
import org.posthorn.imap.view.Run;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.SearchKey;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailDate;
import org.posthorn.message.mime.Envelope;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxView;

/// Makes tests from search keys (RFC 3501 §6.4.4). Of several keys the cheapest is asked first, so
/// bytes are read only of messages that pass all else. Lives as long as one SEARCH.
final class MessageTests {
  private static final long DAY_MILLIS = 86_400_000L;

  private final SelectedMailbox mailbox;
  private final EmailCursor emails;
  private final TextSearch texts;
  private final long nowMillis = System.currentTimeMillis();

  MessageTests(SelectedMailbox mailbox, Account account) {
    this.mailbox = mailbox;
    this.emails = new EmailCursor(mailbox, account);
    this.texts = new TextSearch(account);
  }

  MessageTest of(SearchKey key) {
    return switch (key) {
      case SearchKey.All _ -> new MessageTest(Cost.VIEW, _ -> true);
      case SearchKey.And(var keys) -> and(keys);
      case SearchKey.Or(var one, var other) -> or(of(one), of(other));
      case SearchKey.Not(var inner) -> not(of(inner));
      case SearchKey.Numbers(var set) -> within(mailbox.runs(set, false));
      case SearchKey.Uids(var set) -> within(mailbox.runs(set, true));
      case SearchKey.Flag(var name) -> view((view, index) -> view.flags(index).has(name));
      case SearchKey.Recent _ -> new MessageTest(Cost.VIEW, mailbox::isRecent);
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
      case SearchKey.Addressed(var field, var text) -> {
        Needle needle = new Needle(text);
        yield email(Cost.EMAIL, email -> isIn(email.structure().envelope(), field, needle));
      }
      case SearchKey.Header(var field, var text) -> header(field, new Needle(text));
      case SearchKey.Body(var text) -> {
        Needle needle = new Needle(text);
        yield email(Cost.BODY, email -> texts.isInBody(email, needle));
      }
      case SearchKey.Text(var text) -> {
        Needle needle = new Needle(text);
        yield email(
            Cost.BODY, email -> texts.isInHeader(email, needle) || texts.isInBody(email, needle));
      }
    };
  }

  private MessageTest and(List<SearchKey> keys) {
    List<MessageTest> tests =
        keys.stream().map(this::of).sorted(Comparator.comparing(MessageTest::cost)).toList();
    Check check =
        index -> {
          for (MessageTest test : tests) {
            if (!test.check().passes(index)) {
              return false;
            }
          }
          return true;
        };
    return new MessageTest(tests.isEmpty() ? Cost.VIEW : tests.getLast().cost(), check);
  }

  private static MessageTest or(MessageTest one, MessageTest other) {
    boolean inOrder = one.cost().compareTo(other.cost()) <= 0;
    Check first = inOrder ? one.check() : other.check();
    Check second = inOrder ? other.check() : one.check();
    return new MessageTest(
        one.cost().or(other.cost()), index -> first.passes(index) || second.passes(index));
  }

  private static MessageTest not(MessageTest test) {
    return new MessageTest(test.cost(), index -> !test.check().passes(index));
  }

  private static MessageTest within(List<Run> runs) {
    return new MessageTest(
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

  private MessageTest dated(SearchKey.Dated dated) {
    long day = dated.day().toEpochDay();
    return switch (dated.date()) {
      case INTERNAL ->
          view((view, index) -> isRelated(dayOf(view.internalMillis(index)), dated, day));
      case SAVED -> view((view, index) -> isRelated(dayOf(view.savedMillis(index)), dated, day));
      case SENT ->
          email(
              Cost.EMAIL,
              email ->
                  sentDay(email.structure().envelope())
                      .map(sent -> isRelated(sent.toEpochDay(), dated, day))
                      .orElse(false));
    };
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

  /// The day that stands in the field, in whatever zone.
  private static Optional<LocalDate> sentDay(Envelope envelope) {
    return envelope.date().flatMap(MailDate::parse).map(date -> date.toLocalDate());
  }

  private static boolean isIn(Envelope envelope, SearchKey.Field field, Needle needle) {
    return switch (field) {
      case FROM -> isIn(envelope.from(), needle);
      case TO -> isIn(envelope.to(), needle);
      case CC -> isIn(envelope.cc(), needle);
      case BCC -> isIn(envelope.bcc(), needle);
      case SUBJECT ->
          envelope.subject().map(text -> needle.isIn(EncodedWord.decode(text))).orElse(false);
    };
  }

  private static boolean isIn(List<Envelope.Address> addresses, Needle needle) {
    for (Envelope.Address address : addresses) {
      String name = address.name().map(EncodedWord::decode).orElse("");
      String mailbox = address.mailbox().orElse("");
      String host = address.host().map(text -> "@" + text).orElse("");
      if (needle.isIn(name + " <" + mailbox + host + ">")) {
        return true;
      }
    }
    return false;
  }

  /// The Message-ID, which clients look for by the thousand, is in the envelope.
  private MessageTest header(String field, Needle needle) {
    if (field.equalsIgnoreCase("Message-ID")) {
      return email(
          Cost.EMAIL,
          email -> email.structure().envelope().messageId().map(needle::isIn).orElse(false));
    }
    return email(Cost.HEADER, email -> texts.isInField(email, field, needle));
  }

  private interface ViewCheck {
    boolean passes(MailboxView view, int index);
  }

  private MessageTest view(ViewCheck check) {
    return new MessageTest(
        Cost.VIEW, index -> check.passes(mailbox.viewOf(index), mailbox.indexIn(index)));
  }

  private interface EmailCheck {
    boolean passes(Email email) throws IOException;
  }

  private MessageTest email(Cost cost, EmailCheck check) {
    return new MessageTest(
        cost,
        index -> {
          Optional<Email> email = emails.at(index);
          return email.isPresent() && check.passes(email.get());
        });
  }
}
