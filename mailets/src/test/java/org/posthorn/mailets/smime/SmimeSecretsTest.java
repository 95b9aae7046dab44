package org.posthorn.mailets.smime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.smime.Desk.fields;
import static org.posthorn.mailets.smime.Desk.goesOn;
import static org.posthorn.mailets.smime.Desk.mail;
import static org.posthorn.mailets.smime.Desk.received;
import static org.posthorn.mailets.smime.Desk.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Outcome;

/// What is encrypted by openssl is read here, and the other way round.
final class SmimeSecretsTest {
  private static final String HELLO =
      "From: ann@example.org\nSubject: hello\nContent-Type: text/plain; charset=utf-8\n\ngrüße\n";

  private final Notary notary = new Notary("A");

  @TempDir private Path folder;

  private Notary.Person bob(String algorithm, int bits) {
    Notary.Person bob = notary.person("bob@example.net", algorithm, bits);
    bob.pem(folder, "bob.pem");
    bob.certificatePem(folder, "bob.crt");
    return bob;
  }

  private Mailet decrypt(String... more) {
    List<Object> all = new ArrayList<>(List.of("keys", "bob.pem"));
    all.addAll(Arrays.asList(more));
    return Desk.in(folder).mailet("SmimeDecrypt", all.toArray());
  }

  private Mailet encrypt(String... more) {
    List<Object> all = new ArrayList<>(List.of("certificates", "bob.crt"));
    all.addAll(Arrays.asList(more));
    return Desk.in(folder).mailet("SmimeEncrypt", all.toArray());
  }

