package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.posthorn.imap.view.News;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.EventGroup;
import org.posthorn.imap.wire.ImapCommand.NotifyEvent;
import org.posthorn.imap.wire.ImapCommand.NotifyFilter;
import org.posthorn.imap.wire.ImapCommand.StatusItem;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Annotation;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.share.Visitor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a client wants to be told unasked, at any time (RFC 5465), and up to which change of the
/// account it has been told. Nothing is queued: what has happened since is read from the account's
/// history when there is time to tell it. Used by one thread at a time.
public final class Notifications {
  /// In an account with more mailboxes, events of all of them are not told (RFC 5465 §3.1).
  private static final int MAILBOXES_MAX = 20_000;

  private static final Set<NotifyEvent> OF_MESSAGES =
      EnumSet.of(NotifyEvent.MESSAGE_NEW, NotifyEvent.MESSAGE_EXPUNGE, NotifyEvent.FLAG_CHANGE);

  private static final Logger log = LoggerFactory.getLogger(Notifications.class);

  private final List<Watch> watches;
  private final MailboxChanges own;

  /// Where others may have shared mailboxes that are watched.
  private final Optional<OthersMailboxes> others;

  private final Optional<EventGroup> ofSelected;

  /// What was subscribed at a version of the own account.
  private Set<String> subscribed = new HashSet<>();

  private long subscribedAt = -1;

  private Notifications(ImapCommand.Notify command, Caller caller) {
    this.watches =
        command.groups().stream()
            .filter(group -> !group.filter().ofSelected() && !group.events().isEmpty())
            .map(group -> new Watch(group.filter(), names(group), group.events()))
            .toList();
    boolean watchesOthers =
        watches.stream()
            .anyMatch(watch ->
                watch.filter == NotifyFilter.SUBSCRIBED
                    || watch.names.stream().anyMatch(Notifications::isOfOthers));
    this.own = new MailboxChanges(caller.visitor().own(), caller);
    this.others = watchesOthers ? Optional.of(new OthersMailboxes(caller)) : Optional.empty();
    this.ofSelected =
        command.groups().stream()
            .filter(group -> group.filter().ofSelected() && !group.events().isEmpty())
            .findFirst();
  }

  private record Watch(NotifyFilter filter, Set<String> names, Set<NotifyEvent> events) {}

  private static boolean isOfOthers(String name) {
    String within = name + MailboxName.SEPARATOR;
    return within.startsWith(Place.OTHERS) || within.startsWith(Place.SHARED);
  }

  /// Names that no mailbox can have are left out (RFC 5465 §3.1).
  private static Set<String> names(EventGroup group) {
    Set<String> names = new HashSet<>();
    for (String name : group.mailboxes()) {
      try {
        names.add(new MailboxName(name).value());
      } catch (MailboxException _) {
        // There is nothing to watch.
      }
    }
    return names;
  }

  /// From now on; empty where that is too much for us.
  public static Optional<Notifications> start(ImapCommand.Notify command, Caller caller) {
    boolean tooMuch = caller.visitor().own().mailboxes().size() > MAILBOXES_MAX;
    return tooMuch && command.groups().stream().anyMatch(group -> !group.filter().ofSelected())
        ? Optional.empty()
        : Optional.of(new Notifications(command, caller));
  }

  /// What NOTIFY SET STATUS tells of each mailbox that is watched and not selected (RFC 5465 §3.1).
  public void tellStatus(Optional<SelectedMailbox> selected, Caller caller) throws IOException {
    for (NamedMailbox mailbox : caller.listed()) {
      Set<NotifyEvent> events = events(mailbox.shown(), mailbox.own());
      boolean concerned =
          events.contains(NotifyEvent.MESSAGE_NEW) && mailbox.rights().has(Right.READ);
      if (concerned && !isSelected(selected, mailbox)) {
        Set<StatusItem> items =
            EnumSet.of(StatusItem.MESSAGES, StatusItem.UIDNEXT, StatusItem.UIDVALIDITY);
        if (events.contains(NotifyEvent.FLAG_CHANGE)) {
          items.add(StatusItem.HIGHESTMODSEQ);
        }
        new Status(caller, 0).tell(mailbox, items);
      }
    }
  }

