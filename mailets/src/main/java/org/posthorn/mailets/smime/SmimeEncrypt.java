package org.posthorn.mailets.smime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.content.Made;
import org.posthorn.mailets.content.Pumped;
import org.posthorn.spool.chain.Chain;

/// Encrypts messages (S/MIME) for the recipients whose certificates you have. Each gets a mail of
/// its own, so nobody learns of blind copies from it. Those without a certificate are bounced
/// (5.7.10), or get it as it is; those with one never get it in clear: where the header is too long
/// (256 KB) to be taken apart, they are bounced. The subject and the other header fields stay
/// readable, and mail that is encrypted already stays as it is.
///
/// ```yaml
/// - match: SubjectStartsWith([confidential])
///   mailet: SmimeEncrypt
///   certificates: smime/people
/// ```
final class SmimeEncrypt implements Mailet {
  private static final Recipient.Failure NO_CERTIFICATE =
      new Recipient.Failure(
          "5.7.10",
          Optional.empty(),
          "The message must be encrypted, and no certificate of the recipient is known here");

  private static final Recipient.Failure TOO_LONG =
      new Recipient.Failure(
          "5.7.10",
          Optional.empty(),
          "The message must be encrypted, and its header is too long for that");

  private final Settings settings;
  private final Watched<AddressBook> people;
  private final InstantSource clock;

  private SmimeEncrypt(Settings settings, Wallet wallet, Services services) {
    this.settings = settings;
    this.clock = services.clock();
    this.people = wallet.people(settings.certificates, services);
  }

  @Override
  public Outcome service(Mail mail) {
    try {
      return Envelopes.isEncrypted(mail.message().structure().root())
          ? new Outcome.Continue(mail)
          : encrypted(mail);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome encrypted(Mail mail) throws IOException {
    Optional<Halves> halves = Halves.of(mail.message());
    Instant now = clock.instant();
    AddressBook book = people.now();
    List<Outcome.Split.Part> parts = new ArrayList<>();
    List<Recipient> others = new ArrayList<>();
    List<Recipient> unsealable = new ArrayList<>();
    for (Recipient each : mail.recipients()) {
      Optional<X509Certificate> certificate = book.find(each.address(), now);
      if (certificate.isEmpty()) {
        others.add(each);
      } else if (halves.isEmpty()) {
        unsealable.add(each);
      } else {
        Message message = sealed(mail.message(), halves.get(), certificate.get());
        parts.add(
            part(
                each,
                new Outcome.Continue(mail.withMessage(message).withRecipients(List.of(each)))));
      }
    }
    if (!unsealable.isEmpty()) {
      Outcome outcome = bounced(mail.withRecipients(unsealable), TOO_LONG);
      parts.add(new Outcome.Split.Part(unsealable, outcome));
    }
    if (parts.isEmpty()) {
      return without(mail);
    }
    if (!others.isEmpty()) {
      parts.add(new Outcome.Split.Part(others, without(mail.withRecipients(others))));
    }
    return new Outcome.Split(parts);
  }

  private static Outcome.Split.Part part(Recipient recipient, Outcome outcome) {
    return new Outcome.Split.Part(List.of(recipient), outcome);
  }

  private Outcome without(Mail mail) {
    return switch (settings.otherwise) {
      case PLAIN -> new Outcome.Continue(mail);
      case BOUNCE -> bounced(mail, NO_CERTIFICATE);
    };
  }

  private static Outcome bounced(Mail mail, Recipient.Failure why) {
    return new Outcome.Route(
        mail.withRecipients(mail.recipients().stream().map(each -> each.withFailure(why)).toList()),
        Chain.BOUNCES);
  }

  private Message sealed(Message message, Halves halves, X509Certificate certificate)
      throws IOException {
    Ciphers cipher = settings.cipher;
    String top =
        """
        MIME-Version: 1.0
        Content-Type: application/pkcs7-mime; name=smime.p7m;
         smime-type=%s
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment; filename=smime.p7m

        """
            .replace("\n", "\r\n")
            .formatted(cipher.authenticated ? "authEnveloped-data" : "enveloped-data");
    try (InputStream plain = halves.entity(message)) {
      return message.withBytes(
          Halves.joined(
              List.of(
                  Halves.bytes(halves.mail() + top),
                  Pumped.encoded(new Enveloping(plain, certificate, cipher), "base64"),
                  Halves.bytes("\r\n"))));
    }
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum Otherwise {
    BOUNCE,
    PLAIN
  }

  record Settings(
      @Parameter(
              value = "Files with certificates of people (PEM), or folders with such files.",
              min = 1,
              example = "smime/people")
          List<String> certificates,
      @Parameter(
              value =
                  "The cipher: aes-256-gcm and aes-128-gcm notice any change on the way, but old"
                      + " programs only know aes-256-cbc.",
              otherwise = "aes-256-gcm")
          Ciphers cipher,
      @Parameter(
              value =
                  "What becomes of recipients without a certificate: they are bounced (5.7.10), or"
                      + " get the message as it is.",
              otherwise = "bounce")
          Otherwise otherwise) {
    Settings {
      if (cipher == Ciphers.TRIPLE_DES) {
        throw new ParameterException("parameter 'cipher' is too weak; use aes-256-gcm");
      }
    }
  }

  static MailetFactory<Settings> factory(Wallet wallet) {
    return new Made<>(
        "SmimeEncrypt",
        "Encrypts messages (S/MIME) for recipients whose certificates are known.",
        Settings.class,
        (settings, services) -> new SmimeEncrypt(settings, wallet, services));
  }
}
