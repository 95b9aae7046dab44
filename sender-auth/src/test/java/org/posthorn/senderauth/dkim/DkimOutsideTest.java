package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.senderauth.dkim.Mails.ED25519;
import static org.posthorn.senderauth.dkim.Mails.PLAIN;
import static org.posthorn.senderauth.dkim.Mails.RSA;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.DnsServer;

/// Signs here and verifies there, and the other way round: dkimpy, whose DNS is a server on
/// loopback, and opendkim.
class DkimOutsideTest {
  /// What makes a difference to canonicalization.
  private static final List<String> MESSAGES =
      List.of(
          PLAIN,
          PLAIN.replace("that is all.\n", "that  is \t all. \n\n \n\t\n\n"),
          PLAIN.substring(0, PLAIN.indexOf("\n\n") + 2),
          PLAIN.replace("that is all.\n", "that is all"),
          PLAIN.replace("A  word", "Ein  W\u00F6rt\n\t  und \n noch eins  "),
          PLAIN
              .replace("Subject:", "subJECT:")
              .replace("To:", "Cc: a@example.com,\n b@example.com\nTo:"),
          PLAIN.replace("Hello Bob", "\n\n .leading\n\n\n" + "x".repeat(900) + "\u00FC"),
          PLAIN.replace(
              "Date:", "List-Id: <l.example.org>\nReceived: from a\nReceived: from b\nDate:"));

  private static final Pattern SIGNATURE =
      Pattern.compile("(?s)hname='DKIM-Signature' hvalue='(.*?)'");

  private static final String VERIFY =
      """
      print([dkim.DKIM(message).verify(idx=i, dnsfunc=txt) for i in range(2)])
      """;

  private static final String SIGN =
      """
      ways, keys = [argument.encode() for argument in sys.argv[1:3]], sys.argv[3:]
      for selector, algorithm, key in zip((b'r1', b'e1'), (b'rsa-sha256', b'ed25519-sha256'), keys):
          message = dkim.sign(message, selector, b'example.org', key.encode(),
              canonicalize=ways, signature_algorithm=algorithm) + message
      sys.stdout.buffer.write(message)
      """;

  @TempDir Path folder;

  @Test
  void dkimpyVerifiesWhatWeSign() throws IOException {
    try (DnsServer dns = DnsServer.with(zone())) {
      for (String message : MESSAGES) {
        byte[] signed = Mails.bytes(Mails.signed(message, RSA, ED25519));
        assertThat(text(Outside.python(VERIFY, dns.address(), signed)))
            .as(message)
            .isEqualTo("[True, True]\n");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple simple", "simple relaxed", "relaxed simple", "relaxed relaxed"})
  void weVerifyWhatDkimpySigns(String ways) {
    String[] way = ways.split(" ", 2);
    String secret = Base64.getEncoder().encodeToString(ED25519.secret());
    for (String message : MESSAGES) {
      byte[] both =
          Outside.python(
              SIGN, ":0", Mails.bytes(message), way[0], way[1], Outside.pem(RSA), secret);
      assertThat(verified(both)).as(message).containsExactly("pass", "pass");
    }
  }

  @Test
  void opendkimVerifiesWhatWeSign() throws IOException {
    Path keys =
        Files.writeString(
            folder.resolve("keys"),
            "r1._domainkey.example.org %s\ne1._domainkey.example.org %s\n"
                .formatted(RSA.record(), ED25519.record()));
    for (String message : whole()) {
      String said =
          Outside.opendkim(
              "TestPublicKeys " + keys + "\nSyslog no\nMode v\n",
              Mails.bytes(Mails.signed(message, RSA, ED25519)),
              folder);
      assertThat(said)
          .as(message)
          .contains("dkim=pass (2048-bit key) header.d=example.org")
          .containsPattern("dkim=pass header.d=example.org .*header.a=ed25519-sha256");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"})
  void weVerifyWhatOpendkimSigns(String way) throws IOException {
    Path key = Files.writeString(folder.resolve("key.pem"), Outside.pem(RSA));
    String configuration =
        """
        Syslog no
        Mode s
        Domain example.org
        Selector r1
        KeyFile %s
        RequireSafeKeys no
        InternalHosts 0.0.0.0/0
        SignatureAlgorithm rsa-sha256
        Canonicalization %s
        """
            .formatted(key, way);
    for (String message : whole()) {
      String said = Outside.opendkim(configuration, Mails.bytes(message), folder);
      Matcher found = SIGNATURE.matcher(said);
      assertThat(found.find()).as(said).isTrue();
      String signature = "DKIM-Signature: " + found.group(1).replace("\r", "") + "\n";
      assertThat(verified(Mails.bytes(signature + message))).as(message).containsExactly("pass");
    }
  }

  private static List<String> verified(byte[] message) {
    try {
      return new DkimVerifier(Mails.dns(), InstantSource.system())
          .verify(new ByteArrayInputStream(message)).stream().map(Mails::word).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// From a file opendkim does not read a last line without its end.
  private static List<String> whole() {
    return MESSAGES.stream().filter(text -> text.endsWith("\n")).toList();
  }

  static String zone() {
    return "r1._domainkey.example.org. TXT %s\ne1._domainkey.example.org. TXT %s\n"
        .formatted(quoted(RSA), quoted(ED25519));
  }

  private static String quoted(SigningKey key) {
    String record = key.record();
    int half = record.length() / 2;
    return "\"" + record.substring(0, half) + "\" \"" + record.substring(half) + "\"";
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
