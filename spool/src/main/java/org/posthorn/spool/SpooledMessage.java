package org.posthorn.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Message;
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.MailForm.Cut;

/// A message as a rope: header lines of our own, then the stored content without some of its header
/// fields. Adding and removing fields never copies the content; it is written anew only where
/// something needs it in one piece. Safe for use by many threads.
public final class SpooledMessage implements Message {
  /// What fits into a row of the queue beside everything else.
  private static final int PREFIX_MAX_BYTES = 8 << 10;

  private static final int CUTS_MAX = 256;

  /// A longer header is read each time that somebody asks for it.
  private static final int HEADER_KEPT_BYTES = 64 << 10;

  private final ContentStore contents;
  private final StoredContent content;
  private final String prefix;
  private final List<Cut> cuts;
  private final NewMail.Options options;
  private final ContentHeader header;
  private volatile @Nullable MessageStructure structure;
  private volatile @Nullable StoredContent whole;

  SpooledMessage(
      ContentStore contents,
      StoredContent content,
      String prefix,
      List<Cut> cuts,
      NewMail.Options options) {
    this(contents, content, prefix, cuts, options, new ContentHeader());
  }

  private SpooledMessage(
      ContentStore contents,
      StoredContent content,
      String prefix,
      List<Cut> cuts,
      NewMail.Options options,
      ContentHeader header) {
    this.contents = contents;
    this.content = content;
    this.prefix = prefix;
    this.cuts = List.copyOf(cuts);
    this.options = options;
    this.header = header;
  }

  /// The fields of a content, once read: many matchers ask for them, also of messages that are made
  /// of one another. Absent: not asked for yet, or too many to be kept.
  private static final class ContentHeader {
    private volatile @Nullable List<Headers.Placed> lines;
  }

