package org.posthorn.mailets.list;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.auth.Notes;
import org.posthorn.mailets.content.CopyMarks;
import org.posthorn.mailets.match.MachineMatchers;
import org.posthorn.message.Counted;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.Reports;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.ListSettings;
import org.posthorn.storage.directory.ListSettings.Posting;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;

/// Mail to a list: who may post, and how a post reaches the members.
///
/// A post is cut into parts of about [#PART_MEMBERS] members. Each part is a mail of its own to the
/// list, with a note that says which part it is; when its turn comes, it becomes one mail for each
/// member, with a return path of its own. So other mail passes between the parts, and whatever
/// happens, a part is handed in once, and what it becomes is one change of the queue.
final class Posts {
  /// What a post waits for, by its token; on the mail that waits.
  static final String HELD = "list.held";

  /// Which part of the members a mail is for, as `3/20`.
  static final String PART = "list.part";

  /// The list that it is a part for: another one may have the name when its turn comes.
  static final String PART_OF = "list.id";

  /// Who had logged in to post what this is a copy of: a copy is a mail of the server's.
  static final String LOGIN = "list.login";

  /// The list that a member's copy came through.
  static final String COPY = "list.address";

  private static final int PART_MEMBERS = 50;

  private static final String FULL =
      "Posts of people who may not post at once wait for the moderators of this list, and "
          + ListDesk.HELD_MAX
          + " do already; write again when they have been looked at";

  private final ListBook lists;
  private final ListDesk desk;
  private final ReturnPaths returnPaths;
  private final Copies copies;
  private final Reports reports;
  private final Moderation moderation;
  private final Services services;
  private final Posters posters;
  private final ListHeaders headers;
  private final Letters letters;
  private final SendingBack sendingBack;
  private final String waitingRoom;

  /// Hands in a mail that shares the message of another, once for each purpose.
  interface Copies {
    MailId make(MailId onBehalfOf, String purpose, Mail mail);
  }

  Posts(
      ListBook lists,
      ReturnPaths returnPaths,
      Copies copies,
      Reports reports,
      Moderation moderation,
      Services services,
      Posters posters,
      ListHeaders headers,
      Letters letters,
      SendingBack sendingBack,
      String waitingRoom) {
    this.lists = lists;
    this.desk = lists.desk();
    this.returnPaths = returnPaths;
    this.copies = copies;
    this.reports = reports;
    this.moderation = moderation;
    this.services = services;
    this.posters = posters;
    this.headers = headers;
    this.letters = letters;
    this.sendingBack = sendingBack;
    this.waitingRoom = waitingRoom;
  }

  private sealed interface Decision {
    record Send() implements Decision {}

    record Wait(String why) implements Decision {}

    record Refuse(String status, String why) implements Decision {}

    /// A moderator wants the author to know.
    record Reject(String why) implements Decision {}

    record Drop(String why) implements Decision {}

    /// It waits already.
    record Stay() implements Decision {}
  }

  Outcome service(Mail mail, MailingList list) {
    String part = mail.attributes().get(PART);
    if (part != null) {
      return mail.attribute(PART_OF).filter(id -> !id.equals(list.id())).isPresent()
          ? MailingLists.LIST_GONE
          : copies(mail.withoutAttribute(PART).withoutAttribute(PART_OF), list, part);
    }
    return switch (decision(mail, list)) {
      case Decision.Send() -> send(mail, list);
      case Decision.Wait(String why) -> hold(mail, list, why);
      case Decision.Refuse(String status, String why) ->
          sendingBack.refused(mail, list, status, why);
      case Decision.Reject(String why) -> SendingBack.bounced(mail, "5.7.1", why);
      case Decision.Drop(String why) -> new Outcome.Finish(why);
      case Decision.Stay() -> new Outcome.Continue(mail);
    };
  }

