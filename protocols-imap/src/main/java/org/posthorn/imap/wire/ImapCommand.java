package org.posthorn.imap.wire;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Every command, grouped by the state it is allowed in (RFC 3501 §6). The group is a type, so a
/// handler for a selected mailbox cannot be reached without one.
public sealed interface ImapCommand {
  sealed interface AnyState extends ImapCommand {}

  sealed interface NotAuthenticated extends ImapCommand {}

  sealed interface Authenticated extends ImapCommand {}

  sealed interface Selected extends ImapCommand {
    /// Whether the messages are named by UID, and so are those in the responses.
    default boolean byUid() {
      return false;
    }

    /// Whether EXPUNGE responses may be sent while this runs (RFC 3501 §7.4.1).
    default boolean mayRenumber() {
      return true;
    }
  }

  /// RFC 3501 §6.1.1.
  record Capability() implements AnyState {}

  /// RFC 3501 §6.1.2.
  record Noop() implements AnyState {}

  /// RFC 3501 §6.1.3.
  record Logout() implements AnyState {}

  /// RFC 2971 §3.1: what the client says of itself.
  record Id(Map<String, String> fields) implements AnyState {}

  /// RFC 5255 §3.2: language ranges, the most wanted first; none: which there are.
  record Speak(List<String> ranges) implements AnyState {}

  /// RFC 3501 §6.2.1.
  record StartTls() implements NotAuthenticated {}

  /// RFC 3501 §6.2.2; with an initial response, RFC 4959 §3.
  record Authenticate(String mechanism, Optional<String> initialResponse)
      implements NotAuthenticated {}

  /// RFC 3501 §6.2.3.
  record Login(String user, String password) implements NotAuthenticated {
    @Override
    public String toString() {
      return "Login[" + user + "]";
    }
  }

  /// RFC 5255 §4.7: without arguments it only asks.
  record Comparator(List<String> wanted) implements Authenticated {}

  /// RFC 5161 §3.1.
  record Enable(List<String> capabilities) implements Authenticated {}

  /// RFC 3501 §6.3.1, §6.3.2 (EXAMINE: `readOnly`); the parameters, RFC 7162 §3.1.8, §3.2.5.
  record Select(String mailbox, boolean readOnly, boolean condstore, Optional<Resync> resync)
      implements Authenticated {}

  /// RFC 3501 §6.3.3; with uses, RFC 6154 §3.
  record Create(String mailbox, List<String> uses) implements Authenticated {}

  /// RFC 3501 §6.3.4.
  record Delete(String mailbox) implements Authenticated {}

  /// RFC 3501 §6.3.5.
  record Rename(String from, String to) implements Authenticated {}

  /// RFC 3501 §6.3.6, §6.3.7 (UNSUBSCRIBE).
  record Subscribe(String mailbox, boolean subscribed) implements Authenticated {}

  /// RFC 3501 §6.3.8, RFC 5258 §3. `extended`: any of the three ways of RFC 5258 §1 was used.
  record ListMailboxes(
      String reference,
      List<String> patterns,
      Set<ListOption> selecting,
      Set<ListOption> returning,
      Set<StatusItem> statusItems,
      List<String> metadata,
      boolean extended)
      implements Authenticated {}

  /// RFC 3501 §6.3.9.
  record Lsub(String reference, String pattern) implements Authenticated {}

  /// RFC 2342 §5.
  record Namespace() implements Authenticated {}

  /// RFC 3501 §6.3.10.
  record Status(String mailbox, Set<StatusItem> items) implements Authenticated {}

  /// RFC 3501 §6.3.11, RFC 3502, RFC 4469. The messages are still on the wire.
  record Append(String mailbox, AppendMessages messages) implements Authenticated {}

  /// RFC 4978 §3; DEFLATE is the only mechanism there is.
  record Compress() implements Authenticated {}

  /// RFC 5465 §3.1; without groups, NOTIFY NONE. `status`: the STATUS indicator.
  record Notify(boolean status, List<EventGroup> groups) implements Authenticated {
    public Notify {
      groups = List.copyOf(groups);
    }
  }

  /// RFC 8437 §3.
  record Unauthenticate() implements Authenticated {}

  /// RFC 2177 §3.
  record Idle() implements Authenticated {}

  /// RFC 9208 §4.1.1.
  record GetQuota(String root) implements Authenticated {}

  /// RFC 9208 §4.1.3: resources in upper case.
  record SetQuota(String root, Map<String, Long> limits) implements Authenticated {}

  /// RFC 9208 §4.1.2.
  record GetQuotaRoot(String mailbox) implements Authenticated {}

