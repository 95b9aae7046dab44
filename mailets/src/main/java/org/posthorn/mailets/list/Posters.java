package org.posthorn.mailets.list;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.posthorn.mailet.Mail;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.Resolution;

/// Who may post to a list. Somebody who has logged in is a member by each address that he may send
/// as, whichever of them stands in the list and in the mail: he could write that one as well. Of
/// everybody else the list knows what he wrote, and nothing follows from it.
record Posters(Directory directory, Logins logins) {
  boolean mayPost(Mail mail, MailingList list) {
    List<MailAddress> authors = authors(mail);
    return switch (list.settings().posting()) {
      case ANYONE -> true;
      case MEMBERS -> isModerator(mail, list, authors) || isMember(mail, list, authors);
      case MODERATORS -> isModerator(mail, list, authors);
    };
  }

  private boolean isMember(Mail mail, MailingList list, List<MailAddress> authors) {
    if (authors.stream().anyMatch(who -> directory.lists().member(list, who).isPresent())) {
      return true;
    }
    Predicate<MailAddress> his = logins.proven(mail);
    return mail.origin().login().isPresent() && directory.lists().ours(list).stream().anyMatch(his);
  }

  private boolean isModerator(Mail mail, MailingList list, List<MailAddress> authors) {
    return list.settings().moderators().stream()
        .anyMatch(one ->
            logins.proves(mail, one)
                || authors.stream()
                    .anyMatch(who -> one.toString().equalsIgnoreCase(who.toString())));
  }

  /// Who may have written it, of those whom we believe: an address of ours counts only when its
  /// owner has logged in, for anybody can write it into From, also who has logged in himself.
  private List<MailAddress> authors(Mail mail) {
    List<MailAddress> all = new ArrayList<>();
    Author.of(mail).map(Author::address).ifPresent(all::add);
    mail.sender().ifPresent(all::add);
    all.removeIf(address -> isOurs(address) && !logins.proves(mail, address));
    mail.origin().login().ifPresent(all::add);
    return all;
  }

  /// Also the postmaster of the server, whose name need be no mail domain.
  private boolean isOurs(MailAddress address) {
    return !(directory.resolve(address) instanceof Resolution.NotLocal);
  }
}
