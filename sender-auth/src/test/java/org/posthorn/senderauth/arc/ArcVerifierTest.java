package org.posthorn.senderauth.arc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.TestDns;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.Outside;
import org.posthorn.senderauth.dkim.SigningKey;

/// Chains that dkimpy has sealed.
class ArcVerifierTest {
  private static final SigningKey KEY = SigningKey.generate("s1", Algorithm.RSA_SHA256, 2048);
  private static final String MESSAGE =
      """
      Authentication-Results: %1$s; spf=pass smtp.mailfrom=example.org;
       dkim=pass header.d=example.org
      From: Ann <ann@example.org>
      To: List <list@lists.example>
      Subject: A word
      Date: Fri, 27 Nov 2026 20:00:00 +0000
      Message-ID: <1@example.org>

      Hello, all.
      """;

  private static final String TYPED = MESSAGE.replace("Date:", "Content-Type: text/plain\nDate:");

  /// `argv[2:]` are the sealers in order.
  private static final String SEAL =
      """
      pem = sys.argv[1].encode()
      status = b'none'
      for domain in sys.argv[2:]:
          name = domain.encode()
          message = (b'Authentication-Results: ' + name + b'; arc=' + status
              + b'; spf=pass smtp.mailfrom=example.org\\r\\n' + message)
          status = b'pass'
          lines = dkim.arc_sign(message, b's1', name, pem, name,
              include_headers=[b'from', b'to', b'subject', b'date', b'message-id'] + MORE)
          message = b''.join(lines) + message
      sys.stdout.buffer.write(message)
      """;

  private static final String VERIFY =
      """
      print(dkim.ARC(message).verify(dnsfunc=lambda n, timeout=5: RECORD)[0].decode())
      """;

  /// Names that were asked for.
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  private final TestDns dns =
      new TestDns()
          .with("TXT", "s1._domainkey.lists.example", KEY.record())
          .with("TXT", "s1._domainkey.forward.example", KEY.record())
          .with("TXT", "s1._domainkey.third.example", KEY.record());

  @Test
  void aMessageWithoutSealsHasNoChain() {
    assertThat(verify(text(MESSAGE)).word()).isEqualTo("none");
  }

  @Test
  void aChainThatHoldsSaysWhoSealedIt() {
    String sealed = sealed("lists.example", "forward.example", "third.example");
    ArcResult result = verify(sealed);
    assertThat(result.word() + " " + result.reason())
        .isEqualTo("pass sealed by lists.example, forward.example, third.example");
    assertThat(outside(sealed)).isEqualTo("pass");
    ArcSet first = ((ArcResult.Pass) result).sets().getFirst();
    assertThat(first.results()).contains("spf=pass smtp.mailfrom=example.org");
  }

  @Test
  void theWitnessIsTheFirstOfThoseWhoAreTrustedUpToTheLast() {
    var pass = (ArcResult.Pass) verify(sealed("lists.example", "forward.example", "third.example"));
    assertThat(witness(pass, "forward.example", "third.example")).isEqualTo("forward.example");
    assertThat(witness(pass, "lists.example", "third.example")).isEqualTo("third.example");
    assertThat(witness(pass, "lists.example")).isEqualTo("nobody");
  }

  private static String witness(ArcResult.Pass pass, String... trusted) {
    return ArcResult.witness(pass.sets(), domain -> Set.of(trusted).contains(domain.ascii()))
        .map(set -> set.sealer().ascii())
        .orElse("nobody");
  }

  /// As the drafts of RFC 8617 wanted it, and some still do.
  @Test
  void sealersMaySignTheResultsToo() {
    String sealed =
        sealed("b'arc-authentication-results'", List.of("lists.example", "forward.example"));
    assertThat(sealed).containsPattern("h=[^;]*arc-authentication-results");
    assertThat(verify(sealed).word()).isEqualTo("pass");
    assertThat(outside(sealed)).isEqualTo("pass");
    assertThat(verify(forgedResults(sealed)).word()).isEqualTo("fail");
    for (String name : List.of("arc-seal", "arc-message-signature")) {
      assertThat(verify(sealed.replace("h=from", "h=" + name + ":from")))
          .isEqualTo(new ArcResult.Fail("a message signature over the chain"));
    }
  }

