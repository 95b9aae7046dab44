package org.posthorn.mailet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// A directory that knows whom a test has named, each with their domain. The detail of an address
/// follows a `+`. Safe for use by many threads.
public final class TestDirectory implements Directory {
  private final Set<Domain> domains = ConcurrentHashMap.newKeySet();
  private final Map<MailAddress, Person> people = new ConcurrentHashMap<>();
  private final Map<MailAddress, List<MailAddress>> aliases = new ConcurrentHashMap<>();
  private final Map<MailAddress, List<MailAddress>> groups = new ConcurrentHashMap<>();
  private final Map<MailAddress, Room> rooms = new ConcurrentHashMap<>();

  public TestDirectory withDomain(String domain) {
    domains.add(Domain.of(domain));
    return this;
  }

  public TestDirectory withPerson(String login, String fullName) {
    MailAddress address = lower(MailAddress.of(login));
    return with(new Person(address, fullName, true, false));
  }

  /// In place of somebody with that login.
  public TestDirectory with(Person person) {
    domains.add(person.login().domain());
    people.put(person.login(), person);
    return this;
  }

  public TestDirectory withAlias(String alias, String... targets) {
    return named(aliases, alias, targets);
  }

  public TestDirectory withGroup(String group, String... members) {
    return named(groups, group, members);
  }

  public TestDirectory withRoom(String login, Room room) {
    rooms.put(lower(MailAddress.of(login)), room);
    return this;
  }

  private TestDirectory named(
      Map<MailAddress, List<MailAddress>> into, String name, String... addresses) {
    MailAddress address = lower(MailAddress.of(name));
    domains.add(address.domain());
    into.put(address, List.of(addresses).stream().map(MailAddress::of).toList());
    return this;
  }

  @Override
  public boolean isLocal(Domain domain) {
    return domains.contains(domain);
  }

  @Override
  public Meaning find(MailAddress address) {
    if (!isLocal(address.domain())) {
      return new Elsewhere();
    }
    String[] named = address.localPart().split("\\+", 2);
    MailAddress plain = plain(address);
    Optional<List<MailAddress>> targets = Optional.ofNullable(aliases.get(plain));
    Optional<String> detail = named.length == 2 ? Optional.of(named[1]) : Optional.empty();
    return person(plain)
        .map(person -> person.enabled() ? new Mailbox(person, detail) : new Closed(person))
        .or(() -> targets.map(Alias::new))
        .orElseGet(Nobody::new);
  }

  @Override
  public MailAddress knownAs(MailAddress address) {
    return switch (find(address)) {
      case Mailbox(Person person, var _) -> person.login();
      case Closed(Person person) -> person.login();
      case Alias _ -> plain(address);
      case Listed _, Nobody _, Elsewhere _ -> address;
    };
  }

  @Override
  public Destinations expand(MailAddress address) {
    Set<Person> found = new LinkedHashSet<>();
    Set<MailAddress> elsewhere = new LinkedHashSet<>();
    List<MailAddress> unknown = new ArrayList<>();
    Set<MailAddress> seen = new LinkedHashSet<>();
    var todo = new ArrayDeque<>(List.of(address));
    while (!todo.isEmpty()) {
      MailAddress next = todo.remove();
      if (seen.add(lower(next))) {
        switch (find(next)) {
          case Mailbox(Person person, var _) -> found.add(person);
          case Alias(List<MailAddress> targets) -> todo.addAll(targets);
          case Elsewhere _ -> elsewhere.add(next);
          case Listed _ -> {} // There are no lists.
          case Closed _, Nobody _ -> unknown.add(next);
        }
      }
    }
    return new Destinations(List.copyOf(found), List.copyOf(elsewhere), unknown, true);
  }

  @Override
  public Optional<Person> person(MailAddress login) {
    return Optional.ofNullable(people.get(lower(login)));
  }

  @Override
  public Optional<Room> room(MailAddress login) {
    return person(login).map(person -> rooms.getOrDefault(person.login(), new Room(0, 0, 0, 0)));
  }

  @Override
  public boolean maySendAs(MailAddress login, MailAddress sender) {
    return person(login)
        .filter(person ->
            find(sender) instanceof Mailbox mailbox
                ? mailbox.person().equals(person)
                : isLocal(sender.domain()) && expand(sender).people().contains(person))
        .isPresent();
  }

  @Override
  public List<MailAddress> members(MailAddress group) {
    return groups.getOrDefault(lower(group), List.of());
  }

  /// Without its detail.
  private static MailAddress plain(MailAddress address) {
    return lower(new MailAddress(address.localPart().split("\\+", 2)[0], address.domain()));
  }

  private static MailAddress lower(MailAddress address) {
    return new MailAddress(address.localPart().toLowerCase(Locale.ROOT), address.domain());
  }
}
