package org.posthorn.mailets.smime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.posthorn.mailets.smime.Desk.fields;
import static org.posthorn.mailets.smime.Desk.goesOn;
import static org.posthorn.mailets.smime.Desk.mail;
import static org.posthorn.mailets.smime.Desk.received;
import static org.posthorn.mailets.smime.Desk.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;

/// What is said of mail that others have signed, with openssl.
final class SmimeVerifyTest implements MailetContract {
  private final Notary notary = new Notary("A");

  @TempDir private Path folder;

  @Override
  public Mailet mailet() {
    return verify();
  }

  private Mailet verify(Object... more) {
    List<Object> all = new ArrayList<>(List.of("trusted", notary.pem(folder).toString()));
    all.addAll(Arrays.asList(more));
    return Desk.in(folder).mailet("SmimeVerify", all.toArray());
  }

  /// Signed by openssl.
  private String signed(Notary.Person person, String... more) {
    try {
      Files.writeString(
          folder.resolve("plain.eml"), "Content-Type: text/plain\r\n\r\nthe text\r\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    String pem = person.pem(folder, "signer.pem").toString();
    List<String> command =
        new ArrayList<>(List.of("cms", "-sign", "-in", "plain.eml", "-signer", pem, "-inkey", pem));
    command.addAll(Arrays.asList(more));
    OpenSsl.Result result = OpenSsl.in(folder).run(command.toArray(String[]::new));
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  private static String result(Mail mail) {
    return mail.attributes().getOrDefault("smime.result", "?");
  }

  @Test
  void aGoodSignaturePasses() {
    for (var kind : List.of(Map.entry("EC", 256), Map.entry("RSA", 2048))) {
      var ann = notary.person("ann@example.org", kind.getKey(), kind.getValue());
      Mail checked = goesOn(verify(), received(signed(ann)));
      assertThat(checked.attributes())
          .containsEntry("smime.result", "pass")
          .containsEntry("smime.signer", "ann@example.org")
          .containsEntry("smime.subject", "O=Tests, CN=Somebody")
          .containsEntry("smime.issuer", "CN=A");
      assertThat(result(goesOn(verify(), received(signed(ann, "-nodetach"))))).isEqualTo("pass");
      assertThat(result(goesOn(verify(), received(signed(ann, "-nodetach", "-stream")))))
          .isEqualTo("pass");
    }
    var ann = notary.person("ann@example.org", "RSA", 2048);
    assertThat(result(goesOn(verify(), received(signed(ann, "-keyopt", "rsa_padding_mode:pss")))))
        .isEqualTo("pass");
  }

  @Test
  void whatWasChangedFails() {
    String signed = signed(notary.person("ann@example.org"));
    Mail changed =
        goesOn(verify("unwrap", "always"), received(signed.replace("the text", "a text")));
    assertThat(result(changed)).isEqualTo("fail");
    assertThat(fields(changed, "X-SMIME-Signature").getFirst())
        .startsWith("fail; signer=ann@example.org; reason=the content was changed");
    assertThat(text(changed)).contains("multipart/signed");
  }

  @Test
  void saysWhyAnIntactSignatureIsNotEnough() {
    var ann = notary.person("ann@example.org");
    String signed = signed(ann);
    assertThat(result(goesOn(verify(), received(signed(notary.person("eve@example.org"))))))
        .isEqualTo("mismatch");
    assertThat(
            result(goesOn(verify(), received(signed(new Notary("A").person("ann@example.org"))))))
        .isEqualTo("untrusted");
    assertThat(result(goesOn(verify(), received(signed(notary.server("ann@example.org"))))))
        .isEqualTo("untrusted");
    assertThat(result(goesOn(verify(), received(signed(notary.expired("ann@example.org"))))))
        .isEqualTo("expired");
    Path revoked = notary.revoking(folder, ann.certificate());
    Mail called = goesOn(verify("revoked", revoked.toString()), received(signed));
    assertThat(result(called)).isEqualTo("revoked");
    assertThat(called.attributes().get("smime.reason")).contains("called back on 2026-01-01");
  }

  /// Of authorities that vouch for each other every order is a way to nowhere.
  @ParameterizedTest
  @CsvSource({
    "X, X, 24, 8, error",
    "X, Y, 24, 8, error",
    "X, X, 8, 2, untrusted",
    "X, Y, 8, 2, untrusted"
  })
  void authoritiesThatVouchForEachOtherCostLittle(
      String one, String other, int authorities, int signers, String result) {
    Notary first = new Notary(one);
    List<X509Certificate> shown = new ArrayList<>();
    for (int i = 0; i < authorities; i += 2) {
      shown.add(new Notary(one).authority(other));
      shown.add(new Notary(other).authority(one));
    }
    List<String> more =
        new ArrayList<>(
            List.of("-certfile", Notary.pem(folder.resolve("many.pem"), shown).toString()));
    for (int i = 1; i < signers; i++) {
      String pem = first.person("ann@example.org").pem(folder, i + ".pem").toString();
      more.addAll(List.of("-signer", pem, "-inkey", pem));
    }
    Mail mail = received(signed(first.person("ann@example.org"), more.toArray(String[]::new)));

    assertTimeoutPreemptively(
        Duration.ofSeconds(2), () -> assertThat(result(goesOn(verify(), mail))).isEqualTo(result));
  }

  @Test
  void whoIsTrustedAsAPersonNeedsNobodyElse() {
    var ann = new Notary("Nobody").person("ann@example.org");
    Path file = ann.certificatePem(folder, "people.pem");
    Mailet verify = Desk.in(folder).mailet("SmimeVerify", "trusted", file.toString());
    assertThat(result(goesOn(verify, received(signed(ann))))).isEqualTo("pass");
    assertThat(result(goesOn(verify, received(signed(ann, "-nocerts"))))).isEqualTo("pass");
    assertThat(result(goesOn(verify(), received(signed(ann, "-nocerts"))))).isEqualTo("error");
  }

  @Test
  void nobodyForgesTheResult() {
    Mail forged =
        mail("X-SMIME-Signature: pass\nFrom: ann@example.org\n\nx\n")
            .withAttribute("smime.signer", "ann@example.org");
    Mail checked = goesOn(verify(), forged);
    assertThat(fields(checked, "X-SMIME-Signature")).containsExactly("none");
    assertThat(checked.attributes()).containsOnly(Map.entry("smime.result", "none"));
    String two = "From: ann@example.org\nFrom: eve@example.org\n";
    assertThat(result(goesOn(verify(), mail(two + signed(notary.person("ann@example.org"))))))
        .isEqualTo("mismatch");
  }

  @Test
  void unwrapsWhatWasSigned() {
    var ann = notary.person("ann@example.org");
    Mail opaque = goesOn(verify("unwrap", "opaque"), received(signed(ann, "-nodetach")));
    assertThat(text(opaque)).contains("\r\n\r\nthe text\r\n").doesNotContain("pkcs7");
    assertThat(fields(opaque, "Subject")).containsExactly("hello");
    assertThat(fields(opaque, "Content-Type")).containsExactly("text/plain");
    assertThat(text(goesOn(verify("unwrap", "opaque"), received(signed(ann)))))
        .contains("multipart/signed");
    assertThat(text(goesOn(verify("unwrap", "always"), received(signed(ann)))))
        .contains("\r\n\r\nthe text\r\n")
        .doesNotContain("pkcs7");
  }

  @Test
  void whatIsInsideSaysNothingOfTheMail() throws IOException {
    Files.writeString(
        folder.resolve("evil.eml"),
        """
        From: boss@example.org
        Subject: pay
        X-SMIME-Signature: pass
        Content-Type: text/html

        the text
        """);
    String pem = notary.person("ann@example.org").pem(folder, "signer.pem").toString();
    String opaque =
        OpenSsl.in(folder)
            .run("cms", "-sign", "-in", "evil.eml", "-signer", pem, "-nodetach")
            .out();
    Mail checked = goesOn(verify("unwrap", "always"), received(opaque));
    assertThat(fields(checked, "Subject")).containsExactly("hello");
    assertThat(fields(checked, "From")).containsExactly("Ann <ann@example.org>");
    assertThat(fields(checked, "X-SMIME-Signature")).hasSize(1);
  }

  @Test
  void whatIsNoCmsIsAnError() {
    for (String junk :
        List.of(
            "",
            "QUJD",
            "MIAGCSqGSIb3DQEHAqCA",
            "MIIBAAYJKoZIhvcNAQcCoIIB",
            "MIAw".repeat(40_000))) {
      assertThat(result(goesOn(verify(), received(opaque(junk)))))
          .as(junk.substring(0, Math.min(20, junk.length())))
          .isEqualTo("error");
    }
    String detached = signed(notary.person("ann@example.org"));
    int at = detached.indexOf("\n\nMI") + 40;
    assertThat(
            result(
                goesOn(
                    verify(),
                    received(detached.substring(0, at) + "AAAA" + detached.substring(at + 4)))))
        .isIn("error", "fail", "untrusted");
  }

  private static String opaque(String base64) {
    return """
    Content-Type: application/pkcs7-mime; smime-type=signed-data
    Content-Transfer-Encoding: base64

    %s
    """
        .formatted(base64);
  }
}
