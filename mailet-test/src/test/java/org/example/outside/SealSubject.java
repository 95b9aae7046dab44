package org.example.outside;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Services;
import org.posthorn.message.EncodedWord;

/// Puts in the place of the subject a seal that only who has the key can make: the subject itself
/// leaves the house in no mail.
final class SealSubject implements MailetFactory<SealSubject.Settings> {
  record Settings(@Parameter("The key, of 16 characters at least.") String key) {
    Settings {
      if (key.length() < 16) {
        throw new ParameterException("parameter 'key' is too short: give 16 characters at least");
      }
    }
  }

  @Override
  public String name() {
    return "SealSubject";
  }

  @Override
  public String summary() {
    return "Puts a seal in the place of the subject.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Mailet create(Settings settings, Services services) {
    return new Sealing(settings.key);
  }

  private record Sealing(String key) implements Mailet {
    @Override
    public Outcome service(Mail mail) {
      return new Outcome.Continue(
          subject(mail.message())
              .map(subject -> mail.withMessage(sealed(mail.message(), subject)))
              .orElse(mail));
    }

    @Override
    public boolean repeatable() {
      return true;
    }

    private Message sealed(Message message, String subject) {
      return message
          .withoutHeaders(field -> field.is("Subject"))
          .withHeader("Subject", "Sealed " + seal(subject));
    }

    private String seal(String subject) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] seal = mac.doFinal(subject.getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(seal).substring(0, 16);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    private static Optional<String> subject(Message message) {
      return message.headers().stream()
          .filter(field -> field.is("Subject"))
          .map(field -> EncodedWord.decode(field.value()))
          .findFirst();
    }
  }
}
