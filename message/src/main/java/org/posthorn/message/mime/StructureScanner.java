package org.posthorn.message.mime;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.HeaderText;

/// Finds the structure of a message while its bytes go by: any bytes, in linear time and bounded
/// memory. Used by one thread at a time.
///
/// A line ends with LF, with or without a CR before it; a CR alone is a character like any other.
/// Lines are looked at only in headers and where they begin with a hyphen while a boundary is
/// awaited; all else is counted. `open` are the parts that the next byte belongs to, outermost
/// first; a delimiter of one of them ends all that are inside it, so a missing end costs nothing.
/// The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
///
/// Limits keep it small: [#DEPTH_MAX] parts inside each other (deeper ones stay closed), and a
/// [Budget] for the parts and another for the envelopes. Further parts end the one before them, and
/// are left out.
///
/// A header that has no end is all header. A line in a header that is no field is passed over; but
/// where already the first line is none, there is no header, and the body begins with it.
public final class StructureScanner {
  /// How many parts inside each other are seen, the message with them.
  public static final int DEPTH_MAX = 100;

  private static final int LINE_MAX = KnownField.VALUE_MAX + 64;

  private final Budget parts = new Budget(Budget.PARTS_BYTES);
  private final Budget envelopes = new Budget(Budget.ENVELOPES_BYTES);
  private final List<PartBuilder> open = new ArrayList<>(4);
  private final Preview preview = new Preview();
  private List<String> references = List.of();
  private int messageDepth;
  private int delimiters;
  private @Nullable Part root;

  /// Of the next byte of the message.
  private long offset;

  /// Of the first byte of the current line; the length of the line break before it; how many line
  /// breaks came before it.
  private long lineStart;

  private int breakBefore;
  private long breaks;
  private boolean inHeader = true;

  /// A line that comes in several pieces, as far as it is kept; `lineSeen` counts all of it.
  private byte[] line = new byte[128];

  private boolean keepingLine;
  private int lineKept;
  private long lineSeen;
  private byte lastByte;

  /// The field that the next line may continue, and its value so far.
  private @Nullable KnownField field;

  private byte[] value = new byte[512];
  private int valueLength;
  private boolean lineCut;
  private boolean valueCut;

  public StructureScanner() {
    open.add(new PartBuilder(0, true, false));
  }

  /// The structure of all of `message`, which is read to its end and not closed.
  public static MessageStructure scan(InputStream message) throws IOException {
    StructureScanner scanner = new StructureScanner();
    byte[] buffer = new byte[16384];
    for (int count = message.read(buffer); count >= 0; count = message.read(buffer)) {
      scanner.update(buffer, 0, count);
    }
    return scanner.finish();
  }

  public static MessageStructure scan(byte[] message) {
    StructureScanner scanner = new StructureScanner();
    scanner.update(message, 0, message.length);
    return scanner.finish();
  }

  /// Whether a scan that gave this part had room for all parts in it and for what is said of them.
  public static boolean hadRoomFor(Part root) {
    return Budget.hadRoomFor(root);
  }

  public void update(byte[] bytes, int from, int length) {
    int at = from;
    int end = from + length;
    while (at < end) {
      int feed = LineFeeds.indexOf(bytes, at, end);
      if (feed < 0) {
        pieceOfLine(bytes, at, end);
        return;
      }
      boolean cr = (feed > at ? bytes[feed - 1] : lastByte) == '\r';
      if (lineSeen > 0) {
        pieceOfLine(bytes, at, feed);
        offset++;
        if (keepingLine) {
          line(line, 0, lineKept);
          preview.take(line, 0, lineKept, lineStart + lineKept);
        }
        preview.take(bytes, feed, feed + 1, offset);
      } else {
        offset += feed + 1 - at;
        if (inHeader || (bytes[at] == '-' && delimiters > 0)) {
          line(bytes, at, feed);
        }
        preview.take(bytes, at, feed + 1, offset);
      }
      breaks++;
      breakBefore = cr ? 2 : 1;
      lineStart = offset;
      lineSeen = 0;
      lastByte = 0;
      at = feed + 1;
    }
  }

