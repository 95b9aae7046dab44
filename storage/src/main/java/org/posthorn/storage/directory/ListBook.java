package org.posthorn.storage.directory;

import com.google.common.util.concurrent.Striped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;

/// The mailing lists of all domains and their members. What the lists are is in memory; members are
/// read from their rows, so that a list may be large. Changes are durable when they return, and
/// throw [DirectoryException] when they decline. Safe for use by many threads.
public final class ListBook {
  /// A list has at most so many members.
  public static final int MEMBERS_MAX = 200_000;

  /// How long somebody has to stay without a bounce to begin anew.
  private static final int BOUNCES_FORGOTTEN_DAYS = 30;

  private static final int PAGE = 1_000;
  private static final long HASHES = 1L << 16;
  private static final int ROWS_OF_A_CHANGE = 500;
  private static final int ID_LENGTH = 6;
  private static final int TOKEN_LENGTH = 16;

  private final Domains domains;
  private final AddressBook book;
  private final Engine engine;
  private final MembersByDomain byDomain;

  /// What a change of a list's rows reads of them is written before the next change reads: rows of
  /// lists are in no state that the changes of one commit hand on.
  private final Striped<Lock> doors = Striped.lock(64);

  ListBook(Domains domains, AddressBook book, Engine engine) {
    this.domains = domains;
    this.book = book;
    this.engine = engine;
    this.byDomain = new MembersByDomain(this, engine);
  }

  /// Somebody who is to become a member.
  public record NewMember(MailAddress address, String name, ListMember.State state) {
    public NewMember(MailAddress address, String name) {
      this(address, name, ListMember.State.ACTIVE);
    }
  }

  /// What waits for somebody's answer, and how far posts are.
  public ListDesk desk() {
    return new ListDesk(this, engine);
  }

  /// In the order of their names.
  public List<MailingList> of(Domain domain) {
    List<MailingList> all = new ArrayList<>();
    domains.there(domain).lists().forEach((_, list) -> all.add(list));
    all.sort(Comparator.comparing(list -> list.address().localPart()));
    return all;
  }

  public Optional<MailingList> find(MailAddress address) {
    return domains
        .state(address.domain())
        .flatMap(state -> state.lists().find(AddressBook.canonical(address.localPart())));
  }

  /// Whether it is a list's, or one that is made of a list's such as `team-request`, in the domain
  /// or a second name of it.
  public boolean isOfList(MailAddress address) {
    return book.resolve(address) instanceof Resolution.Listed;
  }

  /// [#find], or [DirectoryException.NoSuchList].
  public MailingList there(MailAddress address) {
    return find(address).orElseThrow(() -> new DirectoryException.NoSuchList(address));
  }

  /// The list that has this id, which it was given when it was made.
  public Optional<MailingList> byId(Domain domain, String id) {
    return domains.isLocal(domain)
        ? of(domain).stream().filter(list -> list.id().equals(id)).findFirst()
        : Optional.empty();
  }

  public MailingList create(MailAddress wanted, Map<String, String> settings) {
    MailAddress address = AddressBook.canonical(wanted);
    AddressBook.checkName(address);
    ListRows.nameFault(address.localPart())
        .ifPresent(fault -> {
          throw fault;
        });
    ListSettings wished = ListSettings.STANDARD.with(settings);
    checkReaders(wished, settings.keySet());
    return domains.change(
        address.domain(),
        draft -> {
          draft.there().checkFree(address);
          var list = new MailingList(address, newId(draft.there()), wished);
          draft.putList(list);
          MembersByDomain.begin(draft, list);
          return list;
        });
  }

  /// A list from a backup: its return paths and its links to unsubscribe count again.
  public void restore(SavedDomain.SavedList saved) {
    MailingList list = saved.list();
    List<ListMember> members = saved.members();
    MailAddress address = list.address();
    var _ =
        domains.change(
            address.domain(),
            draft -> {
              draft.there().checkFree(address);
              draft.putList(list);
              MembersByDomain.begin(draft, list);
              saved
                  .held()
                  .forEach(held ->
                      draft.put(
                          ListRows.key(ListRows.HELD, name(list), held.token()),
                          ListRows.held(held)));
              return draft;
            });
    for (int start = 0; start < members.size(); start += ROWS_OF_A_CHANGE) {
      List<ListMember> some =
          members.subList(start, Math.min(members.size(), start + ROWS_OF_A_CHANGE));
      var _ =
          change(
              address,
              draft -> {
                some.forEach(member -> putNew(draft, list, member));
                return draft;
              });
    }
  }

  private static String newId(DomainState state) {
    while (true) {
      String id = "l" + ListRows.random(ID_LENGTH);
      var taken = new boolean[1];
      state.lists().forEach((_, list) -> taken[0] |= list.id().equals(id));
      if (!taken[0]) {
        return id;
      }
    }
  }

