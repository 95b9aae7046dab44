package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;
import static org.posthorn.smtp.wire.EnhancedStatus.ROUTING_LOOP;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.posthorn.message.Headers;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.spool.NewMail;

/// Looks through the header of a message that comes in: for a loop, for what must not go on, and
/// for what is missing. Safe for use by many threads.
final class HeaderCheck {
  private static final int FIELDS_MAX = 5000;

  /// What objects take in memory, with the references to them.
  private static final int PLACE_BYTES = 40;

  private static final int STRING_BYTES = 64;
  private static final SmtpReply LOOP =
      SmtpReply.of(554, ROUTING_LOOP, "The message has come too far: it runs in a loop");
  private static final SmtpReply TOO_MANY_FIELDS =
      SmtpReply.of(552, MESSAGE_TOO_BIG, "The header of the message has too many fields");

  /// `drop`: fields that must not go on, `results` those among them that say in our name what was
  /// found about the sender. `hasHeader`: false where the text begins with the body. `tlsOptional`:
  /// the header says `TLS-Required: No` (RFC 8689 §3). `priorityFields` are those named
  /// MT-Priority, `priority` what one alone says (RFC 6758). `sentOnFor`: for whom somebody has
  /// sent it on already, by Delivered-To.
  record Findings(
      List<NewMail.Range> drop,
      List<NewMail.Range> results,
      boolean hasHeader,
      boolean hasDate,
      boolean hasMessageId,
      boolean tlsOptional,
      List<NewMail.Range> priorityFields,
      OptionalInt priority,
      List<String> sentOnFor) {
    Findings {
      sentOnFor = List.copyOf(sentOnFor);
      drop = List.copyOf(drop);
      results = List.copyOf(results);
      priorityFields = List.copyOf(priorityFields);
    }

    /// A guess, and no low one: a long header of nothing but such fields is held for as long as the
    /// body takes.
    long memoryBytes() {
      long places = (long) drop.size() + results.size() + priorityFields.size();
      return places * PLACE_BYTES
          + sentOnFor.stream().mapToLong(text -> STRING_BYTES + 2L * text.length()).sum();
    }

    /// What must not go on; a priority does if it counts: the next server may know no better.
    List<NewMail.Range> dropped(boolean priorityCounts) {
      if (priorityFields.isEmpty() || (priorityCounts && priority.isPresent())) {
        return drop;
      }
      return Stream.concat(drop.stream(), priorityFields.stream())
          .sorted(Comparator.comparingLong(NewMail.Range::start))
          .toList();
    }
  }

  /// `From ann@example.org Mon Nov 30 18:27:11 2026`, perhaps with a zone. A text without a header
  /// may begin with `From Monday on`, and is to keep that.
  private static final Pattern MAILBOX_MARK =
      Pattern.compile(
          ">?From \\S.* (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
              + " (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
              + " +[0-9]{1,2} [0-9]{1,2}:[0-9]{2}.* [0-9]{4}(?: .*)?");

  private static final int MAILBOX_MARK_MAX = 400;
  private static final Pattern PRIORITY = Pattern.compile("\\s*(-?[0-9])\\s*(?:\\([^()]*\\)\\s*)?");

  private final int hopsMax;
  private final boolean hidesBlindCopies;
  private final Predicate<String> isOurName;

  /// `isOurName`: whether an authentication service identifier claims to be us.
  HeaderCheck(int hopsMax, boolean hidesBlindCopies, Predicate<String> isOurName) {
    this.hopsMax = hopsMax;
    this.hidesBlindCopies = hidesBlindCopies;
    this.isOurName = isOurName;
  }

  /// `header` is everything up to and with the empty line.
  Findings look(byte[] header) throws MessageRefused {
    return look(header, _ -> {});
  }