  /// RFC 4314 §3.1: rights behind `+` or `-`, or without either.
  record SetAcl(String mailbox, String identifier, String rights) implements Authenticated {}

  /// RFC 4314 §3.2.
  record DeleteAcl(String mailbox, String identifier) implements Authenticated {}

  /// RFC 4314 §3.3.
  record GetAcl(String mailbox) implements Authenticated {}

  /// RFC 4314 §3.4.
  record ListRights(String mailbox, String identifier) implements Authenticated {}

  /// RFC 4314 §3.5.
  record MyRights(String mailbox) implements Authenticated {}

  /// RFC 5464 §4.2: of a mailbox, or of the server (empty).
  record GetMetadata(String mailbox, OptionalLong maxSize, int depth, List<String> entries)
      implements Authenticated {}

  /// RFC 5464 §4.3: values are bytes as characters; empty removes an entry.
  record SetMetadata(String mailbox, Map<String, Optional<String>> values)
      implements Authenticated {}

  /// RFC 4467 §7 BASE.6.3.RESETKEY: without a mailbox, of all of them.
  record ResetKey(Optional<String> mailbox, List<String> mechanisms) implements Authenticated {}

  /// RFC 4467 §7 BASE.6.3.GENURLAUTH; INTERNAL is the only mechanism.
  record GenUrlAuth(List<String> urls) implements Authenticated {}

  /// RFC 4467 §7 BASE.6.3.URLFETCH.
  record UrlFetch(List<UrlRequest> requests) implements Authenticated {
    @Override
    public String toString() {
      return "UrlFetch[" + requests.size() + "]";
    }
  }

  /// RFC 7377 §2. Of no sources, the selected mailbox is meant.
  record MultiSearch(
      List<SearchSource> sources, Optional<SearchReturn> returning, SearchProgram program)
      implements Authenticated {}

  /// RFC 5267 §4.3.5.
  record CancelUpdate(List<String> tags) implements Selected {}

  /// draft-ietf-mailmaint-imap-uidbatches §3.1: so many messages a batch, and which of the batches.
  record UidBatches(long size, long first, long last) implements Selected {
    @Override
    public boolean byUid() {
      return true;
    }
  }

  /// RFC 3501 §6.4.1.
  record Check() implements Selected {}

  /// RFC 3501 §6.4.2; without expunging, RFC 3691 §2.
  record Close(boolean expunging) implements Selected {}

  /// RFC 3501 §6.4.3; of some UIDs only, RFC 4315 §2.1.
  record Expunge(Optional<SequenceSet> uids) implements Selected {
    @Override
    public boolean byUid() {
      return uids.isPresent();
    }
  }

  /// RFC 3501 §6.4.4; `returning`, RFC 4731 §3.1: empty for the SEARCH response of old.
  record Search(Optional<SearchReturn> returning, SearchProgram program, boolean byUid)
      implements Selected {
    @Override
    public boolean mayRenumber() {
      return byUid;
    }
  }

  /// RFC 5256 §3 BASE.6.4.SORT; `returning`, RFC 5267 §3: empty for the SORT response of old.
  record Sort(
      Optional<SearchReturn> returning,
      List<SortCriterion> criteria,
      SearchProgram program,
      boolean byUid)
      implements Selected {
    @Override
    public boolean mayRenumber() {
      return byUid;
    }
  }

  /// RFC 5256 §3 BASE.6.4.THREAD.
  record Threads(ThreadAlgorithm algorithm, SearchProgram program, boolean byUid)
      implements Selected {
    @Override
    public boolean mayRenumber() {
      return byUid;
    }
  }

  /// RFC 3501 §6.4.5; `changedSince`, RFC 7162 §3.1.4.1; `vanished`, §3.2.6; `partial`, RFC 9394
  /// §3.3.
  record Fetch(
      SequenceSet messages,
      List<FetchItem> items,
      OptionalLong changedSince,
      boolean vanished,
      Optional<SearchReturn.Partial> partial,
      boolean byUid)
      implements Selected {
    @Override
    public boolean mayRenumber() {
      return byUid;
    }
  }

  /// RFC 3501 §6.4.6; `unchangedSince`, RFC 7162 §3.1.3.
  record Store(
      SequenceSet messages,
      StoreMode mode,
      boolean silent,
      List<String> flags,
      OptionalLong unchangedSince,
      boolean byUid)
      implements Selected {
    @Override
    public boolean mayRenumber() {
      return byUid;
    }
  }

  /// RFC 8508 §3.3, §3.4: one message, and the one that takes its place, still on the wire.
  record Replace(SequenceSet message, String mailbox, AppendMessages replacement, boolean byUid)
      implements Selected {}

