package org.posthorn.mailets;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Reports;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.SpooledMessage;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Resolution;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts the message into the mailbox of each recipient: INBOX; the folder that the address names
/// (`ann+Lists/Java@example.org`, in any case), where there is such a folder; or `folder`, which is
/// made if need be. `folder` may be a special use too: `Junk` finds the folder that the user has
/// for junk, whatever its name is. On top come the lines `Return-Path` and `Delivered-To` (RFC 5321
/// §4.4).
///
/// Each mail, and each copy of it that the step `Copy` made, is delivered once for each recipient,
/// however often the step is repeated, and once for all names of one user (as in a domain and in a
/// second name of it) for whom it is the same: text, folder, detail and flags. Senders who asked
/// for it are told that the message arrived. Recipients that cannot have it go to the processor
/// `bounces`; with `over-quota: retry` a full mailbox is tried again instead. Mail for a user who
/// is disabled waits as long as steps are repeated; then it goes to `bounces`. Reports of this
/// server's own that cannot be delivered now go to the dead letters then, for nobody would hear
/// that they are lost. An alias of one user alone, as that of who was renamed while the mail
/// waited, is that user's address.
///
/// ```yaml
/// - mailet: ToMailbox
/// ```
///
/// ```yaml
/// - match: HasHeader(X-Spam-Flag, YES)
///   mailet: ToMailbox
///   folder: Junk
///   over-quota: retry
/// ```
public final class ToMailbox implements Mailet {
  private static final Logger log = LoggerFactory.getLogger(ToMailbox.class);

  private final Directory directory;
  private final Accounts accounts;
  private final Reports reports;
  private final InstantSource clock;
  private final Duration repeated;
  private final TargetFolder target;
  private final OverQuota overQuota;
  private final Flags flags;
  private final SameDelivery same;

  private ToMailbox(Rooms rooms, Settings settings) {
    this(rooms, settings, "");
  }

  /// `purpose` keeps apart what one mail is delivered for to the same address.
  ToMailbox(Rooms rooms, Settings settings, String purpose) {
    this.flags = Flags.of(settings.flags.stream().map(Settings::flag).toList());
    this.same = new SameDelivery(purpose, flags);
    this.directory = rooms.directory();
    this.accounts = rooms.accounts();
    this.reports = rooms.reports();
    this.clock = rooms.clock();
    this.repeated = rooms.repeated();
    this.target = new TargetFolder(settings.folder.map(MailboxName::new), settings.subAddressing);
    this.overQuota = settings.overQuota;
  }

  /// What it works with; `repeated` is how long a step is repeated at least.
  record Rooms(
      Directory directory,
      Accounts accounts,
      Reports reports,
      InstantSource clock,
      Duration repeated) {
    static Rooms of(
        Directory directory,
        Accounts accounts,
        Reports reports,
        InstantSource clock,
        SpoolConfig spool) {
      return new Rooms(
          directory,
          accounts,
          reports,
          clock,
          spool.chainRetries().stream().reduce(Duration.ZERO, Duration::plus));
    }
  }

  @Override
  public Outcome service(Mail mail) {
    if (!(mail.message() instanceof SpooledMessage message)) {
      throw new IllegalArgumentException("Not a message of this server");
    }
    var deliveries = new Deliveries();
    Fates fates =
        fates(
            mail,
            (recipient, mailbox, all) ->
                deliver(mail, message, recipient, mailbox, all, deliveries));
    if (!fates.served().isEmpty()) {
      var _ = reports.delivered(mail, fates.served());
    }
    return fates.outcome(deliveries.inWords());
  }

  @Override
  public Outcome rehearse(Mail mail) {
    List<String> folders = new ArrayList<>();
    Fates fates =
        fates(
            mail,
            (recipient, mailbox, all) -> {
              Account account = account(mailbox);
              if (!account.quota().hasRoomFor(mail.message().sizeBytes())) {
                overQuota.apply(recipient, all, clock.instant());
              } else {
                folders.add(target.name(account, mailbox) + " of " + mailbox.user().login());
                all.done(recipient);
              }
            });
    return fates.outcome("delivered into " + String.join(", ", folders));
  }

  /// Throws [MailboxException.AccountGone] where the account is not there.
  private interface Delivery {
    void to(Recipient recipient, Resolution.Mailbox mailbox, Fates fates);
  }

  /// What went wrong with one recipient.
  private record Trouble(Recipient recipient, RuntimeException what) {
    String why() {
      return Optional.ofNullable(what.getMessage()).orElseGet(what::toString);
    }
  }

  /// One account that is damaged keeps the mail from nobody else; where all that were looked at are
  /// in trouble, it is the store, and the trouble of the whole step.
  private Fates fates(Mail mail, Delivery delivery) {
    var fates = new Fates(mail);
    List<Trouble> troubles = new ArrayList<>();
    Set<Recipient> tried = new HashSet<>();
    for (Recipient recipient : mail.recipients()) {
      try {
        settle(
            recipient,
            recipient.address(),
            Optional.empty(),
            (each, mailbox, all) -> {
              tried.add(each);
              delivery.to(each, mailbox, all);
            },
            fates);
      } catch (RuntimeException e) {
        troubles.add(new Trouble(recipient, e));
      }
    }
    if (troubles.isEmpty()) {
      return fates;
    }
    RuntimeException first = troubles.getFirst().what();
    if (troubles.size() == tried.size()) {
      throw first;
    }
    log.atError()
        .addKeyValue("mail", mail.id())
        .addKeyValue("to", troubles.stream().map(each -> each.recipient().address()).toList())
        .setCause(first)
        .log("not-delivered-yet");
    troubles.forEach(trouble ->
        fates.later(trouble.recipient(), "the mailbox cannot be used: " + trouble.why()));
    return fates;
  }

