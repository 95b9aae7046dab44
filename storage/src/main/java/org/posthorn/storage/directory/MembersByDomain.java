package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;

/// The members of lists by their domains: so those in a few domains are found without reading all
/// of a large list. Lists from before these rows were written have none; they are made when they
/// are first asked for, and one row more says that all are there. Safe for use by many threads.
final class MembersByDomain {
  private static final int PAGE = 5_000;

  private final ListBook lists;
  private final Engine engine;

  MembersByDomain(ListBook lists, Engine engine) {
    this.lists = lists;
    this.engine = engine;
  }

  static void begin(DomainDraft draft, MailingList list) {
    draft.put(complete(list), DomainRows.nothing());
  }

  static void put(DomainDraft draft, MailingList list, MailAddress member) {
    draft.put(row(list, member), ListRows.text(member.toString()));
  }

  static void remove(DomainDraft draft, MailingList list, MailAddress member) {
    draft.delete(row(list, member));
  }

  /// The addresses of members in such domains.
  List<MailAddress> in(MailingList list, Set<Domain> some) {
    if (!isComplete(list)) {
      make(list);
    }
    List<MailAddress> found = new ArrayList<>();
    var wanted = new TreeSet<String>();
    some.forEach(domain -> wanted.add(domain.ascii()));
    // Both are in the same order, and what only one of them has is leapt over: there may be many.
    String next = wanted.isEmpty() ? null : wanted.first();
    while (next != null) {
      String there = from(list, next).orElse(null);
      if (there == null) {
        break;
      }
      if (wanted.contains(there)) {
        each(
            list,
            key(list, there + '\0'),
            key(list, there + '\1'),
            row -> found.add(MailAddress.of(ListRows.text(row.value()))));
      }
      next = wanted.higher(there);
    }
    return found;
  }

  /// The first domain of members that is this one or comes behind it.
  private Optional<String> from(MailingList list, String domain) {
    return engine
        .scan(partition(list), key(list, domain + '\0'), end(list), 1, false, Optional.empty())
        .rows()
        .stream()
        .map(row -> ListRows.rest(row.key()))
        .map(rest -> rest.substring(0, rest.indexOf('\0')))
        .findFirst();
  }

  /// Whether what is here is what the members are. A list that has none of these rows is sound too.
  boolean isSound(MailingList list) {
    // Who joins or leaves between the two looks is in one of them: what differs is looked at again
    // while nobody does.
    return isSame(list) || lists.change(list.address(), _ -> isSame(list));
  }

  private boolean isSame(MailingList list) {
    if (!isComplete(list)) {
      return true;
    }
    Set<String> named = new TreeSet<>();
    each(list, key(list, "\1"), end(list), row -> named.add(ListRows.rest(row.key())));
    Set<String> members = new TreeSet<>();
    lists.forEachMember(list, member -> members.add(rest(member.address())));
    return named.equals(members);
  }

  /// They are made anew when they are asked for.
  void forget(MailingList list) {
    var _ =
        lists.change(
            list.address(),
            draft -> {
              draft.deleteRange(key(list, ""), end(list));
              return draft;
            });
  }

  private boolean isComplete(MailingList list) {
    return engine.get(partition(list), complete(list)).isPresent();
  }

  /// Who becomes a member, or none, meanwhile has done so here too.
  private void make(MailingList list) {
    Optional<MailAddress> last = Optional.empty();
    do {
      Optional<MailAddress> after = last;
      last =
          lists.change(
              list.address(),
              draft -> {
                if (!draft.there().lists().has(list.address().localPart())) {
                  return Optional.empty();
                }
                List<ListMember> some = lists.members(list, after, PAGE);
                some.forEach(member -> put(draft, list, member.address()));
                if (some.isEmpty()) {
                  begin(draft, list);
                }
                return some.isEmpty() ? Optional.empty() : Optional.of(some.getLast().address());
              });
    } while (last.isPresent());
  }

  private void each(MailingList list, byte[] from, byte[] to, Consumer<Page.Row> action) {
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition(list), from, to, PAGE, false, resume);
      page.rows().forEach(action);
      resume = page.resume();
    } while (resume.isPresent());
  }

  private static Partition partition(MailingList list) {
    return DomainRows.partition(list.address().domain());
  }

  private static byte[] complete(MailingList list) {
    return key(list, "");
  }

  private static byte[] row(MailingList list, MailAddress member) {
    return key(list, rest(member));
  }

  private static String rest(MailAddress member) {
    return member.domain().ascii() + '\0' + AddressBook.canonical(member.localPart());
  }

  private static byte[] key(MailingList list, String rest) {
    return ListRows.key(ListRows.BY_DOMAIN, list.address().localPart(), rest);
  }

  private static byte[] end(MailingList list) {
    return ListRows.end(ListRows.BY_DOMAIN, list.address().localPart());
  }
}