  /// RFC 3501 §6.4.7.
  record Copy(SequenceSet messages, String mailbox, boolean byUid) implements Selected {}

  /// RFC 6851 §3.
  record Move(SequenceSet messages, String mailbox, boolean byUid) implements Selected {}

  /// What a client knows of a mailbox that it opens again (RFC 7162 §3.2.5): up to which change,
  /// which UIDs, and of some numbers the UIDs that have them.
  record Resync(
      long uidValidity, long modSeq, Optional<SequenceSet> known, Optional<Match> match) {}

  /// Events that are told of some mailboxes (RFC 5465 §8); `items` are fetched of new messages.
  record EventGroup(
      NotifyFilter filter, List<String> mailboxes, Set<NotifyEvent> events, List<FetchItem> items) {
    public EventGroup {
      mailboxes = List.copyOf(mailboxes);
      events = Set.copyOf(events);
      items = List.copyOf(items);
    }
  }

  /// RFC 5465 §6.
  enum NotifyFilter {
    SELECTED,
    SELECTED_DELAYED,
    INBOXES,
    PERSONAL,
    SUBSCRIBED,
    SUBTREE,
    MAILBOXES;

    /// Whether it is the selected mailbox, whichever that is.
    public boolean ofSelected() {
      return this == SELECTED || this == SELECTED_DELAYED;
    }
  }

  /// RFC 5465 §5.
  enum NotifyEvent {
    MESSAGE_NEW("MessageNew"),
    MESSAGE_EXPUNGE("MessageExpunge"),
    FLAG_CHANGE("FlagChange"),
    MAILBOX_NAME("MailboxName"),
    SUBSCRIPTION_CHANGE("SubscriptionChange"),
    MAILBOX_METADATA_CHANGE("MailboxMetadataChange"),
    SERVER_METADATA_CHANGE("ServerMetadataChange");

    private final String text;

    NotifyEvent(String text) {
      this.text = text;
    }

    /// As the protocol writes it.
    public String text() {
      return text;
    }

    boolean ofMessages() {
      return this == MESSAGE_NEW || this == MESSAGE_EXPUNGE || this == FLAG_CHANGE;
    }
  }

  /// A URL with what is asked for; nothing is its text, told as RFC 4467 has it.
  record UrlRequest(String url, Set<UrlItem> items) {}

  /// RFC 5524 §3.1.
  enum UrlItem {
    BODY,
    BINARY,
    BODYPARTSTRUCTURE
  }

  /// RFC 7162 §3.2.5.2; in pairs.
  record Match(SequenceSet numbers, SequenceSet uids) {}

  /// `FLAGS`, `+FLAGS`, `-FLAGS`.
  enum StoreMode {
    REPLACE,
    ADD,
    REMOVE
  }

  /// Which mailboxes are searched (RFC 7377 §2.2, RFC 5465 §6); some kinds come with names.
  record SearchSource(SourceKind kind, List<String> mailboxes) {}

  enum SourceKind {
    SELECTED,
    INBOXES,
    PERSONAL,
    SUBSCRIBED,
    MAILBOXES,
    SUBTREE,
    SUBTREE_ONE
  }

  /// How messages become threads: by their subjects, by whom they answer and then by their
  /// subjects, by whom they answer alone (RFC 5256 §3, draft-ietf-morg-inthread §4).
  enum ThreadAlgorithm {
    ORDEREDSUBJECT,
    REFERENCES,
    REFS
  }

  /// Options of LIST (RFC 5258 §3.1, §3.2; RFC 6154 §5.1, §5.2; RFC 5819 §2; RFC 8440 §3; RFC 9590
  /// §3).
  enum ListOption {
    SUBSCRIBED,
    REMOTE,
    RECURSIVEMATCH,
    SPECIAL_USE,
    CHILDREN,
    MYRIGHTS,
    METADATA,
    STATUS
  }

  /// What STATUS may ask for (RFC 3501 §6.3.10, RFC 7162 §3.1.7, RFC 8438 §2, RFC 7889 §4, RFC 8474
  /// §4.3, RFC 9208 §4.1.4).
  enum StatusItem {
    MESSAGES,
    RECENT,
    UIDNEXT,
    UIDVALIDITY,
    UNSEEN,
    HIGHESTMODSEQ,
    SIZE,
    APPENDLIMIT,
    MAILBOXID,
    DELETED,
    DELETED_STORAGE;

    private final String text = name().replace('_', '-');

    /// As the protocol writes it.
    public String text() {
      return text;
    }
  }
}
