package org.posthorn.imap.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.posthorn.net.WireOutput;

/// Responses on their way to a client, gathered in memory and handed to the connection in whole
/// responses. Used by one thread at a time; short-lived, so an idle connection keeps none of it.
///
/// Strings that are written with [#text] must be printable ASCII of our own.
public final class ImapWriter {
  private static final int DRAIN_BYTES = 16 * 1024;
  private static final int QUOTED_MAX = 1000;
  private static final byte[] NIL = {'N', 'I', 'L'};
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

  private final WireOutput output;
  private final boolean utf8;
  private Language language = Language.I_DEFAULT;
  private byte[] buffer = new byte[512];
  private int used;
  private long drained;

  /// Where the last response ended.
  private long whole;

  public ImapWriter(WireOutput output) {
    this(output, false);
  }

  /// `utf8`: the client takes quoted strings and mailbox names in UTF-8 (RFC 9051 §4.3, §5.1).
  public ImapWriter(WireOutput output, boolean utf8) {
    this.output = output;
    this.utf8 = utf8;
  }

  /// Whether the client takes UTF-8 where there was only ASCII before.
  public boolean utf8() {
    return utf8;
  }

  /// From here on people are told in this language.
  public ImapWriter speaking(Language spoken) {
    language = spoken;
    return this;
  }

  /// What people read, given in English.
  public ImapWriter words(String english) {
    return language == Language.I_DEFAULT
        ? text(english)
        : raw(language.say(english).getBytes(StandardCharsets.UTF_8));
  }

  public ImapWriter text(String ascii) {
    int length = ascii.length();
    room(length);
    for (int i = 0; i < length; i++) {
      buffer[used + i] = (byte) ascii.charAt(i);
    }
    used += length;
    return this;
  }

