package org.posthorn.spool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Directory;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Quota;
import org.posthorn.storage.directory.Expansion;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.User;

/// Who is at home here, as plugins may see it.
record Residents(org.posthorn.storage.directory.Directory users, Accounts accounts)
    implements Directory {
  @Override
  public boolean isLocal(Domain domain) {
    return users.isLocal(domain);
  }

  @Override
  public Meaning find(MailAddress address) {
    return switch (users.resolve(address)) {
      case Resolution.Mailbox(User user, Optional<String> detail) ->
          new Mailbox(personOf(user), detail);
      case Resolution.Alias(var _, List<MailAddress> targets) -> new Alias(targets);
      case Resolution.Listed(var list, _, _) -> new Listed(list.address());
      case Resolution.Disabled(User user) -> new Closed(personOf(user));
      case Resolution.NoSuchUser _ -> new Nobody();
      case Resolution.NotLocal _ -> new Elsewhere();
    };
  }

  @Override
  public MailAddress knownAs(MailAddress address) {
    return switch (users.resolve(address)) {
      case Resolution.Mailbox(User user, _) -> user.login();
      case Resolution.Alias(MailAddress alias, _) -> alias;
      case Resolution.Listed(var list, MailingList.Role role, _) ->
          role == MailingList.Role.POST ? list.address() : address;
      case Resolution.Disabled(User user) -> user.login();
      case Resolution.NoSuchUser _, Resolution.NotLocal _ -> address;
    };
  }

  @Override
  public Destinations expand(MailAddress address) {
    Expansion all = users.expand(address);
    List<MailAddress> unknown = new ArrayList<>(all.unknown());
    all.disabled().forEach(user -> unknown.add(user.login()));
    return new Destinations(
        all.mailboxes().stream().map(mailbox -> personOf(mailbox.user())).distinct().toList(),
        all.remote(),
        unknown,
        all.complete());
  }

  @Override
  public Optional<Person> person(MailAddress login) {
    return users.user(login).map(Residents::personOf);
  }

  @Override
  public Optional<Room> room(MailAddress login) {
    return users
        .user(login)
        .flatMap(user -> accounts.find(user.account()))
        .map(Account::quota)
        .map(Residents::roomOf);
  }

  @Override
  public boolean maySendAs(MailAddress login, MailAddress sender) {
    return users.user(login).filter(user -> users.maySendAs(user, sender)).isPresent();
  }

  @Override
  public List<MailAddress> members(MailAddress group) {
    return users.groups().isThere(group) ? users.groups().find(group).members() : List.of();
  }

  private static Person personOf(User user) {
    return new Person(user.login(), user.fullName(), user.enabled(), user.shared());
  }

  private static Room roomOf(Quota quota) {
    return new Room(
        quota.usedBytes(), quota.usedMessages(), quota.limitBytes(), quota.limitMessages());
  }
}
