package org.posthorn.mailets.list;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.auth.Notes;
import org.posthorn.mailets.content.Decoration;
import org.posthorn.mailets.content.Fields;
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;
import org.posthorn.senderauth.dmarc.Authors;
import org.posthorn.senderauth.dmarc.Dmarc;
import org.posthorn.senderauth.dmarc.DmarcPolicy;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.senderauth.dmarc.DmarcResult.Outcome;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.ListSettings;
import org.posthorn.storage.directory.ListSettings.Joining;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;

/// What a list writes into its posts: the fields of RFC 2369, RFC 2919 and RFC 8058, its tag and
/// footer, and another From where the author's domain lets nobody else send in its name.
record ListHeaders(Dns dns, Logins logins, Optional<URI> link) {
  /// On copies whose From we have written: it is the list's own address.
  static final String FROM_LIST = "list.from";

  private static final String DELIVERED_TO = "Delivered-To";

  /// More are not looked up, nor written anew.
  private static final int AUTHORS_MAX = 10;

  /// A post as all members get it.
  Mail post(Mail mail, MailingList list) {
    ListSettings settings = list.settings();
    Mail decorated = mail.withMessage(mail.message().withoutHeaders(ListHeaders::mustGo));
    if (!settings.footer().isBlank()) {
      decorated = Decoration.footed(decorated, settings.footer());
    }
    if (!settings.subjectTag().isBlank()) {
      decorated = Decoration.tagged(decorated, settings.subjectTag().strip());
    }
    decorated = from(decorated, list);
    Message message = decorated.message();
    if (settings.joining() == Joining.OPEN) {
      message = message.withHeader("List-Subscribe", mailto(list.address(Role.SUBSCRIBE)));
    }
    return decorated.withMessage(
        message
            .withHeader("List-Owner", mailto(list.address(Role.OWNER)))
            .withHeader("List-Help", mailto(list.address(Role.REQUEST), "?subject=help"))
            .withHeader(
                "List-Post",
                settings.posting() == ListSettings.Posting.MODERATORS
                    ? "NO"
                    : mailto(list.address()))
            .withHeader("List-Id", id(list))
            .withHeader("Precedence", "list")
            .withHeader(DELIVERED_TO, list.address().toString()));
  }

  /// Fields that speak of another list, or ask readers for something that concerns its author.
  private static boolean mustGo(HeaderField field) {
    return switch (field.name().toLowerCase(Locale.ROOT)) {
      case "list-id",
          "list-post",
          "list-help",
          "list-owner",
          "list-subscribe",
          "list-unsubscribe",
          "list-unsubscribe-post",
          "list-archive",
          "precedence",
          "return-path",
          "errors-to",
          "return-receipt-to",
          "disposition-notification-to",
          "x-confirm-reading-to" ->
          true;
      default -> false;
    };
  }

  private Mail from(Mail mail, MailingList list) {
    List<Author> authors = Author.all(mail);
    Message message = mail.message();
    boolean rewrite = mustRewrite(mail, authors, list);
    boolean toList = list.settings().replyTo() == ListSettings.ReplyTo.LIST;
    if (toList) {
      message = replaced(message, "Reply-To", written(title(list), list.address()));
    } else if (rewrite && !authors.isEmpty() && !saysWhereToReply(message)) {
      message = replaced(message, "Reply-To", written(authors));
    }
    if (!rewrite) {
      return mail.withMessage(message).withoutAttribute(FROM_LIST);
    }
    Optional<String> original =
        authors.isEmpty() ? unreadable(message) : Optional.of(written(authors));
    message = replaced(message, "From", written(called(authors, list), list.address()));
    if (original.isPresent()) {
      message = message.withHeader("X-Original-From", original.get());
    }
    return mail.withMessage(message).withAttribute(FROM_LIST, "yes");
  }

  /// A From that is no address, as it stands there: else nobody could guess who wrote. The marks of
  /// a group have no host.
  private static Optional<String> unreadable(Message message) {
    return Fields.first(message, "From")
        .filter(from -> AddressList.parse(from).stream().anyMatch(one -> one.host().isPresent()))
        .map(Fields::oneLine);
  }

  private static String called(List<Author> authors, MailingList list) {
    if (authors.isEmpty()) {
      return title(list);
    }
    String others = authors.size() == 1 ? "" : " and others";
    return authors.getFirst().called() + others + " via " + title(list);
  }

  /// Where From names several, receivers may judge by any of them; and what nobody can read for
  /// certain they may read as an address of ours.
  private boolean mustRewrite(Mail mail, List<Author> authors, MailingList list) {
    return switch (list.settings().rewriteFrom()) {
      case ALWAYS -> true;
      case NEVER -> false;
      case DMARC ->
          authors.size() > AUTHORS_MAX
              || isOdd(mail, list)
              || authors.stream().map(Author::address).anyMatch(one -> isRisky(mail, one, list));
    };
  }

  /// Where our own domain is one word, as in a house without the DNS, From has one as well.
  private static boolean isOdd(Mail mail, MailingList list) {
    Authors read = Authors.of(mail.message().headers());
    return read.isMalformed()
        && !(read.isOfOneWord() && list.address().domain().ascii().indexOf('.') < 0);
  }