  public MailingList configure(MailAddress address, Map<String, String> changes) {
    String name = AddressBook.canonical(address.localPart());
    checkReaders(there(address).settings().with(changes), changes.keySet());
    return domains.change(
        address.domain(),
        draft -> {
          MailingList before = known(address, draft.there());
          var list =
              new MailingList(before.address(), before.id(), before.settings().with(changes));
          draft.putList(list);
          return draft.there().lists().find(name).orElse(list);
        });
  }

  /// Whom the settings that are `named` send mail to. Who was there once may have gone meanwhile.
  private void checkReaders(ListSettings wished, Set<String> named) {
    if (named.contains("archive")) {
      wished.archive().ifPresent(one -> checkReader("archive", one));
    }
    if (named.contains("moderators")) {
      wished.moderators().forEach(one -> checkReader("moderators", one));
    }
  }

  /// What a list sends has no sender who would hear that nobody got it, and lists take no mail of
  /// lists.
  private void checkReader(String setting, MailAddress reader) {
    Expansion ends = book.expand(reader);
    if (ends.isNobody()) {
      throw new DirectoryException.NotPermitted(
          ends.lists().isEmpty()
              ? "'%s' names %s, and nobody has this address: make it first (posthorn user add), or name another"
                  .formatted(setting, reader)
              : "'%s' names %s, which is a mailing list, and lists take no mail of lists: name a mailbox"
                  .formatted(setting, reader));
    }
  }

  /// With its members and all that waits; returns the posts, whose mails are in the queue still.
  public List<ListDesk.Held> delete(MailAddress address) {
    return change(
        address,
        draft -> {
          MailingList list = known(address, draft.there());
          List<ListDesk.Held> posts = desk().held(list);
          draft.removeList(name(list));
          return posts;
        });
  }

  private static MailingList known(MailAddress address, DomainState state) {
    return state
        .lists()
        .find(AddressBook.canonical(address.localPart()))
        .orElseThrow(() -> new DirectoryException.NoSuchList(address));
  }

  /// Makes members of those who are none; returns those who became one.
  public List<ListMember> add(MailAddress address, Collection<NewMember> wanted, Instant now) {
    Map<String, NewMember> fresh = new LinkedHashMap<>();
    for (NewMember one : wanted) {
      if (isOfList(one.address())) {
        throw new DirectoryException.NotPermitted(
            one.address() + " is an address of a list, and lists take no mail of lists");
      }
      fresh.putIfAbsent(key(one.address()), one);
    }
    int before = count(address);
    if (before + fresh.size() > MEMBERS_MAX) {
      MailingList list = there(address);
      fresh.values().removeIf(one -> member(list, one.address()).isPresent());
    }
    if (before + fresh.size() > MEMBERS_MAX) {
      throw new DirectoryException.NotPermitted("A list has at most " + MEMBERS_MAX + " members");
    }
    List<NewMember> all = List.copyOf(fresh.values());
    List<ListMember> added = new ArrayList<>();
    for (int from = 0; from < all.size(); from += ROWS_OF_A_CHANGE) {
      List<NewMember> some = all.subList(from, Math.min(all.size(), from + ROWS_OF_A_CHANGE));
      added.addAll(change(address, draft -> add(draft, address, some, now)));
    }
    return added;
  }

  private List<ListMember> add(
      DomainDraft draft, MailAddress address, List<NewMember> wanted, Instant now) {
    MailingList list = known(address, draft.there());
    List<ListMember> added = new ArrayList<>();
    for (NewMember one : wanted) {
      if (member(list, one.address()).isEmpty()) {
        var member =
            new ListMember(
                one.address(), one.name(), one.state(), now, ListRows.random(TOKEN_LENGTH), 0, 0);
        putNew(draft, list, member);
        added.add(member);
      }
    }
    return added;
  }

  /// False when there is no such member.
  public boolean remove(MailAddress address, MailAddress member) {
    return change(
        address,
        draft -> {
          MailingList list = known(address, draft.there());
          Optional<ListMember> found = member(list, member);
          found.ifPresent(one -> {
            draft.delete(memberRow(list, one.address()));
            MembersByDomain.remove(draft, list, one.address());
            draft.delete(ListRows.key(ListRows.TOKEN, name(list), one.token()));
          });
          return found.isPresent();
        });
  }

  /// Empty when there is no such member.
  public Optional<ListMember> set(MailAddress address, MailAddress member, ListMember.State state) {
    return changeMember(address, member, before -> before.with(state));
  }

  /// Mail to a member came back on this day (since 1970). Returns the member as it is then.
  public Optional<ListMember> bounced(MailAddress address, MailAddress member, long day) {
    return changeMember(
        address,
        member,
        before -> {
          if (before.state() != ListMember.State.ACTIVE || before.lastBounce() == day) {
            return before;
          }
          boolean anew = day - before.lastBounce() > BOUNCES_FORGOTTEN_DAYS;
          return before.bounced(anew ? 1 : before.bounceDays() + 1, day);
        });
  }

