package org.posthorn.imap.command;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Optional;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.Acl;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.SpecialUse;

/// CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.3 to §6.3.7).
public final class ManageMailboxes {
  private ManageMailboxes() {}

  public static ImapAnswer create(ImapCommand.Create command, Caller caller) {
    Place place = placeToMake(command.mailbox(), caller);
    Optional<SpecialUse> use = command.uses().stream().findFirst().flatMap(ManageMailboxes::use);
    if (command.uses().size() > 1 || (!command.uses().isEmpty() && use.isEmpty())) {
      return ImapAnswer.no(ResponseCode.Plain.USEATTR, "A mailbox has one use, of those we know");
    }
    boolean own = place.isOwn(caller.visitor());
    if (!own && use.isPresent()) {
      return ImapAnswer.no(ResponseCode.Plain.USEATTR, "Uses are for one's own mailboxes");
    }
    if (use.isPresent() && isUsed(use.get(), place.account())) {
      return ImapAnswer.no(ResponseCode.Plain.USEATTR, "Another mailbox has this use");
    }
    MailboxInfo created =
        changed(
            place.account(),
            caller,
            draft -> own ? draft.create(place.name(), use) : createAtOthers(draft, place.name()));
    return ImapAnswer.ok(new ResponseCode.MailboxId(ObjectIds.mailbox(created.id())), "Created");
  }

  private static boolean isUsed(SpecialUse use, Account account) {
    return account.mailboxes().stream()
        .anyMatch(mailbox -> mailbox.specialUse().equals(Optional.of(use)));
  }

  /// Returns the mailbox that is gone.
  public static NamedMailbox delete(ImapCommand.Delete command, Caller caller) {
    NamedMailbox mailbox = caller.mailbox(command.mailbox(), Right.DELETE_MAILBOX);
    var _ =
        mailbox
            .account()
            .change(
                caller.actor(),
                draft -> {
                  draft.delete(existing(draft, mailbox.info().name()));
                  return draft;
                });
    return mailbox;
  }

  public static ImapAnswer rename(ImapCommand.Rename command, Caller caller) {
    NamedMailbox from = caller.mailbox(command.from(), Right.DELETE_MAILBOX);
    Place to = placeToMake(command.to(), caller);
    boolean foreignInbox = !from.own() && from.info().name().isInbox();
    if (!to.account().id().equals(from.account().id()) || foreignInbox) {
      return ImapAnswer.no(ResponseCode.Plain.CANNOT, "A mailbox stays with its owner");
    }
    var _ =
        changed(
            from.account(),
            caller,
            draft -> {
              draft.rename(existing(draft, from.info().name()), to.name());
              return draft;
            });
    return ImapAnswer.ok("Renamed");
  }

  /// A change that may make mailboxes: how many there are is part of the quota (RFC 9208 §5.3).
  private static <R> R changed(Account account, Caller caller, Account.Edit<R> edit) {
    try {
      return account.change(caller.actor(), edit);
    } catch (MailboxException.LimitReached refusal) {
      throw Quotas.orOverQuota(refusal, account);
    }
  }

  public static ImapAnswer subscribe(ImapCommand.Subscribe command, Caller caller) {
    MailboxName name = new MailboxName(command.mailbox());
    var _ =
        caller
            .account()
            .change(
                caller.actor(),
                draft -> {
                  draft.subscribe(name, command.subscribed());
                  return draft;
                });
    return ImapAnswer.ok(command.subscribed() ? "Subscribed" : "Unsubscribed");
  }

  private static MailboxId existing(AccountDraft draft, MailboxName name) {
    return draft.find(name).orElseThrow(() -> new MailboxException.NotFound(name.value())).id();
  }

  /// A separator at the end says that mailboxes will be made below, which needs no saying here (RFC
  /// 3501 §6.3.3). In the account of another it takes the right to make mailboxes below the nearest
  /// one that there is, which INBOX is for all, as their names have it.
  private static Place placeToMake(String name, Caller caller) {
    boolean announcesChildren =
        name.length() > 1 && name.charAt(name.length() - 1) == MailboxName.SEPARATOR;
    if (!isNetUnicode(name)) {
      throw new MailboxException.NotPermitted("A mailbox name is written in Unicode's form C");
    }
    Place place = caller.place(announcesChildren ? name.substring(0, name.length() - 1) : name);
    if (place.isRoot()) {
      throw new MailboxException.NotPermitted(place.shown() + " is where the mail of others is");
    }
    if (!place.isOwn(caller.visitor())) {
      NamedMailbox above = above(place, caller);
      if (!above.rights().has(Right.CREATE)) {
        throw above.rights().has(Right.LOOKUP)
            ? new MailboxException.Forbidden(name)
            : new MailboxException.NotFound(name);
      }
    }
    return place;
  }

  private static NamedMailbox above(Place place, Caller caller) {
    Optional<MailboxName> name = place.name().parent();
    while (name.isPresent()) {
      var found = caller.find(new Place(place.account(), name.get(), place.shown()));
      if (found.isPresent()) {
        return found.get();
      }
      name = name.get().parent();
    }
    return caller
        .find(new Place(place.account(), MailboxName.INBOX, place.shown()))
        .orElseThrow(() -> new MailboxException.NotFound(place.shown()));
  }

  /// What is made at the top of another's account, where only INBOX is above it, has the rights of
  /// INBOX.
  private static MailboxInfo createAtOthers(AccountDraft draft, MailboxName name) {
    MailboxName top = name;
    while (top.parent().isPresent()) {
      top = top.parent().get();
    }
    if (draft.find(top).isPresent()) {
      return draft.create(name, Optional.empty());
    }
    MailboxInfo made = draft.create(top, Optional.empty());
    Acl acl = draft.acl(existing(draft, MailboxName.INBOX));
    acl.entries().forEach((who, rights) -> draft.setRights(made.id(), who, rights));
    return name.equals(top) ? made : draft.create(name, Optional.empty());
  }

  /// RFC 5198 §2 as RFC 9051 §5.1 and RFC 6855 §3 ask for it: else two names would look the same.
  private static boolean isNetUnicode(String name) {
    return name.chars().allMatch(c -> c < 0x80)
        || (Normalizer.isNormalized(name, Normalizer.Form.NFC)
            && name.chars().allMatch(c -> c != 0x2028 && c != 0x2029));
  }

  private static Optional<SpecialUse> use(String attribute) {
    return Arrays.stream(SpecialUse.values())
        .filter(use -> use.attribute().equalsIgnoreCase(attribute))
        .findFirst();
  }
}
