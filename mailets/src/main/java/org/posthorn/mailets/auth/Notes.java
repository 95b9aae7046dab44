package org.posthorn.mailets.auth;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.Mail;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.senderauth.iprev.ReverseName;
import org.posthorn.senderauth.results.MethodResult;
import org.posthorn.senderauth.spf.SpfCode;
import org.posthorn.senderauth.spf.SpfResult;

/// The attributes of a mail in which the gate says what it has found, for itself at a later stage,
/// for matchers and for whoever looks into the queue.
public final class Notes {
  public static final String SPF = "auth.spf";
  public static final String DKIM = "auth.dkim";
  public static final String DMARC = "auth.dmarc";
  public static final String ARC = "auth.arc";
  public static final String IPREV = "auth.iprev";

  /// Domains whose signatures are right, with spaces between them.
  public static final String SIGNERS = "auth.signers";

  /// The domain of the author by which DMARC judged.
  public static final String AUTHOR = "auth.author";

  /// `quarantine` where the mail belongs into Junk.
  public static final String DISPOSITION = "auth.disposition";

  public static final String QUARANTINE = "quarantine";

  private static final String SPF_DOMAIN = "auth.spf-domain";
  private static final String SPF_REASON = "auth.spf-reason";
  private static final String SPF_IDENTITY = "auth.spf-identity";
  private static final String IPREV_NAME = "auth.iprev-name";

  private Notes() {}

  static Map<String, String> atMail(SpfResult spf, ReverseName name) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(SPF, spf.code().word());
    notes.put(SPF_DOMAIN, spf.domain());
    notes.put(SPF_REASON, spf.reason());
    notes.put(SPF_IDENTITY, spf.identity().name());
    notes.put(IPREV, name.result());
    name.name().ifPresent(text -> notes.put(IPREV_NAME, text));
    return notes;
  }

  /// What SPF found when the mail began; empty if it was not asked.
  static Optional<SpfResult> spf(Map<String, String> notes, InetAddress client) {
    String code = notes.get(SPF);
    String identity = notes.get(SPF_IDENTITY);
    if (code == null || identity == null) {
      return Optional.empty();
    }
    for (SpfCode each : SpfCode.values()) {
      if (each.word().equals(code)) {
        return Optional.of(
            new SpfResult(
                SpfResult.Identity.valueOf(identity),
                notes.getOrDefault(SPF_DOMAIN, ""),
                client,
                each,
                notes.getOrDefault(SPF_REASON, ""),
                Optional.empty()));
      }
    }
    return Optional.empty();
  }

  static Optional<ReverseName> reverseName(Map<String, String> notes, InetAddress client) {
    return Optional.ofNullable(notes.get(IPREV))
        .map(result -> new ReverseName(client, result, Optional.ofNullable(notes.get(IPREV_NAME))));
  }

  static Map<String, String> of(List<DkimResult> signatures, DmarcResult dmarc) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(DKIM, best(signatures));
    notes.put(SIGNERS, String.join(" ", signers(signatures)));
    notes.put(DMARC, dmarc.outcome().word());
    if (!dmarc.author().isEmpty()) {
      notes.put(AUTHOR, dmarc.author());
    }
    return notes;
  }

  /// What another server of ours has found. Whether it belongs into Junk is not in them.
  static Map<String, String> ofRelay(List<MethodResult> results) {
    Map<String, String> notes = new LinkedHashMap<>();
    for (MethodResult result : results) {
      switch (result.method()) {
        case "spf", "dmarc", "arc", "iprev" ->
            notes.putIfAbsent("auth." + result.method(), result.result());
        case "dkim" -> {
          if (result.passed() || !notes.containsKey(DKIM)) {
            notes.put(DKIM, result.result());
          }
        }
        default -> {}
      }
    }
    String signers =
        results.stream()
            .filter(result -> result.method().equals("dkim") && result.passed())
            .flatMap(result -> result.property("header", "d").stream())
            .distinct()
            .collect(Collectors.joining(" "));
    notes.put(SIGNERS, signers);
    author(results).ifPresent(author -> notes.put(AUTHOR, author));
    return notes;
  }

  /// The author by whom DMARC judged.
  static Optional<String> author(List<MethodResult> results) {
    return results.stream()
        .filter(result -> result.method().equals("dmarc"))
        .findFirst()
        .flatMap(result -> result.property("header", "from"))
        .flatMap(from -> Domain.parse(from.substring(from.lastIndexOf('@') + 1)))
        .map(Domain::ascii);
  }

  /// Whether DMARC has passed for exactly these domains of authors.
  public static boolean isProven(Mail mail, List<String> authors) {
    return mail.attribute(DMARC).equals(Optional.of("pass"))
        && mail.attribute(AUTHOR).map(List::of).equals(Optional.of(authors));
  }

  static List<String> signers(List<DkimResult> signatures) {
    return signers(signatures, DkimResult.Pass.class);
  }

  /// The domains of the signatures of which that became.
  static List<String> signers(List<DkimResult> signatures, Class<? extends DkimResult> what) {
    return signatures.stream()
        .filter(what::isInstance)
        .flatMap(result -> result.claim().stream())
        .map(signature -> signature.domain().ascii())
        .distinct()
        .toList();
  }

  /// `pass` if one is right, else what became of the first.
  private static String best(List<DkimResult> signatures) {
    if (signatures.isEmpty()) {
      return "none";
    }
    return signatures.stream().anyMatch(DkimResult.Pass.class::isInstance)
        ? "pass"
        : signatures.getFirst().word();
  }
}
