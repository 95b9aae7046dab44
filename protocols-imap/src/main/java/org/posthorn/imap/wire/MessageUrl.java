package org.posthorn.imap.wire;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.net.WireInput;

/// A relative URL of a message or a part of one on this server (RFC 5092 §7, RFC 4469 §3), such as
/// `/Drafts;UIDVALIDITY=385759045/;UID=20/;SECTION=1.2`. Without a mailbox: in the selected one.
public record MessageUrl(
    Optional<String> mailbox, OptionalLong uidValidity, long uid, FetchItem.Bytes section) {
  private static final int BUDGET_BYTES = 8 << 10;
  private static final Duration AT_ONCE = Duration.ofMinutes(1);

  /// Empty for what is no such URL, or one with a server.
  public static Optional<MessageUrl> parse(String text) {
    try {
      return Optional.of(new Reader(text).url());
    } catch (IllegalArgumentException | IOException | ImapSyntaxException _) {
      return Optional.empty();
    }
  }

  private static final class Reader {
    private final String[] segments;
    private Optional<String> mailbox = Optional.empty();
    private OptionalLong uidValidity = OptionalLong.empty();
    private OptionalLong uid = OptionalLong.empty();
    private String section = "";
    private String partial = "";

    Reader(String text) {
      if (text.startsWith("//") || text.toLowerCase(Locale.ROOT).startsWith("imap:")) {
        throw new IllegalArgumentException("With a server");
      }
      segments = (text.startsWith("/") ? text.substring(1) : text).split("/", -1);
    }

    MessageUrl url() throws IOException, ImapSyntaxException {
      var name = new StringBuilder();
      int next = 0;
      for (; next < segments.length && !segments[next].startsWith(";"); next++) {
        name.append(name.isEmpty() ? "" : "/").append(segments[next]);
      }
      if (!name.isEmpty()) {
        mailbox(name.toString());
      }
      for (; next < segments.length; next++) {
        parameter(segments[next]);
      }
      if (uid.isEmpty()) {
        throw new IllegalArgumentException("No message");
      }
      return new MessageUrl(mailbox, uidValidity, uid.getAsLong(), section());
    }

    private void mailbox(String text) {
      int end = text.toUpperCase(Locale.ROOT).indexOf(";UIDVALIDITY=");
      if (end >= 0) {
        uidValidity = OptionalLong.of(number(text.substring(end + ";UIDVALIDITY=".length())));
      }
      mailbox = Optional.of(decoded(end < 0 ? text : text.substring(0, end)));
    }

    private void parameter(String text) {
      int equals = text.indexOf('=');
      String value = text.substring(equals + 1);
      switch (equals < 0 ? "" : text.substring(1, equals).toUpperCase(Locale.ROOT)) {
        case "UID" -> uid = OptionalLong.of(number(value));
        case "SECTION" -> section = decoded(value);
        case "PARTIAL" -> partial = partial(value);
        default -> throw new IllegalArgumentException("Unknown part of a URL");
      }
    }

    /// RFC 5092 §11 `partial-range`: an offset, and a length if it does not go to the end.
    private static String partial(String text) {
      int dot = text.indexOf('.');
      long from = number(dot < 0 ? text : text.substring(0, dot));
      return "<" + from + "." + (dot < 0 ? 0xFFFF_FFFFL : number(text.substring(dot + 1))) + ">";
    }

    private FetchItem.Bytes section() throws IOException, ImapSyntaxException {
      byte[] written = ("[" + section + "]" + partial + "\r\n").getBytes(StandardCharsets.UTF_8);
      var input = WireInput.of(new ByteArrayInputStream(written), written.length);
      var tokens = new Tokens(input, () -> {});
      tokens.begin(BUDGET_BYTES, AT_ONCE);
      FetchItem.Bytes bytes = new FetchParser(tokens).section(false);
      tokens.lineEnd();
      return bytes;
    }

    private static long number(String text) {
      long value = Long.parseLong(text);
      if (value < 0 || value > 0xFFFF_FFFFL) {
        throw new IllegalArgumentException("Not a number of 32 bits");
      }
      return value;
    }

    /// `%41` and UTF-8; a plus is a plus here.
    private static String decoded(String text) {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
  }
}
