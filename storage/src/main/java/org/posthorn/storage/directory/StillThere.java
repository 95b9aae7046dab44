package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.message.Counted;

/// What would be lost with a domain that is deleted: users, lists, and aliases that lead to
/// somebody who stays. What an alias leads to within the domain is there itself.
record StillThere(DomainState domain, int users, int lists, int aliases) {
  /// `force`: lists and aliases may go.
  static void check(DomainState domain, AddressBook book, boolean force) {
    var there =
        new StillThere(
            domain,
            domain.users().size(),
            force ? 0 : domain.lists().size(),
            force ? 0 : leadingOut(domain, book));
    if (there.users + there.lists + there.aliases > 0) {
      throw new DirectoryException.DomainInUse(there.inWords());
    }
  }

  private static int leadingOut(DomainState domain, AddressBook book) {
    var count = new int[1];
    domain
        .aliases()
        .forEach((name, _) -> {
          if (book.expand(domain.address(name)).leavesFrom(domain.domain())) {
            count[0]++;
          }
        });
    return count[0];
  }

  private String inWords() {
    List<String> what = new ArrayList<>();
    List<String> how = new ArrayList<>();
    add(users, "user", "posthorn user remove", what, how);
    add(lists, "list", "posthorn list delete", what, how);
    add(aliases, "alias", "posthorn alias remove", what, how);
    return "Domain %s still has %s: remove each of them first, with  %s, or all of them with it:  posthorn domain remove --force%s"
        .formatted(
            domain.domain(),
            String.join(", ", what),
            String.join(", ", how),
            domain.settings().aliasOf().isEmpty()
                ? ""
                : "; to keep it as a domain of its own:  posthorn domain alias "
                    + domain.domain()
                    + " --none");
  }

  private static void add(
      int count, String noun, String command, List<String> what, List<String> how) {
    if (count > 0) {
      what.add(Counted.of(count, noun));
      how.add(command);
    }
  }
}
