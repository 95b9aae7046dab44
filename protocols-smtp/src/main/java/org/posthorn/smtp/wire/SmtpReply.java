package org.posthorn.smtp.wire;

import java.util.List;
import java.util.Optional;

/// What the server says after a command (RFC 5321 §4.2). The text is printable ASCII, so that
/// nothing a client sent can add a line to the dialogue.
///
/// `status` is absent where RFC 2034 §4 forbids it: in the greeting, in the answer to EHLO and in
/// every 3xx reply.
public record SmtpReply(int code, Optional<EnhancedStatus> status, List<String> lines) {
  public SmtpReply {
    if (code < 200 || code > 599) {
      throw new IllegalArgumentException("Not a reply code: " + code);
    }
    if (code / 100 == 3 && status.isPresent()) {
      throw new IllegalArgumentException("3xx replies have no enhanced status");
    }
    lines = List.copyOf(lines);
    if (lines.isEmpty()
        || !lines.stream().allMatch(line -> isPrintable(line, showsAddresses(status)))) {
      throw new IllegalArgumentException("Not the text of a reply");
    }
  }

  public static SmtpReply of(int code, EnhancedStatus status, String line) {
    return new SmtpReply(code, Optional.of(status), List.of(line));
  }

  /// A reply without an enhanced status code.
  public static SmtpReply plain(int code, String line) {
    return new SmtpReply(code, Optional.empty(), List.of(line));
  }

  /// Whether the connection is closed after it (RFC 5321 §4.2.3).
  public boolean isLast() {
    return code == 221 || code == 421;
  }

  public boolean isFailure() {
    return code >= 400;
  }

  /// As it goes on the wire, every line but the last marked with `-`.
  public String format() {
    String prefix = status.map(s -> s.in(code) + " ").orElse("");
    var wire = new StringBuilder(64);
    for (int i = 0; i < lines.size(); i++) {
      char mark = i == lines.size() - 1 ? ' ' : '-';
      wire.append(code).append(mark).append(prefix).append(lines.get(i)).append("\r\n");
    }
    return wire.toString();
  }

  /// RFC 6531 §3.7.4.2: no other replies may have what is not ASCII.
  private static boolean showsAddresses(Optional<EnhancedStatus> status) {
    return status.filter(EnhancedStatus.RECIPIENT_VALID::equals).isPresent();
  }

  private static boolean isPrintable(String line, boolean beyondAscii) {
    return line.codePoints()
        .allMatch(c -> c >= ' ' && (c <= '~' || (beyondAscii && !Character.isISOControl(c))));
  }
}