  /// The structure of all that was seen. Never fails: what is no message is a message with an odd
  /// body. Call it once.
  public MessageStructure finish() {
    if (lineSeen > 0 && keepingLine) {
      line(line, 0, lineKept);
      preview.take(line, 0, lineKept, lineStart + lineKept);
    }
    closeAllAbove(0, offset, breaks);
    Part whole = root;
    if (whole == null) {
      throw new IllegalStateException("Finished twice");
    }
    return new MessageStructure(offset, whole, preview.text(), Attachments.isIn(whole), references);
  }

  /// Part of a line whose end is not in sight; kept if the line may mean something.
  private void pieceOfLine(byte[] bytes, int from, int to) {
    if (from == to) {
      return;
    }
    if (lineSeen == 0) {
      lineKept = 0;
      keepingLine = inHeader || (bytes[from] == '-' && delimiters > 0);
    }
    int count = Math.min(to - from, LINE_MAX - lineKept);
    if (keepingLine && count > 0) {
      if (lineKept + count > line.length) {
        line = Arrays.copyOf(line, Math.min(LINE_MAX, Math.max(lineKept + count, line.length * 2)));
      }
      System.arraycopy(bytes, from, line, lineKept, count);
      lineKept += count;
    }
    lineSeen += to - from;
    offset += to - from;
    lastByte = bytes[to - 1];
    preview.take(bytes, from, to, offset);
  }

  /// A line without its LF; `offset` is already that of the next line.
  private void line(byte[] bytes, int from, int to) {
    lineCut = Math.max(lineSeen, to - from) > LINE_MAX;
    if (to > from
        && bytes[from] == '-'
        && delimiters > 0
        && !lineCut
        && delimiter(bytes, from, to)) {
      return;
    }
    if (inHeader) {
      int end = Math.min(to, from + LINE_MAX);
      headerLine(bytes, from, end > from && bytes[end - 1] == '\r' ? end - 1 : end);
    }
  }

  private void headerLine(byte[] bytes, int from, int to) {
    if (from == to) {
      endOfField();
      startBody(offset, breaks + 1);
    } else if (bytes[from] == ' ' || bytes[from] == '\t') {
      if (field != null) {
        appendToValue(field, bytes, from, to);
      } else if (isFirstLine()) {
        bodyWithoutHeader(bytes, from, to);
      }
    } else {
      endOfField();
      startOfField(bytes, from, to);
    }
  }

  private void startOfField(byte[] bytes, int from, int to) {
    int nameEnd = from;
    while (nameEnd < to && bytes[nameEnd] > ' ' && bytes[nameEnd] < 127 && bytes[nameEnd] != ':') {
      nameEnd++;
    }
    int colon = nameEnd;
    while (colon < to && (bytes[colon] == ' ' || bytes[colon] == '\t')) {
      colon++;
    }
    if (nameEnd > from && colon < to && bytes[colon] == ':') {
      KnownField named = KnownField.named(bytes, from, nameEnd);
      if (named != null && open.getLast().wants(named)) {
        field = named;
        valueLength = 0;
        valueCut = false;
        appendToValue(named, bytes, colon + 1, to);
      }
    } else if (isFirstLine() && !isMailboxMark(bytes, from, to)) {
      bodyWithoutHeader(bytes, from, to);
    }
  }

  private boolean isFirstLine() {
    return lineStart == open.getLast().headerStart();
  }

  /// `From ann@example.org Mon Jan …`: left over from a mailbox file, no reason to doubt the
  /// header.
  private static boolean isMailboxMark(byte[] bytes, int from, int to) {
    int start = bytes[from] == '>' ? from + 1 : from;
    return to - start > 5
        && bytes[start] == 'F'
        && bytes[start + 1] == 'r'
        && bytes[start + 2] == 'o'
        && bytes[start + 3] == 'm'
        && bytes[start + 4] == ' ';
  }

  private void bodyWithoutHeader(byte[] bytes, int from, int to) {
    startBody(lineStart, breaks);
    if (inHeader) {
      headerLine(bytes, from, to);
    }
  }

