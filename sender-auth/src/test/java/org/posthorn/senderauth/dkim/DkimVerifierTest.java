package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.senderauth.dkim.Mails.ED25519;
import static org.posthorn.senderauth.dkim.Mails.NOW;
import static org.posthorn.senderauth.dkim.Mails.PLAIN;
import static org.posthorn.senderauth.dkim.Mails.RSA;
import static org.posthorn.senderauth.dkim.Mails.dns;
import static org.posthorn.senderauth.dkim.Mails.signed;
import static org.posthorn.senderauth.dkim.Mails.verify;
import static org.posthorn.senderauth.dkim.Mails.words;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.TestDns;
import org.posthorn.message.mime.LoneReturns;
import org.posthorn.senderauth.results.MethodResult;

class DkimVerifierTest {
  private static final String RFC_8463_MESSAGE =
      """
      DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
       d=football.example.com; i=@football.example.com;
       q=dns/txt; s=brisbane; t=1528637909; h=from : to :
       subject : date : message-id : from : subject : date;
       bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
       b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
       Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
      DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
       d=football.example.com; i=@football.example.com;
       q=dns/txt; s=test; t=1528637909; h=from : to : subject :
       date : message-id : from : subject : date;
       bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
       b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
       DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
       dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
      From: Joe SixPack <joe@football.example.com>
      To: Suzie Q <suzie@shopping.example.net>
      Subject: Is dinner ready?
      Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
      Message-ID: <20030712040037.46341.5F8J@football.example.com>

      Hi.

      We lost the game.  Are you hungry yet?

      Joe.

      """;

