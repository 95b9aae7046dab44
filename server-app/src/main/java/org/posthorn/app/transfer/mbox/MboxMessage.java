package org.posthorn.app.transfer.mbox;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import org.posthorn.app.transfer.intake.WireLines;
import org.posthorn.message.MailDate;
import org.posthorn.storage.account.Flags;

/// One message of an mbox: what its header says of flags and date, and its bytes without what
/// belongs to the mbox and not to the message (the From line, status fields, quoting). Used by one
/// thread.
final class MboxMessage {
  /// A header is looked at so far; what comes behind is passed on as it is.
  private static final int HEADER_MAX_BYTES = 256 << 10;

  /// Fields that mail programs write into an mbox for themselves.
  private static final Set<String> OWN_FIELDS =
      Set.of(
          "status",
          "x-status",
          "x-keywords",
          "x-uid",
          "x-imap",
          "x-imapbase",
          "x-mozilla-status",
          "x-mozilla-status2",
          "x-mozilla-keys");

  private static final int MOZILLA_READ = 0x0001;
  private static final int MOZILLA_REPLIED = 0x0002;
  private static final int MOZILLA_MARKED = 0x0004;
  private static final int MOZILLA_EXPUNGED = 0x0008;
  private static final int MOZILLA_FORWARDED = 0x1000;

  private final FileChannel file;
  private final MboxScanner.Region region;
  private final MboxVariant variant;
  private final ByteArrayOutputStream header = new ByteArrayOutputStream(4 << 10);
  private final Set<String> flags = new LinkedHashSet<>();
  private final long bodyStart;
  private OptionalLong millis = OptionalLong.empty();
  private int keywords;
  private boolean refusesKeywords;
  private boolean deleted;
  private boolean internalData;
  private boolean anyField;

  MboxMessage(FileChannel file, MboxScanner.Region region, MboxVariant variant) throws IOException {
    this.file = file;
    this.region = region;
    this.variant = variant;
    this.bodyStart = readHeader();
  }

  List<String> flags() {
    return List.copyOf(flags);
  }

  /// It has keywords that are too long or too many; whoever sent it may have written them.
  boolean refusesKeywords() {
    return refusesKeywords;
  }

  /// When it came, by its From line, or else by its Date field; empty where neither says.
  OptionalLong millis() {
    return millis;
  }

  /// Its mail program has deleted it, and the mbox was not rewritten yet.
  boolean deleted() {
    return deleted;
  }

  /// What some IMAP servers keep as a first message, and is none.
  boolean internalData() {
    return internalData;
  }

  boolean hasHeader() {
    return anyField;
  }

  /// The bytes of the message; the file must be open meanwhile.
  InputStream open(FileChannel from, Runnable nulFound) {
    InputStream body = new Piece(from, bodyStart, region.end());
    if (variant != MboxVariant.MBOXCL2) {
      body = new Unquoted(body, variant);
    }
    var whole = new SequenceInputStream(new ByteArrayInputStream(header.toByteArray()), body);
    return new WireLines(whole, nulFound);
  }

