package org.posthorn.mailets.smime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.cms.CMSException;
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

/// Decrypts messages (S/MIME) for which it has the key, so that later steps and programs without
/// S/MIME can read them. Says in notes and a header field how the content was protected; a field of
/// that name that the message brought is taken out. What cannot be decrypted goes on as it is, so
/// that nobody outside learns why from how the server behaves.
///
/// ```yaml
/// - mailet: SmimeDecrypt
///   keys: smime/office.p12
///   password-file: smime/password
/// - mailet: SmimeVerify
///   trusted: smime/authorities.pem
/// ```
final class SmimeDecrypt implements Mailet {
  private static final String NOTE = "smime.decrypted";
  private static final String REASON = "smime.sealed";

  private final Settings settings;
  private final Watched<Map<String, Identity>> identities;

  private SmimeDecrypt(Settings settings, Wallet wallet, Services services) {
    this.settings = settings;
    Map<String, String> files = new LinkedHashMap<>();
    settings.keys.forEach(file -> files.put(file, file));
    this.identities = wallet.identities(files, settings.passwordFile, services);
  }

  @Override
  public Outcome service(Mail mail) {
    Message message = mail.message();
    Mail bare = mail.withoutAttribute(NOTE).withoutAttribute(REASON);
    try {
      Envelopes.Kind kind = Envelopes.kind(message);
      if (kind == Envelopes.Kind.NONE) {
        return new Outcome.Continue(labelled(bare, message, Optional.empty()));
      } else if (kind == Envelopes.Kind.ENVELOPED
          && settings.unauthenticated == Unauthenticated.REFUSE) {
        return sealed(bare, "its cipher does not protect the content from changes");
      }
      Halves halves =
          Halves.of(message).orElseThrow(() -> new Envelopes.Sealed("its header is too long"));
      Envelopes.Opened<Message> opened =
          new Envelopes(message, identities.now().values())
              .open(kind, content -> halves.around(message, content));
      return new Outcome.Continue(labelled(bare, opened.taken(), Optional.of(opened.cipher())));
    } catch (StorageUnavailable | UncheckedIOException e) {
      throw e;
    } catch (Envelopes.Sealed e) {
      return sealed(bare, String.valueOf(e.getMessage()));
    } catch (IOException | CMSException | RuntimeException | StackOverflowError _) {
      // Of bytes that are no CMS, Bouncy Castle throws whatever it comes across.
      return sealed(bare, "it is damaged");
    }
  }

  private Outcome sealed(Mail mail, String why) {
    return new Outcome.Continue(
        labelled(
            mail.withAttribute(NOTE, "no").withAttribute(REASON, Fields.oneLine(why)),
            mail.message(),
            Optional.empty()));
  }

  private Mail labelled(Mail mail, Message message, Optional<Ciphers> cipher) {
    Message bare = message.withoutHeaders(field -> field.is(settings.header));
    if (cipher.isEmpty()) {
      return mail.withMessage(bare);
    }
    String protection = cipher.get().authenticated ? "authenticated" : "unauthenticated";
    return mail.withMessage(
            bare.withHeader(settings.header, protection + "; cipher=" + cipher.get().word()))
        .withAttribute(NOTE, protection);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum Unauthenticated {
    MARK,
    REFUSE
  }

  record Settings(
      @Parameter(
              value = "Files with the keys and their certificates (PKCS #12 or PEM).",
              min = 1,
              example = "smime/office.pem")
          List<String> keys,
      @Parameter("A file with the password of the files in its first line.")
          Optional<String> passwordFile,
      @Parameter(
              value =
                  "What becomes of content that somebody could have changed on the way unnoticed"
                      + " (AES-CBC): it is decrypted and marked, or stays encrypted.",
              otherwise = "mark")
          Unauthenticated unauthenticated,
      @Parameter(
              value = "The header field that says how the content was protected.",
              otherwise = "X-SMIME-Decrypted")
          String header) {
    Settings {
      Fields.check("parameter 'header' is", header, "");
    }
  }

  static MailetFactory<Settings> factory(Wallet wallet) {
    return new Made<>(
        "SmimeDecrypt",
        "Decrypts messages (S/MIME) for which it has the key.",
        Settings.class,
        (settings, services) -> new SmimeDecrypt(settings, wallet, services));
  }
}