  /// Of RFC 8463, appendix A.2.
  private static TestDns football() {
    return new TestDns()
        .with(
            "TXT",
            "brisbane._domainkey.football.example.com",
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        .with(
            "TXT",
            "test._domainkey.football.example.com",
            "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
                + "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
                + "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
                + "Ip3G+2kryOTIKT+l/K4w3QIDAQAB");
  }

  /// RFC 8463, appendix A.
  @Test
  void verifiesTheExampleOfTheRfc() {
    assertThat(words(football(), RFC_8463_MESSAGE)).containsExactly("pass", "pass");
  }

  @Test
  void tellsWhatWasChanged() {
    assertThat(words(football(), RFC_8463_MESSAGE.replace("hungry", "angry")))
        .containsOnly("fail (the body was changed)");
    assertThat(words(football(), RFC_8463_MESSAGE.replace("dinner ready", "dinner cold")))
        .containsOnly("fail (the header was changed, or it was not signed with this key)");
  }

  @Test
  void forgivesWhatARelaxedSignatureForgives() {
    String folded =
        RFC_8463_MESSAGE
            .replace("Subject: Is dinner ready?", "SUBJECT : \t Is\n  dinner   ready?  ")
            .replace("game.  Are", "game. \t Are")
            .replace("Joe.\n", "Joe.  \n\n \n\n");
    assertThat(words(football(), folded)).containsExactly("pass", "pass");
  }

  @Test
  void verifiesWhatItSigns() {
    assertThat(words(dns(), signed(PLAIN, RSA, ED25519))).containsExactly("pass", "pass");
  }

  @Test
  void findsNothingInAMessageWithoutSignatures() {
    assertThat(words(dns(), PLAIN)).isEmpty();
    assertThat(words(dns(), "")).isEmpty();
    assertThat(words(dns(), "\n\nbody only\n")).isEmpty();
  }

  @Test
  void saysWhoSignedForTheHeaderOfResults() {
    DkimResult result = verify(dns(), signed(PLAIN, ED25519)).getFirst();
    MethodResult forHeader = result.methodResult();
    assertThat(forHeader.method() + "=" + forHeader.result()).isEqualTo("dkim=pass");
    assertThat(forHeader.property("header", "d")).contains("example.org");
    assertThat(forHeader.property("header", "s")).contains("e1");
    assertThat(forHeader.property("header", "a")).contains("ed25519-sha256");
    assertThat(forHeader.property("header", "b").orElseThrow()).hasSize(8);
  }

  @Test
  void waitsForABetterDayWhenNobodyAnswersForTheKey() {
    assertThat(words(dns().silentFor("r1._domainkey.example.org"), signed(PLAIN, RSA)))
        .containsExactly("temperror (the key could not be asked for)");
  }

  @Test
  void refusesKeysThatAreMissingRevokedOrNotForMail() {
    String message = signed(PLAIN, ED25519);
    String record = ED25519.record();
    assertThat(keyed(message)).isEqualTo("permerror (there is no such key)");
    assertThat(keyed(message, "v=DKIM1; k=ed25519; p="))
        .isEqualTo("permerror (the key is revoked)");
    assertThat(keyed(message, record + "; s=tlsrpt"))
        .isEqualTo("permerror (the key is not for mail)");
    assertThat(keyed(message, record + "; s=tlsrpt:email")).isEqualTo("pass");
    assertThat(keyed(message, record + "; h=sha1"))
        .isEqualTo("permerror (the key is not for SHA-256)");
    assertThat(keyed(message, RSA.record())).isEqualTo("permerror (the key is of another kind)");
    assertThat(keyed(message, "v=DKIM1; k=dilithium; p=AAAA"))
        .isEqualTo("permerror (the key is of a kind that nobody knows)");
    assertThat(keyed(message, "v=spf1 -all", record)).isEqualTo("pass");
  }

  @Test
  void holdsNothingAgainstADomainThatIsOnlyTesting() {
    String message = signed(PLAIN, ED25519);
    assertThat(keyed(message, ED25519.record() + "; t=y"))
        .isEqualTo("pass (the domain is testing)");
    assertThat(keyed(message + "more\n", ED25519.record() + "; t=y:s"))
        .isEqualTo("neutral (the body was changed; the domain is testing)");
  }

  /// RFC 6376 §6.1.1.
  @Test
  void readsTheTimesOfASignature() {
    long now = NOW.getEpochSecond();
    assertThat(words(football(), RFC_8463_MESSAGE.replace("t=1528637909", "x=" + (now - 1))))
        .containsOnly("fail (the signature has expired)");
    assertThat(words(football(), RFC_8463_MESSAGE.replace("t=1528637909", "t=9; x=8")))
        .containsOnly("permerror (x= is before t=)");
    assertThat(words(football(), RFC_8463_MESSAGE.replace("t=1528637909", "t=" + (now + 99_999))))
        .containsOnly("permerror (it was signed in the future)");
  }

  @Test
  void readsALargeMessageInPieces() throws IOException {
    byte[] line =
        "0123456789012345678901234567890123456789 \t 0123456789\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    int lines = 400_000;
    InputStream unsigned = large(Mails.bytes(PLAIN), line, lines);
    String prefix = DkimSigner.sign(unsigned, Mails.EXAMPLE, List.of(ED25519), NOW).getFirst();
    byte[] head = Mails.bytes("DKIM-Signature: " + prefix + "\n" + PLAIN);
    var verifier = new DkimVerifier(dns(), InstantSource.fixed(NOW));
    assertThat(verifier.verify(large(head, line, lines)).getFirst().word()).isEqualTo("pass");
    assertThat(verifier.verify(large(head, line, lines + 1)).getFirst().word()).isEqualTo("fail");
  }

  /// A lone CR is not sent (RFC 5321 §2.3.8), so it cannot be what is signed.
  @Test
  void whatIsSentInPlaceOfALoneCrIsSigned() throws IOException {
    byte[] unsigned =
        Mails.bytes(PLAIN.replace("A  word", "A\rword") + "one\rtwo three\rfour\r\n\rfive\n");
    String prefix =
        DkimSigner.sign(new ByteArrayInputStream(unsigned), Mails.EXAMPLE, List.of(ED25519), NOW)
            .getFirst();
    InputStream stored =
        new SequenceInputStream(
            new ByteArrayInputStream(Mails.bytes("DKIM-Signature: " + prefix + "\n")),
            new ByteArrayInputStream(unsigned));
    var verifier = new DkimVerifier(dns(), InstantSource.fixed(NOW));
    assertThat(verifier.verify(LoneReturns.replacedIn(stored)).getFirst().word()).isEqualTo("pass");
  }

  private static InputStream large(byte[] head, byte[] line, int lines) {
    return new SequenceInputStream(
        new ByteArrayInputStream(head),
        new SequenceInputStream(
            Collections.enumeration(
                Collections.nCopies(lines, line).stream()
                    .map(ByteArrayInputStream::new)
                    .toList())));
  }

  private static String keyed(String message, String... records) {
    TestDns dns = new TestDns();
    if (records.length > 0) {
      dns.with("TXT", "e1._domainkey.example.org", records);
    }
    return Mails.word(verify(dns, message).getFirst());
  }
}