  private long readHeader() throws IOException {
    int length = (int) Math.min(HEADER_MAX_BYTES, region.end() - region.start());
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && file.read(bytes, region.start() + bytes.position()) > 0) {
      // Reads on.
    }
    byte[] all = bytes.array();
    int at = lineEnd(all, 0, bytes.position());
    millis = FromLine.millis(new String(all, 0, at, StandardCharsets.ISO_8859_1));
    int size = bytes.position();
    boolean inHeader = true;
    while (inHeader && at < size) {
      int end = fieldEnd(all, at, size);
      inHeader = !isBlank(all, at, end);
      if (!inHeader || keeps(all, at, end)) {
        header.write(all, at, end - at);
      }
      at = end;
    }
    return region.start() + at;
  }

  /// Whether the field belongs to the message.
  private boolean keeps(byte[] bytes, int from, int to) {
    int colon = from;
    while (colon < to && bytes[colon] != ':' && bytes[colon] > ' ') {
      colon++;
    }
    if (colon == to || bytes[colon] != ':') {
      return true;
    }
    anyField = true;
    String name =
        new String(bytes, from, colon - from, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    if (name.equals("date") && millis.isEmpty()) {
      MailDate.parse(value(bytes, colon, to))
          .ifPresent(date -> millis = OptionalLong.of(date.toInstant().toEpochMilli()));
    }
    if (OWN_FIELDS.contains(name)) {
      status(name, value(bytes, colon, to));
      return false;
    }
    if (name.equals("subject") && value(bytes, colon, to).contains("FOLDER INTERNAL DATA")) {
      internalData |= value(bytes, colon, to).startsWith("DON'T DELETE THIS MESSAGE");
    }
    return true;
  }

  private static String value(byte[] bytes, int colon, int to) {
    return new String(bytes, colon + 1, to - colon - 1, StandardCharsets.ISO_8859_1)
        .replaceAll("[\r\n]+", " ")
        .strip();
  }

  private void status(String name, String value) {
    switch (name) {
      case "status" -> letters(value, "R", "\\Seen");
      case "x-status" -> {
        letters(value, "A", "\\Answered");
        letters(value, "F", "\\Flagged");
        letters(value, "D", "\\Deleted");
        letters(value, "T", "\\Draft");
      }
      case "x-keywords", "x-mozilla-keys" -> {
        for (String keyword : value.split("[ \t]+", -1)) {
          keyword(keyword);
        }
      }
      case "x-mozilla-status" -> mozilla(value);
      default -> {
        // UIDs of another server, and room for flags that nobody has.
      }
    }
  }

  private void mozilla(String hex) {
    int bits;
    try {
      bits = Integer.parseInt(hex, 16);
    } catch (NumberFormatException _) {
      return;
    }
    addIf((bits & MOZILLA_READ) != 0, "\\Seen");
    addIf((bits & MOZILLA_REPLIED) != 0, "\\Answered");
    addIf((bits & MOZILLA_MARKED) != 0, "\\Flagged");
    addIf((bits & MOZILLA_FORWARDED) != 0, "$Forwarded");
    deleted |= (bits & MOZILLA_EXPUNGED) != 0;
  }

  private void letters(String value, String letter, String flag) {
    addIf(value.contains(letter), flag);
  }

  private void addIf(boolean set, String flag) {
    if (set) {
      flags.add(flag);
    }
  }

  private void keyword(String word) {
    if (word.isEmpty() || flags.contains(word)) {
      return;
    }
    if (word.length() > Flags.KEYWORD_LENGTH_MAX || keywords == Flags.KEYWORDS_MAX) {
      refusesKeywords = true;
      return;
    }
    keywords++;
    flags.add(word);
  }

  /// The end of a field with its continuation lines.
  private static int fieldEnd(byte[] bytes, int from, int size) {
    int end = lineEnd(bytes, from, size);
    while (!isBlank(bytes, from, end)
        && end < size
        && (bytes[end] == ' ' || bytes[end] == '\t')
        && end > from) {
      end = lineEnd(bytes, end, size);
    }
    return end;
  }

  private static int lineEnd(byte[] bytes, int from, int size) {
    int at = from;
    while (at < size && bytes[at] != '\n') {
      at++;
    }
    return Math.min(size, at + 1);
  }

  private static boolean isBlank(byte[] bytes, int from, int to) {
    return to - from <= 2 && (bytes[from] == '\n' || bytes[from] == '\r');
  }

  /// A piece of a file.
  private static final class Piece extends InputStream {
    private final FileChannel file;
    private long at;
    private final long end;

    Piece(FileChannel file, long start, long end) {
      this.file = file;
      this.at = start;
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (at >= end) {
        return -1;
      }
      int wanted = (int) Math.min(length, end - at);
      int count = file.read(ByteBuffer.wrap(into, offset, wanted), at);
      if (count < 0) {
        throw new IOException("The file became shorter while it was read");
      }
      at += count;
      return count;
    }
  }
}
