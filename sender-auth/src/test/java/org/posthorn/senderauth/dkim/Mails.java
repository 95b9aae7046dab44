package org.posthorn.senderauth.dkim;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.posthorn.mailet.TestDns;
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderText;

/// Messages and keys for the tests of signatures.
final class Mails {
  static final Instant NOW = Instant.parse("2026-11-27T20:00:00Z");
  static final Domain EXAMPLE = Domain.of("example.org");
  static final SigningKey RSA = SigningKey.generate("r1", Algorithm.RSA_SHA256, 2048);
  static final SigningKey ED25519 = SigningKey.generate("e1", Algorithm.ED25519_SHA256, 0);

  static final String PLAIN =
      """
      From: Ann <ann@example.org>
      To: Bob <bob@example.com>
      Subject: A  word
      Date: Fri, 27 Nov 2026 20:00:00 +0000
      Message-ID: <1@example.org>

      Hello Bob,

      that is all.
      """;

  private Mails() {}

  static TestDns dns() {
    return new TestDns()
        .with("TXT", "r1._domainkey.example.org", RSA.record())
        .with("TXT", "e1._domainkey.example.org", ED25519.record());
  }

  /// Lines of a text block as a message has them.
  static byte[] bytes(String lines) {
    return lines.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
  }

  /// With our signatures on top.
  static String signed(String lines, SigningKey... keys) {
    try {
      StringBuilder prefix = new StringBuilder();
      for (String value :
          DkimSigner.sign(new ByteArrayInputStream(bytes(lines)), EXAMPLE, List.of(keys), NOW)) {
        prefix.append(HeaderText.line("DKIM-Signature", value).replace("\r\n", "\n"));
      }
      return prefix + lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<DkimResult> verify(TestDns dns, String lines) {
    return verify(dns, new ByteArrayInputStream(bytes(lines)));
  }

  static List<DkimResult> verify(TestDns dns, InputStream message) {
    try {
      return new DkimVerifier(dns, InstantSource.fixed(NOW)).verify(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// `pass`, or `fail (the body was changed)`, one for each signature.
  static List<String> words(TestDns dns, String lines) {
    return verify(dns, lines).stream().map(Mails::word).toList();
  }

  static String word(DkimResult result) {
    return result.word() + (result.reason().isEmpty() ? "" : " (" + result.reason() + ")");
  }
}
