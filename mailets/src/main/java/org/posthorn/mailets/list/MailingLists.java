package org.posthorn.mailets.list;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ProcessorName;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Reports;
import org.posthorn.spool.Spool;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.returnpath.ReturnPath;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;
import org.posthorn.storage.directory.Resolution;

/// Deals with what is addressed to mailing lists (`posthorn list`): posts, commands, and what comes
/// back from members. Other recipients go on. Posts that wait for a moderator go to the processor
/// `held`, whose only step is this one again and which keeps them.
///
/// ```yaml
/// - match: RecipientIsLocal
///   mailet: MailingLists
///   held: held-posts
///   link: https://lists.example.org/unsubscribe
/// ```
public final class MailingLists implements Mailet {
  /// Of a post that waited, or a part of one.
  static final Outcome LIST_GONE = new Outcome.Finish("a post to a list that is no more");

  private static final String NO_OWNERS = "5.1.1";
  private static final String NO_OWNERS_TEXT = "Nobody runs this list at present";

  private final Directory directory;
  private final ReturnPaths returnPaths;
  private final Reports reports;
  private final Posts posts;
  private final Commands commands;
  private final Bouncing bouncing;
  private final SendingBack sendingBack;

  private MailingLists(
      Directory directory,
      ReturnPaths returnPaths,
      Reports reports,
      Posts posts,
      Commands commands,
      Bouncing bouncing,
      SendingBack sendingBack) {
    this.directory = directory;
    this.returnPaths = returnPaths;
    this.reports = reports;
    this.posts = posts;
    this.commands = commands;
    this.bouncing = bouncing;
    this.sendingBack = sendingBack;
  }

  /// The list of which a mail is a copy, for a member or an archive.
  public static Optional<MailAddress> listOf(Mail mail) {
    return mail.attribute(Posts.COPY).flatMap(MailAddress::parse);
  }

  /// Who had logged in to post what a mail is a copy of.
  public static Optional<MailAddress> loginOf(Mail mail) {
    return mail.attribute(Posts.LOGIN).flatMap(MailAddress::parse);
  }

  /// Whether the From of a copy is the list's own address, written by it.
  public static boolean isFromList(Mail mail) {
    return mail.attribute(ListHeaders.FROM_LIST).isPresent();
  }

  /// For whom a recipient's mail is.
  private sealed interface Addressee {
    record ListRole(MailingList list, Role role, Optional<String> token) implements Addressee {}

    record Returned(MailingList list, MailAddress member) implements Addressee {}

    record Other() implements Addressee {}
  }

  @Override
  public Outcome service(Mail mail) {
    return split(mail, false);
  }

  @Override
  public Outcome rehearse(Mail mail) {
    return split(mail, true);
  }

  /// All that it does outside happens once for each mail, or twice as well as once.
  @Override
  public boolean repeatable() {
    return true;
  }

  private Outcome split(Mail mail, boolean rehearsal) {
    List<Recipient> on = new ArrayList<>();
    List<Outcome.Split.Part> parts = new ArrayList<>();
    for (Recipient recipient : mail.recipients()) {
      Addressee addressee = addressee(mail, recipient.address());
      if (addressee instanceof Addressee.Other) {
        if (mail.attributes().containsKey(Posts.HELD)
            || mail.attributes().containsKey(Posts.PART)) {
          parts.add(new Outcome.Split.Part(List.of(recipient), LIST_GONE));
        } else {
          on.add(recipient);
        }
      } else {
        Mail own = mail.withRecipients(List.of(recipient));
        parts.add(
            new Outcome.Split.Part(
                List.of(recipient),
                rehearsal ? rehearsed(own, addressee) : outcome(own, addressee)));
      }
    }
    if (parts.isEmpty()) {
      return new Outcome.Continue(mail);
    }
    if (!on.isEmpty()) {
      parts.add(new Outcome.Split.Part(on, new Outcome.Continue(mail.withRecipients(on))));
    }
    return new Outcome.Split(parts);
  }

