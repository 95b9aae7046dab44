package org.posthorn.mailets.list;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Services;
import org.posthorn.message.Counted;
import org.posthorn.message.MailAddress;
import org.posthorn.message.report.BounceReader.Kind;
import org.posthorn.message.report.BounceReader.Said;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.ListSettings;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;

/// What comes back of mail to members: counted by days, until the member gets nothing more, but for
/// what only speaks of that mail. What comes back of the archive is told to those who run the list.
record Bouncing(ListBook lists, Services services, Letters letters) {
  Outcome service(Mail mail, MailingList list, MailAddress member) {
    Said said = BounceOf.read(mail.message(), member);
    if (said.kind() == Kind.NONE) {
      return new Outcome.Finish("no bounce");
    }
    boolean isArchive = isArchive(list, member);
    if (isArchive) {
      letters.tellArchiveFails(mail, list, member, said.status() + " " + said.text());
    }
    if (isOfThisMail(said)) {
      return new Outcome.Finish(
          "not counted, the mail itself was refused: " + member + ", " + said.status());
    }
    long today = LocalDate.ofInstant(services.clock().instant(), ZoneOffset.UTC).toEpochDay();
    Optional<ListMember> after = lists.bounced(list.address(), member, today);
    if (after.isEmpty()) {
      return new Outcome.Finish(
          isArchive
              ? "bounced: the archive " + member + ", " + said.status()
              : "a bounce of somebody who is no member any more");
    }
    int days = after.get().bounceDays();
    if (after.get().state() == ListMember.State.ACTIVE && days >= list.settings().bounceDays()) {
      end(mail, list, after.get(), said);
    }
    return new Outcome.Finish(
        "bounced on " + Counted.of(days, "day") + ": " + member + ", " + said.status());
  }

  /// Too large, or of a kind that the other server cannot take (RFC 3463 §3.3, §3.4, §3.7): the
  /// next post may arrive.
  private static boolean isOfThisMail(Said said) {
    return said.status().endsWith(".2.3")
        || said.status().endsWith(".3.4")
        || said.status().contains(".6.");
  }

  private static boolean isArchive(MailingList list, MailAddress address) {
    return list.settings()
        .archive()
        .filter(archive -> archive.toString().equalsIgnoreCase(address.toString()))
        .isPresent();
  }

  private void end(Mail mail, MailingList list, ListMember member, Said said) {
    boolean remove = list.settings().bouncing() == ListSettings.Bouncing.REMOVE;
    if (remove) {
      var _ = lists.remove(list.address(), member.address());
    } else {
      var _ = lists.set(list.address(), member.address(), ListMember.State.BOUNCING);
    }
    letters.tellOwners(
        mail,
        list,
        list.address(Role.OWNER),
        member.address() + " gets no more mail",
        """
        Mail of %s to %s came back on %s. The last time:

          %s %s

        The member %s
        """
            .formatted(
                list.address(),
                member.address(),
                Counted.of(member.bounceDays(), "day"),
                said.status(),
                said.text(),
                remove
                    ? "was removed."
                    : "gets nothing more until you say\n  posthorn list resume "
                        + list.address()
                        + " "
                        + member.address()));
  }
}
