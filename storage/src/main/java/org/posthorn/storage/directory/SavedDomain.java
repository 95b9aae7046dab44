package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.engine.RowReader;

/// A domain as its rows in a backup say. A row that is damaged is left out and counted. Immutable
/// once it is built.
public final class SavedDomain {
  private final Domain domain;
  private final List<UserRow> rows = new ArrayList<>();
  private final Map<AccountId, LoginSecrets> secrets = new HashMap<>();
  private final Map<MailAddress, List<MailAddress>> aliases = new HashMap<>();
  private final Map<MailAddress, List<MailAddress>> groups = new HashMap<>();
  private final Map<String, MailingList> lists = new HashMap<>();
  private final Map<String, List<ListMember>> members = new HashMap<>();
  private final Map<String, List<ListDesk.Held>> held = new HashMap<>();
  private final Map<String, Personal> personal = new HashMap<>();
  private DomainSettings settings = DomainSettings.STANDARD;
  private int damaged;

  /// A user with what there is to log in with, and what he wants to become of his mail.
  public record SavedUser(UserRow row, Optional<LoginSecrets> secrets, Personal personal) {
    public User user() {
      return row.user();
    }

    /// Somebody of whom nothing is known but the login: nobody can log in before a password is set.
    public static SavedUser unknown(MailAddress login, AccountId account) {
      return new SavedUser(
          new UserRow(
              new User(login, account, true, Allowance.NONE, "", OptionalInt.empty(), false), 0),
          Optional.empty(),
          Personal.NONE);
    }
  }

  private SavedDomain(Domain domain) {
    this.domain = domain;
  }

  /// Hands out rows until there is none: then null.
  public interface Rows {
    byte @Nullable [] nextKey();

    /// Of the key that was handed out last.
    byte[] value();
  }

  public static SavedDomain read(Domain domain, Rows rows) {
    var saved = new SavedDomain(domain);
    for (byte[] key = rows.nextKey(); key != null; key = rows.nextKey()) {
      try {
        saved.take(key, rows.value());
      } catch (StorageUnavailable | IllegalArgumentException _) {
        saved.damaged++;
      }
    }
    return saved;
  }

  private void take(byte[] key, byte[] value) {
    String name = DomainRows.name(key);
    switch (key[0]) {
      case DomainRows.USER -> rows.add(UserRow.decode(new MailAddress(name, domain), value));
      case DomainRows.ALIAS ->
          aliases.put(new MailAddress(name, domain), DomainRows.targets(new RowReader(value)));
      case DomainRows.PASSWORD -> secrets.put(new AccountId(name), LoginSecrets.decode(value));
      case DomainRows.GROUP ->
          groups.put(
              new MailAddress(name, domain),
              DomainRows.members(new RowReader(value)).stream()
                  .map(member -> new MailAddress(member, domain))
                  .toList());
      case ListRows.LIST -> lists.put(name, ListRows.list(new MailAddress(name, domain), value));
      case ListRows.MEMBER -> {
        String list = name.substring(0, name.indexOf('\0'));
        members.computeIfAbsent(list, _ -> new ArrayList<>()).add(ListRows.member(value));
      }
      case ListRows.HELD -> {
        String list = name.substring(0, name.indexOf('\0'));
        held.computeIfAbsent(list, _ -> new ArrayList<>())
            .add(ListRows.held(ListRows.rest(key), value));
      }
      case DomainRows.PERSONAL -> personal.put(name, Personal.decode(value));
      case 'm' -> settings = DomainSettings.decode(value);
      default -> {} // Accounts that shall not be, and what is derived from accounts.
    }
  }

  public Domain domain() {
    return domain;
  }

  public DomainSettings settings() {
    return settings;
  }

  public List<SavedUser> users() {
    return rows.stream()
        .map(row -> {
          AccountId account = row.user().account();
          return new SavedUser(
              row, Optional.ofNullable(secrets.get(account)), personal(account.value()));
        })
        .toList();
  }

  /// What is wanted of mail to all of the domain.
  public Personal personal() {
    return personal(PersonalBook.ALL_OF_A_DOMAIN);
  }

  private Personal personal(String whose) {
    return personal.getOrDefault(whose, Personal.NONE);
  }

  public Map<MailAddress, List<MailAddress>> aliases() {
    return Map.copyOf(aliases);
  }

  /// Groups with their members.
  public Map<MailAddress, List<MailAddress>> groups() {
    return Map.copyOf(groups);
  }

  /// A list with its members, whose links to unsubscribe stay what they were, and with the posts
  /// that waited for a moderator. The posts themselves are in the queue.
  public record SavedList(MailingList list, List<ListMember> members, List<ListDesk.Held> held) {}

  public List<SavedList> lists() {
    var all = new ArrayList<SavedList>();
    lists.forEach((name, list) ->
        all.add(
            new SavedList(
                list, members.getOrDefault(name, List.of()), held.getOrDefault(name, List.of()))));
    return all;
  }

  /// Rows that could not be read.
  public int damaged() {
    return damaged;
  }
}