  private boolean isRisky(Mail mail, MailAddress author, MailingList list) {
    return isForged(mail, author, list)
        || (!author.domain().equals(list.address().domain()) && isStrict(author.domain()));
  }

  /// Whether nobody knows that the author is who he says, and receivers would take a copy for a
  /// proof: it comes from the list's domain, and passes SPF for it.
  private boolean isForged(Mail mail, MailAddress author, MailingList list) {
    String domain = author.domain().ascii();
    return !logins.proves(mail, author)
        && !Notes.isProven(mail, List.of(domain))
        && new Dmarc(dns, () -> 0).couldBeAligned(domain, list.address().domain().ascii());
  }

  /// Whether the owner of a domain wants mail refused or put aside that others change on its way;
  /// then a list cannot leave it in `From`. Also true when nobody knows: with another From the mail
  /// arrives in any case.
  private boolean isStrict(Domain author) {
    DmarcResult changed =
        new Dmarc(dns, () -> 0)
            .check(
                new Authors(List.of(author.ascii()), ""),
                new Dmarc.Passed(Optional.empty(), List.of()));
    return changed.asked() != DmarcPolicy.NONE || changed.outcome() == Outcome.TEMPERROR;
  }

  /// What only this member gets: the ways out.
  Message forMember(Message message, MailingList list, ListMember member) {
    String mail = mailto(list.address(Role.UNSUBSCRIBE, member.token()));
    if (link.isEmpty()) {
      return message.withHeader("List-Unsubscribe", mail);
    }
    return message
        .withHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
        .withHeader("List-Unsubscribe", "<" + link(list, member) + ">, " + mail);
  }

  /// Where one click unsubscribes.
  String link(MailingList list, ListMember member) {
    String base = link.orElseThrow().toString();
    return "%s%slist=%s&token=%s"
        .formatted(
            base,
            base.indexOf('?') < 0 ? "?" : "&",
            URLEncoder.encode(list.address().toString(), StandardCharsets.UTF_8),
            member.token());
  }

  /// Whether the mail has been to the list before.
  static boolean hasBeenTo(Mail mail, MailingList list) {
    String id = "<" + idOf(list) + ">";
    return mail.message().headers().stream()
        .anyMatch(field ->
            wasDelivered(field, list.address())
                || (field.is("List-Id") && field.value().toLowerCase(Locale.ROOT).contains(id)));
  }

  /// Whether the mail has been to those who run the list before. They may send it to the list.
  static boolean hasBeenToOwners(Mail mail, MailingList list) {
    return mail.message().headers().stream()
        .anyMatch(field -> wasDelivered(field, list.address(Role.OWNER)));
  }

  /// As those who run the list get it.
  static Message toOwners(Message message, MailingList list) {
    return message.withHeader(DELIVERED_TO, list.address(Role.OWNER).toString());
  }

  private static boolean wasDelivered(HeaderField field, MailAddress to) {
    return field.is(DELIVERED_TO) && field.value().strip().equalsIgnoreCase(to.toString());
  }

  static String title(MailingList list) {
    String title = list.settings().title();
    return title.isBlank() ? list.address().localPart() : title;
  }

  private static String id(MailingList list) {
    String title = list.settings().title();
    return title.isBlank() ? "<" + idOf(list) + ">" : phrase(title) + " <" + idOf(list) + ">";
  }

  private static String idOf(MailingList list) {
    return (list.address().localPart() + "." + list.address().domain().ascii())
        .toLowerCase(Locale.ROOT);
  }

  private static String written(List<Author> authors) {
    return authors.stream()
        .limit(AUTHORS_MAX)
        .map(one -> written(one.name(), one.address()))
        .collect(Collectors.joining(", "));
  }

  /// A name and an address as they stand in a field.
  static String written(String name, MailAddress address) {
    return name.isBlank() ? "<" + address + ">" : phrase(name) + " <" + address + ">";
  }

  /// In quotes where it is ASCII; other words are encoded when the field is written.
  private static String phrase(String name) {
    String plain = name.replaceAll("[\"\\\\<>@,;:()\\[\\]]", " ").replaceAll(" +", " ").strip();
    return plain.chars().allMatch(c -> c < 128) ? '"' + plain + '"' : plain;
  }

  private static String mailto(MailAddress address) {
    return mailto(address, "");
  }

  /// RFC 6068 §2, where a few more characters than these may stand.
  private static String mailto(MailAddress address, String rest) {
    String name = URLEncoder.encode(address.writtenLocalPart(), StandardCharsets.UTF_8);
    return "<mailto:%s@%s%s>".formatted(name.replace("+", "%20"), address.domain().ascii(), rest);
  }

  private static Message replaced(Message message, String name, String value) {
    return message.withoutHeaders(field -> field.is(name)).withHeader(name, value);
  }

  private static boolean saysWhereToReply(Message message) {
    return message.headers().stream()
        .filter(field -> field.is("Reply-To"))
        .flatMap(field -> AddressList.parse(field.value()).stream())
        .anyMatch(one -> Fields.address(one).isPresent());
  }
}
