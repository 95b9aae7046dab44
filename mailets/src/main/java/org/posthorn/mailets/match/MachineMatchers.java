package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailets.auth.Notes;
import org.posthorn.message.HeaderField;

/// Matchers for mail that no person wrote to the recipient.
public final class MachineMatchers {
  private static final Set<String> AUTOMATIC = Set.of("bulk", "junk", "list", "auto_reply");

  /// RFC 3834 §2, and what is common.
  private static final Pattern MACHINE =
      Pattern.compile(
          "(?i)(?:owner-.*|.*-(?:request|owner|bounces?|return)|mailer-daemon|postmaster|listserv|"
              + "majordomo|.*no-?reply.*|do-?not-?reply.*)");

  private MachineMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(isFromList(), isAutomatic());
  }

  /// Mail that a mailing list sent, by its List-Id (RFC 2919), List-Post (RFC 2369) or `Precedence:
  /// list`: `IsFromList`. Newsletters that only have List-Unsubscribe are not meant.
  private static MatcherFactory<?> isFromList() {
    return Shipped.ofMails(
        "IsFromList",
        "Mail that a mailing list sent.",
        NoParameters.class,
        _ -> MachineMatchers::isFromList);
  }

  private static boolean isFromList(Mail mail) {
    return mail.message().headers().stream()
        .anyMatch(field ->
            switch (key(field.name())) {
              case "list-id", "list-post", "mailing-list" -> true;
              case "precedence" -> key(field.value()).equals("list");
              default -> false;
            });
  }

  /// Mail that must get no automatic answer (RFC 3834 §2): without a sender, made by a machine by
  /// its Auto-Submitted or Precedence, from a list, a report, or with the wish of Exchange to get
  /// none: `IsAutomatic`.
  private static MatcherFactory<?> isAutomatic() {
    return Shipped.ofMails(
        "IsAutomatic",
        "Mail that must get no automatic answer: of machines, lists, without a sender.",
        NoParameters.class,
        _ -> MachineMatchers::isAutomatic);
  }

  /// Whether it must get no automatic answer.
  public static boolean isAutomatic(Mail mail) {
    return mail.sender().isEmpty()
        || isFromList(mail)
        || isReport(mail)
        || mail.message().headers().stream()
            .anyMatch(field -> saysAutomatic(key(field.name()), key(field.value())));
  }

  /// Whether its envelope sender may get an answer that nobody wrote: not a program, not readers of
  /// a newsletter, and nobody whose address somebody else has used.
  public static boolean mayBeAnswered(Mail mail) {
    return mail.sender().filter(one -> !MACHINE.matcher(one.localPart()).matches()).isPresent()
        && !isAutomatic(mail)
        && !mail.attribute(Notes.SPF).equals(Optional.of("fail"))
        && !mail.attribute(Notes.DISPOSITION).equals(Optional.of(Notes.QUARANTINE))
        && mail.message().headers().stream().noneMatch(MachineMatchers::forbids);
  }

  /// Newsletters and lists by whichever field of theirs (RFC 5230 §4.6), and what a filter calls
  /// spam.
  private static boolean forbids(HeaderField field) {
    return key(field.name()).startsWith("list-")
        || field.is("Feedback-ID")
        || (field.is("X-Spam-Flag") && field.value().strip().equalsIgnoreCase("yes"));
  }

  /// Whether it says what became of another mail (RFC 6522).
  public static boolean isReport(Mail mail) {
    var root = mail.message().structure().root();
    return root.isMultipart() && root.subtype().equals("report");
  }

  private static boolean saysAutomatic(String name, String value) {
    return switch (name) {
      case "auto-submitted" -> !value.replaceFirst("[;( \t].*", "").equals("no");
      case "precedence" -> AUTOMATIC.contains(value);
      case "x-auto-response-suppress" ->
          value.contains("all") || value.contains("oof") || value.contains("autoreply");
      case "x-autoreply", "x-autorespond" -> !value.equals("no");
      default -> false;
    };
  }

  private static String key(String text) {
    return text.strip().toLowerCase(Locale.ROOT);
  }
}
