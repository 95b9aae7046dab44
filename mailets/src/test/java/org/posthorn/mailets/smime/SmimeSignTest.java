package org.posthorn.mailets.smime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.mailets.smime.Desk.fields;
import static org.posthorn.mailets.smime.Desk.goesOn;
import static org.posthorn.mailets.smime.Desk.mail;
import static org.posthorn.mailets.smime.Desk.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.ParameterException;

/// What openssl, and SmimeVerify, say of signatures that were made here.
final class SmimeSignTest implements MailetContract {
  private static final String HELLO =
      """
      Received: from a by b; Mon, 02 Mar 2026 10:00:00 +0000
      From: Ann <ann@example.org>
      To: bob@example.net
      Subject: hello
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: 8bit
      MIME-Version: 1.0

      Grüße -- From here
      .
      """;

  @TempDir private Path folder;

  @Override
  public Mailet mailet() {
    new Notary("A").person("sender@example.org").pem(folder, "any.pem");
    return Desk.in(folder)
        .mailet(
            "SmimeSign", "keys", Map.of("@example.org", "any.pem"), "only-authenticated", "false");
  }

  private Mailet sign(String... more) {
    Object[] all = new Object[more.length + 2];
    all[0] = "keys";
    all[1] = Map.of("ann@example.org", "ann.pem");
    System.arraycopy(more, 0, all, 2, more.length);
    return Desk.in(folder).mailet("SmimeSign", all);
  }

  private String verified(Mail signed, Notary notary) {
    OpenSsl openssl = OpenSsl.in(folder);
    Desk.in(folder).file("signed.eml", signed);
    OpenSsl.Result result =
        openssl.run(
            "cms",
            "-verify",
            "-in",
            "signed.eml",
            "-CAfile",
            notary.pem(folder).toString(),
            "-attime",
            String.valueOf(Instant.parse("2026-11-22T12:00:00Z").getEpochSecond()));
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  @Test
  void opensslFindsTheSignatureGood() {
    for (var kind : List.of(Map.entry("EC", 256), Map.entry("EC", 384), Map.entry("RSA", 2048))) {
      var notary = new Notary("A");
      notary.person("ann@example.org", kind.getKey(), kind.getValue()).pem(folder, "ann.pem");
      Mail signed = goesOn(sign(), mail(HELLO));
      assertThat(verified(signed, notary)).contains("Gr=C3=BC=C3=9Fe -- From here\r\n.\r\n");
      assertThat(fields(signed, "Subject")).containsExactly("hello");
      assertThat(fields(signed, "MIME-Version")).hasSize(1);
      assertThat(signed.attributes()).containsEntry("smime.signed", "yes");
    }
  }

  @Test
  void opensslFindsPssGood() {
    var notary = new Notary("A");
    notary.person("ann@example.org", "RSA", 3072).pem(folder, "ann.pem");
    assertThat(verified(goesOn(sign("pss", "true"), mail(HELLO)), notary)).contains("From here");
  }

  @Test
  void isGoodHere() throws IOException {
    var notary = new Notary("A");
    Path authority = notary.pem(folder);
    notary.person("ann@example.org", "Ed25519", 0).p12(folder, "ann.p12", "secret");
    Files.writeString(folder.resolve("word"), "secret\n");
    Desk desk = Desk.in(folder);
    Mailet sign =
        desk.mailet(
            "SmimeSign", "keys", Map.of("@example.org", "ann.p12"), "password-file", "word");
    Mail signed = goesOn(sign, mail(HELLO));
    Mail checked =
        goesOn(
            desk.mailet("SmimeVerify", "trusted", authority.toString(), "unwrap", "always"),
            signed);
    assertThat(checked.attributes())
        .containsEntry("smime.result", "pass")
        .containsEntry("smime.signer", "ann@example.org");
    assertThat(text(checked))
        .contains("X-SMIME-Signature: pass; signer=ann@example.org")
        .contains("Gr=C3=BC")
        .doesNotContain("pkcs7");
  }

  @Test
  void signsWhatHasManyPartsAndLeavesTheirBytesAlone() {
    var notary = new Notary("A");
    notary.person("ann@example.org").pem(folder, "ann.pem");
    String two =
        """
        From: ann@example.org
        Content-Type: multipart/mixed; boundary=o
        Content-Transfer-Encoding: 8bit

        preamble
        --o
        Content-Type: text/plain; charset=utf-8

        ä
        --o
        Content-Type: image/png
        Content-Transfer-Encoding: base64

        QUJD  RA==
        --o--
        """;
    assertThat(verified(goesOn(sign(), mail(two)), notary))
        .contains("=C3=A4")
        .contains("QUJD  RA==")
        .contains("Content-Transfer-Encoding: 7bit");
  }

  @Test
  void nobodyGetsASignatureForANameInFrom() {
    new Notary("A").person("ann@example.org").pem(folder, "ann.pem");
    Mail mail = mail(HELLO);
    Origin outside =
        new Origin(Optional.empty(), "x", Optional.empty(), "ESMTPS", "c", Notary.START);
    Mail forged =
        new Mail(
            mail.id(),
            mail.sender(),
            mail.recipients(),
            mail.message(),
            outside,
            mail.attributes());
    assertThat(goesOn(sign(), forged)).isSameAs(forged);
    for (String from :
        List.of(
            "From: eve@example.org",
            "From: ann@example.org, eve@example.org",
            "From: eve@example.org\nFrom: ann@example.org",
            "To: ann@example.org")) {
      Mail other = mail(from + "\n\nx\n");
      assertThat(goesOn(sign(), other)).as(from).isSameAs(other);
    }
  }

  @Test
  void leavesSignedMailAlone() {
    new Notary("A").person("ann@example.org").pem(folder, "ann.pem");
    Mail signed = goesOn(sign(), mail(HELLO));
    assertThat(goesOn(sign(), signed)).isSameAs(signed);
  }

  @Test
  void saysWhatIsWrongWithItsFiles() throws IOException {
    var notary = new Notary("A");
    assertThatThrownBy(this::sign)
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("no file");
    notary.person("ann@example.org").certificatePem(folder, "ann.pem");
    assertThatThrownBy(this::sign).hasMessageContaining("has no key");
    Files.writeString(
        folder.resolve("ann.pem"),
        Files.readString(notary.person("a@example.org").pem(folder, "b.pem"))
                .replaceAll("(?s)-----BEGIN CERT.*", "")
            + Files.readString(notary.pem(folder)));
    assertThatThrownBy(this::sign).hasMessageContaining("is not that of the key");
    notary.person("ann@example.org").p12(folder, "ann.pem", "secret");
    assertThatThrownBy(this::sign).hasMessageContaining("password");
  }

  @Test
  void takesANewKeyWithoutARestart() throws IOException {
    var old = new Notary("A");
    var fresh = new Notary("B");
    old.person("ann@example.org").pem(folder, "ann.pem");
    Desk desk = Desk.in(folder);
    Mailet sign = desk.mailet("SmimeSign", "keys", Map.of("ann@example.org", "ann.pem"));
    verified(goesOn(sign, mail(HELLO)), old);
    Path file = fresh.person("ann@example.org").pem(folder, "ann.pem");
    Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.from(Notary.START));
    desk.services().pass(Duration.ofMinutes(1));
    verified(goesOn(sign, mail(HELLO)), fresh);
    Files.writeString(file, "half written");
    desk.services().pass(Duration.ofMinutes(1));
    verified(goesOn(sign, mail(HELLO)), fresh);
  }
}