  /// Names the mailboxes of others whose messages are to be watched and may not be read (RFC 5465
  /// §3.1).
  public void tellClosed(Caller caller) throws IOException {
    for (String name : others.map(OthersMailboxes::closed).orElse(List.of())) {
      if (wants(name, false, NotifyEvent.MESSAGE_NEW)) {
        new ListMailboxes(caller, 0).tellNoAccess(name);
      }
    }
  }

  private static boolean isSelected(Optional<SelectedMailbox> selected, NamedMailbox mailbox) {
    return selected.isPresent()
        && selected.get().id().equals(mailbox.info().id())
        && selected.get().account().id().equals(mailbox.account().id());
  }

  /// The accounts whose changes may be told.
  public List<Account> accounts(Visitor visitor) {
    List<Account> accounts = new ArrayList<>();
    if (!watches.isEmpty()) {
      accounts.add(visitor.own());
    }
    if (others.isPresent()) {
      visitor.hosts().forEach(host -> accounts.add(host.account()));
    }
    return accounts;
  }

  public boolean wantsAnything() {
    return ofSelected.isPresent() || !watches.isEmpty();
  }

  /// Whether changes of the selected mailbox are told unasked.
  public boolean ofSelected() {
    return ofSelected.isPresent();
  }

  /// What may be told of the selected mailbox between two commands.
  public News.Extent betweenCommands() {
    boolean delayed =
        ofSelected.map(EventGroup::filter).equals(Optional.of(NotifyFilter.SELECTED_DELAYED));
    return delayed ? News.Extent.ADDITIONS : News.Extent.ALL;
  }

  /// Tells what is new in the selected mailbox, as far as it is wanted, and fetches of new messages
  /// what the client asked for, but not of its `own`.
  public void tellSelected(SelectedMailbox mailbox, News news, UidSet own, Caller caller)
      throws IOException {
    if (ofSelected.isEmpty()) {
      return;
    }
    EventGroup group = ofSelected.get();
    boolean flags = group.events().contains(NotifyEvent.FLAG_CHANGE);
    long from = mailbox.uidNext();
    mailbox.tellNews(caller.writer(), flags ? news : news.but((_, _) -> true));
    if (!group.items().isEmpty() && mailbox.uidNext() > from) {
      fetch(mailbox, from, group.items(), own, caller);
    }
  }

  private static void fetch(
      SelectedMailbox mailbox, long from, List<FetchItem> items, UidSet own, Caller caller)
      throws IOException {
    List<SequenceSet.Range> ranges = new ArrayList<>();
    for (int i = mailbox.place(from); i < mailbox.exists(); i++) {
      long uid = mailbox.uid(i);
      if (!own.contains(uid)) {
        ranges.add(new SequenceSet.Range(uid, uid));
      }
    }
    if (!ranges.isEmpty()) {
      var all = new SequenceSet(new SequenceSet(ranges).resolve(SequenceSet.STAR));
      ImapAnswer _ =
          Fetch.run(
              new ImapCommand.Fetch(
                  all, items, OptionalLong.empty(), false, Optional.empty(), true),
              mailbox,
              caller,
              new DecodedPlaces());
    }
  }

  /// Tells what others have done to all mailboxes, as far as it is wanted; of the selected one no
  /// messages. False where it is not known any more, or cannot be read, what they did: the client
  /// is told so, and that it is told nothing from now on (RFC 5465 §5.8).
  public boolean tellOthers(Optional<SelectedMailbox> selected, boolean condstore, Caller caller)
      throws IOException {
    try {
      if (!watches.isEmpty()) {
        MailboxChanges.Seen seen = own.next();
        if (!seen.names().isEmpty() || !seen.subscriptions().isEmpty()) {
          tellNames(seen, new ListMailboxes(caller, 0));
        }
        tellOf(own.account(), seen, MailboxName::value, selected, condstore, caller);
      }
      if (others.isPresent()) {
        tellTheirs(others.get(), selected, condstore, caller);
      }
      return true;
    } catch (MailboxException.HistoryTrimmed _) {
      return overflow("Too much has happened", caller);
    } catch (StorageUnavailable e) {
      // Such as no memory for a mailbox of others, where what is unseen is one's own.
      log.atWarn().setCause(e).log("not notified");
      return overflow("What has happened cannot be read now", caller);
    }
  }