  private void appendToValue(KnownField to, byte[] bytes, int from, int end) {
    if (valueCut) {
      return;
    }
    int count = Math.min(end - from, to.valueMax() - valueLength);
    valueCut = lineCut || count < end - from;
    if (count > 0) {
      if (valueLength + count > value.length) {
        value =
            Arrays.copyOf(
                value,
                Math.min(KnownField.VALUE_MAX, Math.max(valueLength + count, value.length * 2)));
      }
      System.arraycopy(bytes, from, value, valueLength, count);
      valueLength += count;
    }
  }

  private void endOfField() {
    if (field != null) {
      int end = valueCut ? wholeCharacters(value, valueLength) : valueLength;
      String text = HeaderText.read(value, 0, end);
      open.getLast().put(field, valueCut && field.isOfAddresses() ? AddressList.whole(text) : text);
      field = null;
    }
  }

  /// Where the last whole UTF-8 character of a value that was cut ends.
  private static int wholeCharacters(byte[] bytes, int length) {
    int end = length;
    while (end > length - 3 && end > 0 && (bytes[end - 1] & 0xC0) == 0x80) {
      end--;
    }
    return end > 0 && bytes[end - 1] < 0 ? end - 1 : length;
  }

  private void startBody(long start, long breaksBefore) {
    PartBuilder part = open.getLast();
    endOfHeader(part, start, breaksBefore);
    boolean deeper = open.size() < DEPTH_MAX;
    if (part.delimiter() != null) {
      if (deeper) {
        delimiters++;
      } else {
        part.close();
      }
    } else if (deeper && part.holdsMessage() && parts.takePart()) {
      open.add(new PartBuilder(start, true, false));
      messageDepth++;
      inHeader = true;
    }
    if (messageDepth == 0 && part.isReadable()) {
      preview.begin(part);
    }
  }

  private void endOfHeader(PartBuilder part, long start, long breaksBefore) {
    endOfField();
    part.startBody(start, breaksBefore, parts, envelopes);
    if (open.size() == 1) {
      references = References.of(part);
    }
    part.forgetValues();
    inHeader = false;
  }

  /// Whether the line is a delimiter of an open multipart, and then all that follows from it.
  /// Spaces at its end are padding (RFC 2046 §5.1.1); anything else there makes it no delimiter, so
  /// one boundary may be the beginning of another.
  private boolean delimiter(byte[] bytes, int from, int lineEnd) {
    int to = lineEnd;
    while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == '\t' || bytes[to - 1] == '\r')) {
      to--;
    }
    for (int level = open.size() - 1; level >= 0; level--) {
      byte[] mark = open.get(level).delimiter();
      if (mark == null || !startsWith(bytes, from, to, mark)) {
        continue;
      }
      int more = to - from - mark.length;
      if (more == 0) {
        startPart(level);
        return true;
      }
      if (more == 2 && bytes[to - 1] == '-' && bytes[to - 2] == '-') {
        endMultipart(level);
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] bytes, int from, int to, byte[] mark) {
    return to - from >= mark.length
        && Arrays.mismatch(bytes, from, from + mark.length, mark, 0, mark.length) < 0;
  }

  private void startPart(int level) {
    endBeforeThisLine(level);
    if (parts.takePart()) {
      preview.drop();
      open.add(new PartBuilder(offset, false, open.get(level).isDigest()));
      inHeader = true;
    }
  }

  private void endMultipart(int level) {
    endBeforeThisLine(level);
    open.get(level).close();
    delimiters--;
  }

  private void endBeforeThisLine(int level) {
    closeAllAbove(level + 1, lineStart - breakBefore, breakBefore == 0 ? breaks : breaks - 1);
    inHeader = false;
  }

  /// Closes the innermost parts until `count` are left. A header that is still open ends there too.
  private void closeAllAbove(int count, long end, long breaksBefore) {
    if (inHeader && open.size() > count) {
      endOfHeader(open.getLast(), Math.max(end, open.getLast().headerStart()), breaksBefore);
      open.getLast().close();
    }
    while (open.size() > count) {
      PartBuilder builder = open.removeLast();
      if (builder.delimiter() != null) {
        delimiters--;
      }
      Part part = builder.build(end, breaksBefore);
      preview.end(builder, part);
      if (open.isEmpty()) {
        root = part;
      } else {
        open.getLast().add(part);
        if (builder.isMessage()) {
          messageDepth--;
        }
      }
    }
  }
}
