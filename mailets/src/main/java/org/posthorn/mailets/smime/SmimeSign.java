package org.posthorn.mailets.smime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.content.Bodies;
import org.posthorn.mailets.content.Made;
import org.posthorn.mailets.content.Pumped;
import org.posthorn.message.MailAddress;

/// Signs messages (S/MIME, multipart/signed) with the key of who stands in `From`. Nobody gets a
/// signature for writing a name there: only mail of somebody who has logged in is signed, unless
/// you say otherwise. Text in eight bits becomes quoted-printable first, so the signature survives
/// old servers. What is signed or encrypted already stays as it is.
///
/// ```yaml
/// - match: IsAuthenticated
///   mailet: SmimeSign
///   keys: {office@example.org: smime/office.p12, "@example.net": smime/net.pem}
///   password-file: smime/password
/// ```
final class SmimeSign implements Mailet {
  private static final String NOTE = "smime.signed";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Settings settings;
  private final Watched<Map<String, Identity>> identities;
  private final InstantSource clock;

  private SmimeSign(Settings settings, Wallet wallet, Services services) {
    this.settings = settings;
    this.clock = services.clock();
    this.identities = wallet.identities(settings.keys, settings.passwordFile, services);
  }

  @Override
  public Outcome service(Mail mail) {
    Optional<MailAddress> author = Author.of(mail.message());
    boolean known = !settings.onlyAuthenticated || mail.origin().login().isPresent();
    Optional<Identity> identity = known ? author.flatMap(this::identity) : Optional.empty();
    if (identity.isEmpty() || Bodies.isSealed(mail.message().structure().root())) {
      return new Outcome.Continue(mail);
    }
    try {
      return new Outcome.Continue(
          signed(mail.message(), identity.orElseThrow())
              .map(message -> mail.withMessage(message).withAttribute(NOTE, "yes"))
              .orElseGet(() -> mail.withAttribute(NOTE, "no")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// That of the address, else that of its domain.
  private Optional<Identity> identity(MailAddress author) {
    Map<String, Identity> all = identities.now();
    return all.entrySet().stream()
        .filter(each -> !each.getKey().startsWith("@"))
        .filter(each -> fits(each.getKey(), author))
        .findFirst()
        .or(() -> all.entrySet().stream().filter(each -> fits(each.getKey(), author)).findFirst())
        .map(Map.Entry::getValue);
  }

  private static boolean fits(String pattern, MailAddress author) {
    return AddressPattern.parse(pattern).filter(each -> each.fits(author)).isPresent();
  }

  /// Absent where it cannot be signed without damage.
  private Optional<Message> signed(Message message, Identity identity) throws IOException {
    Optional<Message> plain = SevenBits.of(message);
    Optional<Halves> halves = plain.isEmpty() ? Optional.empty() : Halves.of(plain.get());
    if (halves.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream all = signed(plain.orElseThrow(), halves.get(), identity)) {
      return Optional.of(message.withBytes(all));
    }
  }

  private InputStream signed(Message plain, Halves halves, Identity identity) throws IOException {
    var signing = new Signing(identity, settings.pss, clock.instant());
    byte[] noise = new byte[16];
    RANDOM.nextBytes(noise);
    String boundary = "=_signed_" + HexFormat.of().formatHex(noise);
    String top =
        """
        MIME-Version: 1.0
        Content-Type: multipart/signed; protocol="application/pkcs7-signature";
         micalg=%s; boundary="%s"

        --%s
        """
            .formatted(Signing.micalg(identity.key()), boundary, boundary);
    String between =
        """

        --%s
        Content-Type: application/pkcs7-signature; name=smime.p7s
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment; filename=smime.p7s

        """
            .formatted(boundary);
    return Halves.joined(
        List.of(
            Halves.bytes(halves.mail() + lines(top)),
            signing.watching(halves.entity(plain)),
            Halves.bytes(lines(between)),
            new Later(
                () -> Pumped.encoded(new ByteArrayInputStream(signing.signature()), "base64")),
            Halves.bytes(lines("\n--" + boundary + "--\n"))));
  }

  private static String lines(String text) {
    return text.replace("\n", "\r\n");
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value =
                  "Addresses in From, or @ with a domain, each with the file of the key and its"
                      + " certificates (PKCS #12 or PEM).",
              min = 1,
              example = "{office@example.org: smime/office.pem}")
          Map<String, String> keys,
      @Parameter("A file with the password of the files in its first line.")
          Optional<String> passwordFile,
      @Parameter(
              value = "Whether only mail of somebody who has logged in is signed.",
              otherwise = "true")
          boolean onlyAuthenticated,
      @Parameter(
              value = "Whether RSA keys sign with RSASSA-PSS, which older programs cannot check.",
              otherwise = "false")
          boolean pss) {
    Settings {
      for (String pattern : keys.keySet()) {
        if (AddressPattern.parse(pattern).isEmpty()) {
          throw new ParameterException(
              "parameter 'keys' has '%s', but should have addresses, or @ with a domain"
                  .formatted(pattern));
        }
      }
    }
  }

  static MailetFactory<Settings> factory(Wallet wallet) {
    return new Made<>(
        "SmimeSign",
        "Signs messages (S/MIME) with the key of their author.",
        Settings.class,
        (settings, services) -> new SmimeSign(settings, wallet, services));
  }
}