  private static boolean overflow(String why, Caller caller) throws IOException {
    ImapWriter writer = caller.writer();
    if (!writer.takeBackUnfinished()) {
      throw new IOException("A response was cut off");
    }
    writer.text("* OK [NOTIFICATIONOVERFLOW] ").words(why).endLine();
    return false;
  }

  /// How a mailbox of an account is called here.
  private interface Naming {
    String shown(MailboxName name);
  }

  /// What has become of mailboxes of others, and then what has happened in them.
  private void tellTheirs(
      OthersMailboxes theirs, Optional<SelectedMailbox> selected, boolean condstore, Caller caller)
      throws IOException {
    var happened = theirs.happened(caller.visitor().hosts(), caller);
    List<OthersMailboxes.Turn> turns = theirs.turns(happened, caller);
    if (!turns.isEmpty()) {
      var list = new ListMailboxes(caller, 0);
      for (OthersMailboxes.Turn turn : turns) {
        turn.tell(wantedOf(turn), list);
      }
    }
    for (var one : happened.entrySet()) {
      Visitor.Host host = one.getKey();
      Naming naming = name -> Place.shown(host.user(), name, caller.visitor());
      tellOf(host.account(), one.getValue(), naming, selected, condstore, caller);
    }
  }

  private Set<NotifyEvent> wantedOf(OthersMailboxes.Turn turn) {
    Set<NotifyEvent> wanted = EnumSet.noneOf(NotifyEvent.class);
    for (OthersMailboxes.Shown shown : turn.names()) {
      wanted.addAll(events(shown.name(), false));
    }
    return wanted;
  }

  private void tellOf(
      Account there,
      MailboxChanges.Seen seen,
      Naming naming,
      Optional<SelectedMailbox> selected,
      boolean condstore,
      Caller caller)
      throws IOException {
    for (var one : seen.messages().entrySet()) {
      Optional<NamedMailbox> mailbox =
          there
              .find(one.getKey())
              .map(info -> caller.named(there, info, naming.shown(info.name())))
              .filter(found -> found.mayAll(Right.LOOKUP, Right.READ));
      if (mailbox.isPresent() && !isSelected(selected, mailbox.get())) {
        tellMessages(mailbox.get(), one.getValue(), condstore, caller);
      }
    }
    for (Annotation note : seen.notes()) {
      tellNote(note, there, naming, caller);
    }
  }

  /// Names the entry that was changed (RFC 5465 §5.6, §5.7), to whoever may read it.
  private void tellNote(Annotation note, Account there, Naming naming, Caller caller)
      throws IOException {
    boolean isOwn = caller.visitor().owns(there);
    if (!note.isShared() && !note.reader().equals(own.account().id().value())) {
      return;
    }
    Optional<String> shown =
        note.mailbox().equals(Annotation.WHOLE_ACCOUNT)
            ? Optional.of("").filter(_ -> isOwn && anyWants(NotifyEvent.SERVER_METADATA_CHANGE))
            : there
                .find(note.mailbox())
                .map(info -> caller.named(there, info, naming.shown(info.name())))
                .filter(mailbox -> mailbox.mayAll(Right.LOOKUP, Right.READ))
                .map(NamedMailbox::shown)
                .filter(name -> wants(name, isOwn, NotifyEvent.MAILBOX_METADATA_CHANGE));
    if (shown.isPresent()) {
      caller.writer().text("* METADATA ").mailbox(shown.get()).raw(' ').astring(note.entry());
      caller.writer().endLine();
    }
  }

