package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.posthorn.app.AccountThere.MailboxThere;
import org.posthorn.app.AccountThere.MessageThere;

/// The model finds what it is there to find: each fault of a store that is made here on purpose.
final class ClientModelTest {
  private static final long INBOX = 7;
  private static final long OWN = 9;
  private static final long NUMBER = 1_001;
  private static final long OTHER = 2_001;

  private final AccountFacts facts = new AccountFacts();
  private final ClientModel model = new ClientModel("c1-", facts, _ -> 100);
  private final Map<String, MailboxThere> mailboxes = new TreeMap<>();

  /// A client that has appended two messages to INBOX, of which the first is seen, and a store that
  /// has done it.
  ClientModelTest() {
    model.ask(new Deed.Create("c1-0"));
    model.done(Deed.Told.NOTHING);
    model.learn("c1-0", OWN);
    model.ask(new Deed.Append(INBOX, NUMBER, Set.of()));
    model.done(new Deed.Told(INBOX, Map.of(0L, 1L), Map.of()));
    model.ask(new Deed.Append(INBOX, OTHER, Set.of("$one")));
    model.done(new Deed.Told(INBOX, Map.of(0L, 2L), Map.of()));
    model.ask(new Deed.Store(INBOX, Set.of(1L), "\\Seen", true));
    model.done(new Deed.Told(INBOX, Map.of(), Map.of(1L, 5L)));
    mailboxes.put("INBOX", new MailboxThere(INBOX, 3, 5, new TreeMap<>()));
    mailboxes.put("c1-0", new MailboxThere(OWN, 1, 1, new TreeMap<>()));
    inbox().put(1L, new MessageThere(NUMBER, Set.of("\\Seen"), 5, 100));
    inbox().put(2L, new MessageThere(OTHER, Set.of("$one"), 4, 100));
  }

  private Map<Long, MessageThere> inbox() {
    return known("INBOX").messages();
  }

  private Map<Long, MessageThere> own() {
    return known("c1-0").messages();
  }

  private MailboxThere known(String name) {
    return Objects.requireNonNull(mailboxes.get(name));
  }

  private List<String> complaints() {
    var there = new AccountThere(mailboxes);
    List<String> complaints = new ArrayList<>(model.judge(there));
    complaints.addAll(facts.judge(there));
    return complaints;
  }

  private void mailbox(String name, long uidValidity, long uidNext, long highestModSeq) {
    mailboxes.put(
        name,
        new MailboxThere(
            uidValidity, uidNext, highestModSeq, new TreeMap<>(known(name).messages())));
  }

  @Test
  void saysNothingWhereAllIsRight() {
    assertThat(complaints()).isEmpty();
    assertThat(complaints()).as("once more").isEmpty();
  }

  @Test
  void findsALostMessage() {
    inbox().remove(2L);
    assertThat(complaints()).singleElement().asString().contains("should hold", "2001");
  }

  @Test
  void findsADoubledMessage() {
    own().put(1L, new MessageThere(OTHER, Set.of("$one"), 4, 100));
    assertThat(complaints()).anyMatch(complaint -> complaint.contains("holds"));
  }

  @Test
  void findsALostFlagAndAnOlderModSeq() {
    inbox().put(1L, new MessageThere(NUMBER, Set.of(), 5, 100));
    assertThat(complaints()).isNotEmpty();
    inbox().put(1L, new MessageThere(NUMBER, Set.of(), 4, 100));
    assertThat(complaints()).as("what was adopted has 5").isNotEmpty();
  }

  @Test
  void findsAMessageOfAnotherSize() {
    inbox().put(2L, new MessageThere(OTHER, Set.of("$one"), 4, 99));
    assertThat(complaints()).singleElement().asString().contains("another size");
  }

  @Test
  void findsALostOrRenumberedMailbox() {
    mailbox("c1-0", OWN + 1, 1, 1);
    assertThat(complaints()).singleElement().asString().contains("mailbox c1-0");
    mailboxes.remove("c1-0");
    assertThat(complaints()).singleElement().asString().contains("mailbox c1-0");
  }

  @Test
  void findsAnotherUidValidityOfTheInbox() {
    assertThat(complaints()).isEmpty();
    mailbox("INBOX", INBOX + 1, 3, 5);
    assertThat(complaints()).anyMatch(complaint -> complaint.contains("INBOX had UIDVALIDITY"));
  }

  @Test
  void findsNumbersThatGoBack() {
    mailbox("INBOX", INBOX, 2, 5);
    assertThat(complaints()).anyMatch(complaint -> complaint.contains("UIDNEXT"));
    mailbox("INBOX", INBOX, 3, 4);
    assertThat(complaints()).anyMatch(complaint -> complaint.contains("HIGHESTMODSEQ"));
  }

  @Test
  void findsAUidThatIsGivenTwice() {
    model.ask(new Deed.Expunge(INBOX, Set.of(2L)));
    model.done(Deed.Told.NOTHING);
    inbox().remove(2L);
    model.ask(new Deed.Append(INBOX, 3_001, Set.of()));
    model.done(new Deed.Told(INBOX, Map.of(0L, 2L), Map.of()));
    inbox().put(2L, new MessageThere(3_001, Set.of(), 6, 100));
    mailbox("INBOX", INBOX, 3, 6);
    assertThat(complaints()).anyMatch(complaint -> complaint.contains("was given to 2001 and to"));
  }

