package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailets.auth.Notes;
import org.posthorn.message.Domain;

/// Matchers by what the gate `SenderAuth` has found about a mail. Mail that it did not look at,
/// such as that of our own users, is chosen by none of them.
final class AuthMatchers {
  private AuthMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(
        byResult("SpfIs", "Mail whose result of SPF is one of these.", Notes.SPF),
        byResult("DkimIs", "Mail whose best result of DKIM is one of these.", Notes.DKIM),
        byResult("DmarcIs", "Mail whose result of DMARC is one of these.", Notes.DMARC),
        byResult("ArcIs", "Mail whose chain of seals is so.", Notes.ARC),
        byResult("IprevIs", "Mail whose client's name was so.", Notes.IPREV),
        isSignedBy(),
        isQuarantined());
  }

  record Results(
      @Parameter(value = "Results, in the words of the header field.", example = "fail")
          List<String> results) {}

  /// `DmarcIs(fail, temperror)`.
  private static MatcherFactory<?> byResult(String name, String summary, String note) {
    return Shipped.ofMails(
        name,
        summary,
        Results.class,
        settings -> {
          Set<String> wanted =
              settings.results.stream()
                  .map(word -> word.toLowerCase(Locale.ROOT))
                  .collect(Collectors.toSet());
          return mail -> wanted.contains(mail.attributes().getOrDefault(note, ""));
        });
  }

  record Signers(
      @Parameter(value = "Domains, each with all below it.", example = "example.com")
          List<Domain> domains) {}

  /// Mail with a right signature of one of these domains: `DkimSignedBy(example.com)`.
  private static MatcherFactory<?> isSignedBy() {
    return Shipped.ofMails(
        "DkimSignedBy",
        "Mail with a right DKIM signature of one of these domains.",
        Signers.class,
        settings ->
            mail ->
                signers(mail).stream()
                    .anyMatch(signer ->
                        settings.domains.stream()
                            .anyMatch(domain -> isBelow(signer, domain.ascii()))));
  }

  private static List<String> signers(Mail mail) {
    return List.of(mail.attributes().getOrDefault(Notes.SIGNERS, "").split(" ", -1));
  }

  private static boolean isBelow(String name, String domain) {
    return name.equals(domain) || name.endsWith("." + domain);
  }

  record Nothing() {}

  /// Mail that belongs into Junk, because its author's domain wants it so, or the operator.
  private static MatcherFactory<?> isQuarantined() {
    return Shipped.ofMails(
        "IsQuarantined",
        "Mail that belongs into Junk by the gate SenderAuth.",
        Nothing.class,
        _ -> mail -> Notes.QUARANTINE.equals(mail.attributes().get(Notes.DISPOSITION)));
  }
}
