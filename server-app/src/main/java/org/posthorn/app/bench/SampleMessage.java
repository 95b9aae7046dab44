package org.posthorn.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// Messages of one size, each with a Message-ID and a subject of its own. Safe for use by many
/// threads.
final class SampleMessage {
  private static final String LINE =
      "The post horn was blown when the mail coach came into the town at night.\r\n";

  private final byte[] body;
  private final AtomicLong count = new AtomicLong(System.nanoTime());

  SampleMessage(int sizeBytes) {
    byte[] text = LINE.repeat(sizeBytes / LINE.length() + 1).getBytes(US_ASCII);
    int length = Math.max(0, sizeBytes - header(0, "user1@example.org").length);
    body = Arrays.copyOf(text, length);
    if (length >= 2) {
      body[length - 2] = '\r';
      body[length - 1] = '\n';
    }
  }

  byte[] next(String to) {
    byte[] header = header(count.incrementAndGet(), to);
    byte[] message = Arrays.copyOf(header, header.length + body.length);
    System.arraycopy(body, 0, message, header.length, body.length);
    return message;
  }

  private static byte[] header(long number, String to) {
    return """
    From: Bench <bench@example.net>\r
    To: <%s>\r
    Subject: Message %016x\r
    Date: Sun, 22 Nov 2026 12:00:00 +0000\r
    Message-ID: <%016x@bench.example.net>\r
    MIME-Version: 1.0\r
    Content-Type: text/plain; charset=us-ascii\r
    \r
    """
        .formatted(to, number, number)
        .getBytes(US_ASCII);
  }
}
