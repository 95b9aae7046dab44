package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.Quota;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.share.Visitor;

/// GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208 §4.1): each account has one root for all its
/// mailboxes. What others share counts for them. `administers`: may see and set what is allowed to
/// the users of the own domain.
public final class Quotas {
  private static final String ROOT = "account";
  private static final String OTHER_ROOT = ROOT + "/";
  private static final String STORAGE = "STORAGE";
  private static final String MESSAGE = "MESSAGE";
  private static final long UNIT_BYTES = 1024;
  private static final ImapAnswer NO_SUCH_ROOT =
      ImapAnswer.no(ResponseCode.Plain.NONEXISTENT, "There is no such quota root");

  private final Directory directory;
  private final boolean administers;
  private final Caller caller;

  public Quotas(Directory directory, boolean administers, Caller caller) {
    this.directory = directory;
    this.administers = administers;
    this.caller = caller;
  }

  public ImapAnswer get(ImapCommand.GetQuota command) throws IOException {
    Optional<Account> account = account(command.root());
    if (account.isEmpty()) {
      return NO_SUCH_ROOT;
    }
    tell(account.get());
    return ImapAnswer.ok("Told");
  }

  /// Also of a mailbox that there is not yet, where it would be one's own.
  public ImapAnswer roots(ImapCommand.GetQuotaRoot command) throws IOException {
    Place place = caller.place(command.mailbox());
    boolean own = place.isOwn(caller.visitor());
    Account account =
        own ? place.account() : caller.mailbox(command.mailbox(), Right.READ).account();
    caller.writer().text("* QUOTAROOT ").mailbox(place.shown());
    caller.writer().raw(' ').astring(root(account)).endLine();
    tell(account);
    return ImapAnswer.ok("Told");
  }

  /// What is not named has no limit of its own any more: then the domain's counts, or the server's.
  public ImapAnswer set(ImapCommand.SetQuota command) throws IOException {
    Map<String, Long> limits = command.limits();
    if (!administers) {
      return ImapAnswer.no(ResponseCode.Plain.NOPERM, "You have no right to set quotas");
    }
    boolean known =
        limits.keySet().stream().allMatch(one -> one.equals(STORAGE) || one.equals(MESSAGE));
    if (!known || limits.containsValue(0L)) {
      return ImapAnswer.no(
          ResponseCode.Plain.CANNOT, "STORAGE and MESSAGE can be set, to 1 and more");
    }
    Optional<Account> account = account(command.root());
    Optional<MailAddress> owner = account.flatMap(there -> MailAddress.parse(there.owner()));
    if (owner.flatMap(directory::user).isEmpty()) {
      return NO_SUCH_ROOT;
    }
    OptionalLong bytes = limit(limits, STORAGE, UNIT_BYTES);
    OptionalLong messages = limit(limits, MESSAGE, 1);
    directory.allow(owner.get(), _ -> new Allowance(bytes, messages));
    tell(account.orElseThrow());
    return ImapAnswer.ok("Set");
  }

  private static OptionalLong limit(Map<String, Long> limits, String resource, long unit) {
    Long limit = limits.get(resource);
    return limit == null
        ? OptionalLong.empty()
        : OptionalLong.of(Math.min(limit, (Long.MAX_VALUE >> 1) / unit) * unit);
  }

  private Optional<Account> account(String root) {
    Visitor visitor = caller.visitor();
    if (root.equals(ROOT)) {
      return Optional.of(visitor.own());
    }
    return Optional.of(root)
        .filter(name -> name.startsWith(OTHER_ROOT))
        .flatMap(name -> MailAddress.parse(name.substring(OTHER_ROOT.length())))
        .flatMap(visitor::host)
        .filter(host -> isAdministered(host) || isReadable(host.account()))
        .map(Visitor.Host::account);
  }

  private boolean isAdministered(Visitor.Host host) {
    return administers && host.user().login().domain().equals(caller.visitor().login().domain());
  }

  /// Of others, only those where something may be read: what is used tells what is there.
  private boolean isReadable(Account account) {
    return account.mailboxes().stream()
        .anyMatch(info -> caller.visitor().rights(account, info.id()).has(Right.READ));
  }

  private String root(Account account) {
    return caller.visitor().owns(account) ? ROOT : OTHER_ROOT + account.owner();
  }

  private void tell(Account account) throws IOException {
    Quota quota = account.quota();
    ImapWriter writer = caller.writer();
    writer.text("* QUOTA ").astring(root(account)).text(" (");
    if (quota.limitBytes() > 0) {
      writer.text("STORAGE ").number((quota.usedBytes() + UNIT_BYTES - 1) / UNIT_BYTES).raw(' ');
      writer.number(quota.limitBytes() / UNIT_BYTES).raw(' ');
    }
    if (quota.limitMessages() > 0) {
      writer.text("MESSAGE ").number(quota.usedMessages()).raw(' ');
      writer.number(quota.limitMessages()).raw(' ');
    }
    writer.text("MAILBOX ").number(account.mailboxes().size()).raw(' ');
    writer.number(account.mailboxesMax()).raw(')').endLine();
  }

  /// What is said of a mailbox that is not made, because the account has as many as it may have.
  static MailboxException orOverQuota(MailboxException refusal, Account account) {
    return refusal instanceof MailboxException.LimitReached
            && account.mailboxes().size() >= account.mailboxesMax()
        ? new MailboxException.OverQuota("There is no room for more mailboxes")
        : refusal;
  }
}
