package org.posthorn.mailets;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.returnpath.ReturnPath;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Expansion;
import org.posthorn.storage.directory.Resolution;

/// Replaces recipients that are aliases by those that they stand for, however many steps that
/// takes. What the sender asked for (RFC 3461) goes with them, and the alias stays on record as the
/// original recipient. A mail that is sent on to other servers gets a `Delivered-To` line with the
/// alias, and a foreign sender becomes an address of ours to which bounces come back (SRS); one
/// that comes back with that line has gone round and is refused at the door, or bounced. Such an
/// address of ours is replaced by the sender that it stands for; the return path of a list's mail
/// ([org.posthorn.mailets.list.MailingLists], [Verp]) stays as it is, whoever catches what is for
/// nobody.
///
/// ```yaml
/// - mailet: Aliases
/// ```
public final class Aliases implements Mailet {
  private final Directory directory;
  private final SendingOn sendingOn;

  private Aliases(SendingOn sendingOn) {
    this.directory = sendingOn.directory();
    this.sendingOn = sendingOn;
  }

  @Override
  public Outcome service(Mail mail) {
    if (mail.recipients().stream().noneMatch(this::becomesOthers)) {
      return new Outcome.Continue(mail);
    }
    var fates = new Fates(mail);
    Set<String> sentOnFor = TraceLines.sentOnFor(mail);
    Map<MailAddress, List<Recipient>> elsewhere = new LinkedHashMap<>();
    for (Recipient recipient : mail.recipients()) {
      MailAddress address = recipient.address();
      if (path(recipient) instanceof ReturnPath.SentOn(MailAddress original)) {
        fates.goesOnAs(recipient, List.of(recipient.withAddress(original)));
      } else if (!isAlias(recipient)) {
        fates.goesOnAs(recipient, List.of(recipient));
      } else if (sentOnFor.contains(address.toString())) {
        fates.circles(recipient);
      } else {
        expand(recipient, fates, elsewhere);
      }
    }
    sendOn(mail, elsewhere).forEach(fates::goesOnToo);
    return fates.outcome("");
  }

  /// Those that get the same sender get the same mail, so that it leaves as one.
  private List<Mail> sendOn(Mail mail, Map<MailAddress, List<Recipient>> elsewhere) {
    Map<Optional<MailAddress>, List<MailAddress>> aliases = new LinkedHashMap<>();
    for (MailAddress alias : elsewhere.keySet()) {
      aliases.computeIfAbsent(sendingOn.sender(mail, alias), _ -> new ArrayList<>()).add(alias);
    }
    List<Mail> mails = new ArrayList<>();
    aliases.forEach((sender, names) -> {
      Map<MailAddress, List<Recipient>> targets = new LinkedHashMap<>();
      names.stream()
          .flatMap(name -> elsewhere.getOrDefault(name, List.of()).stream())
          .forEach(target ->
              targets.computeIfAbsent(target.address(), _ -> new ArrayList<>()).add(target));
      mails.add(
          TraceLines.sentOnFor(mail, names)
              .withSender(sender)
              .withRecipients(targets.values().stream().map(Aliases::one).toList()));
    });
    return mails;
  }

  /// What several aliases made of one target; of those to whom the sender wrote, a report names the
  /// first.
  private static Recipient one(List<Recipient> same) {
    Recipient first = same.getFirst();
    if (same.size() == 1) {
      return first;
    }
    Recipient all =
        new Recipient(
            first.address(),
            first.originalRecipient(),
            SendingOn.target(first.address(), same, true).notifications());
    return same.stream()
        .flatMap(each -> each.failure().stream())
        .findFirst()
        .map(all::withFailure)
        .orElse(all);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  private boolean becomesOthers(Recipient recipient) {
    return isAlias(recipient) || path(recipient) instanceof ReturnPath.SentOn;
  }

  /// A catch-all would catch the bounces of every list in its domain.
  private boolean isAlias(Recipient recipient) {
    return directory.resolve(recipient.address()) instanceof Resolution.Alias
        && !(path(recipient) instanceof ReturnPath.ForOne);
  }

  private ReturnPath path(Recipient recipient) {
    return sendingOn.returnPaths().read(recipient.address());
  }

  private void expand(Recipient alias, Fates fates, Map<MailAddress, List<Recipient>> elsewhere) {
    Expansion expansion = directory.expand(alias.address());
    List<Recipient> targets = new ArrayList<>();
    expansion
        .mailboxes()
        .forEach(mailbox -> targets.add(target(alias, directory.address(mailbox))));
    // Who may not receive now may do so later: it waits at the mailbox.
    expansion.disabled().forEach(user -> targets.add(target(alias, user.login())));
    expansion.lists().forEach(list -> targets.add(target(alias, list)));
    if (!expansion.remote().isEmpty()) {
      elsewhere.put(
          alias.address(),
          expansion.remote().stream().map(address -> target(alias, address)).toList());
    }
    Optional<Recipient.Failure> failure = failure(expansion);
    if (targets.isEmpty() && expansion.remote().isEmpty()) {
      Recipient.Failure why =
          failure.orElseGet(
              () -> new Recipient.Failure("5.1.1", Optional.empty(), "Nobody has this address"));
      fates.failed(alias, why.status(), why.text());
    } else {
      fates.goesOnAs(alias, targets);
      failure.ifPresent(why -> fates.failedToo(alias, why.status(), why.text()));
    }
  }

  /// What is wrong with some of the targets: in the alias's name, since its targets are nobody
  /// else's business.
  private static Optional<Recipient.Failure> failure(Expansion expansion) {
    if (!expansion.complete()) {
      return Optional.of(
          new Recipient.Failure(
              "5.4.6", Optional.empty(), "The address stands for too many others"));
    }
    if (!expansion.unknown().isEmpty()) {
      return Optional.of(
          new Recipient.Failure(
              "5.1.1", Optional.empty(), "Somebody whom this address stands for does not exist"));
    }
    return Optional.empty();
  }

  private static Recipient target(Recipient alias, MailAddress address) {
    String original = SendingOn.original(alias);
    return new Recipient(address, Optional.of(original), alias.notifications(), alias.failure());
  }

  static final class Factory implements MailetFactory<NoParameters> {
    private final SendingOn sendingOn;

    Factory(SendingOn sendingOn) {
      this.sendingOn = sendingOn;
    }

    @Override
    public String name() {
      return "Aliases";
    }

    @Override
    public String summary() {
      return "Replaces addresses that stand for others.";
    }

    @Override
    public Class<NoParameters> parameters() {
      return NoParameters.class;
    }

    @Override
    public Mailet create(NoParameters none, Services services) {
      return new Aliases(sendingOn);
    }
  }
}
