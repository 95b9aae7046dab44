package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.senderauth.dkim.Mails.ED25519;
import static org.posthorn.senderauth.dkim.Mails.PLAIN;
import static org.posthorn.senderauth.dkim.Mails.RSA;
import static org.posthorn.senderauth.dkim.Mails.dns;
import static org.posthorn.senderauth.dkim.Mails.signed;
import static org.posthorn.senderauth.dkim.Mails.words;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.TestDns;

/// What is tried to make a signature say more than was signed.
class DkimAttackTest {
  @Test
  void whatIsAppendedUnderALengthIsNotSigned() {
    String message = Custom.signed("l=14; ", "h=from:to:subject", PLAIN, ED25519);
    assertThat(words(dns(), message))
        .containsExactly("policy (only 14 of 28 bytes of the body are signed (l=))");
    assertThat(words(dns(), message + "Click here\n").getFirst()).startsWith("policy (only 14 of ");
  }

  @Test
  void noLengthIsTrustedAlsoWhenItCoversAll() {
    assertThat(words(dns(), Custom.signed("l=28; ", "h=from", PLAIN, ED25519)))
        .containsExactly("policy (only 28 of 28 bytes of the body are signed (l=))");
    assertThat(words(dns(), Custom.signed("l=0; ", "h=from", PLAIN, ED25519)))
        .containsExactly("policy (only 0 of 28 bytes of the body are signed (l=))");
    assertThat(words(dns(), Custom.signed("l=99999999999999999999; ", "h=from", PLAIN, ED25519)))
        .containsExactly("policy (only 28 of 28 bytes of the body are signed (l=))");
  }

  @Test
  void aSecondFromOnTopBreaksOurSignatures() {
    String message = signed(PLAIN, RSA, ED25519);
    assertThat(words(dns(), "From: Eve <eve@example.net>\n" + message))
        .allMatch(word -> word.startsWith("fail (the header"));
    assertThat(words(dns(), "Subject: Urgent\n" + message))
        .allMatch(word -> word.startsWith("fail (the header"));
    assertThat(words(dns(), "Content-Type: text/html\n" + message))
        .allMatch(word -> word.startsWith("fail (the header"));
  }

  @Test
  void aSecondFromOnTopOfASignatureThatAllowsItIsNoPass() {
    String message = Custom.signed("", "h=from:to:subject:date", PLAIN, ED25519);
    assertThat(words(dns(), message)).containsExactly("pass");
    assertThat(words(dns(), "From: Eve <eve@example.net>\n" + message))
        .containsExactly("policy (there is another from field above the signed one)");
    assertThat(words(dns(), "subJECT: Urgent\n" + message))
        .containsExactly("policy (there is another subject field above the signed one)");
  }

  /// Each name of a field is kept for as long as the DNS takes.
  @Test
  void aSignatureOverEndlesslyManyNamesIsNone() {
    String most = "h=from" + ":to".repeat(299);
    assertThat(words(dns(), Custom.signed("", most, PLAIN, ED25519))).containsExactly("pass");
    assertThat(words(dns(), Custom.signed("", most + ":to", PLAIN, ED25519)))
        .containsExactly("permerror (h= has more than 300 names)");
  }

  @Test
  void fromMustBeSigned() {
    assertThat(words(dns(), Custom.signed("", "h=to:subject", PLAIN, ED25519)))
        .containsExactly("permerror (From is not signed)");
  }

  @Test
  void aKeyOf512BitsSaysNothing() throws NoSuchAlgorithmException {
    var pairs = KeyPairGenerator.getInstance("RSA");
    pairs.initialize(512);
    String weak =
        Base64.getEncoder().encodeToString(pairs.generateKeyPair().getPublic().getEncoded());
    var dns = new TestDns().with("TXT", "r1._domainkey.example.org", "v=DKIM1; p=" + weak);
    assertThat(words(dns, signed(PLAIN, RSA)))
        .containsExactly("permerror (a key of 512 bits is too weak (RFC 8301))");
  }

