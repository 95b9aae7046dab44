package org.posthorn.storage.search;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Envelope;
import org.posthorn.message.mime.HtmlReader;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.LongHeader;

/// The text of an email, area by area: transfer encodings, charsets and encoded words are taken
/// off, HTML is reduced to what one reads (RFC 9051 §6.4.4). Base64 that is no text has none. Used
/// by one thread.
final class EmailText implements Texts {
  /// More of a header is taken as it stands.
  private static final int HEADER_MAX_BYTES = 256 << 10;

  /// Text that ends before is read at once, and only once.
  private static final int WHOLE_MAX_BYTES = 256 << 10;

  /// A field has at least 3 bytes: so there are fewer than [Headers] reads.
  private static final int SHARED_HEADER_MAX_BYTES = 28 << 10;

  /// Fields that say something of the message, as do all that begin with `Content-`.
  private static final Set<String> OF_MESSAGE =
      Set.of(
          "from",
          "sender",
          "reply-to",
          "to",
          "cc",
          "bcc",
          "subject",
          "date",
          "message-id",
          "in-reply-to",
          "references",
          "mime-version");

  private final Account account;
  private final boolean all;
  private @Nullable Email loaded;
  private byte[] whole = new byte[0];

  /// `all`: all areas of an email are asked for, one after the other.
  EmailText(Account account, boolean all) {
    this.account = account;
    this.all = all;
  }

  @Override
  public List<Source> sources(Email email, Area area) throws IOException {
    var sources = new ArrayList<Source>();
    Part root = email.structure().root();
    Envelope envelope = email.structure().envelope();
    switch (area) {
      case HEADER -> {
        if (all) {
          load(email);
        }
        addHeader(email, root, sources);
      }
      case BODY -> {
        load(email);
        addPart(email, root, sources);
      }
      case SUBJECT ->
          envelope.subject().ifPresent(subject -> sources.add(text(EncodedWord.decode(subject))));
      case FROM -> addAddresses(LongHeader.envelope(account, email).from(), sources);
      case TO -> addAddresses(LongHeader.envelope(account, email).to(), sources);
      case CC -> addAddresses(LongHeader.envelope(account, email).cc(), sources);
      case BCC -> addAddresses(LongHeader.envelope(account, email).bcc(), sources);
    }
    return sources;
  }

  @Override
  public int circle() {
    return Terms.circle(account.owner());
  }

  /// Not when its own lines say something of what a message says, or are no whole lines; and not
  /// when the header is so long that they might push something out of what is read of it.
  @Override
  public Optional<Email> withoutOwnLines(Email email) {
    byte[] lines = email.prefix().getBytes(StandardCharsets.UTF_8);
    MessageStructure structure = email.structure();
    if (lines.length == 0) {
      return Optional.of(email);
    }
    if (structure.root().bodyStart() > SHARED_HEADER_MAX_BYTES || !areFieldsOfTransport(lines)) {
      return Optional.empty();
    }
    return Optional.of(
        new Email(
            email.id(),
            email.content(),
            "",
            email.sizeBytes() - lines.length,
            structure.shiftedBy(-lines.length),
            email.threadId(),
            email.structureKnown()));
  }

  private static boolean areFieldsOfTransport(byte[] lines) {
    long end = 0;
    for (Headers.Placed placed : Headers.read(lines)) {
      String name = placed.field().name().toLowerCase(Locale.ROOT);
      if (placed.start() != end || OF_MESSAGE.contains(name) || name.startsWith("content-")) {
        return false;
      }
      end = placed.end();
    }
    return end == lines.length && lines[lines.length - 1] == '\n';
  }

  /// What an email says beyond [#withoutOwnLines].
  static List<Source> ownLines(Email email, Area area) {
    return area == Area.HEADER
        ? fields(email.prefix().getBytes(StandardCharsets.UTF_8))
        : List.of();
  }

  /// The bytes of the header.
  InputStream header(Email email) throws IOException {
    Part root = email.structure().root();
    return open(email, root.headerStart(), root.bodyStart());
  }

  /// Reads all text at once when that is little, with whatever stands before it; then nothing of it
  /// is read again. What stands behind, attachments mostly, is never read.
  private void load(Email email) throws IOException {
    if (isLoaded(email)) {
      return;
    }
    long end = textEnd(email.structure().root());
    if (end > WHOLE_MAX_BYTES) {
      return;
    }
    loaded = null;
    var bytes = new byte[(int) end];
    try (InputStream text = account.open(email, 0, end)) {
      int read = text.readNBytes(bytes, 0, bytes.length);
      whole = read == bytes.length ? bytes : Arrays.copyOf(bytes, read);
    }
    loaded = email;
  }

