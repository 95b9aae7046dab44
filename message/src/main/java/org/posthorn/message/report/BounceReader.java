package org.posthorn.message.report;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what others report about mail of ours: by RFC 3464 where they do so, else by what their
/// text says. Reads at most 64 KiB, and throws for nothing.
public final class BounceReader {
  /// More of a part is not read.
  public static final int BYTES_MAX = 64 * 1024;

  private static final int BLOCKS_MAX = 1_000;
  private static final int TEXT_MAX = 300;
  private static final String VAGUE = "5.0.0";
  private static final String STATUS = "[245]\\.[0-9]{1,3}\\.[0-9]{1,3}";
  private static final Pattern IN_STATUS = Pattern.compile("(?<![0-9.])" + STATUS + "(?![0-9.])");

  /// Without a status behind it, not those about commands (`500`): they are no answers to an
  /// address.
  private static final Pattern REPLY =
      Pattern.compile(
          "(?<![0-9.-])([45])(?:[0-5][0-9][ -](" + STATUS + ")|[1-5][0-9] (?=[<\\p{L}]))");

  /// A status where it means one: versions and chapters have such numbers too.
  private static final Pattern TOLD_STATUS =
      Pattern.compile(
          "(?:[#(<\\[]|\\b(?:status|smtp|code|error|said|reason|dsn|reply|response|diagnostic|failed)"
              + "\\b[^\r\n]{0,60}?[^0-9.\r\n])("
              + STATUS
              + ")(?![0-9.])",
          Pattern.CASE_INSENSITIVE);

  /// The first that is found counts, so what says more stands above what says less: a full mailbox
  /// is often called unavailable too, and an unknown host is told with the user.
  private static final List<Words> WORDS =
      List.of(
          words("(mailbox|quota|inbox)[^.\r\n]{0,40}(full|exceeded)|over ?quota", "5.2.2"),
          words(
              "(host|domain) (unknown|not found|does not exist)|name or service not known",
              "5.1.2"),
          words(
              "user unknown|unknown user|no such (user|recipient|mailbox|address)"
                  + "|(user|recipient|mailbox|address|account)( [^ ]{1,100})? (not found|does not exist"
                  + "|doesn't exist|is unknown|unavailable|disabled)|address rejected",
              "5.1.1"),
          words(
              "undeliver(ed|able)|could ?n[o']t be delivered|delivery (has )?failed"
                  + "|delivery to the following recipients? failed",
              VAGUE));

  private record Words(Pattern pattern, String status) {}

  /// What is said of one recipient. `address` as it is written, without its type.
  public record Said(Optional<String> address, Kind kind, String status, String text) {}

  public enum Kind {
    /// The address is no good.
    PERMANENT,
    /// This mail did not arrive; the next one may.
    TEMPORARY,
    /// It takes longer, or has arrived, or it is something else altogether.
    NONE
  }

  private BounceReader() {}

  /// The recipients of a message/delivery-status, none where it is not one.
  public static List<Said> deliveryStatus(byte[] part) {
    List<Said> all = new ArrayList<>();
    for (Map<String, String> block : blocks(part)) {
      String action = block.getOrDefault("action", "").toLowerCase(Locale.ROOT);
      if (!action.isEmpty()) {
        String status = find(IN_STATUS, block.getOrDefault("status", "")).orElse("5.0.0");
        String text = untyped(block.getOrDefault("diagnostic-code", ""));
        Optional<String> address =
            Optional.ofNullable(block.get("final-recipient"))
                .or(() -> Optional.ofNullable(block.get("original-recipient")))
                .map(BounceReader::untyped);
        Kind kind = action.equals("failed") ? kind(status) : Kind.NONE;
        all.add(new Said(address, kind, status, shortened(text)));
      }
    }
    return all;
  }

  /// What a text for people seems to say; [Kind#NONE] if it names neither a status nor one of the
  /// usual words.
  public static Said plainText(String text) {
    String begin = text.substring(0, Math.min(text.length(), BYTES_MAX));
    Matcher reply = REPLY.matcher(begin);
    if (reply.find()) {
      String status = reply.group(2) == null ? reply.group(1) + ".0.0" : reply.group(2);
      return said(status, begin, reply.start());
    }
    for (Words each : WORDS) {
      Matcher found = each.pattern.matcher(begin);
      if (!each.status.equals(VAGUE) && found.find()) {
        return said(each.status, begin, found.start());
      }
    }
    Matcher status = TOLD_STATUS.matcher(begin);
    if (status.find() && !status.group(1).startsWith("2")) {
      return said(status.group(1), begin, status.start(1));
    }
    for (Words each : WORDS) {
      Matcher found = each.pattern.matcher(begin);
      if (found.find()) {
        return said(each.status, begin, found.start());
      }
    }
    return new Said(Optional.empty(), Kind.NONE, "2.0.0", "");
  }

  /// By whether it speaks of the address: not a full mailbox, a size, the time that ran out, the
  /// content, or what somebody's policy is.
  static Kind kind(String status) {
    boolean ofThisMail =
        !status.startsWith("5.")
            || status.equals("5.2.2")
            || status.equals("5.2.3")
            || status.startsWith("5.3.")
            || status.equals("5.4.6")
            || status.equals("5.4.7")
            || status.startsWith("5.6.")
            || status.startsWith("5.7.");
    return status.startsWith("2.") ? Kind.NONE : ofThisMail ? Kind.TEMPORARY : Kind.PERMANENT;
  }

  private static Said said(String status, String text, int at) {
    int end = text.indexOf('\n', at);
    String line = text.substring(at, end < 0 ? text.length() : end);
    return new Said(Optional.empty(), kind(status), status, shortened(line));
  }

  /// Fields by their names in lower case, unfolded; the first of each name counts.
  private static List<Map<String, String>> blocks(byte[] part) {
    String text =
        new String(part, 0, Math.min(part.length, BYTES_MAX), StandardCharsets.UTF_8)
            .replace("\r\n", "\n")
            .replaceAll("\n[ \t]+", " ");
    List<Map<String, String>> blocks = new ArrayList<>();
    Map<String, String> block = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (line.isBlank()) {
        if (!block.isEmpty() && blocks.size() < BLOCKS_MAX) {
          blocks.add(block);
          block = new HashMap<>();
        }
      } else if (colon > 0) {
        block.putIfAbsent(
            line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
            line.substring(colon + 1).strip());
      }
    }
    if (!block.isEmpty()) {
      blocks.add(block);
    }
    return blocks;
  }

  /// `rfc822; ann@example.org` without the first part.
  private static String untyped(String value) {
    return value.substring(value.indexOf(';') + 1).strip();
  }

  private static Optional<String> find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.group()) : Optional.empty();
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ").strip();
    return line.length() <= TEXT_MAX ? line : line.substring(0, TEXT_MAX);
  }

  private static Words words(String regex, String status) {
    return new Words(Pattern.compile("\\b(" + regex + ")", Pattern.CASE_INSENSITIVE), status);
  }
}