  @Test
  void aKeyOf1024BitsCountsAndAPlainOneToo() {
    SigningKey key = SigningKey.generate("old", Algorithm.RSA_SHA256, 1024);
    var dns = new TestDns().with("TXT", "old._domainkey.example.org", key.record());
    assertThat(words(dns, signed(PLAIN, key))).containsExactly("pass");
    // The bare key behind the 22 bytes that say that it is one.
    String text = key.record();
    String p = text.substring(text.indexOf("p=") + 2);
    byte[] whole = Base64.getDecoder().decode(p);
    String bare = Base64.getEncoder().encodeToString(Arrays.copyOfRange(whole, 22, whole.length));
    dns.with("TXT", "old._domainkey.example.org", "p=" + bare);
    assertThat(words(dns, signed(PLAIN, key))).containsExactly("pass");
  }

  @Test
  void shaOneSaysNothing() {
    assertThat(words(dns(), signed(PLAIN, RSA).replace("rsa-sha256", "rsa-sha1")))
        .containsExactly("permerror (SHA-1 does not count any more (RFC 8301))");
  }

  @Test
  void aStormOfSignaturesIsLookedAtTenTimes() {
    String signature = signed(PLAIN, ED25519).substring(0, signed(PLAIN, ED25519).indexOf("From:"));
    List<String> words = words(dns(), signature.repeat(500) + PLAIN);
    assertThat(words).hasSize(11);
    assertThat(words.getLast()).isEqualTo("policy (490 signatures are more than are looked at)");
  }