  public ImapWriter raw(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, buffer, used, bytes.length);
    used += bytes.length;
    return this;
  }

  public ImapWriter raw(byte[] bytes, int offset, int length) {
    room(length);
    System.arraycopy(bytes, offset, buffer, used, length);
    used += length;
    return this;
  }

  public ImapWriter raw(char oneByte) {
    room(1);
    buffer[used++] = (byte) oneByte;
    return this;
  }

  public ImapWriter number(long value) {
    if (value < 0) {
      return text(Long.toString(value));
    }
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    room(digits);
    long rest = value;
    for (int i = used + digits - 1; i >= used; i--) {
      buffer[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    used += digits;
    return this;
  }

  public ImapWriter nil() {
    return raw(NIL);
  }

  /// RFC 3501 §9 `nstring`.
  public ImapWriter nstring(Optional<String> text) {
    return text.isPresent() ? string(text.get()) : nil();
  }

  /// RFC 3501 §9 `string`: quoted where that is allowed, or else a literal of UTF-8 without NUL.
  public ImapWriter string(String text) {
    return isQuotable(text) ? quoted(text) : literalText(text);
  }

  /// Bytes as characters: as a string where that is allowed, or else as a literal, of RFC 3516 when
  /// there is NUL in it.
  public ImapWriter octets(String bytes) {
    if (isQuotable(bytes) && bytes.chars().allMatch(c -> c < 0x80)) {
      return quoted(bytes);
    }
    byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.indexOf(0) >= 0) {
      raw('~');
    }
    return literal(all, 0, all.length);
  }

  /// RFC 3501 §9 `astring`.
  public ImapWriter astring(String text) {
    boolean atom =
        !text.isEmpty()
            && text.chars().allMatch(c -> Tokens.isAtomChar(c) || c == ']')
            && !text.equalsIgnoreCase("NIL");
    return atom ? text(text) : string(text);
  }

  /// A mailbox name: in UTF-8 for who wants that, else in modified UTF-7.
  public ImapWriter mailbox(String name) {
    return astring(utf8 ? name : MailboxNameText.encode(name));
  }

  /// RFC 3501 §9 `date-time`, in Universal Time.
  public ImapWriter dateTime(long epochMillis) {
    long seconds = Math.floorDiv(epochMillis, 1000L);
    long days = Math.floorDiv(seconds, 86_400L);
    int second = (int) (seconds - days * 86_400L);
    // Days to year, month and day: years begin in March, so the leap day is the last of its year.
    long shifted = days + 719_468;
    long era = Math.floorDiv(shifted, 146_097L);
    int dayOfEra = (int) (shifted - era * 146_097L);
    int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int marchMonth = (5 * dayOfYear + 2) / 153;
    int day = dayOfYear - (153 * marchMonth + 2) / 5 + 1;
    int month = marchMonth < 10 ? marchMonth + 2 : marchMonth - 10;
    int year = (int) (yearOfEra + era * 400 + (month <= 1 ? 1 : 0));
    raw('"').twoDigits(day).raw('-').text(MONTHS.substring(month * 3, month * 3 + 3)).raw('-');
    year = Math.clamp(year, 0, 9999);
    twoDigits(year / 100).twoDigits(year % 100).raw(' ');
    twoDigits(second / 3600).raw(':').twoDigits(second / 60 % 60).raw(':').twoDigits(second % 60);
    return text(" +0000\"");
  }

  /// A literal of `length` bytes that are read from `bytes`. A stream that ends early leaves the
  /// client waiting for the rest, so then the connection cannot go on.
  public ImapWriter literal(InputStream bytes, long length) throws IOException {
    raw('{').number(length).text("}\r\n");
    if (length <= DRAIN_BYTES) {
      room((int) length);
      int count = bytes.readNBytes(buffer, used, (int) length);
      used += count;
      if (count < length) {
        throw new EOFException("A message has fewer bytes than its structure says");
      }
      return this;
    }
    drain();
    if (output.transferFrom(bytes) != length) {
      throw new EOFException("A message has other bytes than its structure says");
    }
    drained += length;
    return this;
  }

  /// A literal of bytes that are here.
  public ImapWriter literal(byte[] bytes, int offset, int length) {
    raw('{').number(length).text("}\r\n");
    room(length);
    System.arraycopy(bytes, offset, buffer, used, length);
    used += length;
    return this;
  }

  /// Ends a response: from here on it may leave.
  public void endLine() throws IOException {
    text("\r\n");
    whole = drained + used;
    if (used >= DRAIN_BYTES) {
      drain();
    }
  }

  /// What was written and not handed to the connection yet.
  public byte[] pending() {
    return Arrays.copyOf(buffer, used);
  }

  /// Hands all that was written to the connection.
  public void drain() throws IOException {
    output.write(buffer, 0, used);
    drained += used;
    used = 0;
  }

  public void flush() throws IOException {
    drain();
    output.flush();
  }

  /// Where the next byte goes, counted from the first that was written.
  public long mark() {
    return drained + used;
  }

  /// Takes back a response that was begun and not ended; false when some of it is on its way.
  public boolean takeBackUnfinished() {
    return takeBack(whole);
  }

  /// Takes back what was written since a mark; false when some of it is on its way.
  public boolean takeBack(long mark) {
    if (mark < drained) {
      return false;
    }
    used = (int) (mark - drained);
    return true;
  }

  private ImapWriter quoted(String text) {
    raw('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > '~') {
        return raw(escaped(text.substring(i)).getBytes(StandardCharsets.UTF_8)).raw('"');
      }
      if (c == '"' || c == '\\') {
        raw('\\');
      }
      raw(c);
    }
    return raw('"');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private ImapWriter literalText(String text) {
    byte[] bytes = text.replace("\0", "").getBytes(StandardCharsets.UTF_8);
    return literal(bytes, 0, bytes.length);
  }

  private boolean isQuotable(String text) {
    if (text.length() > QUOTED_MAX) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || (c > '~' && !utf8) || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  private ImapWriter twoDigits(int value) {
    room(2);
    buffer[used++] = (byte) ('0' + value / 10);
    buffer[used++] = (byte) ('0' + value % 10);
    return this;
  }

  private void room(int more) {
    if (more > buffer.length - used) {
      buffer = Arrays.copyOf(buffer, Math.max(used + more, 2 * buffer.length));
    }
  }
}
