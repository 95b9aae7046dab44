package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.spool.NewMail;

class HeaderCheckTest {
  private static final int HEADER_MAX = 65_536;
  private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");

  private final HeaderCheck check = new HeaderCheck(30, false, "mx.example.org"::equals);

  /// RFC 8601 §5, in all the ways in which it can be written.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authentication-Results: mx.example.org; dmarc=pass\r\n",
        "AUTHENTICATION-RESULTS:MX.Example.ORG;dmarc=pass\r\n",
        "Authentication-Results: mx.example.org 1; dmarc=pass\r\n",
        "Authentication-Results: mx.example.org\r\n",
        "Authentication-Results: mx.example.org.; dmarc=pass\r\n",
        "Authentication-Results:\r\n\tmx.example.org;\r\n dmarc=pass\r\n",
        "Authentication-Results: (a (nested\\) comment)) mx.example.org (x); dmarc=pass\r\n",
        "Authentication-Results: \"mx.exa\\mple.org\"; dmarc=pass\r\n",
        "Authentication-Results : mx.example.org; dmarc=pass\r\n",
        "Authentication-Results: mx.example.org(x); dmarc=pass\r\n"
      })
  void dropsResultsThatClaimToBeOurs(String forged) throws IOException {
    String before = "Received: from a by b; x\r\n";
    String text = before + forged + "Subject: x\r\n\r\nbody\r\n";
    assertThat(findings(text, 8192).drop())
        .containsExactly(
            new NewMail.Range(before.length(), (long) before.length() + forged.length()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authentication-Results: mx.example.net; dmarc=pass\r\n",
        "Authentication-Results: (mx.example.org) example.net; dmarc=pass\r\n",
        "Authentication-Results:\r\n",
        "Authentication-Results: ((\r\n",
        "Authentication-Results: \"\r\n",
        "X-Authentication-Results: mx.example.org; dmarc=pass\r\n",
        "Subject: mx.example.org\r\n"
      })
  void keepsEverybodyElses(String field) throws IOException {
    assertThat(findings(field + "\r\nbody\r\n", 8192).drop()).isEmpty();
  }

  @Test
  void looksNoFurtherThanTheHeader() throws IOException {
    var findings =
        findings("Subject: x\r\n\r\nAuthentication-Results: mx.example.org\r\nDate: x\r\n", 8192);
    assertThat(findings.drop()).isEmpty();
    assertThat(findings.hasDate()).isFalse();
  }

  /// RFC 4155: the line that begins a message in an mbox is no part of it. Behind lines of ours it
  /// would be the end of the header for most.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "From ann@example.org Mon Nov 30 18:27:11 2026\r\n",
        ">From ann@example.org Mon Nov  2 18:27 2026\r\n",
        "From MAILER-DAEMON  Mon Nov 30 18:27:11 CET 2026\r\n",
        "From ann Mon Nov 30 18:27:11 2026 remote from host\r\n",
        "From ann@example.org Mon Nov 30 18:27:11 2026 +0100\r\n",
        "From 1234567890@xxx Mon Nov 30 18:27:11 +0000 2026\r\n",
        "From - Mon Nov 30 18:27:11 2026\r\n",
        "From a Mon Nov 30 18:27:11 2026\r\n>From b Mon Nov 30 18:27 2026 remote from c\r\n",
        "From ann@example.org Mon Nov 30 18:27:11 2026\r\n\tremote from host\r\n"
      })
  void dropsTheLineThatBeginsAMessageInAMailbox(String line) throws IOException {
    HeaderCheck.Findings findings = findings(line + "Subject: x\r\n\r\nbody\r\n", 8192);
    assertThat(findings.drop()).containsExactly(new NewMail.Range(0, line.length()));
    assertThat(findings.hasHeader()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "From now on we meet at 18:30\r\nPlace: here\r\n\r\n",
        "From Monday on we meet at 18:30, as in 2026\r\nPlace: here\r\n\r\n",
        "From: ann@example.org (Mon Nov 30 18:27:11 2026)\r\n\r\n",
        "From : ann@example.org (Mon Nov 30 18:27:11 2026)\r\n\r\n",
        "From ann@example.org Mon Nov 30 18:27:11 2026\r\n\r\nbody\r\n",
        "Subject: x\r\nFrom ann@example.org Mon Nov 30 18:27:11 2026\r\n\r\n"
      })
  void dropsNoOtherLineThatBeginsSo(String text) throws IOException {
    assertThat(findings(text, 8192).drop()).isEmpty();
  }

  /// RFC 5321 §4.4, RFC 5322 §3.6.3.
  @Test
  void dropsTheReturnPathAndWhereAskedBlindCopies() throws IOException {
    String text = "Return-Path: <a@b>\r\nBcc: c@d\r\nResent-Bcc: e@f\r\n\r\n";
    assertThat(findings(text, 8192).drop()).containsExactly(new NewMail.Range(0, 20));
    var submission = new HeaderCheck(30, true, _ -> false);
    var message =
        new IncomingMessage(
            stream(text), submission, HEADER_MAX, SharedRoom.forHeaders().share(CLIENT), _ -> {});
    message.readAllBytes();
    assertThat(message.findings().drop()).hasSize(3);
  }

  @Test
  void countsHops() throws IOException {
    String hop = "received: from a by b; x\r\n";
    assertThat(findings(hop.repeat(30) + "\r\n", 8192).drop()).isEmpty();
    assertThatThrownBy(() -> findings(hop.repeat(31) + "\r\n", 8192))
        .isInstanceOfSatisfying(
            MessageRefused.class, e -> assertThat(e.reply().format()).startsWith("554 5.4.6 "));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8192})
  void findsTheEndOfTheHeaderWhereverTheBytesAreCut(int pieceBytes) throws IOException {
    String text = "Date: x\r\nMessage-ID: <x@y>\r\n\r\nBcc: x\r\n\r\n" + "body\r\n".repeat(2000);
    var findings = findings(text, pieceBytes);
    assertThat(findings.hasDate()).isTrue();
    assertThat(findings.hasMessageId()).isTrue();
    assertThat(findings.hasHeader()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'just text\\r\\nmore\\r\\n' | false",
        "' folded\\r\\n' | false",
        "'\\r\\nbody\\r\\n' | true",
        "'Subject: x\\r\\n' | true",
        "'' | true"
      })
  void knowsWhetherThereIsAHeader(String text, boolean hasHeader) throws IOException {
    assertThat(findings(text.translateEscapes(), 8192).hasHeader()).isEqualTo(hasHeader);
  }

  @Test
  void refusesAHeaderThatIsTooBig() throws IOException {
    String field = "X-Big: " + "y".repeat(1000) + "\r\n";
    assertThat(findings(field.repeat(64) + "\r\n" + "body\r\n".repeat(20_000), 8192).hasHeader())
        .isTrue();
    for (String end : new String[] {"\r\n", ""}) {
      assertThatThrownBy(() -> findings(field.repeat(66) + end, 8192))
          .isInstanceOfSatisfying(
              MessageRefused.class, e -> assertThat(e.reply().format()).startsWith("552 5.3.4 "));
    }
  }

  /// Many that are sent slowly cannot fill the memory; however one ends, its room is free again.
  @Test
  void takesNoMoreRoomForLongHeadersThanThereIs() throws IOException {
    var room = new SharedRoom(700_000);
    String text = ("X-Big: " + "y".repeat(1000) + "\r\n").repeat(120) + "\r\nbody\r\n";
    try (IncomingMessage first = beginning(text, room)) {
      assertThat(room.takenBytes()).isBetween(91_000L, 150_000L);
      try (IncomingMessage second =
          new IncomingMessage(stream(text), check, 200_000, room.share(CLIENT), _ -> {})) {
        assertThatThrownBy(() -> readInPieces(second))
            .isInstanceOfSatisfying(
                MessageRefused.class, e -> assertThat(e.reply().format()).startsWith("451 4.3.1 "));
      }
      try (IncomingMessage third =
          new IncomingMessage(stream(text), check, 200_000, room.share(OTHER), _ -> {})) {
        readInPieces(third);
      }
      readInPieces(first);
      assertThat(room.takenBytes()).isZero();
    }
    try (IncomingMessage loop = beginning("Received: x\r\n".repeat(31) + text, room)) {
      assertThatThrownBy(() -> readInPieces(loop)).isInstanceOf(MessageRefused.class);
    }
    assertThat(room.takenBytes()).isZero();
    IncomingMessage cut = beginning(text, room);
    assertThat(room.takenBytes()).isPositive();
    cut.close();
    cut.close();
    assertThat(room.takenBytes()).isZero();
  }

  /// The header is let go of, and what was found in it is not.
  @Test
  void takesRoomForWhatIsFoundInALongHeader() throws IOException {
    var room = new SharedRoom(400_000);
    String header = ("Delivered-To: " + "x".repeat(500) + "\r\n").repeat(60) + "\r\n";
    try (var message =
        new IncomingMessage(
            stream(header + "body\r\n"), check, 200_000, room.share(CLIENT), _ -> {})) {
      message.readNBytes(header.length());
      assertThat(room.takenBytes()).isBetween(50_000L, 100_000L);
    }
    assertThat(room.takenBytes()).isZero();
  }

  /// Of which 100,000 bytes have come.
  private IncomingMessage beginning(String text, SharedRoom room) throws IOException {
    var message = new IncomingMessage(stream(text), check, 200_000, room.share(CLIENT), _ -> {});
    for (int i = 0; i < 100; i++) {
      message.readNBytes(1000);
    }
    return message;
  }

  private static void readInPieces(IncomingMessage message) throws IOException {
    while (message.readNBytes(1000).length > 0) {
      // Only what is gathered meanwhile matters.
    }
  }

  @Test
  void refusesTooManyFields() {
    assertThatThrownBy(() -> findings("a:\r\n".repeat(5001) + "\r\n", 8192))
        .isInstanceOf(MessageRefused.class);
  }

  private HeaderCheck.Findings findings(String text, int pieceBytes) throws IOException {
    var message =
        new IncomingMessage(
            stream(text), check, HEADER_MAX, SharedRoom.forHeaders().share(CLIENT), _ -> {});
    byte[] target = new byte[pieceBytes];
    var copy = new StringBuilder();
    for (int n = message.read(target, 0, pieceBytes);
        n >= 0;
        n = message.read(target, 0, pieceBytes)) {
      copy.append(new String(target, 0, n, StandardCharsets.ISO_8859_1));
    }
    assertThat(copy.toString()).isEqualTo(text);
    return message.findings();
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
