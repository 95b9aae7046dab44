package org.posthorn.mailet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// Makes mails of all kinds that can come in, good and bad, from a seed. Used by one thread.
public final class RandomMails {
  private static final List<String> LINES =
      List.of(
          "Subject: hello",
          "subject: again, in lower case",
          "From: \"Ann\" <ann@example.org>",
          "To: undisclosed-recipients:;",
          "X-Folded: one\r\n two\r\n\tthree",
          "X-Empty:",
          "X-Encoded: =?utf-8?q?=C3=A4?=",
          "X-Raw: ä ö ü",
          "Delivered-To: bob@example.org",
          "Content-Type: multipart/mixed; boundary=b",
          "Content-Type: text/plain; charset=utf-8",
          "Received: from a by b; Mon, 02 Mar 2026 10:00:00 +0000",
          "no colon in this line",
          ": no name",
          "X-Long: " + "x".repeat(5_000),
          "X-Loop: yes");

  private final Random random;
  private final Function<byte[], Message> messages;

  /// `messages` makes the kind of message that the mailet under test needs.
  public RandomMails(long seed, Function<byte[], Message> messages) {
    this.random = new Random(seed);
    this.messages = messages;
  }

  public Mail next() {
    List<Recipient> recipients = new ArrayList<>();
    int count = random.nextInt(5) == 0 ? 1 + random.nextInt(60) : 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      recipients.add(recipient(i));
    }
    return new Mail(
        new MailId("m" + random.nextInt(Integer.MAX_VALUE)),
        random.nextInt(4) == 0 ? Optional.empty() : Optional.of(address("sender")),
        recipients,
        messages.apply(bytes()),
        new Origin(
            Optional.empty(),
            "client.example",
            random.nextBoolean() ? Optional.of(address("login")) : Optional.empty(),
            random.nextBoolean() ? "ESMTPS" : "LMTP",
            "c" + random.nextInt(1_000),
            Instant.parse("2026-11-22T12:00:00Z")),
        random.nextBoolean() ? Map.of() : Map.of("test.note", "n".repeat(random.nextInt(500))));
  }

  private Recipient recipient(int number) {
    String local =
        switch (random.nextInt(6)) {
          case 0 -> "ann+folder" + number;
          case 1 -> "\"odd one " + number + "\"";
          case 2 -> "jürgen" + number;
          default -> "user" + number;
        };
    Set<Recipient.Notify> notify =
        switch (random.nextInt(4)) {
          case 0 -> Set.of(Recipient.Notify.NEVER);
          case 1 -> EnumSet.of(Recipient.Notify.SUCCESS, Recipient.Notify.FAILURE);
          default -> Set.of();
        };
    Optional<Recipient.Failure> failure =
        random.nextInt(5) == 0
            ? Optional.of(
                new Recipient.Failure("5.1.1", Optional.of("mx.example.net"), "550 no\tsuch"))
            : Optional.empty();
    return new Recipient(address(local), Optional.empty(), notify, failure);
  }

  private MailAddress address(String local) {
    String domain =
        switch (random.nextInt(4)) {
          case 0 -> "example.net";
          case 1 -> "[192.0.2.1]";
          default -> "example.org";
        };
    return MailAddress.of(local + "@" + domain);
  }

  private byte[] bytes() {
    if (random.nextInt(12) == 0) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      return noise;
    }
    if (random.nextInt(12) == 0) {
      return utf8(hostile());
    }
    var out = new ByteArrayOutputStream();
    int lines = random.nextInt(10);
    for (int i = 0; i < lines; i++) {
      out.writeBytes(utf8(LINES.get(random.nextInt(LINES.size())) + "\r\n"));
    }
    if (random.nextInt(10) != 0) {
      out.writeBytes(utf8("\r\n"));
      int body = random.nextInt(20) == 0 ? 3_000_000 : random.nextInt(2_000);
      out.writeBytes(utf8("line of text\r\n".repeat(body / 14)));
    }
    return out.toByteArray();
  }

  /// What breaks programs that trust what they read.
  private String hostile() {
    return switch (random.nextInt(8)) {
      case 0 -> nested(300);
      case 1 -> "X-Many: field\r\n".repeat(5_000) + "\r\nbody\r\n";
      case 2 -> "Subject: " + "=?utf-8?b?4oC".repeat(2_000) + "\r\n\r\nbody\r\n";
      case 3 -> "Subject: =?utf-8?q?a=0D=0ABcc:_eve@example.net?=\r\n\r\nbody\r\n";
      case 4 -> "From: " + "a <a@b.example>, ".repeat(5_000) + "(\r\n\r\nbody\r\n";
      case 5 ->
          "Content-Type: text/html; charset=\"no such\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
              + "!!! no base64 \u0000\r\n".repeat(100);
      case 6 -> "Subject: a\u0000b\u202Ec\u0007\r\nX-Bare: a\rb\nc\r\n\r\nno\rend\nof line";
      default -> "Subject: one line\r\n\r\n" + "<b>".repeat(300_000);
    };
  }

  /// Parts in parts in parts, none of which ends.
  private static String nested(int depth) {
    var text = new StringBuilder("MIME-Version: 1.0\r\n");
    for (int i = 0; i < depth; i++) {
      text.append("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n".formatted(i, i));
    }
    return text.append("\r\nbody\r\n").toString();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
