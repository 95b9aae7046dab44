package org.posthorn.message.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The scan runs for each received message: about 10 microseconds for one of 10 KiB. The bound here
/// is many times that, so that a busy machine does not fail it.
final class ScanSpeedTest {
  private static final Duration ONE_SCAN_MAX = Duration.ofNanos(200_000);

  @Test
  void takesMicrosecondsForAnOrdinaryMessage() {
    byte[] message = ordinary();
    long best = Long.MAX_VALUE;
    long kept = 0;
    for (int round = 0; round < 20; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < 500; i++) {
        kept += StructureScanner.scan(message).root().bodyLines();
      }
      best = Math.min(best, (System.nanoTime() - start) / 500);
    }
    assertThat(kept).isPositive();
    assertThat(Duration.ofNanos(best)).isLessThan(ONE_SCAN_MAX);
  }

  /// Ten KiB: the header that a mail has after three hops, text and HTML.
  private static byte[] ordinary() {
    String header =
        """
        Return-Path: <ann@example.org>
        Received: from mail.example.org (mail.example.org [192.0.2.1])
        \tby mx.example.net with ESMTPS id 0123456789
        \tfor <bob@example.net>; Sun, 22 Nov 2026 12:00:00 +0000
        Received: from [192.168.0.2] (unknown) by mail.example.org with ESMTPSA; Sun, 22 Nov 2026 12:00:00 +0000
        DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k1; h=from:to:subject;
        \tb=01234567890123456789012345678901234567890123456789012345678901234567890123456789
        From: =?utf-8?Q?Ann_J=C3=B6rgensen?= <ann@example.org>
        To: Bob <bob@example.net>, Carl <carl@example.com>
        Subject: Minutes of the meeting on Tuesday
        Date: Sun, 22 Nov 2026 12:00:00 +0000
        Message-ID: <0123456789@example.org>
        In-Reply-To: <9876543210@example.net>
        References: <1@example.net> <9876543210@example.net>
        MIME-Version: 1.0
        Content-Type: multipart/alternative; boundary="----=_Part_1"

        """;
    String line =
        "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\n";
    String mail =
        header
            + "------=_Part_1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
            + line.repeat(40)
            + "------=_Part_1\nContent-Type: text/html; charset=utf-8\n\n<html><body>"
            + ("<p>" + line).repeat(66)
            + "</body></html>\n------=_Part_1--\n";
    return mail.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
  }
}