  /// A post that waits belongs to the list that knows it, whatever the address that it was written
  /// to means by now: a second name of the domain may have ended, or be a domain of its own.
  private Addressee addressee(Mail mail, MailAddress address) {
    Addressee found = addressee(address);
    String token = mail.attributes().get(Posts.HELD);
    ListBook lists = directory.lists();
    if (token == null
        || (found instanceof Addressee.ListRole(var list, _, _)
            && lists.desk().held(list, token).isPresent())) {
      return found;
    }
    return directory.domains().all().stream()
        .flatMap(info -> lists.of(info.domain()).stream())
        .filter(list -> lists.desk().held(list, token).isPresent())
        .findFirst()
        .<Addressee>map(list -> new Addressee.ListRole(list, Role.POST, Optional.empty()))
        .orElse(found);
  }

  private Addressee addressee(MailAddress address) {
    if (returnPaths.read(address) instanceof ReturnPath.ForOne(String name, MailAddress member)) {
      return directory
          .lists()
          .byId(address.domain(), name)
          .<Addressee>map(list -> new Addressee.Returned(list, member))
          .orElseGet(Addressee.Other::new);
    }
    return directory.resolve(address) instanceof Resolution.Listed(var list, var role, var token)
        ? new Addressee.ListRole(list, role, token)
        : new Addressee.Other();
  }

  private Outcome outcome(Mail mail, Addressee addressee) {
    return switch (addressee) {
      case Addressee.Returned(var list, var member) -> bouncing.service(mail, list, member);
      case Addressee.ListRole to -> outcome(mail, to.list(), to.role(), to.token());
      case Addressee.Other() -> new Outcome.Continue(mail);
    };
  }

  private Outcome outcome(Mail mail, MailingList list, Role role, Optional<String> token) {
    return switch (role) {
      case POST -> posts.service(mail, list);
      case OWNER ->
          toOwners(mail, list)
              .orElseGet(() -> sendingBack.refused(mail, list, NO_OWNERS, NO_OWNERS_TEXT));
      case BOUNCES -> new Outcome.Finish("a bounce that names no member");
      case REQUEST, SUBSCRIBE, UNSUBSCRIBE, CONFIRM, APPROVE, REJECT ->
          command(mail, list, role, token);
    };
  }

  /// For the sender it has arrived (RFC 3461 §5.2.7.1), whatever the list makes of it.
  private Outcome command(Mail mail, MailingList list, Role role, Optional<String> token) {
    Outcome done = commands.service(mail, list, role, token);
    var _ = reports.delivered(mail, mail.recipients());
    return done;
  }

  private Outcome rehearsed(Mail mail, Addressee addressee) {
    return switch (addressee) {
      case Addressee.Returned(_, var member) ->
          new Outcome.Finish("counted as a bounce of " + member);
      case Addressee.ListRole(var list, var role, _) ->
          switch (role) {
            case POST -> posts.rehearse(mail, list);
            case OWNER ->
                toOwners(mail, list)
                    .orElseGet(() -> SendingBack.rehearsed(mail, NO_OWNERS, NO_OWNERS_TEXT));
            case BOUNCES, REQUEST, SUBSCRIBE, UNSUBSCRIBE, CONFIRM, APPROVE, REJECT ->
                new Outcome.Finish("a command to " + list.address());
          };
      case Addressee.Other() -> new Outcome.Continue(mail);
    };
  }

