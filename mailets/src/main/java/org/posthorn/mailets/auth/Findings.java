package org.posthorn.mailets.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.arc.ArcResult;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.senderauth.dmarc.DmarcPolicy;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.senderauth.iprev.ReverseName;
import org.posthorn.senderauth.results.AuthenticationResults;
import org.posthorn.senderauth.results.MethodResult;
import org.posthorn.senderauth.spf.ReceivedSpf;
import org.posthorn.senderauth.spf.SpfResult;

/// All that was found about one message.
record Findings(
    Visitor visitor,
    IncomingMail mail,
    Optional<ReverseName> reverseName,
    Optional<SpfResult> spf,
    List<DkimResult> signatures,
    ArcResult chain,
    DmarcResult dmarc) {
  Findings {
    signatures = List.copyOf(signatures);
  }

  /// The fields that say it, and whether the mail goes into Junk: another server of ours may read
  /// them.
  List<HeaderField> headers(String authservId, SenderAuthSettings settings, boolean quarantined) {
    List<HeaderField> fields = new ArrayList<>();
    if (settings.receivedSpf() && spf.isPresent()) {
      String sender = mail.sender().map(MailAddress::toString).orElse("");
      fields.add(
          new HeaderField(
              ReceivedSpf.NAME,
              ReceivedSpf.value(spf.get(), authservId, sender, visitor.helo().orElse(""))));
    }
    fields.add(
        new HeaderField(
            AuthenticationResults.NAME,
            new AuthenticationResults(authservId, all(quarantined)).value()));
    return fields;
  }

  private List<MethodResult> all(boolean quarantined) {
    List<MethodResult> all = new ArrayList<>();
    reverseName.ifPresent(name -> all.add(name.toMethodResult()));
    all.addAll(checks());
    if (signatures.isEmpty()) {
      all.add(MethodResult.of("dkim", "none", ""));
    }
    if (!(chain instanceof ArcResult.None)) {
      all.add(chain.methodResult());
    }
    all.add(Policy.withDisposition(dmarc, quarantined));
    return all;
  }

  private List<MethodResult> checks() {
    List<MethodResult> checks = new ArrayList<>();
    spf.ifPresent(result -> checks.add(result.toMethodResult()));
    signatures.forEach(signature -> checks.add(signature.methodResult()));
    return checks;
  }

  /// For the report to the author's domain.
  DmarcObserver.Judged judged(DmarcPolicy applied, DmarcObserver.Exemption exemption) {
    return new DmarcObserver.Judged(
        visitor.remote(),
        mail.sender().map(sender -> sender.domain().ascii()).orElse(""),
        dmarc,
        checks(),
        applied,
        exemption);
  }

  /// In a line of the log: `spf=pass dkim=none dmarc=fail (neither SPF nor DKIM passed)`.
  String inShort() {
    Map<String, String> notes = Notes.of(signatures, dmarc);
    return "spf=%s dkim=%s dmarc=%s%s%s"
        .formatted(
            spf.map(result -> result.code().word()).orElse("none"),
            notes.get(Notes.DKIM),
            dmarc.outcome().word(),
            dmarc.author().isEmpty() ? "" : " for " + dmarc.author(),
            dmarc.reason().isEmpty() ? "" : " (" + dmarc.reason() + ")");
  }
}