  @Test
  void whatChangedAfterwardsBreaksTheChain() {
    String sealed = sealed("lists.example", "forward.example");
    assertThat(verify(sealed.replace("Hello, all", "Hello, you")))
        .isEqualTo(new ArcResult.Fail("the body was changed after it was sealed"));
    assertThat(verify(sealed.replace("Subject: A word", "Subject: Another")))
        .isEqualTo(new ArcResult.Fail("the header was changed after it was sealed"));
    String forged = forgedResults(sealed);
    assertThat(verify(forged)).isEqualTo(new ArcResult.Fail("seal 2 is not right"));
    assertThat(outside(forged)).isEqualTo("fail");
  }

  @Test
  void aFieldAboveTheSignedOneBreaksTheChain() {
    String sealed = sealed("lists.example", "forward.example");
    for (String added : List.of("Subject: Pay now", "From: Bank <a@bank.example>", "Date: today")) {
      String name = added.substring(0, added.indexOf(':')).toLowerCase(Locale.ROOT);
      assertThat(verify(added + "\r\n" + sealed))
          .isEqualTo(
              new ArcResult.Fail("there is another " + name + " field above the signed one"));
    }
    assertThat(verify("X-Other: field\r\n" + sealed).word()).isEqualTo("pass");
    String typed = sealed("b'content-type'", List.of("lists.example"), TYPED);
    assertThat(verify(typed).word()).isEqualTo("pass");
    assertThat(verify("Content-Type: text/html\r\n" + typed).word()).isEqualTo("fail");
  }

  private static String forgedResults(String sealed) {
    int at = sealed.lastIndexOf("ARC-Authentication-Results:");
    return sealed.substring(0, at) + sealed.substring(at).replaceFirst("spf=pass", "spf=fail");
  }

  @Test
  void aChainWithAGapIsNone() {
    String sealed = sealed("lists.example", "forward.example");
    String withoutFirst = sealed.replaceFirst("(?s)ARC-Seal: i=1;.*?\\r\\n(?=\\S)", "");
    assertThat(verify(withoutFirst)).isEqualTo(new ArcResult.Fail("the chain has a gap"));
    assertThat(verify(sealed.replace("i=1;", "i=2;")))
        .isEqualTo(new ArcResult.Fail("the chain has a gap"));
    assertThat(verify("ARC-Seal: nothing\r\n" + sealed))
        .isEqualTo(new ArcResult.Fail("the chain has a gap"));
    assertThat(verify(sealed.replace("cv=pass", "cv=fail")))
        .isEqualTo(new ArcResult.Fail("the last sealer says that the chain was broken"));
    assertThat(verify(sealed.replace("cv=none", "cv=pass")))
        .isEqualTo(new ArcResult.Fail("cv= of seal 1 is not right"));
  }

  @Test
  void aChainOfTooManySealsIsNotLookedAt() {
    var many = new StringBuilder();
    for (int i = 1; i <= 60; i++) {
      many.append(
          "ARC-Seal: i=%d; a=rsa-sha256; d=a.example; s=s; cv=none; b=AA==\r\n".formatted(i));
    }
    assertThat(verify(many + text(MESSAGE))).isEqualTo(new ArcResult.Fail("more than 50 seals"));
  }

  @Test
  void aSealerWhoseKeyIsGoneIsNone() {
    String sealed = sealed("gone.example");
    assertThat(verify(sealed)).isEqualTo(new ArcResult.Fail("there is no such key"));
    dns.silentFor("s1._domainkey.gone.example");
    assertThat(verify(sealed))
        .isInstanceOfSatisfying(
            ArcResult.Unknown.class,
            unknown -> {
              assertThat(unknown.word() + " " + unknown.reason())
                  .isEqualTo("fail the key could not be asked for");
              assertThat(unknown.sets())
                  .extracting(set -> set.sealer().ascii())
                  .containsExactly("gone.example");
            });
  }