  /// The same without doing anything.
  Outcome rehearse(Mail mail, MailingList list) {
    return switch (decision(mail, list)) {
      case Decision.Send() ->
          new Outcome.Finish("sent to the " + Counted.of(lists.count(list.address()), "member"));
      case Decision.Wait(String why) -> new Outcome.Finish("held for a moderator: " + why);
      case Decision.Refuse(String status, String why) -> SendingBack.rehearsed(mail, status, why);
      case Decision.Reject(String why) -> SendingBack.bounced(mail, "5.7.1", why);
      case Decision.Drop(String why) -> new Outcome.Finish(why);
      case Decision.Stay() -> new Outcome.Continue(mail);
    };
  }

  private Decision decision(Mail mail, MailingList list) {
    String token = mail.attributes().get(HELD);
    if (token != null) {
      return desk.held(list, token).map(Posts::decided).orElseGet(Decision.Stay::new);
    }
    ListSettings settings = list.settings();
    if (ListHeaders.hasBeenTo(mail, list)) {
      return new Decision.Drop("has been to this list before");
    } else if (MachineMatchers.isAutomatic(mail)) {
      return new Decision.Drop("not posted: a program wrote it, or another list sent it");
    } else if (settings.maxBytes() > 0 && mail.message().sizeBytes() > settings.maxBytes()) {
      return new Decision.Refuse(
          "5.2.3", "Posts to this list have at most " + settings.maxBytes() + " bytes");
    }
    if (isDoubtful(mail)) {
      return settings.others() == ListSettings.Others.HOLD
          ? new Decision.Wait("by DMARC it is not proven to be from its author")
          : new Decision.Drop("not posted: by DMARC it is not proven to be from its author");
    }
    return posters.mayPost(mail, list) ? new Decision.Send() : others(list);
  }

  /// Whether it belongs into Junk by what the author's own domain says. The copies could have a
  /// From of ours, and pass.
  private static boolean isDoubtful(Mail mail) {
    return mail.origin().login().isEmpty()
        && mail.attribute(Notes.DISPOSITION).equals(Optional.of(Notes.QUARANTINE));
  }

  private static Decision decided(Held held) {
    return switch (held.verdict()) {
      case WAITING -> new Decision.Stay();
      case APPROVED -> new Decision.Send();
      case REJECTED ->
          held.reason().isBlank()
              ? new Decision.Drop("a moderator did not let it through")
              : new Decision.Reject("A moderator did not let it through: " + held.reason());
    };
  }

  private static Decision others(MailingList list) {
    ListSettings settings = list.settings();
    String who = settings.posting() == Posting.MODERATORS ? "moderators" : "members";
    return switch (settings.others()) {
      case HOLD -> new Decision.Wait("the author is none of the " + who);
      case REFUSE ->
          new Decision.Refuse("5.7.1", "Only " + who + " may post to this list" + whomToAsk(list));
      case DROP -> new Decision.Drop("not posted: the author is none of the " + who);
    };
  }

  /// Mail for the owners goes to the moderators.
  private static String whomToAsk(MailingList list) {
    return list.settings().moderators().isEmpty()
        ? ""
        : "; its owners are at " + list.address(Role.OWNER);
  }

  private Outcome hold(Mail mail, MailingList list, String why) {
    Optional<Held> noted =
        desk.hold(
            list,
            Held.waiting(
                mail.id(),
                Author.of(mail).map(one -> one.address().toString()).orElse("(nobody)"),
                subject(mail),
                mail.message().sizeBytes(),
                services.clock().instant(),
                why),
            moderation::isThere);
    if (noted.isEmpty()) {
      letters.tellFull(mail, list);
      return sendingBack.refused(mail, list, "5.2.2", FULL);
    }
    Held held = noted.get();
    // Decided already: it was taken back from a file, which knows nothing of its token.
    if (held.verdict() == ListDesk.Verdict.WAITING) {
      tell(mail, list, held);
    }
    return new Outcome.Route(mail.withAttribute(HELD, held.token()), waitingRoom);
  }

