package org.posthorn.storage.directory;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// What addresses mean, by the domains as they are now. Takes no lock.
final class AddressBook {
  private final Domains domains;
  private volatile OwnNames own = new OwnNames(Set.of(), Optional.empty());

  AddressBook(Domains domains) {
    this.domains = domains;
  }

  void ownNames(OwnNames names) {
    own = names;
  }

  OwnNames ownNames() {
    return own;
  }

  /// The form in which names are compared and stored.
  static String canonical(String localPart) {
    return Normalizer.normalize(localPart.toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
  }

  static MailAddress canonical(MailAddress address) {
    return new MailAddress(canonical(address.localPart()), address.domain());
  }

  /// Throws where this cannot be the name of anybody of ours.
  static void checkName(MailAddress address) {
    int bytes = address.writtenLocalPart().getBytes(StandardCharsets.UTF_8).length;
    if (address.localPart().isEmpty() || bytes > MailAddress.LOCAL_PART_MAX_BYTES) {
      throw new DirectoryException.NotPermitted(
          "An address has a name of 1 to %d bytes before the @"
              .formatted(MailAddress.LOCAL_PART_MAX_BYTES));
    }
  }

  Resolution resolve(MailAddress address) {
    return meaning(address, true);
  }

  /// Without what a catch-all catches, and without the postmaster of the server where none was
  /// named: they belong to nobody, whoever gets their mail.
  Resolution resolveOwned(MailAddress address) {
    return meaning(address, false);
  }

  private Resolution meaning(MailAddress address, boolean alsoOfNobody) {
    Optional<DomainState> domain = domains.state(address.domain());
    if (domain.isEmpty()) {
      return own.isPostmaster(address)
          ? ownPostmaster(canonical(address), alsoOfNobody)
          : new Resolution.NotLocal(address.domain());
    }
    Optional<Domain> other = domain.get().settings().aliasOf();
    return known(address, domain.get())
        .or(() -> other.flatMap(domains::state).flatMap(state -> known(address, state)))
        .or(() -> alsoOfNobody ? caught(address, domain.get()) : Optional.empty())
        .or(() ->
            alsoOfNobody
                ? other.flatMap(domains::state).flatMap(s -> caught(address, s))
                : Optional.empty())
        .orElseGet(Resolution.NoSuchUser::new);
  }

  /// Whoever was named for it, or the postmaster of a domain. One step only: that one may be an
  /// alias that leads back here.
  private Resolution ownPostmaster(MailAddress address, boolean alsoOfNobody) {
    return own.postmaster()
        .filter(reader -> !canonical(reader).equals(address))
        .or(() -> alsoOfNobody ? postmasterOfADomain() : Optional.empty())
        .<Resolution>map(reader -> new Resolution.Alias(address, List.of(reader)))
        .orElseGet(Resolution.NoSuchUser::new);
  }

  private Optional<MailAddress> postmasterOfADomain() {
    return domains.names().stream()
        .sorted(Comparator.comparing(Domain::ascii))
        .filter(domains::isLocal)
        .map(domain -> new MailAddress(OwnNames.POSTMASTER, domain))
        .filter(address ->
            resolve(address) instanceof Resolution.Mailbox
                || resolve(address) instanceof Resolution.Alias)
        .findFirst();
  }

  private static Optional<Resolution> known(MailAddress address, DomainState domain) {
    String local = address.localPart();
    return named(canonical(local), Optional.empty(), domain)
        .or(() -> listed(local, domain))
        .or(() -> {
          int at = domain.settings().separator().map(local::indexOf).orElse(-1);
          return at < 1
              ? Optional.empty()
              : named(
                  canonical(local.substring(0, at)),
                  Optional.of(local.substring(at + 1)).filter(detail -> !detail.isEmpty()),
                  domain);
        });
  }

  private static Optional<Resolution> named(
      String name, Optional<String> detail, DomainState domain) {
    return domain
        .user(name)
        .map(user -> of(user, detail))
        .or(() ->
            domain
                .aliases()
                .find(name)
                .map(targets -> new Resolution.Alias(domain.address(name), targets)));
  }

  /// A list, or one of the addresses that are made of its name. Their tokens stand behind a `+`
  /// whatever separates details of users.
  private static Optional<Resolution> listed(String localPart, DomainState domain) {
    if (domain.lists().size() == 0) {
      return Optional.empty();
    }
    String name = canonical(localPart);
    Optional<MailingList> list = domain.lists().find(name);
    if (list.isPresent()) {
      return Optional.of(
          new Resolution.Listed(list.get(), MailingList.Role.POST, Optional.empty()));
    }
    // A list may have a + in its name, and tokens have none.
    int plus = name.lastIndexOf('+');
    return ofARole(name, Optional.empty(), domain)
        .or(() ->
            plus < 0
                ? Optional.empty()
                : ofARole(name.substring(0, plus), Optional.of(name.substring(plus + 1)), domain));
  }

  private static Optional<Resolution> ofARole(
      String name, Optional<String> token, DomainState domain) {
    int dash = name.lastIndexOf('-');
    if (dash < 1) {
      return Optional.empty();
    }
    String suffix = name.substring(dash + 1);
    for (MailingList.Role role : MailingList.Role.values()) {
      if (role.suffix().equals(suffix)) {
        return domain
            .lists()
            .find(name.substring(0, dash))
            .map(found -> new Resolution.Listed(found, role, token));
      }
    }
    return Optional.empty();
  }

  private static Resolution of(User user, Optional<String> detail) {
    return user.enabled() ? new Resolution.Mailbox(user, detail) : new Resolution.Disabled(user);
  }

  private static Optional<Resolution> caught(MailAddress address, DomainState domain) {
    return domain
        .settings()
        .catchAll()
        .map(target -> new Resolution.Alias(canonical(address), List.of(target)));
  }

  /// Where somebody gets the mail, with the detail as his domain separates it.
  MailAddress address(Resolution.Mailbox mailbox) {
    MailAddress login = mailbox.user().login();
    return mailbox
        .detail()
        .flatMap(detail ->
            domains
                .state(login.domain())
                .flatMap(domain -> domain.settings().separator())
                .flatMap(separator ->
                    MailAddress.parse(
                        login.localPart() + separator + detail + "@" + login.domain())))
        .filter(address -> mailbox.equals(resolve(address)))
        .orElse(login);
  }

  /// The user of a login: no details, no aliases.
  Optional<User> user(MailAddress login) {
    String name = canonical(login.localPart());
    return domains
        .state(login.domain())
        .flatMap(domain ->
            domain
                .user(name)
                .or(() ->
                    domain
                        .settings()
                        .aliasOf()
                        .flatMap(domains::state)
                        .flatMap(other -> other.user(name))));
  }

  boolean maySendAs(User user, MailAddress sender) {
    return leadsTo(sender, this::resolveOwned)
        .anyMatch(end ->
            end instanceof Resolution.Mailbox(var owner, _)
                && owner.account().equals(user.account()));
  }

  private Stream<Resolution> leadsTo(MailAddress from, Function<MailAddress, Resolution> step) {
    var walk = new Walk(step);
    walk.from(List.of(from));
    return walk.ends.stream().map(End::resolution);
  }

  /// Where an alias ends, when that is one user alone.
  Optional<MailAddress> behind(MailAddress alias) {
    var walk = new Walk(this::resolveOwned);
    walk.from(List.of(alias));
    return walk.ends.size() == 1 && walk.complete
        ? Optional.of(walk.ends.getFirst())
            .filter(end ->
                end.resolution() instanceof Resolution.Mailbox
                    || end.resolution() instanceof Resolution.Disabled)
            .map(End::address)
        : Optional.empty();
  }

  Expansion expand(MailAddress address) {
    var walk = new Walk(this::resolve);
    walk.from(List.of(address));
    var mailboxes = new LinkedHashSet<Resolution.Mailbox>();
    var remote = new LinkedHashSet<MailAddress>();
    var disabled = new LinkedHashSet<User>();
    var unknown = new LinkedHashSet<MailAddress>();
    var lists = new LinkedHashSet<MailAddress>();
    for (End end : walk.ends) {
      switch (end.resolution()) {
        case Resolution.Mailbox mailbox -> mailboxes.add(mailbox);
        case Resolution.NotLocal _ -> remote.add(end.address());
        case Resolution.Disabled(var user) -> disabled.add(user);
        case Resolution.NoSuchUser _ -> unknown.add(end.address());
        case Resolution.Listed _ -> lists.add(end.address());
        case Resolution.Alias _ -> throw new IllegalStateException("An alias is no end");
      }
    }
    return new Expansion(
        new ArrayList<>(mailboxes),
        new ArrayList<>(remote),
        new ArrayList<>(disabled),
        new ArrayList<>(unknown),
        new ArrayList<>(lists),
        walk.complete);
  }

  /// Throws when mail to `alias` would come back to it, if it had these targets.
  void checkNoCircle(MailAddress alias, List<MailAddress> targets) {
    MailAddress here = settled(alias);
    var walk = new Walk(this::resolve);
    walk.watchFor(here);
    walk.from(targets);
    if (walk.met) {
      throw new DirectoryException.AliasLoop(alias + " → … → " + alias);
    }
  }

  /// The address under which an address is known: without detail, in the domain that its domain
  /// stands for.
  private MailAddress settled(MailAddress address) {
    MailAddress canonical = canonical(address);
    Optional<DomainState> domain = domains.state(address.domain());
    if (domain.isEmpty() || known(address, domain.get()).isPresent()) {
      return canonical;
    }
    return domain
        .get()
        .settings()
        .aliasOf()
        .map(other -> new MailAddress(canonical.localPart(), other))
        .orElse(canonical);
  }

  private record End(MailAddress address, Resolution resolution) {}

  private record Stop(MailAddress address, int depth) {}

  /// Follows aliases, each address once. Used by one thread.
  private final class Walk {
    private final Function<MailAddress, Resolution> step;
    private final Queue<Stop> todo = new ArrayDeque<>();
    private final Set<MailAddress> seen = new HashSet<>();
    private final List<End> ends = new ArrayList<>();
    private Optional<MailAddress> watched = Optional.empty();
    private boolean met;
    private boolean complete = true;

    Walk(Function<MailAddress, Resolution> step) {
      this.step = step;
    }

    void watchFor(MailAddress address) {
      watched = Optional.of(address);
    }

    void from(List<MailAddress> addresses) {
      addresses.forEach(address -> todo.add(new Stop(address, 0)));
      while (!todo.isEmpty()) {
        visit(todo.remove());
      }
    }

    private void visit(Stop stop) {
      met |= watched.filter(settled(stop.address)::equals).isPresent();
      if (!seen.add(canonical(stop.address))) {
        return;
      }
      Resolution found = step.apply(stop.address);
      if (!(found instanceof Resolution.Alias(var alias, var targets))) {
        if (ends.size() < Directory.EXPANSION_MAX) {
          ends.add(new End(stop.address, found));
        } else {
          complete = false;
        }
        return;
      }
      met |= watched.filter(alias::equals).isPresent();
      if (stop.depth == Directory.EXPANSION_DEPTH || seen.size() > Directory.EXPANSION_MAX * 2) {
        complete = false;
        return;
      }
      targets.forEach(target -> todo.add(new Stop(target, stop.depth + 1)));
    }
  }
}
