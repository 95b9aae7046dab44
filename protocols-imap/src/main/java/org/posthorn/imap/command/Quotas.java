package org.posthorn.imap.command;

import java.io.IOException;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Quota;

/// GETQUOTA and GETQUOTAROOT (RFC 9208 §4.1): each account has one root for all its mailboxes, or
/// none when it has no limit.
public final class Quotas {
  private static final String ROOT = "account";
  private static final long UNIT_BYTES = 1024;

  private Quotas() {}

  public static ImapAnswer quota(ImapCommand.GetQuota command, Caller caller) throws IOException {
    if (!command.root().equals(ROOT) || !caller.account().quota().isLimited()) {
      return ImapAnswer.no(ResponseCode.Plain.NONEXISTENT, "There is no such quota root");
    }
    tell(caller);
    return ImapAnswer.ok("Told");
  }

  public static ImapAnswer quotaRoot(ImapCommand.GetQuotaRoot command, Caller caller)
      throws IOException {
    MailboxName name = new MailboxName(command.mailbox());
    if (caller.account().find(name).isEmpty()) {
      throw new MailboxException.NotFound(name.value());
    }
    boolean limited = caller.account().quota().isLimited();
    caller.writer().text("* QUOTAROOT ").mailbox(name.value());
    caller.writer().text(limited ? " " + ROOT : "").endLine();
    if (limited) {
      tell(caller);
    }
    return ImapAnswer.ok("Told");
  }

  private static void tell(Caller caller) throws IOException {
    Quota quota = caller.account().quota();
    ImapWriter writer = caller.writer();
    writer.text("* QUOTA ").text(ROOT).text(" (");
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
