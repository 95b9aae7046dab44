package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.content.CopyMarks;
import org.posthorn.mailets.list.MailingLists;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.returnpath.ReturnPath;
import org.posthorn.storage.directory.MailingList;

/// Sends the mail to other recipients, who start in the processor `root`. `Redirect` sends it there
/// instead of to its own recipients, `Forward` as a copy while the mail goes on. The message stays
/// the same but for a `Delivered-To` line for each recipient it was redirected for; a mail that has
/// such a line already has gone round: `Redirect` bounces it (what strangers sent goes to the dead
/// letters), `Forward` lets it go on without a copy. `Forward` sends one mail to the same targets
/// once, however often it comes round, and nothing to a target that it goes to anyway; its copies
/// are not forwarded to them again. `sender` is the new envelope sender, `null` none at all;
/// without it the sender stays, but for targets on other servers, where a foreign one becomes an
/// address of ours to which bounces come back (SRS). A mail without a sender, such as a bounce,
/// stays without one: nothing is reported about it, so that no bounce leads to the next. What the
/// sender wants to hear (RFC 3461) goes along with a redirected mail; of a copy nobody hears that
/// it arrived, and what comes back of a mailing list's mail that `Forward` copied does not count
/// against the member.
///
/// ```yaml
/// - match: RecipientIs(support@example.org)
///   mailet: Redirect
///   to: [helpdesk@example.com, archive@example.org]
/// ```
///
/// ```yaml
/// - match: SenderIs(alarm@example.org)
///   mailet: Forward
///   to: oncall@example.net
///   sender: null
/// ```
public final class Redirect implements Mailet {
  /// `null` is nothing in YAML, and a text elsewhere.
  private static final Set<String> NO_SENDER = Set.of("", "null", "<>");

  /// Followed by what the targets are known by.
  private static final String MARK = "forwarded.";

  private final List<MailAddress> targets;
  private final Set<String> targetNames = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  private final Optional<String> sender;
  private final boolean copies;
  private final SendingOn sendingOn;

  private Redirect(Settings settings, boolean copies, SendingOn sendingOn) {
    this.targets = List.copyOf(settings.to);
    this.sender = settings.sender;
    this.copies = copies;
    this.sendingOn = sendingOn;
    targets.forEach(target -> targetNames.add(target.toString()));
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Split(copies ? forwarded(mail) : redirected(mail));
  }

  private List<Outcome.Split.Part> redirected(Mail mail) {
    Set<String> sentOnFor = TraceLines.sentOnFor(mail);
    List<Recipient> here = new ArrayList<>();
    List<Recipient> round = new ArrayList<>();
    for (Recipient recipient : mail.recipients()) {
      (sentOnFor.contains(recipient.address().toString()) ? round : here).add(recipient);
    }
    List<Outcome.Split.Part> parts = new ArrayList<>();
    if (!here.isEmpty()) {
      for (Mail each : sentOn(mail.withRecipients(here), targets)) {
        parts.add(
            new Outcome.Split.Part(
                parts.isEmpty() ? here : List.of(), new Outcome.Route(each, Chain.ROOT)));
      }
    }
    if (!round.isEmpty()) {
      parts.add(TraceLines.circle(mail, round));
    }
    return parts;
  }

  private List<Outcome.Split.Part> forwarded(Mail mail) {
    String mark = MARK + targetsId();
    Set<String> sentOnFor = TraceLines.sentOnFor(mail);
    List<Recipient> some =
        mail.recipients().stream()
            .filter(recipient -> !sentOnFor.contains(recipient.address().toString()))
            .toList();
    List<MailAddress> others = withoutIt(mail);
    List<Outcome.Split.Part> parts = new ArrayList<>();
    if (some.isEmpty() || others.isEmpty() || mail.attributes().containsKey(mark)) {
      parts.add(new Outcome.Split.Part(mail.recipients(), new Outcome.Continue(mail)));
      return parts;
    }
    Mail marked = marked(mail, mark);
    for (Mail each : sentOn(marked.withRecipients(some), others)) {
      parts.add(new Outcome.Split.Part(List.of(), new Outcome.Route(each, Chain.ROOT)));
    }
    parts.add(new Outcome.Split.Part(mail.recipients(), new Outcome.Continue(marked)));
    return parts;
  }

