package org.posthorn.mailets.auth;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.arc.ArcCheck;
import org.posthorn.senderauth.arc.ArcResult;
import org.posthorn.senderauth.arc.ArcVerifier;
import org.posthorn.senderauth.dkim.DkimCheck;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dkim.DkimVerifier;
import org.posthorn.senderauth.dkim.MessagePass;
import org.posthorn.senderauth.dmarc.Authors;
import org.posthorn.senderauth.dmarc.Dmarc;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.senderauth.dmarc.DmarcPolicy;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.senderauth.iprev.ReverseName;
import org.posthorn.senderauth.results.AuthenticationResults;
import org.posthorn.senderauth.results.MethodResult;
import org.posthorn.senderauth.spf.Spf;
import org.posthorn.senderauth.spf.SpfCode;
import org.posthorn.senderauth.spf.SpfResult;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.chain.WritesResults;

/// Checks who a message is from: at MAIL the client's name and SPF, at the end of the message its
/// signatures (DKIM) and whether any of that is for the author's domain (DMARC). Writes all of it
/// on top of the message in `Authentication-Results`, takes away such fields that claim to be ours,
/// and does what the author's domain wants. Of clients that have logged in nothing is checked; only
/// forged fields are taken away.
public final class SenderAuth implements Gate, WritesResults {
  private final Spf spf;
  private final DkimVerifier dkim;
  private final ArcVerifier arc;
  private final Dmarc dmarc;
  private final Services services;
  private final SenderAuthSettings settings;
  private final Policy policy;
  private final String authservId;
  private final DmarcObserver observer;

  private SenderAuth(SenderAuthSettings settings, Services services, DmarcObserver observer) {
    this.spf = new Spf(services.dns(), services.hostname(), services.clock());
    this.dkim = new DkimVerifier(services.dns(), services.clock());
    this.arc = new ArcVerifier(services.dns(), services.clock());
    this.dmarc = new Dmarc(services.dns(), () -> ThreadLocalRandom.current().nextInt(100));
    this.services = services;
    this.settings = settings;
    this.policy = new Policy(settings);
    this.authservId = settings.authservId().orElse(services.hostname());
    this.observer = observer;
  }

  public static final class Factory implements GateFactory<SenderAuthSettings> {
    private final Supplier<DmarcObserver> observer;

    /// The observer is asked for when a gate is made.
    public Factory(Supplier<DmarcObserver> observer) {
      this.observer = observer;
    }

    @Override
    public String name() {
      return "SenderAuth";
    }

    @Override
    public String summary() {
      return "Checks who a message is from (SPF, DKIM, DMARC), and says so on top of it.";
    }

    @Override
    public Class<SenderAuthSettings> parameters() {
      return SenderAuthSettings.class;
    }

    @Override
    public Gate create(SenderAuthSettings settings, Services services) {
      return new SenderAuth(settings, services, observer.get());
    }

    /// Senders choose whose servers are asked, how many, and so how long it takes.
    @Override
    public Duration timeLimit() {
      return Duration.ofSeconds(60);
    }

    /// Unchecked, a forged author and forged results would come in.
    @Override
    public boolean defersOnFailure() {
      return true;
    }
  }

  @Override
  public Verdict sender(Visitor visitor, IncomingMail mail) {
    if (visitor.login().isPresent()) {
      return Verdict.pass();
    }
    if (isIn(settings.relays(), visitor.remote())) {
      return Verdict.tag(NewMail.RELAYED, "yes", "a server of ours");
    }
    ReverseName name = ReverseName.of(visitor.remote(), services.dns());
    SpfResult result = spf(visitor, mail.sender());
    Map<String, String> notes = new LinkedHashMap<>(Notes.atMail(result, name));
    boolean isFail =
        result.code() == SpfCode.FAIL && !isIn(settings.trustedForwarders(), visitor.remote());
    return isFail
        ? policy.onSpfFail(result, notes)
        : new Verdict.Tag(notes, List.of(), said(result));
  }

