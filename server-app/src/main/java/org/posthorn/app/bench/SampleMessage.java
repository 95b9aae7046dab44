package org.posthorn.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/// Messages of one size, or of sizes as they come (as many of a few KB as of a few hundred), each
/// with a Message-ID, a subject and words of its own, as different from each other as letters are:
/// repeated text would flatter whoever compresses or indexes. What is larger than a letter has an
/// attachment that is no text, as mail of that size has. The same ones in every run but for the
/// Message-ID. Safe for use by many threads.
final class SampleMessage {
  private static final int WORDS = 20_000;
  private static final int LINES = 4_096;
  private static final int WORDS_IN_LINE = 11;
  private static final int THREAD_LENGTH = 5;

  /// More than that is attached.
  private static final int TEXT_BYTES = 16 << 10;

  private static final int BINARY_LINE = 57;

  /// A few words make most of a text, as in every language: how often one comes follows the law of
  /// Zipf and Mandelbrot. 10 KiB have 1,410 words, 650 of them different ones; as much of the RFCs
  /// has 1,360 and 430.
  private static final double RANK_EXPONENT = 1.1;

  private static final double RANK_SHIFT = 2.7;
  private static final byte[][] POOL = lines(new Random(5321));

  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] TEXT_HEADER =
      "Content-Type: text/plain; charset=us-ascii\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] MIXED_HEADER =
      """
      Content-Type: multipart/mixed; boundary="bench-part"\r
      \r
      --bench-part\r
      Content-Type: text/plain; charset=us-ascii\r
      \r
      """
          .getBytes(US_ASCII);
  private static final byte[] ATTACHMENT_HEADER =
      """
      \r
      --bench-part\r
      Content-Type: application/octet-stream; name=bench.bin\r
      Content-Transfer-Encoding: base64\r
      Content-Disposition: attachment; filename=bench.bin\r
      \r
      """
          .getBytes(US_ASCII);
  private static final byte[] END = "\r\n--bench-part--\r\n".getBytes(US_ASCII);

  private final int sizeBytes;
  private final int sizeMaxBytes;
  private final long run = System.nanoTime();
  private final AtomicLong count = new AtomicLong();

  SampleMessage(int sizeBytes) {
    this(sizeBytes, sizeBytes);
  }

  SampleMessage(int sizeBytes, int sizeMaxBytes) {
    this.sizeBytes = sizeBytes;
    this.sizeMaxBytes = Math.max(sizeBytes, sizeMaxBytes);
  }

  byte[] next(String to) {
    long number = count.incrementAndGet();
    var random = new Random(number);
    int size = size(number);
    var message = new ByteArrayOutputStream(size + 100);
    message.writeBytes(header(number, to));
    if (size <= 2 * TEXT_BYTES) {
      message.writeBytes(TEXT_HEADER);
      text(message, random, size);
    } else {
      message.writeBytes(MIXED_HEADER);
      text(message, random, TEXT_BYTES);
      message.writeBytes(ATTACHMENT_HEADER);
      attachment(message, random, size - END.length);
      message.writeBytes(END);
    }
    return message.toByteArray();
  }

  private int size(long number) {
    if (sizeMaxBytes == sizeBytes) {
      return sizeBytes;
    }
    // Neighbouring seeds begin with nearly the same number.
    double share = new Random(number * 0x9E37_79B9_7F4A_7C15L).nextDouble();
    return (int) (sizeBytes * Math.pow((double) sizeMaxBytes / sizeBytes, share));
  }

  private static void text(ByteArrayOutputStream message, Random random, int upTo) {
    while (message.size() + 2 < upTo) {
      byte[] line = POOL[random.nextInt(LINES)];
      message.write(line, 0, Math.min(line.length, upTo - message.size() - 2));
      message.writeBytes(CRLF);
    }
  }

  /// In base64, which no text is like.
  private static void attachment(ByteArrayOutputStream message, Random random, int upTo) {
    var bytes = new byte[BINARY_LINE];
    while (message.size() + 2 < upTo) {
      random.nextBytes(bytes);
      byte[] line = Base64.getEncoder().encode(bytes);
      message.write(line, 0, Math.min(line.length, (upTo - message.size() - 2) / 4 * 4));
      message.writeBytes(CRLF);
    }
  }

  private byte[] header(long number, String to) {
    long first = number - number % THREAD_LENGTH;
    String answer =
        number == first ? "" : "In-Reply-To: <%x.%x@bench.example.net>\r\n".formatted(run, first);
    return """
    From: Bench %d <bench%d@example.net>\r
    To: <%s>\r
    Subject: %sMessage %d\r
    Date: Sun, 22 Nov 2026 %02d:%02d:00 +0000\r
    Message-ID: <%x.%x@bench.example.net>\r
    %sMIME-Version: 1.0\r
    """
        .formatted(
            number % 97,
            number % 97,
            to,
            answer.isEmpty() ? "" : "Re: ",
            first,
            number % 24,
            number % 60,
            run,
            number,
            answer)
        .getBytes(US_ASCII);
  }

  private static byte[][] lines(Random random) {
    String[] words = new String[WORDS];
    for (int i = 0; i < WORDS; i++) {
      words[i] = word(random);
    }
    double[] shares = new double[WORDS];
    double all = 0;
    for (int rank = 1; rank <= WORDS; rank++) {
      all += Math.pow(rank + RANK_SHIFT, -RANK_EXPONENT);
      shares[rank - 1] = all;
    }
    byte[][] lines = new byte[LINES][];
    for (int i = 0; i < LINES; i++) {
      var line = new StringBuilder();
      for (int k = 0; k < WORDS_IN_LINE; k++) {
        int found = Arrays.binarySearch(shares, random.nextDouble() * all);
        line.append(k == 0 ? "" : " ").append(words[found < 0 ? -found - 1 : found]);
      }
      lines[i] = line.toString().getBytes(US_ASCII);
    }
    return lines;
  }

  private static String word(Random random) {
    var word = new StringBuilder();
    for (int syllables = 1 + random.nextInt(4); syllables > 0; syllables--) {
      word.append("bcdfghklmnprstvw".charAt(random.nextInt(16)));
      word.append("aeiou".charAt(random.nextInt(5)));
      if (random.nextInt(3) == 0) {
        word.append("lnrst".charAt(random.nextInt(5)));
      }
    }
    return word.toString();
  }
}