  private String encrypted(String... how) throws IOException {
    Files.writeString(
        folder.resolve("plain.eml"),
        "Subject: inside\r\nContent-Type: text/plain\r\n\r\n" + "the text\r\n".repeat(2_000));
    List<String> command = new ArrayList<>(List.of("cms", "-encrypt", "-in", "plain.eml"));
    command.addAll(Arrays.asList(how));
    if (!command.contains("-recip")) {
      command.add("bob.crt");
    }
    OpenSsl.Result result = OpenSsl.in(folder).run(command.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  @Nested
  final class DecryptTest implements MailetContract {
    @Override
    public Mailet mailet() {
      bob("EC", 256);
      return decrypt();
    }
  }

  @Nested
  final class EncryptTest implements MailetContract {
    @Override
    public Mailet mailet() {
      bob("EC", 256);
      return encrypt("otherwise", "plain");
    }
  }

  @Test
  void readsWhatOpensslHasEncrypted() throws IOException {
    for (var kind : List.of(Map.entry("EC", 256), Map.entry("RSA", 2048))) {
      bob(kind.getKey(), kind.getValue());
      for (String cipher : List.of("aes-128-cbc", "aes-256-cbc", "aes-256-gcm", "des3")) {
        Mail opened = goesOn(decrypt(), received(encrypted("-" + cipher)));
        String protection = cipher.endsWith("gcm") ? "authenticated" : "unauthenticated";
        assertThat(opened.attributes()).as(cipher).containsEntry("smime.decrypted", protection);
        assertThat(text(opened)).contains("the text\r\n".repeat(2_000)).doesNotContain("pkcs7");
        assertThat(fields(opened, "Subject")).containsExactly("hello");
        assertThat(fields(opened, "X-SMIME-Decrypted").getFirst()).startsWith(protection + "; ");
      }
    }
    bob("RSA", 2048);
    Mail opened =
        goesOn(
            decrypt(),
            received(encrypted("-recip", "bob.crt", "-keyopt", "rsa_padding_mode:oaep")));
    assertThat(text(opened)).contains("the text");
    assertThat(text(goesOn(decrypt(), received(encrypted("-stream"))))).contains("the text");
  }

  @Test
  void opensslReadsWhatIsEncryptedHere() {
    for (var kind : List.of(Map.entry("EC", 384), Map.entry("RSA", 2048))) {
      bob(kind.getKey(), kind.getValue());
      for (String cipher : List.of("aes-256-gcm", "aes-128-gcm", "aes-256-cbc", "aes-128-cbc")) {
        var split = (Outcome.Split) encrypt("cipher", cipher).service(mail(HELLO));
        Mail sealed = ((Outcome.Continue) split.parts().getFirst().outcome()).mail();
        assertThat(text(sealed)).contains("Subject: hello").doesNotContain("grüße");
        Desk.in(folder).file("sealed.eml", sealed);
        OpenSsl.Result result =
            OpenSsl.in(folder)
                .run(
                    "cms",
                    "-decrypt",
                    "-in",
                    "sealed.eml",
                    "-inkey",
                    "bob.pem",
                    "-recip",
                    "bob.crt");
        assertThat(result.status()).as(cipher + result.err()).isZero();
        assertThat(result.out()).contains("charset=utf-8\r\n\r\ngr\u00c3\u00bc");
        assertThat(text(goesOn(decrypt(), sealed))).contains("\r\n\r\ngrüße\r\n");
      }
    }
  }

  /// The folder itself does not change by that.
  @Test
  void aCertificateThatIsWrittenAnewInAFolderCountsSoon() throws IOException {
    Path people = Files.createDirectory(folder.resolve("people"));
    Desk desk = Desk.in(folder);
    notary.person("bob@example.net", "EC", 256).certificatePem(people, "bob.crt");
    Mailet encrypt = desk.mailet("SmimeEncrypt", "certificates", List.of("people"));
    Notary.Person bob = bob("EC", 256);
    bob.certificatePem(people, "bob.crt");
    Files.setLastModifiedTime(people.resolve("bob.crt"), FileTime.from(Instant.EPOCH));
    desk.services().at(desk.services().clock().instant().plus(Duration.ofSeconds(11)));
    var split = (Outcome.Split) encrypt.service(mail(HELLO));
    Mail sealed = ((Outcome.Continue) split.parts().getFirst().outcome()).mail();
    assertThat(text(goesOn(decrypt(), sealed))).contains("grüße");
  }

  @Test
  void nothingComesOutOfAContentThatWasChangedOnTheWay() throws IOException {
    bob("RSA", 2048);
    String sealed = encrypted("-aes-256-gcm");
    int middle = sealed.length() * 2 / 3;
    int line = sealed.indexOf('\n', middle) + 5;
    char other = sealed.charAt(line) == 'A' ? 'B' : 'A';
    String changed = sealed.substring(0, line) + other + sealed.substring(line + 1);
    Mail mail = goesOn(decrypt(), received(changed));
    assertThat(mail.attributes())
        .containsEntry("smime.decrypted", "no")
        .containsEntry("smime.sealed", "it is damaged");
    assertThat(text(mail)).contains("pkcs7").doesNotContain("the text");
  }

  @Test
  void whatAnybodyCanChangeIsRefusedIfSaidSo() throws IOException {
    bob("RSA", 2048);
    Mail mail = goesOn(decrypt("unauthenticated", "refuse"), received(encrypted("-aes-256-cbc")));
    assertThat(mail.attributes()).containsEntry("smime.decrypted", "no");
    assertThat(mail.attributes().get("smime.sealed")).contains("does not protect");
    assertThat(
            text(goesOn(decrypt("unauthenticated", "refuse"), received(encrypted("-aes-128-gcm")))))
        .contains("the text");
  }

  @Test
  void whatIsForOthersStaysAsItIsAndNobodyForgesTheField() throws IOException {
    bob("RSA", 2048);
    String sealed = encrypted();
    bob("RSA", 2048);
    Mail mail = goesOn(decrypt(), received("X-SMIME-Decrypted: authenticated\n" + sealed));
    assertThat(mail.attributes().get("smime.sealed")).contains("not encrypted for a key");
    assertThat(fields(mail, "X-SMIME-Decrypted")).isEmpty();
    Mail plain = goesOn(decrypt(), mail("X-SMIME-Decrypted: authenticated\n\nx\n"));
    assertThat(fields(plain, "X-SMIME-Decrypted")).isEmpty();
    assertThat(plain.attributes()).isEmpty();
  }

  @Test
  void whoHasNoCertificateIsBouncedOrGetsItAsItIs() {
    bob("EC", 256);
    Mail two = Desk.mail(HeapMessage.of(HELLO), "bob@example.net", "eve@example.net");
    var bounced = (Outcome.Split) encrypt().service(two);
    assertThat(bounced.parts()).hasSize(2);
    var route = (Outcome.Route) bounced.parts().get(1).outcome();
    assertThat(route.mail().recipients().getFirst().failure().map(f -> f.status()))
        .isEqualTo(Optional.of("5.7.10"));
    var plain = (Outcome.Split) encrypt("otherwise", "plain").service(two);
    assertThat(text(((Outcome.Continue) plain.parts().get(1).outcome()).mail())).contains("grüße");
    Mail sealed = ((Outcome.Continue) plain.parts().get(0).outcome()).mail();
    assertThat(goesOn(encrypt(), sealed)).isSameAs(sealed);
  }

  @Test
  void whatCannotBeEncryptedForSomebodyWithACertificateIsNotSentInClear() {
    bob("EC", 256);
    String header = ("X-Filler: " + "x".repeat(900) + "\n").repeat(300);
    Mail two = Desk.mail(HeapMessage.of(header + HELLO), "bob@example.net", "eve@example.net");
    var split = (Outcome.Split) encrypt("otherwise", "plain").service(two);
    assertThat(split.parts()).hasSize(2);
    var route = (Outcome.Route) split.parts().get(0).outcome();
    assertThat(route.mail().addresses()).asString().isEqualTo("[bob@example.net]");
    assertThat(route.mail().recipients().getFirst().failure().orElseThrow().text())
        .contains("header is too long");
    assertThat(((Outcome.Continue) split.parts().get(1).outcome()).mail().addresses())
        .asString()
        .isEqualTo("[eve@example.net]");
  }

  @Test
  void signedAndEncryptedMailIsReadStepByStep() {
    notary.person("ann@example.org").pem(folder, "ann.pem");
    bob("EC", 256);
    Desk desk = Desk.in(folder);
    Mail signed =
        goesOn(desk.mailet("SmimeSign", "keys", Map.of("ann@example.org", "ann.pem")), mail(HELLO));
    var split = (Outcome.Split) encrypt().service(signed);
    Mail sealed = ((Outcome.Continue) split.parts().getFirst().outcome()).mail();
    Mail opened = goesOn(decrypt(), sealed);
    Mail checked =
        goesOn(desk.mailet("SmimeVerify", "trusted", notary.pem(folder).toString()), opened);
    assertThat(checked.attributes())
        .containsEntry("smime.decrypted", "authenticated")
        .containsEntry("smime.result", "pass");
  }
}
