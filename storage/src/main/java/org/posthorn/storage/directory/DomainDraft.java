package org.posthorn.storage.directory;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.PartitionOwner;

/// One change of a domain while it is made. Confined to whoever leads the round of changes.
final class DomainDraft {
  private final Batch rows = new Batch();
  private DomainState state;

  DomainDraft(DomainState state) {
    this.state = state;
  }

  /// As it is so far; throws when there is no such domain.
  DomainState there() {
    if (!state.exists()) {
      throw new DirectoryException.NoSuchDomain(state.domain());
    }
    return state;
  }

  boolean exists() {
    return state.exists();
  }

  void begin(DomainSettings settings) {
    if (state.exists()) {
      throw new DirectoryException.DomainExists(state.domain());
    }
    configure(settings);
  }

  void configure(DomainSettings settings) {
    rows.put(DomainRows.SETTINGS, settings.encode());
    state = state.with(settings);
  }

  /// A row that cannot be read goes out of the way, with its bytes. A domain has settings always.
  void setAside(byte[] key, byte[] value) {
    rows.put(DomainRows.setAside(key), value);
    if (Arrays.equals(key, DomainRows.SETTINGS)) {
      configure(there().settings());
    } else {
      rows.delete(key);
    }
  }

  void end() {
    rows.deleteRange(new byte[0], new byte[0]);
    state = DomainState.absent(state.domain());
  }

  void putUser(String name, UserRow user) {
    rows.put(DomainRows.key(DomainRows.USER, name), user.encode());
    withUsers(state.users().with(name, user));
  }

  void removeUser(String name) {
    rows.delete(DomainRows.key(DomainRows.USER, name));
    withUsers(state.users().without(name));
  }

  void putSecrets(AccountId account, LoginSecrets secrets) {
    rows.put(DomainRows.key(DomainRows.PASSWORD, account.value()), secrets.encode());
  }

  void removeSecrets(AccountId account) {
    rows.delete(DomainRows.key(DomainRows.PASSWORD, account.value()));
  }

  void putAlias(String name, List<MailAddress> targets) {
    rows.put(DomainRows.key(DomainRows.ALIAS, name), DomainRows.targets(targets));
    withAliases(state.aliases().with(name, List.copyOf(targets)));
  }

  void removeAlias(String name) {
    rows.delete(DomainRows.key(DomainRows.ALIAS, name));
    withAliases(state.aliases().without(name));
  }

  void putGroup(String name, Set<String> members) {
    rows.put(DomainRows.key(DomainRows.GROUP, name), DomainRows.members(members));
    state = state.withGroups(state.groups().with(name, members));
  }

  void removeGroup(String name) {
    rows.delete(DomainRows.key(DomainRows.GROUP, name));
    state = state.withGroups(state.groups().without(name));
  }

  void putList(MailingList list) {
    String name = list.address().localPart();
    put(DomainRows.key(ListRows.LIST, name), ListRows.list(list));
    state = state.withLists(state.lists().with(name, list));
  }

  /// With all its rows.
  void removeList(String name) {
    rows.delete(DomainRows.key(ListRows.LIST, name));
    for (byte kind : ListRows.OF_A_LIST) {
      rows.deleteRange(ListRows.key(kind, name, ""), ListRows.end(kind, name));
    }
    state = state.withLists(state.lists().without(name));
  }

  /// `whose` is an account, or what stands for all.
  void putPersonal(String whose, Personal personal) {
    byte[] key = DomainRows.key(DomainRows.PERSONAL, whose);
    if (personal.equals(Personal.NONE)) {
      rows.delete(key);
      state = state.withPersonal(state.personal().without(whose));
    } else {
      rows.put(key, personal.encode());
      state = state.withPersonal(state.personal().with(whose, personal));
    }
  }

  void put(byte[] key, byte[] value) {
    rows.put(key, value);
  }

  void delete(byte[] key) {
    rows.delete(key);
  }

  void deleteRange(byte[] from, byte[] to) {
    rows.deleteRange(from, to);
  }

  /// A user has another name, or empty: is no more.
  void renameMember(String from, Optional<String> to) {
    for (String group : state.groups().groupsOf(from)) {
      Set<String> members = state.groups().members(group).orElseGet(TreeSet::new);
      members.remove(from);
      to.ifPresent(members::add);
      putGroup(group, members);
    }
  }

  /// That an account shares something with an identifier of this domain.
  void putShare(String identifier, AccountId account) {
    Set<AccountId> all = new HashSet<>(state.shares().find(identifier).orElse(Set.of()));
    if (all.add(account)) {
      rows.put(DomainRows.share(identifier, account), DomainRows.nothing());
      state = state.withShares(state.shares().with(identifier, Set.copyOf(all)));
    }
  }

  void removeShares(String identifier) {
    Set<AccountId> all = state.shares().find(identifier).orElse(Set.of());
    all.forEach(account -> rows.delete(DomainRows.share(identifier, account)));
    state = state.withShares(state.shares().without(identifier));
  }

  /// An account that is to be erased if nothing more is heard.
  void unwanted(AccountId account, boolean unwanted) {
    Set<AccountId> all = new HashSet<>(state.unwanted());
    byte[] key = DomainRows.key(DomainRows.UNWANTED, account.value());
    if (unwanted) {
      rows.put(key, DomainRows.nothing());
      all.add(account);
    } else {
      rows.delete(key);
      all.remove(account);
    }
    state = state.withUnwanted(Set.copyOf(all));
  }

  /// A name whose rights are to be taken before anybody else may have it.
  void former(String name, boolean former) {
    Set<String> all = new HashSet<>(state.former());
    byte[] key = DomainRows.key(DomainRows.FORMER, name);
    if (former) {
      rows.put(key, DomainRows.nothing());
      all.add(name);
    } else {
      rows.delete(key);
      all.remove(name);
    }
    state = state.withFormer(Set.copyOf(all));
  }

  Optional<PartitionOwner.Step<DomainState>> finish() {
    return rows.isEmpty() ? Optional.empty() : Optional.of(new PartitionOwner.Step<>(state, rows));
  }

  private void withUsers(NameTable<UserRow> users) {
    state = state.withUsers(users);
  }

  private void withAliases(NameTable<List<MailAddress>> aliases) {
    state = state.withAliases(aliases);
  }
}
