package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Optional;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Quota;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.share.Visitor;

/// GETQUOTA and GETQUOTAROOT (RFC 9208 §4.1): each account has one root for all its mailboxes, or
/// none when it has no limit. What others share counts for them.
public final class Quotas {
  private static final String ROOT = "account";
  private static final String OTHER_ROOT = ROOT + "/";
  private static final long UNIT_BYTES = 1024;

  private Quotas() {}

  public static ImapAnswer quota(ImapCommand.GetQuota command, Caller caller) throws IOException {
    Optional<Account> account = account(command.root(), caller);
    if (account.filter(there -> there.quota().isLimited()).isEmpty()) {
      return ImapAnswer.no(ResponseCode.Plain.NONEXISTENT, "There is no such quota root");
    }
    tell(account.get(), caller);
    return ImapAnswer.ok("Told");
  }

  public static ImapAnswer quotaRoot(ImapCommand.GetQuotaRoot command, Caller caller)
      throws IOException {
    NamedMailbox mailbox = caller.mailbox(command.mailbox(), Right.READ);
    boolean limited = mailbox.account().quota().isLimited();
    caller.writer().text("* QUOTAROOT ").mailbox(mailbox.shown());
    if (limited) {
      caller.writer().raw(' ').astring(root(mailbox.account(), caller));
    }
    caller.writer().endLine();
    if (limited) {
      tell(mailbox.account(), caller);
    }
    return ImapAnswer.ok("Told");
  }

  /// Of others, only those where something may be read: what is used tells what is there.
  private static Optional<Account> account(String root, Caller caller) {
    Visitor visitor = caller.visitor();
    if (root.equals(ROOT)) {
      return Optional.of(visitor.own());
    }
    return Optional.of(root)
        .filter(name -> name.startsWith(OTHER_ROOT))
        .flatMap(name -> MailAddress.parse(name.substring(OTHER_ROOT.length())))
        .flatMap(visitor::host)
        .map(Visitor.Host::account)
        .filter(account ->
            account.mailboxes().stream()
                .anyMatch(info -> visitor.rights(account, info.id()).has(Right.READ)));
  }

  private static String root(Account account, Caller caller) {
    return caller.visitor().owns(account) ? ROOT : OTHER_ROOT + account.owner();
  }

  private static void tell(Account account, Caller caller) throws IOException {
    Quota quota = account.quota();
    ImapWriter writer = caller.writer();
    writer.text("* QUOTA ").astring(root(account, caller)).text(" (");
    if (quota.limitBytes() > 0) {
      writer.text("STORAGE ").number((quota.usedBytes() + UNIT_BYTES - 1) / UNIT_BYTES).raw(' ');
      writer.number(quota.limitBytes() / UNIT_BYTES);
    }
    if (quota.limitMessages() > 0) {
      writer.text(quota.limitBytes() > 0 ? " MESSAGE " : "MESSAGE ");
      writer.number(quota.usedMessages()).raw(' ').number(quota.limitMessages());
    }
    writer.raw(')').endLine();
  }
}
