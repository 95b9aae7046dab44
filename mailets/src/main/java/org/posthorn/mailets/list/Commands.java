package org.posthorn.mailets.list;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.match.MachineMatchers;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.ListDesk.Pending;
import org.posthorn.storage.directory.ListDesk.Verdict;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.ListSettings.Joining;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;

/// What people ask of a list by mail. What a program wrote is never answered, nor does it confirm
/// anything: so an automatic answer to a question of ours subscribes nobody.
record Commands(
    ListBook lists, Services services, Logins logins, Letters letters, Moderation moderation) {
  Outcome service(Mail mail, MailingList list, Role role, Optional<String> token) {
    Optional<MailAddress> who = Author.of(mail).map(Author::address);
    if (role == Role.UNSUBSCRIBE && token.isPresent()) {
      return leaves(mail, list, token.get());
    }
    if (MachineMatchers.isAutomatic(mail) || who.isEmpty()) {
      return new Outcome.Finish("no command: a program wrote it, or nobody");
    }
    return switch (role) {
      case SUBSCRIBE -> subscribe(mail, list, who.get());
      case UNSUBSCRIBE -> unsubscribe(mail, list, who.get());
      case CONFIRM -> confirm(mail, list, token.orElse(""), who.get());
      case APPROVE -> decide(mail, list, token.orElse(""), who.get(), Verdict.APPROVED);
      case REJECT -> decide(mail, list, token.orElse(""), who.get(), Verdict.REJECTED);
      case REQUEST -> request(mail, list, who.get());
      case OWNER, POST, BOUNCES -> throw new IllegalArgumentException("No command: " + role);
    };
  }

  private Outcome request(Mail mail, MailingList list, MailAddress who) {
    String subject =
        EncodedWord.decode(
            mail.message().headers().stream()
                .filter(field -> field.is("Subject"))
                .findFirst()
                .map(field -> field.value())
                .orElse(""));
    return switch (subject.strip().toLowerCase(Locale.ROOT)) {
      case "subscribe", "join" -> subscribe(mail, list, who);
      case "unsubscribe", "leave" -> unsubscribe(mail, list, who);
      default -> help(mail, list, who);
    };
  }

  private Outcome help(Mail mail, MailingList list, MailAddress who) {
    return answered(
        mail,
        list,
        who,
        list.address(Role.REQUEST),
        "About " + ListHeaders.title(list),
        """
        This is the mailing list %s.

        To write to all, write to      %s
        To get its mail, write to      %s
        To get it no longer, write to  %s
        Those who run it read          %s

        What stands in such a mail does not matter.
        """
            .formatted(
                ListHeaders.title(list),
                list.address(),
                list.address(Role.SUBSCRIBE),
                list.address(Role.UNSUBSCRIBE),
                list.address(Role.OWNER)));
  }

  private Outcome subscribe(Mail mail, MailingList list, MailAddress who) {
    Optional<ListMember.State> state = lists.member(list, who).map(ListMember::state);
    // Who answers the question has got it: the address is good again.
    if (state.isPresent() && state.get() != ListMember.State.BOUNCING) {
      return isMember(mail, list, who, state.get());
    }
    return state.isEmpty() && list.settings().joining() == Joining.CLOSED
        ? onlyOwnersAdd(mail, list, who)
        : ask(mail, list, who, false);
  }

  private Outcome onlyOwnersAdd(Mail mail, MailingList list, MailAddress who) {
    return cannotJoin(
        mail,
        list,
        who,
        "Only those who run " + list.address() + " can add you: answer this mail to ask them.");
  }

  private Outcome cannotJoin(Mail mail, MailingList list, MailAddress who, String why) {
    return answered(
        mail,
        list,
        who,
        list.address(Role.OWNER),
        "You cannot subscribe to " + ListHeaders.title(list),
        why);
  }

  private Outcome isMember(Mail mail, MailingList list, MailAddress who, ListMember.State state) {
    boolean active = state == ListMember.State.ACTIVE;
    return answered(
        mail,
        list,
        who,
        list.address(active ? Role.REQUEST : Role.OWNER),
        "You are a member of " + ListHeaders.title(list),
        active
            ? "You get the mail of " + list.address() + " already."
            : "You are a member, but those who run "
                + list.address()
                + " have its mail to you suspended: answer this mail to ask them.");
  }

  private Outcome unsubscribe(Mail mail, MailingList list, MailAddress who) {
    List<MailAddress> names = namesOf(mail, list, who);
    if (names.isEmpty()) {
      return answered(
          mail,
          list,
          who,
          list.address(Role.REQUEST),
          "You are no member of " + ListHeaders.title(list),
          "There is no member "
              + who
              + ". If you get mail of "
              + list.address()
              + " at another address, its headers have a link that takes you off.");
    }
    return names.stream().allMatch(logins.provenAlone(mail))
        ? removed(mail, list, names)
        : ask(mail, list, names.getFirst(), true);
  }

  /// Under which addresses somebody is a member: the one that he writes from, or else, when he has
  /// logged in, all others of his. What he shares with others is taken off only when he writes from
  /// it.
  private List<MailAddress> namesOf(Mail mail, MailingList list, MailAddress who) {
    Optional<ListMember> literally = lists.member(list, who);
    Predicate<MailAddress> his = logins.provenAlone(mail);
    return literally.isPresent() || !his.test(who)
        ? literally.map(ListMember::address).stream().toList()
        : lists.ours(list).stream().filter(his).toList();
  }

  private Outcome ask(Mail mail, MailingList list, MailAddress who, boolean leaving) {
    String what = leaving ? "be unsubscribed from" : "subscribe to";
    String subject = "Do you want to " + what + " " + ListHeaders.title(list) + "?";
    if (!(leaving ? letters.mayAskToLeave(list, who) : letters.mayAnswer(list, who))) {
      return new Outcome.Finish("not asked, too many letters already: " + who + ": " + subject);
    }
    // Only now: what nobody is asked about must not take up room.
    Optional<Pending> asked = lists.desk().ask(list, who, leaving, services.clock().instant());
    if (asked.isEmpty()) {
      return new Outcome.Finish("not asked: too many are asked already");
    }
    letters.send(
        mail,
        list,
        List.of(who),
        list.address(Role.CONFIRM, asked.get().token()),
        subject,
        """
        Somebody, perhaps you, asked that %s %s %s.

        If you want that, answer this mail. What you write does not matter.
        If not, do nothing: then nothing happens, and this question is forgotten in three days.
        """
            .formatted(who, leaving ? "gets no more mail of" : "gets the mail of", list.address()));
    return new Outcome.Finish("answered " + who + ": " + subject);
  }

  private Outcome confirm(Mail mail, MailingList list, String token, MailAddress who) {
    Optional<Pending> asked = lists.desk().asked(list, token, services.clock().instant());
    if (asked.isEmpty()) {
      return answered(
          mail,
          list,
          who,
          list.address(Role.REQUEST),
          "Nothing to confirm",
          "There is no such question of " + list.address() + ", or it was asked too long ago.");
    }
    MailAddress member = asked.get().address();
    Outcome outcome;
    if (asked.get().leaving()) {
      outcome = removed(mail, list, List.of(member));
    } else if (list.settings().joining() == Joining.CLOSED
        && lists.member(list, member).isEmpty()) {
      // It was closed, or he was taken off, since he was asked.
      outcome = onlyOwnersAdd(mail, list, member);
    } else {
      outcome = joins(mail, list, member, who);
    }
    lists.desk().forget(list, asked.get());
    return outcome;
  }

  /// `who` has answered the question, perhaps from another address than the member's.
  private Outcome joins(Mail mail, MailingList list, MailAddress member, MailAddress who) {
    try {
      var _ =
          lists.add(
              list.address(),
              List.of(new ListBook.NewMember(member, "")),
              services.clock().instant());
    } catch (DirectoryException.NotPermitted why) {
      return cannotJoin(
          mail,
          list,
          who,
          "%s. Answer this mail to ask those who run %s."
              .formatted(why.getMessage(), list.address()));
    }
    resume(list, member);
    return welcomed(mail, list, member);
  }

  private void resume(MailingList list, MailAddress member) {
    if (lists
        .member(list, member)
        .map(ListMember::state)
        .equals(Optional.of(ListMember.State.BOUNCING))) {
      var _ = lists.set(list.address(), member, ListMember.State.ACTIVE);
    }
  }

  private Outcome welcomed(Mail mail, MailingList list, MailAddress member) {
    return answered(
        mail,
        list,
        member,
        list.address(Role.REQUEST),
        "Welcome to " + ListHeaders.title(list),
        """
        From now on you get the mail of %s.

        To write to all, write to      %s
        To get it no longer, write to  %s
        """
            .formatted(list.address(), list.address(), list.address(Role.UNSUBSCRIBE)));
  }

  /// By the token of a member, which stands in what the member got and nowhere else.
  private Outcome leaves(Mail mail, MailingList list, String token) {
    Optional<ListMember> member = lists.byToken(list, token);
    return member
        .map(one -> removed(mail, list, List.of(one.address())))
        .orElseGet(() -> new Outcome.Finish("unsubscribes nobody: no member has this token"));
  }

  /// Takes off a member by each of these names, and says so once.
  private Outcome removed(Mail mail, MailingList list, List<MailAddress> names) {
    names.forEach(name -> {
      var _ = lists.remove(list.address(), name);
    });
    String where =
        names.size() == 1
            ? ""
            : " as " + names.stream().map(MailAddress::toString).collect(Collectors.joining(", "));
    return answered(
        mail,
        list,
        names.getFirst(),
        list.address(Role.REQUEST),
        "You left " + ListHeaders.title(list),
        "You get no more mail of " + list.address() + where + ".");
  }

  private Outcome decide(
      Mail mail, MailingList list, String token, MailAddress who, Verdict verdict) {
    Optional<Held> held = moderation.decide(list, token, verdict, "");
    String decided =
        held.map(one -> one.verdict() == Verdict.APPROVED ? "goes to the members" : "was dropped")
            .orElse("is not there any more");
    return answered(
        mail,
        list,
        who,
        list.address(Role.OWNER),
        "The post " + decided,
        held.map(one ->
                "The post of " + one.from() + ", \"" + one.subject() + "\", " + decided + ".")
            .orElse("No post to " + list.address() + " waits under this address."));
  }

  private Outcome answered(
      Mail mail, MailingList list, MailAddress to, MailAddress from, String subject, String text) {
    boolean sent = letters.answer(mail, list, to, from, subject, text);
    return new Outcome.Finish(
        (sent ? "answered " : "not answered, too many answers already: ") + to + ": " + subject);
  }
}