  /// Sets of the right form cost whoever writes them nothing.
  @Test
  void aLongChainThatIsMadeUpAsksForNoKeysOfItsSeals() {
    var sets = new StringBuilder();
    for (int i = 50; i > 0; i--) {
      sets.append(
          """
          ARC-Seal: i=%1$d; a=rsa-sha256; d=a.example; s=s%1$d; cv=%2$s; b=AA==
          ARC-Message-Signature: i=%1$d; a=rsa-sha256; c=relaxed/relaxed; d=a.example; s=m%1$d;
           h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AA==
          ARC-Authentication-Results: i=%1$d; a.example; spf=pass
          """
              .formatted(i, i == 1 ? "none" : "pass"));
    }

    assertThat(verify(text(sets + MESSAGE)))
        .isEqualTo(new ArcResult.Fail("the body was changed after it was sealed"));
    assertThat(asked).hasSizeLessThanOrEqualTo(1);
  }

  /// Whoever signs the message himself has sealed it, and says who the others were.
  @Test
  void keysOfEarlierSealsAreAskedForWhenThoseOfLaterOnesHold() {
    List<String> sealers = new ArrayList<>();
    for (int i = 1; i <= 12; i++) {
      sealers.add("n" + i + ".example");
      dns.with("TXT", "s1._domainkey.n" + i + ".example", KEY.record());
    }
    String sealed = sealed(sealers.toArray(String[]::new));
    assertThat(verify(sealed).word()).isEqualTo("pass");
    assertThat(Set.copyOf(asked)).hasSize(12);

    asked.clear();
    assertThat(verify(forgedResults(sealed))).isEqualTo(new ArcResult.Fail("seal 12 is not right"));
    assertThat(asked).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void survivesNoise() {
    String sealed = sealed("lists.example");
    byte[] good = sealed.getBytes(StandardCharsets.ISO_8859_1);
    var random = new Random(11);
    int header = sealed.indexOf("\r\n\r\n");
    for (int round = 0; round < 3_000; round++) {
      byte[] bad = good.clone();
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        bad[random.nextInt(header)] = (byte) "=;: i1\r\n\t\u0000b9a".charAt(random.nextInt(13));
      }
      assertThat(verify(bad).word()).isIn("pass", "fail", "none");
    }
  }

  private static String sealed(String... sealers) {
    return sealed("", List.of(sealers));
  }

  /// `more`: names of further fields to sign, in the words of Python.
  private static String sealed(String more, List<String> sealers) {
    return sealed(more, sealers, MESSAGE);
  }

  private static String sealed(String more, List<String> sealers, String message) {
    List<String> arguments = new ArrayList<>(List.of(Outside.pem(KEY)));
    arguments.addAll(sealers);
    return new String(
        Outside.python(
            record() + "MORE = [" + more + "]\n" + SEAL,
            ":0",
            text(message).getBytes(StandardCharsets.ISO_8859_1),
            arguments.toArray(String[]::new)),
        StandardCharsets.ISO_8859_1);
  }

  private static String outside(String message) {
    byte[] said =
        Outside.python(record() + VERIFY, ":0", message.getBytes(StandardCharsets.ISO_8859_1));
    return new String(said, StandardCharsets.ISO_8859_1).strip();
  }

  private static String record() {
    return "RECORD = b'" + KEY.record() + "'\n";
  }

  private static String text(String lines) {
    return lines.formatted("mx.example").replace("\n", "\r\n");
  }

  private ArcResult verify(String message) {
    return verify(message.getBytes(StandardCharsets.ISO_8859_1));
  }

  private ArcResult verify(byte[] message) {
    try {
      return new ArcVerifier(new Heard(dns, asked), InstantSource.system())
          .verify(new ByteArrayInputStream(message));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Writes down which texts another is asked for. Safe for use by many threads.
  private record Heard(Dns other, List<String> asked) implements Dns {
    @Override
    public Answer<Exchanger> exchangers(String domain) {
      return other.exchangers(domain);
    }

    @Override
    public Answer<InetAddress> addresses(String host) {
      return other.addresses(host);
    }

    @Override
    public Answer<InetAddress> ipv4Addresses(String host) {
      return other.ipv4Addresses(host);
    }

    @Override
    public Answer<InetAddress> ipv6Addresses(String host) {
      return other.ipv6Addresses(host);
    }

    @Override
    public Answer<String> texts(String name) {
      asked.add(name);
      return other.texts(name);
    }

    @Override
    public Answer<String> names(InetAddress address) {
      return other.names(address);
    }
  }
}