  /// Behind the last byte of a part that [#addPart] reads.
  private static long textEnd(Part part) {
    boolean text = !part.isMultipart() && !part.isMessage() && isText(part);
    long end = text ? part.bodyEnd() : part.bodyStart();
    for (Part child : part.shownParts()) {
      end = Math.max(end, textEnd(child));
    }
    return end;
  }

  private boolean isLoaded(Email email) {
    return loaded != null && loaded.id() == email.id() && loaded.prefix().equals(email.prefix());
  }

  private void addPart(Email email, Part part, List<Source> sources) throws IOException {
    if (part.isMessage()) {
      Part message = part.children().getFirst();
      addNames(part, sources);
      addHeader(email, message, sources);
      addPart(email, message, sources);
      return;
    }
    for (Part child : part.shownParts()) {
      addPart(email, child, sources);
    }
    if (!part.isMultipart()) {
      addNames(part, sources);
      if (isText(part)) {
        sources.add(() -> body(email, part));
      }
    }
  }

  /// What an attachment is called.
  private static void addNames(Part part, List<Source> sources) {
    String name = part.parameters().getOrDefault("name", "");
    String file =
        part.disposition().map(d -> d.parameters().getOrDefault("filename", "")).orElse("");
    if (!file.isEmpty()) {
      sources.add(text(EncodedWord.decode(file)));
    }
    if (!name.isEmpty() && !name.equals(file)) {
      sources.add(text(EncodedWord.decode(name)));
    }
  }

  private Reader body(Email email, Part part) throws IOException {
    Charset charset =
        CharsetNames.find(part.parameters().getOrDefault("charset", ""))
            .orElse(StandardCharsets.UTF_8);
    String encoding = part.encoding().orElse("7bit");
    Reader text =
        isLoaded(email) && part.bodyEnd() <= whole.length
            ? Reader.of(text(part, encoding, charset))
            : new InputStreamReader(
                TransferDecoding.decoded(open(email, part.bodyStart(), part.bodyEnd()), encoding),
                charset);
    boolean html = part.type().equals("text") && part.subtype().equals("html");
    return html ? new HtmlReader(text) : text;
  }

  /// Of a body that is in memory.
  private String text(Part part, String encoding, Charset charset) {
    int from = (int) part.bodyStart();
    int to = Math.max(from, (int) part.bodyEnd());
    return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
      case "base64", "quoted-printable" ->
          new String(TransferDecoding.decoded(whole, from, to, encoding), charset);
      default -> new String(whole, from, to - from, charset);
    };
  }

  private static Source text(String text) {
    return () -> Reader.of(text);
  }

  private void addHeader(Email email, Part message, List<Source> sources) throws IOException {
    try (InputStream header = open(email, message.headerStart(), message.bodyStart())) {
      byte[] bytes = header.readNBytes(HEADER_MAX_BYTES);
      sources.addAll(fields(bytes));
      if (bytes.length == HEADER_MAX_BYTES) {
        long rest = message.headerStart() + HEADER_MAX_BYTES;
        sources.add(() ->
            new InputStreamReader(open(email, rest, message.bodyStart()), StandardCharsets.UTF_8));
      }
    }
  }

  private static List<Source> fields(byte[] header) {
    var sources = new ArrayList<Source>();
    for (Headers.Placed placed : Headers.read(header)) {
      String value = EncodedWord.decode(placed.field().value());
      sources.add(text(placed.field().name() + ": " + value));
    }
    return sources;
  }

  private static void addAddresses(List<Envelope.Address> addresses, List<Source> sources) {
    for (Envelope.Address address : addresses) {
      String name = address.name().map(EncodedWord::decode).orElse("");
      String mailbox = address.mailbox().orElse("");
      String host = address.host().map(text -> "@" + text).orElse("");
      sources.add(text(name + " <" + mailbox + host + ">"));
    }
  }

  private static boolean isText(Part part) {
    boolean base64 = part.encoding().map(name -> name.equalsIgnoreCase("base64")).orElse(false);
    return part.type().equals("text") || part.type().equals("message") || !base64;
  }

  private InputStream open(Email email, long from, long to) {
    if (from >= to) {
      return InputStream.nullInputStream();
    }
    if (isLoaded(email) && to <= whole.length) {
      return new ByteArrayInputStream(whole, (int) from, (int) (to - from));
    }
    return account.open(email, from, to - from);
  }
}