  /// What was not answered may have happened or not.
  @Test
  void takesAnUnansweredDeedBothWays() {
    model.ask(new Deed.Move(INBOX, Set.of(1L, 2L), OWN));
    assertThat(complaints()).as("not done").isEmpty();
    model.ask(new Deed.Move(INBOX, Set.of(1L, 2L), OWN));
    move(1L, NUMBER, Set.of("\\Seen"));
    move(2L, OTHER, Set.of("$one"));
    assertThat(complaints()).as("done").isEmpty();
  }

  @Test
  void findsHalfAMove() {
    model.ask(new Deed.Move(INBOX, Set.of(1L, 2L), OWN));
    move(1L, NUMBER, Set.of("\\Seen"));
    assertThat(complaints()).singleElement().asString().contains("neither as before");
  }

  @Test
  void findsAMoveThatOnlyCopied() {
    model.ask(new Deed.Move(INBOX, Set.of(1L), OWN));
    MessageThere first = inbox().get(1L);
    move(1L, NUMBER, Set.of("\\Seen"));
    inbox().put(1L, first);
    assertThat(complaints()).singleElement().asString().contains("neither as before");
  }

  @Test
  void findsHalfAStoreAndHalfAnExpunge() {
    model.ask(new Deed.Store(INBOX, Set.of(1L, 2L), "$two", true));
    inbox().put(1L, new MessageThere(NUMBER, new TreeSet<>(Set.of("\\Seen", "$two")), 6, 100));
    mailbox("INBOX", INBOX, 3, 6);
    assertThat(complaints()).singleElement().asString().contains("neither as before");
    model.ask(new Deed.Expunge(INBOX, Set.of(1L, 2L)));
    inbox().remove(1L);
    assertThat(complaints()).singleElement().asString().contains("neither as before");
  }

  @Test
  void findsANewMessageUnderAnOldUid() {
    model.ask(new Deed.Append(INBOX, 3_001, Set.of()));
    Map<Long, MessageThere> swapped = new HashMap<>(inbox());
    inbox().put(1L, new MessageThere(3_001, Set.of(), 6, 100));
    inbox().put(3L, Objects.requireNonNull(swapped.get(1L)));
    mailbox("INBOX", INBOX, 4, 6);
    assertThat(complaints()).isNotEmpty();
  }

  @Test
  void findsARenameThatLosesMessages() {
    model.ask(new Deed.Move(INBOX, Set.of(1L), OWN));
    model.done(new Deed.Told(OWN, Map.of(1L, 1L), Map.of()));
    move(1L, NUMBER, Set.of("\\Seen"));
    model.ask(new Deed.Rename("c1-0", "c1-1"));
    mailboxes.put("c1-1", mailboxes.remove("c1-0"));
    assertThat(complaints()).as("a whole rename").isEmpty();
    model.ask(new Deed.Rename("c1-1", "c1-2"));
    mailboxes.remove("c1-1");
    mailboxes.put("c1-2", new MailboxThere(OWN, 3, 6, new TreeMap<>()));
    assertThat(complaints()).singleElement().asString().contains("neither as before");
  }

  @Test
  void findsWhatAWatcherSawAndIsNoMore() {
    var seen = new Watcher();
    var place = new AccountFacts.Place(INBOX, 1);
    seen.saw(place, new MessageThere(0, Set.of("\\Seen"), 6, 0));
    assertThat(seen.judge(new AccountThere(mailboxes))).singleElement().asString().contains("seen");
    seen.saw(place, new MessageThere(0, Set.of(), 5, 0));
    assertThat(seen.judge(new AccountThere(mailboxes))).singleElement().asString().contains("seen");
    seen.saw(place, new MessageThere(0, Set.of("\\Seen"), 5, 0));
    assertThat(seen.judge(new AccountThere(mailboxes))).isEmpty();
  }

  @Test
  void findsMailThatIsLostOrComesTwice() {
    var mail = new SentMail();
    mail.answered("250 Ok", new SentMail.Sent(1, "ann"));
    assertThat(mail.lost()).hasSize(1);
    mail.arrived("ann", "1", "X-Number: 1");
    mail.arrived("ann", "1", "X-Number: 1");
    assertThat(mail.lost()).isEmpty();
    assertThat(mail.doubled()).isEmpty();
    mail.arrived("ann", "2", "X-Number: 1");
    assertThat(mail.doubled()).hasSize(1);
    mail.answered("451 Later", new SentMail.Sent(2, "ann"));
    assertThat(mail.refused()).hasSize(1);
  }

  private void move(long uid, long number, Set<String> flags) {
    inbox().remove(uid);
    own().put(uid, new MessageThere(number, flags, 6, 100));
    mailbox("INBOX", INBOX, 3, 6);
    mailbox("c1-0", OWN, 3, 6);
  }
}