  private static String said(SpfResult result) {
    return "spf=%s: %s".formatted(result.code().word(), result.reason());
  }

  private SpfResult spf(Visitor visitor, Optional<MailAddress> sender) {
    String helo = visitor.helo().orElse("");
    return sender
        .map(address ->
            spf.mailFrom(visitor.remote(), address.localPart(), address.domain().ascii(), helo))
        .orElseGet(() -> spf.helo(visitor.remote(), helo));
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    if (visitor.login().isPresent()) {
      return without(this::isForged, message, message.headers())
          .<Verdict>map(cleaned -> new Verdict.Change(mail, cleaned, "took a forged result away"))
          .orElse(Verdict.pass());
    }
    if (isIn(settings.relays(), visitor.remote())) {
      return relayed(mail, message, message.headers());
    }
    Signed signed = signed(message);
    Findings findings = findings(visitor, mail, signed);
    return switch (policy.rule(findings)) {
      case Policy.Ruling.Refused(Verdict refusal) -> {
        tell(findings, DmarcPolicy.REJECT, DmarcObserver.Exemption.NO);
        yield refusal;
      }
      // Judged when it comes again, and reported then.
      case Policy.Ruling.Deferred(Verdict deferral) -> deferral;
      case Policy.Ruling.Taken(boolean quarantined, String reason, var exemption) -> {
        tell(findings, quarantined ? DmarcPolicy.QUARANTINE : DmarcPolicy.NONE, exemption);
        Optional<Message> cleaned =
            signed.top.isForged
                ? Optional.of(message.withoutHeaders(this::isForged))
                : Optional.empty();
        yield taken(mail, cleaned, findings, quarantined, reason);
      }
    };
  }

  /// In a dry run the mail is taken, whatever it looks like.
  private void tell(Findings findings, DmarcPolicy applied, DmarcObserver.Exemption exemption) {
    boolean isSpared = settings.dryRun() && applied != DmarcPolicy.NONE;
    observer.judged(
        isSpared
            ? findings.judged(DmarcPolicy.NONE, DmarcObserver.Exemption.LOCAL_POLICY)
            : findings.judged(applied, exemption));
  }

  private Findings findings(Visitor visitor, IncomingMail mail, Signed signed) {
    Optional<SpfResult> found = Notes.spf(mail.attributes(), visitor.remote());
    Dmarc.Passed passed =
        new Dmarc.Passed(
            found.filter(SpfResult::passed).map(SpfResult::domain),
            Notes.signers(signed.signatures));
    Dmarc.Passed unknown =
        new Dmarc.Passed(
            found.filter(spf -> spf.code() == SpfCode.TEMPERROR).map(SpfResult::domain),
            Notes.signers(signed.signatures, DkimResult.TempError.class));
    DmarcResult result = dmarc.check(signed.top.authors, passed, unknown);
    return new Findings(
        visitor,
        mail,
        Notes.reverseName(mail.attributes(), visitor.remote()),
        found,
        signed.signatures,
        signed.chain,
        result);
  }

  /// What a header says that is asked about later. `isForged`: there are results in our name.
  private record Top(Authors authors, boolean isForged) {}

  private record Signed(Top top, List<DkimResult> signatures, ArcResult chain) {}

  private Top top(List<HeaderField> header) {
    return new Top(Authors.of(header), header.stream().anyMatch(this::isForged));
  }