  private void tell(Mail mail, MailingList list, Held held) {
    letters.tellOwners(
        mail,
        list,
        list.address(Role.APPROVE, held.token()),
        "A post waits: " + held.subject(),
        """
        A post to %s waits for you, since %s.

        From:     %s
        Subject:  %s
        Size:     %d bytes

        To let it through, answer this mail, or write to
          %s
        To have it dropped, write to
          %s

        Or:  posthorn list approve %s %s
        """
            .formatted(
                list.address(),
                held.why(),
                held.from(),
                held.subject(),
                held.sizeBytes(),
                list.address(Role.APPROVE, held.token()),
                list.address(Role.REJECT, held.token()),
                list.address(),
                held.token()));
    if (list.settings().tellSender() && SendingBack.mayBeTold(mail)) {
      mail.sender().ifPresent(sender -> tellSender(mail, list, sender, held.subject()));
    }
  }

  private void tellSender(Mail mail, MailingList list, MailAddress sender, String subject) {
    var _ =
        letters.answer(
            mail,
            list,
            sender,
            list.address(Role.OWNER),
            "Your post waits: " + subject,
            "Your mail to "
                + list.address()
                + " waits until a moderator has looked at it. There is nothing that you have to do.");
  }

  private static String subject(Mail mail) {
    String subject =
        HeaderText.withoutControls(
            EncodedWord.decode(
                mail.message().headers().stream()
                    .filter(field -> field.is("Subject"))
                    .findFirst()
                    .map(field -> field.value())
                    .orElse("(none)")));
    return subject.length() <= 200 ? subject : subject.substring(0, 200);
  }

  private Outcome send(Mail mail, MailingList list) {
    int members = lists.count(list.address());
    int wanted = Math.max(1, (members + PART_MEMBERS - 1) / PART_MEMBERS);
    int parts = desk.parts(list, mail.id(), wanted, services.clock().instant());
    Mail post =
        headers
            .post(withLogin(mail.withoutAttribute(HELD)), list)
            .withSender(Optional.of(list.address(Role.BOUNCES)))
            .withRecipients(List.of(Recipient.of(list.address())));
    for (int part = 0; part < parts; part++) {
      var _ =
          copies.make(
              mail.id(),
              "list " + list.id() + " part " + part,
              post.withAttribute(PART, part + "/" + parts).withAttribute(PART_OF, list.id()));
    }
    list.settings()
        .archive()
        .ifPresent(archive -> {
          var _ =
              copies.make(
                  mail.id(),
                  "list " + list.id() + " archive",
                  returning(post, list, archive).withAttribute(COPY, list.address().toString()));
        });
    // RFC 3461 §5.2.7.1: for the sender it has arrived; what becomes of it is told to the list.
    var _ = reports.delivered(mail, mail.recipients());
    return new Outcome.Finish(
        "sent to the " + Counted.of(members, "member") + " of " + list.address());
  }

  private static Mail withLogin(Mail mail) {
    return mail.origin()
        .login()
        .map(login -> mail.withAttribute(LOGIN, login.toString()))
        .orElseGet(() -> mail.withoutAttribute(LOGIN));
  }

  private Outcome copies(Mail mail, MailingList list, String part) {
    String[] numbers = part.split("/", 2);
    List<Outcome.Split.Part> outcomes = new ArrayList<>();
    Mail plain = CopyMarks.forOthers(mail).withAttribute(COPY, list.address().toString());
    int count = 0;
    for (ListMember member :
        lists.part(list, Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]))) {
      if (member.state() == ListMember.State.ACTIVE) {
        count++;
        outcomes.add(
            new Outcome.Split.Part(
                List.of(), new Outcome.Route(copy(plain, list, member), Chain.ROOT)));
      }
    }
    outcomes.add(
        new Outcome.Split.Part(
            mail.recipients(),
            new Outcome.Finish("a part of the members of " + list.address() + ": " + count)));
    return new Outcome.Split(outcomes);
  }

  private Mail copy(Mail mail, MailingList list, ListMember member) {
    return returning(mail, list, member.address())
        .withMessage(headers.forMember(mail.message(), list, member));
  }

  /// For one recipient. Failures are told to the return path, where [Bouncing] reads them.
  private Mail returning(Mail mail, MailingList list, MailAddress to) {
    Optional<MailAddress> path = returnPaths.forOne(list.id(), to, list.address().domain());
    return mail.withSender(path.or(mail::sender))
        .withRecipients(
            List.of(new Recipient(to, Optional.empty(), Set.of(Recipient.Notify.FAILURE))));
  }
}
