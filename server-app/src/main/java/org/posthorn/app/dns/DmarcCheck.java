package org.posthorn.app.dns;

import static org.posthorn.app.dns.Finding.State.ADVICE;
import static org.posthorn.app.dns.Finding.State.MISSING;
import static org.posthorn.app.dns.Finding.State.RIGHT;
import static org.posthorn.app.dns.Finding.State.WRONG;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.DkimSyntaxException;
import org.posthorn.senderauth.dkim.TagList;
import org.posthorn.senderauth.dmarc.Authors;
import org.posthorn.senderauth.dmarc.Dmarc;
import org.posthorn.senderauth.dmarc.DmarcResult.Applied;

/// What is to be said about the DMARC policy of a domain: its own, or that of a domain above it
/// (RFC 9989 §4.10).
record DmarcCheck(Domain domain, Dns dns) {
  /// `found`: what stands at `_dmarc.`
  Finding of(List<String> found) {
    if (found.size() > 1) {
      return finding(WRONG, String.join(" | ", found), "keep one of them");
    }
    return found.isEmpty() ? inherited() : own(found.getFirst());
  }

  private Finding own(String record) {
    return switch (tag(record, "p")) {
      case "reject", "quarantine" -> reports(record);
      case "none" ->
          finding(ADVICE, record, "p=none only watches: p=quarantine when the reports are clean");
      default -> finding(WRONG, record, "p= must be none, quarantine or reject");
    };
  }

  private Finding reports(String record) {
    String rua = tag(record, "rua");
    if (rua.isEmpty() || rua.contains("mailto:")) {
      return finding(RIGHT, record, "");
    }
    return finding(
        ADVICE, record, "reports are sent by mail only: rua=mailto:postmaster@" + domain.ascii());
  }

  private Finding inherited() {
    Optional<Applied> above =
        new Dmarc(dns, () -> 0)
            .check(
                new Authors(List.of(domain.ascii()), ""),
                new Dmarc.Passed(Optional.empty(), List.of()))
            .applied();
    return above
        .map(policy ->
            finding(
                ADVICE,
                "",
                "the policy of %s counts here too (%s): publish one only if it should be another"
                    .formatted(policy.domain(), policy.record().subdomains().word())))
        .orElseGet(() -> finding(MISSING, "", "publish it as  posthorn dns show  prints it"));
  }

  private Finding finding(Finding.State state, String found, String todo) {
    return new Finding("DMARC", "_dmarc." + domain, "TXT", state, found, todo);
  }

  private static String tag(String record, String tag) {
    try {
      return TagList.read(record).find(tag).orElse("").toLowerCase(Locale.ROOT);
    } catch (DkimSyntaxException _) {
      return "";
    }
  }
}