  /// Header, signatures and seals, in one reading of the message. While the DNS of strangers is
  /// waited for, no more of the header is kept than its bytes, and afterwards nothing.
  private Signed signed(Message message) {
    try (InputStream bytes = message.open()) {
      MessagePass pass = MessagePass.over(bytes);
      Top top = top(pass.fields());
      DkimCheck signatures = dkim.begin(pass, top.authors.domains());
      ArcCheck chain = arc.begin(pass);
      pass.finish();
      return new Signed(top, signatures.results(), chain.result());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Verdict taken(
      IncomingMail mail,
      Optional<Message> cleaned,
      Findings findings,
      boolean quarantined,
      String reason) {
    Map<String, String> notes =
        new LinkedHashMap<>(Notes.of(findings.signatures(), findings.dmarc()));
    notes.put(Notes.ARC, findings.chain().word());
    if (quarantined) {
      notes.put(Notes.DISPOSITION, Notes.QUARANTINE);
    }
    boolean isForJunk =
        quarantined || Notes.QUARANTINE.equals(mail.attributes().get(Notes.DISPOSITION));
    return written(mail, cleaned, notes, findings.headers(authservId, settings, isForJunk), reason);
  }

  /// Fields on top are cheap; where others had to go, the message changes.
  private static Verdict written(
      IncomingMail mail,
      Optional<Message> cleaned,
      Map<String, String> notes,
      List<HeaderField> fields,
      String reason) {
    if (cleaned.isEmpty()) {
      return new Verdict.Tag(notes, fields, reason);
    }
    Message changed = cleaned.get();
    for (HeaderField field : fields.reversed()) { // The first ends on top.
      changed = changed.withHeader(field.name(), field.value());
    }
    IncomingMail noted = mail;
    for (Map.Entry<String, String> note : notes.entrySet()) {
      noted = noted.withAttribute(note.getKey(), note.getValue());
    }
    return new Verdict.Change(noted, changed, reason + "; took results in our name away");
  }

  /// Empty where there is none of those fields.
  private static Optional<Message> without(
      Predicate<HeaderField> unwanted, Message message, List<HeaderField> header) {
    return header.stream().anyMatch(unwanted)
        ? Optional.of(message.withoutHeaders(unwanted))
        : Optional.empty();
  }

  @Override
  public boolean writesResultsAs(String name) {
    return AuthenticationResults.isSame(authservId, name);
  }

  private boolean isForged(HeaderField field) {
    return field.is(AuthenticationResults.NAME)
        && AuthenticationResults.claims(field.value(), authservId);
  }

  /// Whether a field is in any name of ours. Of others' mail the port has cut such fields off.
  private boolean isInOurName(HeaderField field) {
    return isForged(field)
        || (field.is(AuthenticationResults.NAME)
            && AuthenticationResults.claims(field.value(), this::isOurs));
  }

  private boolean isOurs(String name) {
    Optional<Domain> domain = Domain.parse(name);
    return domain.isPresent()
        && (domain.equals(Domain.parse(services.hostname()))
            || services.directory().isLocal(domain.get()));
  }

  /// From a server of ours: what it says on top counts. In a name of ours it is said anew, for
  /// nobody could tell it from what others have written below; in its own it stays.
  private Verdict relayed(IncomingMail mail, Message message, List<HeaderField> header) {
    Optional<AuthenticationResults> found =
        header.stream()
            .filter(field -> field.is(AuthenticationResults.NAME))
            .filter(field ->
                settings.relayNames().stream()
                    .anyMatch(name -> AuthenticationResults.claims(field.value(), name)))
            .flatMap(field -> AuthenticationResults.parse(field.value()).stream())
            .filter(results -> !results.authservId().isBlank())
            .findFirst();
    List<MethodResult> results = found.map(AuthenticationResults::results).orElse(List.of());
    String reason =
        found
            .map(each -> "as " + each.authservId() + " found")
            .orElse(settings.dryRun() ? "no results that a dry run sees" : "no results");
    Map<String, String> notes = new LinkedHashMap<>(Notes.ofRelay(results));
    if (policy.quarantines(results)) {
      notes.put(Notes.DISPOSITION, Notes.QUARANTINE);
    }
    return written(
        mail,
        without(this::isInOurName, message, header),
        notes,
        List.of(
            new HeaderField(
                AuthenticationResults.NAME,
                new AuthenticationResults(authservId, results).value())),
        reason);
  }

  static boolean isIn(List<AddressRange> ranges, InetAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }
}