  /// To the people who run the list, if any are still there. Whoever wrote hears when one of them
  /// cannot be reached: it may be the only one.
  private Optional<Outcome> toOwners(Mail mail, MailingList list) {
    if (ListHeaders.hasBeenTo(mail, list)
        || ListHeaders.hasBeenToOwners(mail, list)
        || mail.sender().isEmpty()) {
      return Optional.of(new Outcome.Finish("nothing that the owners of a list should read"));
    }
    List<Recipient> owners =
        list.settings().moderators().stream()
            .filter(one -> !(directory.resolve(one) instanceof Resolution.NoSuchUser))
            .map(one -> owner(mail.recipients().getFirst(), one))
            .toList();
    if (owners.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Outcome.Route(
            mail.withRecipients(owners)
                .withSender(senderToOwners(mail, list, owners))
                .withMessage(ListHeaders.toOwners(mail.message(), list)),
            Chain.ROOT));
  }

  /// What the sender asked for stays (RFC 3461 §5.2.7).
  private static Recipient owner(Recipient asked, MailAddress owner) {
    String original = asked.originalRecipient().orElseGet(() -> "rfc822;" + asked.address());
    return new Recipient(owner, Optional.of(original), asked.notifications());
  }

  /// A foreign one becomes an address of ours (SRS) when the mail leaves us.
  private Optional<MailAddress> senderToOwners(
      Mail mail, MailingList list, List<Recipient> owners) {
    boolean leaves =
        owners.stream().anyMatch(owner -> !directory.isLocal(owner.address().domain()));
    boolean isForeign =
        mail.sender().filter(sender -> !directory.isLocal(sender.domain())).isPresent();
    return leaves && isForeign && returnPaths.config().srs()
        ? mail.sender()
            .flatMap(sender -> returnPaths.sendingOn(sender, srsDomain(list)))
            .or(mail::sender)
        : mail.sender();
  }

  private Domain srsDomain(MailingList list) {
    return returnPaths.config().srsDomain().flatMap(Domain::parse).orElse(list.address().domain());
  }

  record Settings(
      @Parameter(
              value =
                  "Where posts wait for a moderator: a processor whose only step is this mailet,"
                      + " and which keeps what comes to its end.",
              example = "held-posts")
          ProcessorName held,
      @Parameter(
              value =
                  "The beginning of links that unsubscribe with one click (RFC 8058), on a web"
                      + " server of yours that hands them on to the admin API. Default: this"
                      + " server's own page, where `web` is configured.",
              example = "https://lists.example.org/unsubscribe")
          Optional<URI> link) {
    Settings {
      if (link.filter(uri -> "https".equals(uri.getScheme())).isEmpty() && link.isPresent()) {
        throw new ParameterException("parameter 'link' begins with https:// (RFC 8058)");
      }
    }
  }

  /// Makes it of the server's rooms.
  public static final class Factory implements MailetFactory<Settings> {
    private final Directory directory;
    private final ReturnPaths returnPaths;
    private final Posts.Copies copies;
    private final Reports reports;
    private final Moderation moderation;
    private final Optional<URI> ownLink;

    /// `ownLink`: where the world reaches our page for leaving a list, if it does.
    public Factory(
        Directory directory,
        ReturnPaths returnPaths,
        Spool spool,
        Reports reports,
        Moderation moderation,
        Optional<URI> ownLink) {
      this.directory = directory;
      this.returnPaths = returnPaths;
      this.copies = spool::derive;
      this.reports = reports;
      this.moderation = moderation;
      this.ownLink = ownLink;
    }

    @Override
    public String name() {
      return "MailingLists";
    }

    @Override
    public String summary() {
      return "Deals with what is addressed to mailing lists.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      var letters = new Letters(services);
      var sendingBack = new SendingBack(letters);
      var logins = new Logins(directory);
      var headers = new ListHeaders(services.dns(), logins, settings.link.or(() -> ownLink));
      return new MailingLists(
          directory,
          returnPaths,
          reports,
          new Posts(
              directory.lists(),
              returnPaths,
              copies,
              reports,
              moderation,
              services,
              new Posters(directory, logins),
              headers,
              letters,
              sendingBack,
              settings.held.value()),
          new Commands(directory.lists(), services, logins, letters, moderation),
          new Bouncing(directory.lists(), services, letters),
          sendingBack);
    }
  }
}