  /// Those of the author's domain and of its relatives are looked at first.
  @Test
  void otherSignaturesDoNotHideTheAuthors() throws IOException {
    String own = signed(PLAIN, ED25519);
    String signature = own.substring(0, own.indexOf("From:"));
    StringBuilder junk = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      junk.append(signature.replace("d=example.org", "d=junk%d.example.net".formatted(i)));
    }
    TestDns dns = dns();
    MessagePass pass = MessagePass.over(new ByteArrayInputStream(Mails.bytes(junk + own)));
    DkimCheck check =
        new DkimVerifier(dns, InstantSource.fixed(Mails.NOW))
            .begin(pass, List.of("news.example.org"));
    pass.finish();
    List<DkimResult> results = check.results();
    assertThat(results).hasSize(11);
    assertThat(results.get(9)).isInstanceOf(DkimResult.Pass.class);
    assertThat(results.getFirst().claim().orElseThrow().domain()).hasToString("junk0.example.net");
    assertThat(results.getLast().reason()).isEqualTo("3 signatures are more than are looked at");
    assertThat(dns.asked()).doesNotContain("e1._domainkey.junk9.example.net");
  }

  @Test
  void aSelectorOrDomainThatIsNoneIsNotAskedFor() {
    String message = signed(PLAIN, ED25519);
    for (String s :
        List.of(
            "e1..x",
            ".e1",
            "e1.",
            "e 1",
            "e1\\000",
            "e1/../x",
            "*",
            "-e1",
            "e1._domainkey.evil.example.net/",
            "a".repeat(64))) {
      assertThat(words(dns(), message.replace("s=e1", "s=" + s)).getFirst())
          .as(s)
          .isEqualTo("permerror (s= is no selector)");
    }
    for (String d :
        List.of("[192.0.2.1]", "org", "example..org", "example.org;", "ex ample.org", "1.2.3.4")) {
      assertThat(words(dns(), message.replace("d=example.org", "d=" + d)).getFirst())
          .as(d)
          .matches("permerror .*|fail .*");
    }
    String far = ("a".repeat(60) + ".").repeat(3) + "example.org";
    assertThat(
            words(
                dns(),
                message
                    .replace("d=example.org", "d=" + far)
                    .replace("s=e1", "s=" + "b".repeat(60))))
        .containsExactly("permerror (d= and s= are too long for the DNS)");
  }

  @Test
  void anIdentityOfAnotherDomainIsNone() {
    assertThat(words(dns(), Custom.signed("i=ann@example.net; ", "h=from", PLAIN, ED25519)))
        .containsExactly("permerror (i= is not of the domain in d=)");
    assertThat(words(dns(), Custom.signed("i=ann@notexample.org; ", "h=from", PLAIN, ED25519)))
        .containsExactly("permerror (i= is not of the domain in d=)");
    assertThat(words(dns(), Custom.signed("i=ann@sub.example.org; ", "h=from", PLAIN, ED25519)))
        .containsExactly("pass");
    var strict = new TestDns().with("TXT", "e1._domainkey.example.org", ED25519.record() + "; t=s");
    assertThat(words(strict, Custom.signed("i=ann@sub.example.org; ", "h=from", PLAIN, ED25519)))
        .containsExactly("permerror (the key is not for identities of subdomains)");
  }

  @Test
  void anotherDomainsKeyIsNotOurs() {
    String message = signed(PLAIN, ED25519).replace("d=example.org", "d=bank.example");
    var dns =
        new TestDns()
            .with(
                "TXT",
                "e1._domainkey.bank.example",
                SigningKey.generate("e1", Algorithm.ED25519_SHA256, 0).record());
    assertThat(words(dns, message).getFirst()).startsWith("fail (the header");
  }

  @Test
  void nulAndBytesOutsideAsciiAreSignedAsTheyAre() {
    String message =
        PLAIN
            .replace("A  word", "Gr\u00FC\u00DFe \u0000 und\n\tmehr \u00E9")
            .replace("that", "th\u0000t \u00FC");
    String signed = signed(message, RSA, ED25519);
    assertThat(words(dns(), signed)).containsExactly("pass", "pass");
    assertThat(words(dns(), signed.replace("\u0000 und", " und")))
        .allMatch(word -> word.startsWith("fail"));
  }

  @Test
  void anEmptySignatureIsNone() {
    String message = signed(PLAIN, ED25519);
    int b = message.indexOf(" b=");
    String without = message.substring(0, b) + " b=\n" + PLAIN;
    assertThat(words(dns(), without)).containsExactly("permerror (b= is missing)");
    assertThat(words(dns(), "DKIM-Signature:\n" + PLAIN))
        .containsExactly("permerror (no list of tags)");
    assertThat(words(dns(), message.replace("v=1;", "v=1; v=1;")))
        .containsExactly("permerror (a tag is there twice)");
    assertThat(words(dns(), message.replace("v=1;", "v=2;")))
        .containsExactly("permerror (v= is not 1)");
  }

  @Test
  void aHeaderWithoutEndIsNotKept() {
    String message =
        signed(PLAIN, ED25519)
            .replace("Message-ID", "X-Filler: " + "x".repeat(2 << 20) + "\nMessage-ID");
    assertThat(words(dns(), message))
        .containsExactly("permerror (the header is too long to be checked)");
  }

  /// Signatures as others make them, with less in them than in ours.
  private static final class Custom {
    static String signed(String tags, String h, String lines, SigningKey key) {
      byte[] bytes = Mails.bytes(lines);
      try {
        MessagePass pass = MessagePass.over(new ByteArrayInputStream(bytes));
        TagList list = TagList.read(tags + h);
        BodyHash hash = pass.want(Canonicalization.RELAXED, list.number("l"));
        pass.finish();
        var text = new ByteArrayOutputStream();
        pass.header().chosen(list.list("h")).forEach(f -> f.write(Canonicalization.RELAXED, text));
        String value =
            "v=1; a=%s; c=relaxed/relaxed; d=example.org; s=%s; %s%s; bh=%s; b="
                .formatted(
                    key.algorithm(),
                    key.selector(),
                    tags,
                    h,
                    Base64.getEncoder().encodeToString(hash.bytes()));
        RawField.of("DKIM-Signature: " + value).writeUnsigned(Canonicalization.RELAXED, text);
        return "DKIM-Signature: " + value + key.sign(text.toByteArray()) + "\n" + lines;
      } catch (IOException | DkimSyntaxException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