  /// `named` hears the Message-ID, of what is refused too.
  Findings look(byte[] header, Consumer<String> named) throws MessageRefused {
    List<Headers.Placed> fields = Headers.read(header);
    if (fields.size() > FIELDS_MAX) {
      throw new MessageRefused(TOO_MANY_FIELDS);
    }
    List<NewMail.Range> drop = new ArrayList<>();
    if (!fields.isEmpty()) {
      int end = endOfMailboxMarks(header, Math.toIntExact(fields.getFirst().start()));
      if (end > 0) {
        drop.add(new NewMail.Range(0, end));
      }
    }
    List<NewMail.Range> results = new ArrayList<>();
    int hops = 0;
    boolean hasDate = false;
    boolean hasMessageId = false;
    boolean tlsOptional = false;
    List<NewMail.Range> priorityFields = new ArrayList<>();
    OptionalInt priority = OptionalInt.empty();
    List<String> sentOnFor = new ArrayList<>();
    for (Headers.Placed placed : fields) {
      String name = placed.field().name().toLowerCase(Locale.ROOT);
      switch (name) {
        case "received" -> hops++;
        case "delivered-to" -> sentOnFor.add(placed.field().value().strip());
        case "date" -> hasDate = true;
        case "message-id" -> {
          hasMessageId = true;
          named.accept(placed.field().value());
        }
        case "tls-required" -> tlsOptional |= placed.field().value().strip().equalsIgnoreCase("no");
        case "mt-priority" -> {
          priority =
              priorityFields.isEmpty() ? priority(placed.field().value()) : OptionalInt.empty();
          priorityFields.add(new NewMail.Range(placed.start(), placed.end()));
        }
        default -> {
          if (mustGo(name, placed.field().value())) {
            var range = new NewMail.Range(placed.start(), placed.end());
            drop.add(range);
            if (name.equals("authentication-results")) {
              results.add(range);
            }
          }
        }
      }
    }
    if (hops > hopsMax) {
      throw new MessageRefused(LOOP);
    }
    boolean hasHeader = !fields.isEmpty() || header.length == 0 || header[0] == '\r';
    return new Findings(
        drop,
        results,
        hasHeader,
        hasDate,
        hasMessageId,
        tlsOptional,
        priorityFields,
        priority,
        sentOnFor);
  }

  /// RFC 6758: `-4`, perhaps with a comment behind it.
  private static OptionalInt priority(String value) {
    Matcher matcher = PRIORITY.matcher(value);
    return matcher.matches()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  /// Where the lines end that begin a message in an mbox (RFC 4155 appendix A), with what was
  /// folded to them; 0 where there is none. Old systems put one on top at each step.
  private static int endOfMailboxMarks(byte[] header, int firstField) {
    int end = 0;
    for (int at = 0; at < firstField; ) {
      int length = Math.min(firstField - at, MAILBOX_MARK_MAX);
      String start = new String(header, at, length, StandardCharsets.ISO_8859_1);
      int lineEnd = start.indexOf("\r\n");
      boolean isFolded = end > 0 && (start.startsWith(" ") || start.startsWith("\t"));
      if (lineEnd < 0 || !(isFolded || isMailboxMark(start.substring(0, lineEnd)))) {
        return end;
      }
      at += lineEnd + 2;
      end = at;
    }
    return end;
  }

  private static boolean isMailboxMark(String line) {
    return MAILBOX_MARK.matcher(line).matches();
  }

  private boolean mustGo(String name, String value) {
    return switch (name) {
      // RFC 8601 §5: only we say what we have found out.
      case "authentication-results" -> isOurName.test(serviceId(value));
      // RFC 5321 §4.4: final delivery adds the true one.
      case "return-path" -> true;
      // RFC 5322 §3.6.3.
      case "bcc", "resent-bcc" -> hidesBlindCopies;
      default -> false;
    };
  }

  /// The authentication service identifier (RFC 8601 §2.2), which stands first: behind white space
  /// and comments, perhaps in quotes. Lower case, without a final dot.
  static String serviceId(String value) {
    int start = behindComments(value);
    var id = new StringBuilder();
    boolean quoted = start < value.length() && value.charAt(start) == '"';
    for (int i = quoted ? start + 1 : start; i < value.length(); i++) {
      char c = value.charAt(i);
      if (quoted ? c == '"' : " \t;(".indexOf(c) >= 0) {
        break;
      }
      if (c == '\\' && quoted && i + 1 < value.length()) {
        c = value.charAt(++i);
      }
      id.append(c);
    }
    String text = id.toString().strip().toLowerCase(Locale.ROOT);
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  private static int behindComments(String value) {
    int depth = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '(') {
        depth++;
      } else if (c == ')' && depth > 0) {
        depth--;
      } else if (c == '\\' && depth > 0) {
        i++;
      } else if (depth == 0 && c != ' ' && c != '\t') {
        return i;
      }
    }
    return value.length();
  }
}