  /// The bytes of any message, written into the store.
  static SpooledMessage written(ContentStore contents, Message message, NewMail.Options options) {
    try (InputStream bytes = message.open()) {
      return new SpooledMessage(contents, contents.write(bytes), "", List.of(), options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A message in the store, and header lines before it.
  public record Placed(StoredContent content, String prefix) {}

  /// What a mailbox keeps of this message with `moreLines` (header lines with CRLF) above it.
  /// Writes the message anew when fields of the content were taken away.
  public Placed place(String moreLines) {
    return cuts.isEmpty() && prefix.length() + moreLines.length() <= PREFIX_MAX_BYTES
        ? new Placed(content, moreLines + prefix)
        : new Placed(whole(), moreLines);
  }

  /// What the sender asked for with MAIL.
  public NewMail.Options options() {
    return options;
  }

  @Override
  public long sizeBytes() {
    long size = content.sizeBytes() + prefixBytes().length;
    for (Cut cut : cuts) {
      size -= cut.end() - cut.start();
    }
    return size;
  }

  @Override
  public List<HeaderField> headers() {
    List<HeaderField> fields = new ArrayList<>();
    Headers.read(prefixBytes()).forEach(line -> fields.add(line.field()));
    contentFields().forEach(line -> fields.add(line.field()));
    return List.copyOf(fields);
  }

  @Override
  public MessageStructure structure() {
    MessageStructure known = structure;
    if (known == null) {
      known = cuts.isEmpty() ? content.structure().behind(prefix) : scan();
      structure = known;
    }
    return known;
  }

  @Override
  public InputStream open() {
    return new Pieces();
  }

  @Override
  public SpooledMessage withHeader(String name, String value) {
    return new SpooledMessage(
        contents, content, HeaderText.line(name, value) + prefix, cuts, options, header);
  }

  @Override
  public SpooledMessage withoutHeaders(Predicate<HeaderField> matching) {
    List<Cut> more = new ArrayList<>();
    for (Headers.Placed line : contentFields()) {
      if (matching.test(line.field())) {
        more.add(new Cut(line.start(), line.end()));
      }
    }
    byte[] ours = prefixBytes();
    var kept = new StringBuilder();
    int end = 0;
    for (Headers.Placed line : Headers.read(ours)) {
      int start = (int) line.start();
      end = (int) line.end();
      if (!matching.test(line.field())) {
        kept.append(new String(ours, start, end - start, StandardCharsets.UTF_8));
      }
    }
    // The empty line that we put above a text that has no header.
    kept.append(new String(ours, end, ours.length - end, StandardCharsets.UTF_8));
    if (more.isEmpty() && kept.length() == prefix.length()) {
      return this;
    }
    more.addAll(cuts);
    return new SpooledMessage(contents, content, kept.toString(), joined(more), options, header);
  }

  /// Fields at the end of the content's header that stay are not said again: what is put on top of
  /// a message, as most programs do it, is a longer prefix and nothing else.
  @Override
  public Message withHeaderBytes(byte[] given) throws IOException {
    long body = content.structure().root().bodyStart();
    long cutEnd = cuts.isEmpty() ? 0 : cuts.getLast().end();
    boolean sameBody = structure().root().bodyStart() == sizeBytes() - content.sizeBytes() + body;
    if (body == 0 || body > Headers.BYTES_MAX || cutEnd > body || !sameBody) {
      return Message.super.withHeaderBytes(given); // Its body is not simply that of the content.
    }
    byte[] old = headerBytes(body);
    int same = sameFields(given, old, old.length - (int) cutEnd);
    String above = new String(given, 0, given.length - same, StandardCharsets.UTF_8);
    byte[] readBack = above.getBytes(StandardCharsets.UTF_8);
    if (!Arrays.equals(readBack, 0, readBack.length, given, 0, given.length - same)) {
      return Message.super.withHeaderBytes(given); // A prefix is text, and this is none.
    }
    List<Cut> gone = old.length == same ? List.of() : List.of(new Cut(0, old.length - same));
    return new SpooledMessage(contents, content, above, gone, options, header);
  }

  private byte[] headerBytes(long end) throws IOException {
    try (InputStream in = contents.open(content.id(), 0, end)) {
      return in.readAllBytes();
    }
  }

  /// How many bytes at the end of both, `max` at most, are the same whole fields.
  private static int sameFields(byte[] one, byte[] other, int max) {
    int limit = Math.min(Math.min(one.length, other.length), max);
    int same = 0;
    int whole = 0;
    while (same < limit && one[one.length - same - 1] == other[other.length - same - 1]) {
      same++;
      if (beginsField(one, one.length - same) && beginsField(other, other.length - same)) {
        whole = same;
      }
    }
    return whole;
  }

  private static boolean beginsField(byte[] header, int at) {
    return (at == 0 || header[at - 1] == '\n') && header[at] != ' ' && header[at] != '\t';
  }

  @Override
  public SpooledMessage withBytes(InputStream bytes) throws IOException {
    return new SpooledMessage(contents, contents.write(bytes), "", List.of(), options);
  }

  /// Ascending cuts that do not touch each other.
  static List<Cut> joined(List<Cut> cuts) {
    List<Cut> sorted = new ArrayList<>(cuts);
    sorted.sort(Comparator.comparingLong(Cut::start));
    List<Cut> joined = new ArrayList<>();
    for (Cut cut : sorted) {
      Cut last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && cut.start() <= last.end()) {
        joined.set(joined.size() - 1, new Cut(last.start(), Math.max(last.end(), cut.end())));
      } else {
        joined.add(cut);
      }
    }
    return joined;
  }

  /// This message in a form that the queue can keep.
  SpooledMessage compact() {
    return prefix.length() <= PREFIX_MAX_BYTES
            && prefixBytes().length <= PREFIX_MAX_BYTES
            && cuts.size() <= CUTS_MAX
        ? this
        : new SpooledMessage(contents, whole(), "", List.of(), options);
  }

  /// Whether `form` says the same message.
  boolean isIn(MailForm form) {
    return form.content().equals(content.id())
        && form.prefix().equals(prefix)
        && form.cuts().equals(cuts);
  }

  StoredContent content() {
    return content;
  }

  String prefix() {
    return prefix;
  }

  List<Cut> cuts() {
    return cuts;
  }

  private StoredContent whole() {
    StoredContent known = whole;
    if (known == null) {
      try (InputStream all = open()) {
        known = contents.write(all);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      whole = known;
    }
    return known;
  }

  private MessageStructure scan() {
    try (InputStream all = open()) {
      return StructureScanner.scan(all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Headers.Placed> contentFields() {
    List<Headers.Placed> known = header.lines;
    List<Headers.Placed> lines = known == null ? readHeader() : known;
    return cuts.isEmpty() ? lines : lines.stream().filter(line -> !isCut(line)).toList();
  }

  private List<Headers.Placed> readHeader() {
    long headerBytes = Math.min(content.structure().root().bodyStart(), Headers.BYTES_MAX);
    try (InputStream in = contents.open(content.id(), 0, headerBytes)) {
      List<Headers.Placed> lines = List.copyOf(Headers.read(in.readAllBytes()));
      if (headerBytes <= HEADER_KEPT_BYTES) {
        header.lines = lines;
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isCut(Headers.Placed line) {
    for (Cut cut : cuts) {
      if (line.start() >= cut.start() && line.start() < cut.end()) {
        return true;
      }
    }
    return false;
  }

  private byte[] prefixBytes() {
    return prefix.getBytes(StandardCharsets.UTF_8);
  }

  /// The prefix and the ranges between the cuts, one after the other. Used by one thread.
  private final class Pieces extends InputStream {
    private InputStream piece = new ByteArrayInputStream(prefixBytes());
    private long next;
    private int cut;

    @Override
    public int read() throws IOException {
      int b = piece.read();
      while (b < 0 && advance()) {
        b = piece.read();
      }
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int count = piece.read(into, offset, length);
      while (count < 0 && advance()) {
        count = piece.read(into, offset, length);
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      piece.close();
    }

    /// Opens the next range; false at the end.
    private boolean advance() throws IOException {
      piece.close();
      while (cut < cuts.size() && cuts.get(cut).start() <= next) {
        next = Math.max(next, cuts.get(cut++).end());
      }
      if (next >= content.sizeBytes()) {
        piece = InputStream.nullInputStream();
        return false;
      }
      long end = cut < cuts.size() ? cuts.get(cut).start() : content.sizeBytes();
      end = Math.min(end, content.sizeBytes());
      piece = contents.open(content.id(), next, end - next);
      next = end;
      return true;
    }
  }
}