  /// The targets to whom the mail does not go anyway.
  private List<MailAddress> withoutIt(Mail mail) {
    Set<String> with = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    mail.addresses().forEach(address -> with.add(address.toString()));
    return targets.stream().filter(target -> !with.contains(target.toString())).toList();
  }

  /// Short, and the same after a restart.
  private String targetsId() {
    String names = String.join(" ", targetNames).toLowerCase(Locale.ROOT);
    return UUID.nameUUIDFromBytes(names.getBytes(UTF_8)).toString().substring(0, 8);
  }

  private static Mail marked(Mail mail, String mark) {
    try {
      return mail.withAttribute(mark, "yes");
    } catch (IllegalArgumentException _) {
      return mail; // It has as many attributes as it may have.
    }
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  /// The mail for targets here, and that for those elsewhere, as far as they differ.
  private List<Mail> sentOn(Mail mail, List<MailAddress> to) {
    Mail marked = TraceLines.sentOnFor(CopyMarks.forOthers(mail), mail.addresses());
    if (sender.isPresent()) {
      String word = sender.get();
      return List.of(
          marked
              .withSender(
                  NO_SENDER.contains(word) || mail.sender().isEmpty()
                      ? Optional.empty()
                      : MailAddress.parse(word))
              .withRecipients(to.stream().map(Recipient::of).toList()));
    }
    Mail sent = marked.withSender(copies ? withoutMember(mail) : mail.sender());
    List<Mail> mails = new ArrayList<>();
    for (boolean elsewhere : List.of(false, true)) {
      List<Recipient> some =
          to.stream()
              .filter(target -> sendingOn.isElsewhere(target) == elsewhere)
              .map(target -> SendingOn.target(target, mail.recipients(), !copies))
              .toList();
      if (!some.isEmpty()) {
        mails.add(
            (elsewhere ? sent.withSender(senderElsewhere(mail, sent)) : sent).withRecipients(some));
      }
    }
    return mails;
  }

  /// A member of a list has its mail here, whatever becomes of a copy: what comes back of that must
  /// not count against the member who stands in the return path.
  private Optional<MailAddress> withoutMember(Mail mail) {
    boolean namesOne =
        mail.sender()
            .filter(sender -> sendingOn.returnPaths().read(sender) instanceof ReturnPath.ForOne)
            .isPresent();
    return MailingLists.listOf(mail)
        .filter(_ -> namesOne)
        .flatMap(sendingOn.directory().lists()::find)
        .map(list -> list.address(MailingList.Role.BOUNCES))
        .or(mail::sender);
  }

  /// In the name of the first recipient of `mail` whose domain is ours.
  private Optional<MailAddress> senderElsewhere(Mail mail, Mail sent) {
    return mail.addresses().stream()
        .filter(address -> !sendingOn.isElsewhere(address))
        .findFirst()
        .or(() -> mail.addresses().stream().findFirst())
        .flatMap(address -> sendingOn.sender(sent, address));
  }

  record Settings(
      @Parameter(value = "Where the mail goes.", min = 1, example = "helpdesk@example.com")
          List<MailAddress> to,
      @Parameter(
              value =
                  "The new envelope sender, or null for none at all. Without it the sender stays."
                      + " Mail without a sender never gets one.",
              example = "null")
          Optional<String> sender) {
    Settings {
      if (sender.filter(word -> !isSender(word)).isPresent()) {
        throw new ParameterException(
            "parameter 'sender' is '%s', but should be an address or null"
                .formatted(sender.orElseThrow()));
      }
    }

    private static boolean isSender(String word) {
      return NO_SENDER.contains(word) || MailAddress.parse(word).isPresent();
    }
  }

  static final class Factory implements MailetFactory<Settings> {
    private final boolean copies;
    private final SendingOn sendingOn;

    Factory(boolean copies, SendingOn sendingOn) {
      this.copies = copies;
      this.sendingOn = sendingOn;
    }

    @Override
    public String name() {
      return copies ? "Forward" : "Redirect";
    }

    @Override
    public String summary() {
      return copies ? "Sends a copy elsewhere." : "Sends the mail elsewhere instead.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Redirect(settings, copies, sendingOn);
    }
  }
}
