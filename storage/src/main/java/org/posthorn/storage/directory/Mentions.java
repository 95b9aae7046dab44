package org.posthorn.storage.directory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the directory names addresses that mail is led to, here or elsewhere. Reads the members of
/// all lists: not for what happens with each mail.
public final class Mentions {
  private static final Logger log = LoggerFactory.getLogger(Mentions.class);

  private final Directory directory;

  public enum Kind {
    ALIAS,
    CATCH_ALL,
    LIST_MODERATOR,
    LIST_ARCHIVE,
    LIST_MEMBER,
    /// Of the server, as the configuration says.
    POSTMASTER
  }

  /// `where`: an alias, a domain or a list; empty for the postmaster.
  public record Mention(Kind kind, String where, MailAddress address) {}

  Mentions(Directory directory) {
    this.directory = directory;
  }

  /// What names an address of ours whose mail nobody gets.
  public List<Mention> deadEnds() {
    return where(this::isDeadEnd);
  }

  /// What names the user, as login or with detail, in the domain or a second name of it.
  public List<Mention> of(User user) {
    return where(address -> isOf(user, directory.resolve(address)));
  }

  /// What leads to the user: names it, or an address that goes on to it by aliases and catch-alls.
  public List<Mention> leadingTo(User user) {
    return where(address -> leadsTo(meaning -> isOf(user, meaning), address));
  }

  /// What leads to an alias or a list, also by other aliases and catch-alls.
  public List<Mention> leadingTo(MailAddress aliasOrList) {
    MailAddress wanted = AddressBook.canonical(aliasOrList);
    Predicate<Resolution> isWanted =
        meaning ->
            switch (meaning) {
              case Resolution.Alias(var alias, _) -> alias.equals(wanted);
              case Resolution.Listed(var list, _, _) -> list.address().equals(wanted);
              default -> false;
            };
    return where(address -> leadsTo(isWanted, address));
  }

  /// The aliases that name the user, maybe beside others.
  public List<MailAddress> aliasesOf(User user) {
    return directory.domains().all().stream()
        .flatMap(info -> directory.aliases(info.domain()).stream())
        .filter(alias ->
            alias.targets().stream().anyMatch(target -> isOf(user, directory.resolve(target))))
        .map(Resolution.Alias::alias)
        .toList();
  }

  private boolean leadsTo(Predicate<Resolution> wanted, MailAddress address) {
    Set<MailAddress> followed = new HashSet<>();
    Queue<MailAddress> todo = new ArrayDeque<>(List.of(address));
    while (!todo.isEmpty()) {
      Resolution meaning = directory.resolve(todo.remove());
      if (wanted.test(meaning)) {
        return true;
      }
      if (meaning instanceof Resolution.Alias(var alias, var targets) && followed.add(alias)) {
        todo.addAll(targets);
      }
    }
    return false;
  }

  private static boolean isOf(User user, Resolution meaning) {
    return switch (meaning) {
      case Resolution.Mailbox(var other, _) -> other.account().equals(user.account());
      case Resolution.Disabled(var other) -> other.account().equals(user.account());
      default -> false;
    };
  }

  /// Whether the address is in a domain of ours, and nobody gets its mail, also not by aliases or a
  /// catch-all.
  public boolean isDeadEnd(MailAddress address) {
    return switch (directory.resolve(address)) {
      case Resolution.NoSuchUser _ -> true;
      case Resolution.Alias _ -> isEmpty(directory.expand(address));
      default -> false;
    };
  }

  private static boolean isEmpty(Expansion ends) {
    return ends.complete()
        && ends.mailboxes().isEmpty()
        && ends.remote().isEmpty()
        && ends.disabled().isEmpty()
        && ends.lists().isEmpty();
  }

  private List<Mention> where(Predicate<MailAddress> wanted) {
    var found = new ArrayList<Mention>();
    directory
        .postmaster()
        .filter(wanted)
        .ifPresent(address -> found.add(new Mention(Kind.POSTMASTER, "", address)));
    for (DomainInfo info : directory.domains().all()) {
      try {
        within(info, wanted, found);
      } catch (DirectoryException.NoSuchDomain _) {
        // Deleted meanwhile.
      }
    }
    return found;
  }

  private void within(DomainInfo info, Predicate<MailAddress> wanted, List<Mention> found) {
    info.settings()
        .catchAll()
        .filter(wanted)
        .ifPresent(
            address -> found.add(new Mention(Kind.CATCH_ALL, info.domain().ascii(), address)));
    for (Resolution.Alias alias : directory.aliases(info.domain())) {
      alias.targets().stream()
          .filter(wanted)
          .forEach(target -> found.add(new Mention(Kind.ALIAS, alias.alias().toString(), target)));
    }
    for (MailingList list : directory.lists().of(info.domain())) {
      named(
          list,
          (kind, address) -> {
            if (wanted.test(address)) {
              found.add(new Mention(kind, list.address().toString(), address));
            }
          });
    }
  }

  private void named(MailingList list, BiConsumer<Kind, MailAddress> each) {
    list.settings().moderators().forEach(address -> each.accept(Kind.LIST_MODERATOR, address));
    list.settings().archive().ifPresent(address -> each.accept(Kind.LIST_ARCHIVE, address));
    try {
      directory
          .lists()
          .forEachMember(list, member -> each.accept(Kind.LIST_MEMBER, member.address()));
    } catch (StorageUnavailable | IllegalArgumentException | IndexOutOfBoundsException e) {
      // Whoever asks wants to remove somebody, and a damaged row of a list is no reason against it.
      log.atWarn().setCause(e).addKeyValue("list", list.address()).log("list-members-unreadable");
    }
  }
}
