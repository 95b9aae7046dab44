package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.User;

/// Somebody must read what is written to the roles of a domain (RFC 5321 §4.5.1, RFC 2142 §4): the
/// first person of the domain, until somebody says otherwise. A shared mailbox is no person.
final class DomainRoles {
  private static final List<String> ROLES = List.of("postmaster", "abuse");
  private static final int PAGE = 100;

  private final Directory directory;

  DomainRoles(Directory directory) {
    this.directory = directory;
  }

  /// Whether nobody who logs in is there yet, or the domain itself is not.
  boolean isWithoutPerson(Domain domain) {
    if (!directory.isLocal(domain)) {
      return true;
    }
    List<User> page = directory.users().page(domain, "", PAGE);
    while (page.stream().allMatch(User::shared)) {
      if (page.size() < PAGE) {
        return true;
      }
      page = directory.users().page(domain, page.getLast().login().localPart(), PAGE);
    }
    return false;
  }

  /// Leads the roles that lead nowhere to this user; which.
  List<String> answerBy(MailAddress login) {
    List<String> made = new ArrayList<>();
    for (String role : ROLES) {
      var address = new MailAddress(role, login.domain());
      if (directory.resolve(address) instanceof Resolution.NoSuchUser) {
        directory.createAlias(address, List.of(login));
        made.add(address.toString());
      }
    }
    return made;
  }
}
