package org.posthorn.smtp.wire;

import static org.posthorn.smtp.wire.EnhancedStatus.CONTENT;
import static org.posthorn.smtp.wire.EnhancedStatus.LINE_ENDS;
import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;

import org.jspecify.annotations.Nullable;
import org.posthorn.net.LineFeeds;

/// Looks at every byte of a message's text once, in place: takes out the dots that DATA adds, finds
/// the end, and notes what makes the text unacceptable. Used by one thread.
///
/// Only CR LF is an end of line, and only CR LF `.` CR LF is the end of a text (RFC 5321 §4.1.1.4).
/// A CR or an LF on its own is no line end, whatever stands around it: two servers that differ
/// about that can be made to see different messages. So it is refused (§2.3.8), but after reading
/// on to the true end.
final class TextScan {
  private static final SmtpReply LINE_ENDS_REFUSAL =
      SmtpReply.of(550, LINE_ENDS, "Lines must end with CR LF, and neither may stand alone");
  private static final SmtpReply NUL_REFUSAL =
      SmtpReply.of(550, CONTENT, "Message contains a NUL byte");
  private static final SmtpReply SIZE_REFUSAL =
      SmtpReply.of(552, MESSAGE_TOO_BIG, "Message is too big");
  private static final SmtpReply LINE_REFUSAL =
      SmtpReply.of(550, CONTENT, "Message has a line that is too long");

  private enum Place {
    LINE_START,
    IN_LINE,
    AFTER_CR,
    AFTER_DOT,
    AFTER_DOT_CR
  }

  /// How a text is brought, and which bytes it may have.
  enum Kind {
    /// Behind DATA.
    DOT_STUFFED,
    /// In chunks, which have neither dots nor an end of their own.
    CHUNKED,
    /// In chunks, and any bytes (RFC 3030 §3).
    BINARY
  }

  private final Kind kind;
  private final TextLimits limits;
  private Place place = Place.LINE_START;
  private long sizeBytes;

  /// Of the line that is not at its end.
  private long lineBytes;

  private int seen;
  private boolean ended;
  private @Nullable SmtpReply refusal;

  TextScan(Kind kind, TextLimits limits) {
    this.kind = kind;
    this.limits = limits;
  }

  /// Looks at the bytes from `from` to `to` and moves what belongs to the message together at
  /// `from`. Returns the end of it. With dots, what follows the end of the text is left alone: see
  /// [#seen].
  int keep(byte[] bytes, int from, int to) {
    if (kind == Kind.BINARY) {
      seen = to - from;
      checkSize(to - from);
      return to;
    }
    int kept = from;
    int next = from;
    while (next < to && !ended) {
      int start = next;
      next = endOfPlain(bytes, next, to);
      kept = move(bytes, start, next, kept);
      if (next < to) {
        byte b = bytes[next++];
        if (step(b)) {
          bytes[kept++] = b;
          lineBytes++;
        }
        if (b == '\n') {
          endLine();
        }
      }
    }
    seen = next - from;
    checkLine();
    checkSize(kept - from);
    return kept;
  }

  /// What nearly all of a text is: whole lines with no dot before them, and text up to a CR, LF or
  /// NUL that something may be wrong with.
  private int endOfPlain(byte[] bytes, int from, int to) {
    int next = from;
    while (next < to
        && (place == Place.IN_LINE || (place == Place.LINE_START && !atDot(bytes[next])))) {
      int at = LineFeeds.breakAt(bytes, next, to);
      if (at > next) {
        place = Place.IN_LINE;
        lineBytes += at - next;
      }
      if (at + 1 >= to || bytes[at] != '\r' || bytes[at + 1] != '\n') {
        return at;
      }
      place = Place.LINE_START;
      lineBytes += 2;
      endLine();
      next = at + 2;
    }
    return next;
  }

  private void endLine() {
    checkLine();
    lineBytes = 0;
  }

  /// How many bytes of those that were last looked at belong to the text with its end.
  int seen() {
    return seen;
  }

  /// How many bytes of the message there were.
  long sizeBytes() {
    return sizeBytes;
  }

  /// Whether the end of the text was seen.
  boolean isEnded() {
    return ended;
  }

  /// Takes note that there is no more, where nothing in the text says so.
  void end() {
    if (place == Place.AFTER_CR) {
      refuse(LINE_ENDS_REFUSAL);
    }
    ended = true;
  }

  /// Why the text is not acceptable; null as long as it is.
  @Nullable SmtpReply refusal() {
    return refusal;
  }

  /// One byte that is not just text. Returns whether it belongs to the message.
  private boolean step(byte b) {
    Place before = place;
    place =
        switch (b) {
          case '\r' -> before == Place.AFTER_DOT ? Place.AFTER_DOT_CR : Place.AFTER_CR;
          case '\n' -> isAfterReturn(before) ? Place.LINE_START : Place.IN_LINE;
          default -> atDot(b) && before == Place.LINE_START ? Place.AFTER_DOT : Place.IN_LINE;
        };
    if (isAfterReturn(before) != (b == '\n')) {
      refuse(LINE_ENDS_REFUSAL);
    }
    if (b == 0) {
      refuse(NUL_REFUSAL);
    }
    ended = before == Place.AFTER_DOT_CR && b == '\n';
    return place != Place.AFTER_DOT && place != Place.AFTER_DOT_CR && !ended;
  }

  private void checkLine() {
    if (lineBytes > limits.lineMaxBytes()) {
      refuse(LINE_REFUSAL);
    }
  }

  private void checkSize(int moreBytes) {
    sizeBytes += moreBytes;
    if (sizeBytes > limits.messageMaxBytes()) {
      refuse(SIZE_REFUSAL);
    }
  }

  private void refuse(SmtpReply reply) {
    if (refusal == null) {
      refusal = reply;
    }
  }

  private boolean atDot(byte b) {
    return kind == Kind.DOT_STUFFED && b == '.';
  }

  private static boolean isAfterReturn(Place place) {
    return place == Place.AFTER_CR || place == Place.AFTER_DOT_CR;
  }

  private static int move(byte[] bytes, int from, int to, int target) {
    if (target != from) {
      System.arraycopy(bytes, from, bytes, target, to - from);
    }
    return target + to - from;
  }
}