  private boolean anyWants(NotifyEvent event) {
    return watches.stream().anyMatch(watch -> watch.events.contains(event));
  }

  /// Of one's own mailboxes.
  private void tellNames(MailboxChanges.Seen seen, ListMailboxes list) throws IOException {
    for (MailboxChanges.Named named : seen.names()) {
      String now = named.name().value();
      Optional<String> before = named.before().map(MailboxName::value);
      boolean wanted = wants(now, true, NotifyEvent.MAILBOX_NAME);
      wanted |= before.isPresent() && wants(before.get(), true, NotifyEvent.MAILBOX_NAME);
      if (wanted) {
        list.tellChanged(now, before);
      }
    }
    for (MailboxName name : seen.subscriptions()) {
      // Who follows what is subscribed is also told when it is so no more.
      if (wants(name.value(), true, NotifyEvent.SUBSCRIPTION_CHANGE)
          || watches.stream().anyMatch(Notifications::followsSubscriptions)) {
        list.tellChanged(name.value(), Optional.empty());
      }
    }
  }

  private static boolean followsSubscriptions(Watch watch) {
    return watch.filter == NotifyFilter.SUBSCRIBED
        && watch.events.contains(NotifyEvent.SUBSCRIPTION_CHANGE);
  }

  /// RFC 5465 §5.1 to §5.3: without CONDSTORE, changed flags show in what is unseen.
  private void tellMessages(
      NamedMailbox mailbox, Set<NotifyEvent> happened, boolean condstore, Caller caller)
      throws IOException {
    Set<NotifyEvent> wanted = EnumSet.copyOf(OF_MESSAGES);
    wanted.retainAll(events(mailbox.shown(), mailbox.own()));
    wanted.retainAll(happened);
    if (wanted.isEmpty()) {
      return;
    }
    Set<StatusItem> items = EnumSet.of(StatusItem.UIDVALIDITY);
    if (wanted.contains(NotifyEvent.FLAG_CHANGE)) {
      items.add(StatusItem.UNSEEN);
    }
    if (wanted.contains(NotifyEvent.MESSAGE_NEW) || wanted.contains(NotifyEvent.MESSAGE_EXPUNGE)) {
      items.add(StatusItem.MESSAGES);
      items.add(StatusItem.UIDNEXT);
    }
    if (condstore) {
      items.add(StatusItem.HIGHESTMODSEQ);
    }
    new Status(caller, 0).tell(mailbox, items);
  }

  private boolean wants(String shown, boolean isOwn, NotifyEvent event) {
    return events(shown, isOwn).contains(event);
  }

  private Set<NotifyEvent> events(String shown, boolean isOwn) {
    Set<NotifyEvent> events = EnumSet.noneOf(NotifyEvent.class);
    for (Watch watch : watches) {
      if (matches(watch, shown, isOwn)) {
        events.addAll(watch.events);
      }
    }
    return events;
  }

  /// INBOXES: every mailbox of one's own may be delivered to, by rules.
  private boolean matches(Watch watch, String shown, boolean isOwn) {
    return switch (watch.filter) {
      case SELECTED, SELECTED_DELAYED -> false;
      case INBOXES, PERSONAL -> isOwn;
      case SUBSCRIBED -> subscribed().contains(shown);
      case MAILBOXES -> watch.names.contains(shown);
      case SUBTREE -> isWithin(watch.names, shown);
    };
  }

  /// Asked of each mailbox there is, so names are looked up and not gone through.
  private Set<String> subscribed() {
    long version = own.account().version();
    if (version != subscribedAt) {
      subscribed = new HashSet<>();
      own.account().subscriptions().forEach(name -> subscribed.add(name.value()));
      subscribedAt = version;
    }
    return subscribed;
  }

  private static boolean isWithin(Set<String> tops, String shown) {
    int end = shown.length();
    while (end >= 0 && !tops.contains(shown.substring(0, end))) {
      end = shown.lastIndexOf(MailboxName.SEPARATOR, end - 1);
    }
    return end >= 0;
  }
}
