package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.posthorn.message.Counted;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Acl;

/// The domains as such: which there are, how each is used, and which is a second name of which.
/// What is checked beyond one domain is checked before the change, so that two changes at once of
/// different domains may get by it. Changes are durable when they return, and throw
/// [DirectoryException] when they decline. Safe for use by many threads.
public final class DomainBook {
  private final Domains domains;
  private final AddressBook book;
  private final ShareIndex shares;
  private final UserAccounts users;

  DomainBook(Domains domains, AddressBook book, ShareIndex shares, UserAccounts users) {
    this.domains = domains;
    this.book = book;
    this.shares = shares;
    this.users = users;
  }

  /// In the order of their names.
  public List<DomainInfo> all() {
    var all = new ArrayList<DomainInfo>();
    for (Domain domain : domains.names()) {
      domains
          .state(domain)
          .ifPresent(state ->
              all.add(
                  new DomainInfo(
                      domain, state.settings(), state.users().size(), state.aliases().size())));
    }
    all.sort(Comparator.comparing(info -> info.domain().ascii()));
    return all;
  }

  public void create(Domain domain, DomainSettings settings) {
    if (domain.isLiteral()) {
      throw new DirectoryException.NotPermitted("A domain is a name, not an address: " + domain);
    }
    check(domain, DomainSettings.STANDARD, settings);
    domains.create(domain, settings);
  }

  /// Changes how a domain is used.
  public void configure(Domain domain, UnaryOperator<DomainSettings> change) {
    DomainSettings before = domains.there(domain).settings();
    check(domain, before, change.apply(before));
    var _ =
        domains.change(
            domain,
            draft -> {
              draft.configure(change.apply(draft.there().settings()));
              return draft;
            });
  }

  /// Where mail goes that nobody else of the domain gets; empty: it is refused.
  public void setCatchAll(Domain domain, Optional<MailAddress> target) {
    configure(domain, settings -> settings.withCatchAll(target));
  }

  /// Makes `alias` mean the same as `target`, and creates it where it is not there.
  public void alias(Domain alias, Domain target) {
    alias(alias, target, false);
  }

  /// A domain that has something of its own keeps it, and what is nobody's there becomes mail for
  /// `target`: so that one is only taken with `force`.
  public void alias(Domain alias, Domain target, boolean force) {
    if (!domains.isLocal(alias)) {
      create(alias, DomainSettings.STANDARD.withAliasOf(Optional.of(target)));
    } else {
      checkAliasOf(alias, target);
      var _ =
          domains.change(
              alias,
              draft -> {
                if (!force) {
                  checkBare(draft.there(), target);
                }
                draft.configure(draft.there().settings().withAliasOf(Optional.of(target)));
                return draft;
              });
    }
  }

  private static void checkBare(DomainState alias, Domain target) {
    var own = new ArrayList<String>();
    counted(own, alias.users().size(), "user");
    counted(own, alias.aliases().size(), "alias");
    counted(own, alias.lists().size(), "list");
    alias.settings().catchAll().ifPresent(_ -> own.add("a catch-all"));
    if (alias.settings().aliasOf().isEmpty() && !own.isEmpty()) {
      throw new DirectoryException.DomainInUse(
          "Domain %s has %s of its own, and what is nobody's there would become mail for %s. If the two are not the wrong way round:  posthorn domain alias %s %s --force"
              .formatted(alias.domain(), String.join(", ", own), target, alias.domain(), target));
    }
  }

  private static void counted(List<String> own, int count, String what) {
    if (count > 0) {
      own.add(Counted.of(count, what));
    }
  }

  /// Lets a second name be a domain of its own, with all that it has.
  public void endAlias(Domain alias) {
    configure(
        alias,
        settings -> {
          if (settings.aliasOf().isEmpty()) {
            throw new DirectoryException.NotPermitted(
                alias + " is no second name of another domain");
          }
          return settings.withAliasOf(Optional.empty());
        });
  }

  /// Only what is new has to fit: somebody may have gone to whom what was there before leads.
  private void check(Domain domain, DomainSettings before, DomainSettings settings) {
    settings
        .aliasOf()
        .filter(target -> !before.aliasOf().equals(Optional.of(target)))
        .ifPresent(target -> checkAliasOf(domain, target));
    settings
        .catchAll()
        .filter(target -> !before.catchAll().equals(Optional.of(target)))
        .ifPresent(target -> {
          if (book.resolveOwned(target) instanceof Resolution.NoSuchUser) {
            throw new DirectoryException.NoSuchUser(target);
          }
        });
  }

  private void checkAliasOf(Domain domain, Domain target) {
    if (target.equals(domain)) {
      throw new DirectoryException.NotPermitted(
          domain + " cannot be a second name of itself: name another domain");
    }
    domains
        .there(target)
        .settings()
        .aliasOf()
        .ifPresent(first -> {
          throw new DirectoryException.NotPermitted(
              "%s is a second name of %s itself: name that one".formatted(target, first));
        });
    checkNobodyMeans(domain);
  }

  private void checkNobodyMeans(Domain domain) {
    for (DomainInfo other : all()) {
      if (other.settings().aliasOf().filter(domain::equals).isPresent()) {
        throw new DirectoryException.DomainInUse(
            "Domain %s is a second name of %s: first  posthorn domain alias %s --none"
                .formatted(other.domain(), domain, other.domain()));
      }
    }
  }

  /// Deletes a domain with its groups. What would be lost with it is in the way, but for `force`:
  /// users and all their mail, lists, and aliases that lead to somebody who stays.
  public void delete(Domain domain, boolean force) {
    checkNobodyMeans(domain);
    DomainState before = domains.there(domain);
    List<User> all = force ? before.everybody() : List.of();
    if (!force) {
      StillThere.check(before, book, false);
    }
    Set<AccountId> going = all.stream().map(User::account).collect(Collectors.toSet());
    // First of all, so that nobody is gone when somebody has to stay. What others gave to anybody
    // of the domain, to groups too, nobody is to have who comes with the next domain of this name.
    before
        .shares()
        .forEach((whom, _) -> {
          if (!whom.equals(Acl.ANYONE)) {
            shares.takeBack(domain, whom, going);
          }
        });
    all.forEach(user -> users.delete(user.login(), going));
    var _ =
        domains.change(
            domain,
            draft -> {
              StillThere.check(draft.there(), book, force);
              draft.end();
              return draft;
            });
  }
}
