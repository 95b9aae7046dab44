package org.posthorn.smtp.outbound;

import java.util.List;
import org.posthorn.message.HeaderText;

/// What a server replied (RFC 5321 §4.2): the code, and the lines without it.
record Reply(int code, List<String> lines) {
  private static final int TEXT_MAX = 1_000;

  Reply {
    lines = List.copyOf(lines);
  }

  boolean isPositive() {
    return code / 100 == 2;
  }

  boolean isPermanent() {
    return code / 100 == 5;
  }

  /// A no, for now or for good. Where a reply that is none is no yes either, nobody knows what the
  /// next one would be to.
  boolean isRefusal() {
    return code >= 400;
  }

  /// The service is closing the connection, whatever was asked (RFC 5321 §3.8).
  boolean isClosing() {
    return code == 421;
  }

  /// The server wants no more recipients in this transaction (RFC 5321 §4.5.3.1.10).
  boolean isTooManyRecipients() {
    return code == 452 || code == 552 || status().endsWith(".5.3");
  }

  /// The server lets nobody in like this: without a login, with this one, or without TLS (RFC 4954
  /// §6, RFC 3207 §4). It has said nothing of the mail.
  boolean wantsLogin() {
    return code == 530 || code == 534 || code == 535 || code == 538;
  }

  /// The enhanced status code (RFC 2034), if there is one of the reply's own class, or else the one
  /// that says nothing more than the class.
  String status() {
    String first = lines.isEmpty() ? "" : lines.getFirst();
    int end = first.indexOf(' ');
    String word = end < 0 ? first : first.substring(0, end);
    boolean usable =
        word.matches("[245]\\.[0-9]{1,3}\\.[0-9]{1,3}") && word.charAt(0) - '0' == code / 100;
    if (usable) {
      return word;
    }
    return switch (code / 100) {
      case 2 -> "2.0.0";
      case 5 -> "5.0.0";
      default -> "4.0.0";
    };
  }

  /// On one line, for logs and reports: the code, and the words without what is repeated on every
  /// line.
  String text() {
    String status = status() + " ";
    StringBuilder text = new StringBuilder().append(code);
    for (int i = 0; i < lines.size() && text.length() < TEXT_MAX; i++) {
      String line = lines.get(i);
      String more = i > 0 && line.startsWith(status) ? line.substring(status.length()) : line;
      if (!more.isBlank()) {
        text.append(' ').append(more.strip());
      }
    }
    text.setLength(Math.min(text.length(), TEXT_MAX));
    return HeaderText.withoutControls(text.toString());
  }
}
