package org.posthorn.imap.command;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Optional;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SpecialUse;

/// CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.3 to §6.3.7).
public final class ManageMailboxes {
  private ManageMailboxes() {}

  public static ImapAnswer create(ImapCommand.Create command, Caller caller) {
    MailboxName name = nameToMake(command.mailbox());
    Optional<SpecialUse> use = command.uses().stream().findFirst().flatMap(ManageMailboxes::use);
    if (command.uses().size() > 1 || (!command.uses().isEmpty() && use.isEmpty())) {
      return ImapAnswer.no(ResponseCode.Plain.USEATTR, "A mailbox has one use, of those we know");
    }
    MailboxInfo created = caller.account().change(caller.actor(), draft -> draft.create(name, use));
    return ImapAnswer.ok(new ResponseCode.MailboxId(ObjectIds.mailbox(created.id())), "Created");
  }

  /// Returns the mailbox that is gone.
  public static MailboxId delete(ImapCommand.Delete command, Caller caller) {
    MailboxName name = new MailboxName(command.mailbox());
    return caller
        .account()
        .change(
            caller.actor(),
            draft -> {
              MailboxId id = existing(draft, name);
              draft.delete(id);
              return id;
            });
  }

  public static ImapAnswer rename(ImapCommand.Rename command, Caller caller) {
    MailboxName from = new MailboxName(command.from());
    MailboxName to = nameToMake(command.to());
    caller
        .account()
        .change(
            caller.actor(),
            draft -> {
              MailboxId id = existing(draft, from);
              draft.rename(id, to);
              return id;
            });
    return ImapAnswer.ok("Renamed");
  }

  public static ImapAnswer subscribe(ImapCommand.Subscribe command, Caller caller) {
    MailboxName name = new MailboxName(command.mailbox());
    caller
        .account()
        .change(
            caller.actor(),
            draft -> {
              draft.subscribe(name, command.subscribed());
              return name;
            });
    return ImapAnswer.ok(command.subscribed() ? "Subscribed" : "Unsubscribed");
  }

  private static MailboxId existing(AccountDraft draft, MailboxName name) {
    return draft.find(name).orElseThrow(() -> new MailboxException.NotFound(name.value())).id();
  }

  /// A separator at the end says that mailboxes will be made below, which needs no saying here (RFC
  /// 3501 §6.3.3).
  private static MailboxName nameToMake(String name) {
    boolean announcesChildren =
        name.length() > 1 && name.charAt(name.length() - 1) == MailboxName.SEPARATOR;
    if (!isNetUnicode(name)) {
      throw new MailboxException.NotPermitted("A mailbox name is written in Unicode's form C");
    }
    return new MailboxName(announcesChildren ? name.substring(0, name.length() - 1) : name);
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
