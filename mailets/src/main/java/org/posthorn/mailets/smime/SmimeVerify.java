package org.posthorn.mailets.smime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedDataParser;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.content.Fields;
import org.posthorn.mailets.content.Made;
import org.posthorn.storage.StorageUnavailable;

/// Checks S/MIME signatures, and writes what it found into notes and a header field: `pass`,
/// `mismatch`, `untrusted`, `expired`, `revoked`, `fail`, `error` or `none`. A field of that name
/// that the message brought is taken out. The mail goes on in any case; what becomes of it, later
/// steps say.
///
/// ```yaml
/// - mailet: SmimeVerify
///   trusted: smime/authorities.pem
/// ```
final class SmimeVerify implements Mailet {
  private static final String NOTES = "smime.";

  private final Settings settings;
  private final Watched<Trust> trust;
  private final InstantSource clock;

  private SmimeVerify(Settings settings, Wallet wallet, Services services) {
    this.settings = settings;
    this.clock = services.clock();
    this.trust = wallet.trust(settings.trusted, settings.revoked, services);
  }

  @Override
  public Outcome service(Mail mail) {
    Message message = mail.message();
    var kind = Signatures.Kind.NONE;
    Finding finding;
    Message shown = message;
    try {
      kind = Signatures.kind(message);
      finding = new Signatures(message, trust.now(), clock.instant()).check(kind);
      if (finding.isIntact() && unwraps(kind)) {
        shown = unwrapped(message, kind);
      }
    } catch (StorageUnavailable | UncheckedIOException e) {
      throw e;
    } catch (IOException | CMSException | RuntimeException | StackOverflowError e) {
      // Of bytes that are no CMS, Bouncy Castle throws whatever it comes across.
      finding = Finding.of(Finding.Result.ERROR, "it cannot be read: " + e.getMessage());
    }
    return new Outcome.Continue(noted(mail, finding).withMessage(labelled(shown, finding)));
  }

  private boolean unwraps(Signatures.Kind kind) {
    return switch (settings.unwrap) {
      case NEVER -> false;
      case OPAQUE -> kind == Signatures.Kind.OPAQUE;
      case ALWAYS -> true;
    };
  }

  private static Message unwrapped(Message message, Signatures.Kind kind)
      throws IOException, CMSException {
    Halves halves = Halves.of(message).orElseThrow(() -> new IOException("its header is too long"));
    if (kind == Signatures.Kind.DETACHED) {
      try (InputStream content = Signatures.signedPart(message)) {
        return halves.around(message, content);
      }
    }
    try (Cms.Reading reading = Cms.open(message, message.structure().root())) {
      var parser = new CMSSignedDataParser(new BcDigestCalculatorProvider(), reading.bytes());
      reading.contentBegins();
      return halves.around(message, parser.getSignedContent().getContentStream());
    }
  }

  private static Mail noted(Mail mail, Finding finding) {
    Mail noted = mail;
    for (String old : List.of("result", "reason", "signer", "subject", "issuer")) {
      noted = noted.withoutAttribute(NOTES + old);
    }
    noted = noted.withAttribute(NOTES + "result", finding.result().word());
    if (!finding.reason().isEmpty()) {
      noted = noted.withAttribute(NOTES + "reason", shortened(finding.reason()));
    }
    if (finding.address().isPresent()) {
      noted = noted.withAttribute(NOTES + "signer", shortened(finding.address().get()));
    }
    if (finding.signer().isPresent()) {
      var signer = finding.signer().get();
      noted =
          noted
              .withAttribute(NOTES + "subject", shortened(Certificates.subject(signer)))
              .withAttribute(
                  NOTES + "issuer", shortened(signer.getIssuerX500Principal().toString()));
    }
    return noted;
  }

  private Message labelled(Message message, Finding finding) {
    String value =
        finding.result().word()
            + finding.address().map(address -> "; signer=" + address).orElse("")
            + (finding.reason().isEmpty() ? "" : "; reason=" + finding.reason());
    return Fields.replaced(message, settings.header, shortened(value));
  }

  private static String shortened(String text) {
    String line = Fields.oneLine(text);
    return line.length() <= 300 ? line : line.substring(0, 300);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum Unwrap {
    NEVER,
    OPAQUE,
    ALWAYS
  }

  record Settings(
      @Parameter(
              value =
                  "A file with the certificates of the authorities, and of single people, that are"
                      + " trusted (PEM).",
              example = "smime/authorities.pem")
          String trusted,
      @Parameter("Files with lists of certificates that were called back (CRL; PEM or DER).")
          List<String> revoked,
      @Parameter(value = "The header field that says the result.", otherwise = "X-SMIME-Signature")
          String header,
      @Parameter(
              value =
                  "Whether what was signed takes the place of the signed message, if it is intact:"
                      + " never, where mail programs without S/MIME could not read it (opaque), or"
                      + " always.",
              otherwise = "never")
          Unwrap unwrap) {
    Settings {
      Fields.check("parameter 'header' is", header, "");
    }
  }

  static MailetFactory<Settings> factory(Wallet wallet) {
    return new Made<>(
        "SmimeVerify",
        "Checks S/MIME signatures and says what it found.",
        Settings.class,
        (settings, services) -> new SmimeVerify(settings, wallet, services));
  }
}