  private Optional<ListMember> changeMember(
      MailAddress address, MailAddress member, UnaryOperator<ListMember> edit) {
    return change(
        address,
        draft -> {
          MailingList list = known(address, draft.there());
          Optional<ListMember> before = member(list, member);
          Optional<ListMember> after = before.map(edit);
          after.filter(one -> !before.get().equals(one)).ifPresent(one -> put(draft, list, one));
          return after;
        });
  }

  private static void putNew(DomainDraft draft, MailingList list, ListMember member) {
    put(draft, list, member);
    MembersByDomain.put(draft, list, member.address());
    draft.put(
        ListRows.key(ListRows.TOKEN, name(list), member.token()),
        ListRows.text(member.address().toString()));
  }

  private static void put(DomainDraft draft, MailingList list, ListMember member) {
    draft.put(memberRow(list, member.address()), ListRows.member(member));
  }

  /// Changes rows of a list, one change after the other.
  <R> R change(MailAddress list, Function<DomainDraft, R> edit) {
    Lock door = doors.get(AddressBook.canonical(list));
    door.lock();
    try {
      return domains.change(list.domain(), edit);
    } finally {
      door.unlock();
    }
  }

  public Optional<ListMember> member(MailingList list, MailAddress member) {
    return engine
        .get(DomainRows.partition(list.address().domain()), memberRow(list, member))
        .map(ListRows::member);
  }

  /// The member whose token this is.
  public Optional<ListMember> byToken(MailingList list, String token) {
    return engine
        .get(
            DomainRows.partition(list.address().domain()),
            ListRows.key(ListRows.TOKEN, name(list), AddressBook.canonical(token)))
        .flatMap(value -> MailAddress.parse(ListRows.text(value)))
        .flatMap(address -> member(list, address));
  }

  /// All members, read in pages as they are asked for.
  public Stream<ListMember> members(MailingList list) {
    return Stream.iterate(
            members(list, Optional.empty(), PAGE),
            page -> !page.isEmpty(),
            page -> members(list, Optional.of(page.getLast().address()), PAGE))
        .flatMap(List::stream);
  }

  /// Members in the order in which they are stored, after one (empty: from the first).
  public List<ListMember> members(MailingList list, Optional<MailAddress> after, int limit) {
    byte[] from =
        after
            .map(one -> DomainRows.next(memberRow(list, one)))
            .orElseGet(() -> ListRows.key(ListRows.MEMBER, name(list), ""));
    return members(list, from, ListRows.end(ListRows.MEMBER, name(list)), limit);
  }

  private List<ListMember> members(MailingList list, byte[] from, byte[] to, int limit) {
    List<ListMember> all = new ArrayList<>();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          engine.scan(
              DomainRows.partition(list.address().domain()),
              from,
              to,
              limit - all.size(),
              false,
              resume);
      page.rows().forEach(row -> all.add(ListRows.member(row.value())));
      resume = page.resume();
    } while (resume.isPresent() && all.size() < limit);
    return all;
  }

  /// The addresses of members in domains of ours and in the names of the server, without reading
  /// those of others.
  public List<MailAddress> ours(MailingList list) {
    Set<Domain> ours = new HashSet<>(book.ownNames().names());
    domains.names().stream().filter(domains::isLocal).forEach(ours::add);
    return byDomain.in(list, ours);
  }

  /// Whether what is kept of a list beside its members is what they say.
  boolean isSound(MailingList list) {
    return byDomain.isSound(list);
  }

  /// Puts that right.
  void mend(MailingList list) {
    byDomain.forget(list);
  }

  /// One of `parts` parts of the members, of about the same size. Who is in which part does not
  /// depend on who else is a member.
  public List<ListMember> part(MailingList list, int part, int parts) {
    byte[] from = ListRows.key(ListRows.MEMBER, name(list), hash((long) part * HASHES / parts));
    byte[] to =
        part == parts - 1
            ? ListRows.end(ListRows.MEMBER, name(list))
            : ListRows.key(ListRows.MEMBER, name(list), hash((part + 1L) * HASHES / parts));
    return members(list, from, to, MEMBERS_MAX);
  }

  public void forEachMember(MailingList list, Consumer<ListMember> action) {
    members(list).forEach(action);
  }

  public int count(MailAddress address) {
    var count = new int[1];
    forEachMember(there(address), _ -> count[0]++);
    return count[0];
  }

  /// A hash stands before the address, so that a range of keys is a part of the members.
  private static byte[] memberRow(MailingList list, MailAddress member) {
    String key = key(member);
    int mixed = key.hashCode() * 0x9E3779B9;
    return ListRows.key(ListRows.MEMBER, name(list), hash(mixed >>> 16) + key);
  }

  private static String hash(long value) {
    return HexFormat.of().toHexDigits((char) value);
  }

  private static String name(MailingList list) {
    return list.address().localPart();
  }

  /// What makes two addresses the same member. Local parts elsewhere may differ in case only, but
  /// never do.
  private static String key(MailAddress address) {
    return AddressBook.canonical(address.localPart()) + "@" + address.domain();
  }
}