  /// By what the directory says of the recipient's address, or of the one that it leads to. An
  /// account that was there a moment ago may be `gone`: then its user was deleted, or has another
  /// one by now, since it was restored from a backup.
  private void settle(
      Recipient recipient,
      MailAddress address,
      Optional<AccountId> gone,
      Delivery delivery,
      Fates fates) {
    switch (directory.resolve(address)) {
      case Resolution.Mailbox mailbox -> {
        AccountId account = mailbox.user().account();
        if (gone.equals(Optional.of(account))) {
          throw new StorageUnavailable("Account " + account + " is not there");
        }
        try {
          delivery.to(recipient, mailbox, fates);
        } catch (MailboxException.AccountGone _) {
          settle(recipient, address, Optional.of(account), delivery, fates);
        }
      }
      case Resolution.Disabled _ -> disabled(recipient, fates);
      case Resolution.NoSuchUser _ -> fates.failed(recipient, "5.1.1", "Nobody has this address");
      case Resolution.NotLocal _ ->
          fates.failed(recipient, "5.3.5", "Mail for this domain does not end here");
      // Its user may have got another name while the mail waited here.
      case Resolution.Alias _ ->
          directory
              .behind(address)
              .ifPresentOrElse(
                  login -> settle(recipient, login, gone, delivery, fates),
                  () ->
                      fates.failed(
                          recipient,
                          "5.3.5",
                          "The address stands for others and was not expanded"));
      case Resolution.Listed _ ->
          fates.failed(recipient, "5.3.5", "The chain has no step for mailing lists");
    }
  }

  /// As at the door (450), where the other server would try again for some time.
  private void disabled(Recipient recipient, Fates fates) {
    Instant received = fates.mail().origin().received();
    if (!fates.isOwnReport() && !clock.instant().isBefore(received.plus(repeated))) {
      fates.refused(recipient, "5.2.1", "The mailbox does not receive mail now", clock.instant());
    } else {
      fates.later(recipient, "the mailbox does not receive mail now");
    }
  }

  private Account account(Resolution.Mailbox mailbox) {
    AccountId id = mailbox.user().account();
    return accounts.find(id).orElseThrow(() -> new MailboxException.AccountGone(id));
  }

  /// Accounts know what they have got.
  @Override
  public boolean repeatable() {
    return true;
  }

  private void deliver(
      Mail mail,
      SpooledMessage message,
      Recipient recipient,
      Resolution.Mailbox mailbox,
      Fates fates,
      Deliveries deliveries) {
    Account account = account(mailbox);
    String folderName = target.name(account, mailbox).value();
    SpooledMessage.Placed placed = message.place(TraceLines.atDelivery(mail, recipient.address()));
    var email = new NewEmail(placed.content(), placed.prefix(), flags, clock.instant());
    var actor = new Actor("delivery", "spool", mail.id().value());
    try {
      AccountDraft.Delivered delivered =
          account.change(
              actor,
              draft -> {
                MailboxId folder = target.in(account, draft, mailbox);
                return draft.deliver(
                    folder,
                    email,
                    mail.id(),
                    same.key(mail, recipient.address()),
                    same.what(mail, message, mailbox, folder));
              });
      fates.done(recipient);
      String name = recipient.address().toString();
      switch (delivered) {
        case NOW -> deliveries.into(folderName, name);
        case BEFORE -> deliveries.before(name);
        case SHARED -> deliveries.shared(name);
      }
    } catch (MailboxException refusal) {
      refused(recipient, refusal, fates);
    }
  }

  private void refused(Recipient recipient, MailboxException refusal, Fates fates) {
    switch (refusal) {
      case MailboxException.OverQuota _ -> overQuota.apply(recipient, fates, clock.instant());
      case MailboxException.LimitReached _,
          MailboxException.NotPermitted _,
          MailboxException.Forbidden _ ->
          fates.refused(recipient, "5.2.0", String.valueOf(refusal.getMessage()), clock.instant());
      case MailboxException.AccountGone _,
          MailboxException.NotFound _,
          MailboxException.AlreadyExists _,
          MailboxException.HistoryTrimmed _ ->
          throw refusal;
    }
  }

  record Settings(
      @Parameter(
              value =
                  "The folder; it is made if need be. A special use finds the user's own folder for it,"
                      + " whatever its name is. Without it, INBOX.",
              example = "Junk")
          Optional<String> folder,
      @Parameter(
              value = "Whether ann+lists@example.org goes into the folder lists, if there is one.",
              otherwise = "true")
          boolean subAddressing,
      @Parameter(
              value =
                  "What becomes of mail for a full mailbox: it is bounced (5.2.2), or tried again"
                      + " later.",
              otherwise = "bounce")
          OverQuota overQuota,
      @Parameter(
              "How the message is marked: seen, flagged, answered, or a keyword such as $Invoice.")
          List<String> flags) {
    private static final List<String> SYSTEM = List.of("seen", "flagged", "answered");

    Settings {
      try {
        var _ = Flags.of(flags.stream().map(Settings::flag).toList());
      } catch (IllegalArgumentException e) {
        throw new ParameterException("parameter 'flags': " + e.getMessage());
      }
    }

    private static String flag(String word) {
      String lower = word.toLowerCase(Locale.ROOT);
      return SYSTEM.contains(lower) ? "\\" + lower : word;
    }
  }

  static final class Factory implements MailetFactory<Settings> {
    private final Rooms rooms;

    Factory(Rooms rooms) {
      this.rooms = rooms;
    }

    @Override
    public String name() {
      return "ToMailbox";
    }

    @Override
    public String summary() {
      return "Delivers into the mailboxes of the recipients.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new ToMailbox(rooms, settings);
    }
  }
}
