package org.posthorn.storage.directory;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// The groups of all domains: names for several users of one domain, to whom something is shared at
/// once. A group gets no mail. Changes are durable when they return, and throw [DirectoryException]
/// when they decline. Safe for use by many threads.
public final class GroupBook {
  /// A group has at most so many members, which is what has room in one row.
  public static final int MEMBERS_MAX = 500;

  private final Domains domains;
  private final ShareIndex shares;
  private final FormerNames formerNames;

  GroupBook(Domains domains, ShareIndex shares, FormerNames formerNames) {
    this.domains = domains;
    this.shares = shares;
    this.formerNames = formerNames;
  }

  /// Members in the order of their names.
  public record Group(MailAddress name, List<MailAddress> members) {}

  /// All groups of a domain in the order of their names.
  public List<Group> of(Domain domain) {
    DomainState state = domains.there(domain);
    return state.groups().all().entrySet().stream()
        .map(group -> group(state, group.getKey(), group.getValue()))
        .toList();
  }

  public Group find(MailAddress name) {
    MailAddress address = AddressBook.canonical(name);
    DomainState state = domains.there(address.domain());
    return group(state, address.localPart(), members(address, state));
  }

  public boolean isThere(MailAddress name) {
    MailAddress address = AddressBook.canonical(name);
    return domains
        .state(address.domain())
        .flatMap(state -> state.groups().members(address.localPart()))
        .isPresent();
  }

  /// The groups that a user is in.
  public List<MailAddress> with(MailAddress login) {
    return domains
        .state(login.domain())
        .map(state ->
            state.groups().groupsOf(AddressBook.canonical(login.localPart())).stream()
                .map(state::address)
                .toList())
        .orElse(List.of());
  }

  public void create(MailAddress name, Collection<MailAddress> members) {
    MailAddress address = AddressBook.canonical(name);
    AddressBook.checkName(address);
    takeFormerRights(address);
    change(
        address.domain(),
        draft -> {
          DomainState state = draft.there();
          if (state.groups().members(address.localPart()).isPresent()) {
            throw new DirectoryException.GroupExists(address);
          }
          draft.putGroup(address.localPart(), names(members, state));
        });
  }

  /// Of a group that was called the same, and whose deletion was interrupted. Where there was none,
  /// what is shared with the name is for the group: it came back with an account from a backup.
  private void takeFormerRights(MailAddress group) {
    formerNames.takeRights(group.domain(), FormerNames.ofGroup(group), Set.of());
  }

  public void add(MailAddress group, Collection<MailAddress> members) {
    MailAddress address = AddressBook.canonical(group);
    change(
        address.domain(),
        draft -> {
          Set<String> all = members(address, draft.there());
          all.addAll(names(members, draft.there()));
          draft.putGroup(address.localPart(), checked(all));
        });
    wake(members);
  }

  public void remove(MailAddress group, Collection<MailAddress> members) {
    MailAddress address = AddressBook.canonical(group);
    change(
        address.domain(),
        draft -> {
          Set<String> all = members(address, draft.there());
          members.forEach(member -> all.remove(AddressBook.canonical(member.localPart())));
          draft.putGroup(address.localPart(), all);
        });
    wake(members);
  }

  private void wake(Collection<MailAddress> members) {
    Set<MailAddress> canonical =
        members.stream().map(AddressBook::canonical).collect(Collectors.toSet());
    shares.wake(canonical::contains);
  }

  /// What was shared with the group is shared with nobody then.
  public void delete(MailAddress group) {
    MailAddress address = AddressBook.canonical(group);
    change(
        address.domain(),
        draft -> {
          var _ = members(address, draft.there());
          draft.removeGroup(address.localPart());
          draft.former(FormerNames.ofGroup(address), true);
        });
    takeFormerRights(address);
  }

  private void change(Domain domain, Consumer<DomainDraft> edit) {
    var _ =
        domains.change(
            domain,
            draft -> {
              edit.accept(draft);
              return draft;
            });
  }

  private static Group group(DomainState state, String name, Set<String> members) {
    return new Group(state.address(name), members.stream().map(state::address).toList());
  }

  private static Set<String> members(MailAddress group, DomainState state) {
    return state
        .groups()
        .members(group.localPart())
        .orElseThrow(() -> new DirectoryException.NoSuchGroup(group));
  }

  private static Set<String> names(Collection<MailAddress> members, DomainState state) {
    var names = new TreeSet<String>();
    for (MailAddress member : members) {
      MailAddress address = AddressBook.canonical(member);
      if (!address.domain().equals(state.domain()) || !state.users().has(address.localPart())) {
        throw new DirectoryException.NoSuchUser(address);
      }
      names.add(address.localPart());
    }
    return checked(names);
  }

  private static Set<String> checked(Set<String> members) {
    if (members.size() > MEMBERS_MAX) {
      throw new DirectoryException.NotPermitted(
          "A group has at most " + MEMBERS_MAX + " members, not " + members.size());
    }
    return members;
  }
}
