package org.posthorn.storage.directory;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    state =
        new DomainState(
            state.domain(), true, settings, state.users(), state.aliases(), state.unwanted());
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

  void putPassword(AccountId account, String hash) {
    rows.put(DomainRows.key(DomainRows.PASSWORD, account.value()), DomainRows.password(hash));
  }

  void removePassword(AccountId account) {
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
    state =
        new DomainState(
            state.domain(),
            state.exists(),
            state.settings(),
            state.users(),
            state.aliases(),
            Set.copyOf(all));
  }

  Optional<PartitionOwner.Step<DomainState>> finish() {
    return rows.isEmpty() ? Optional.empty() : Optional.of(new PartitionOwner.Step<>(state, rows));
  }

  private void withUsers(NameTable<UserRow> users) {
    state =
        new DomainState(
            state.domain(), true, state.settings(), users, state.aliases(), state.unwanted());
  }

  private void withAliases(NameTable<List<MailAddress>> aliases) {
    state =
        new DomainState(
            state.domain(), true, state.settings(), state.users(), aliases, state.unwanted());
  }
}
