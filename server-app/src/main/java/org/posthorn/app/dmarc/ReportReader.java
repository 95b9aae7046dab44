package org.posthorn.app.dmarc;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PushbackReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// Reads reports that others send about our domains (RFC 9990, and RFC 7489 before it), packed by
/// gzip or ZIP or not at all. Strangers write them, so all of it is bounded: bytes, unpacked bytes,
/// records, depth, names, text; and no DTD or entity is looked at. Nothing but what counts is in
/// memory, some MiB at most. Used by one thread.
final class ReportReader {
  static final int PACKED_MAX_BYTES = 8 << 20;
  static final int UNPACKED_MAX_BYTES = 32 << 20;
  static final int RECORDS_MAX = 20_000;

  private static final int BUFFER_BYTES = 8 << 10;
  private static final int DEPTH_MAX = 20;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /// Of all names together, those of namespaces too; a report has some forty.
  private static final int NAMES_MAX_CHARS = 10_000;

  private static final int TEXT_MAX_CHARS = 300;
  private static final int ENTRIES_MAX = 10;
  private static final List<String> DISPOSITIONS = List.of("none", "pass", "quarantine", "reject");
  private static final long COUNT_MAX = 1_000_000_000L;
  private static final long SECOND_MAX = 10_000_000_000L;

  private final Set<String> names = new HashSet<>();
  private int nameChars;
  private final List<String> path = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private final List<ReceivedReport.Row> rows = new ArrayList<>();
  private String organization = "";
  private String id = "";
  private String domain = "";
  private long beginSeconds;
  private int records;
  private Draft draft = new Draft();

  /// A record that is being read.
  private static final class Draft {
    private String source = "";
    private long count;
    private String disposition = "";
    private boolean dkim;
    private boolean spf;
  }

  private ReportReader() {}

  /// Empty where it is no report, or `attachment` throws an `IOException`. Closes it.
  static Optional<ReceivedReport> read(InputStream attachment) {
    try (InputStream unpacked = unpacked(new BoundedBytes(attachment, PACKED_MAX_BYTES))) {
      return new ReportReader().report(unpacked);
    } catch (IOException | XMLStreamException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static InputStream unpacked(InputStream attachment) throws IOException {
    var packed = new BufferedInputStream(attachment, BUFFER_BYTES);
    packed.mark(2);
    int first = packed.read();
    int second = packed.read();
    packed.reset();
    if (first == 0x1F && second == 0x8B) {
      return new BoundedBytes(new GZIPInputStream(packed, BUFFER_BYTES), UNPACKED_MAX_BYTES);
    }
    return first == 'P' && second == 'K' ? ofZip(packed) : packed;
  }

  /// The first file in it that is XML by its name, or nothing.
  private static InputStream ofZip(InputStream packed) throws IOException {
    var zip = new ZipInputStream(packed);
    var unpacked = new BoundedBytes(zip, UNPACKED_MAX_BYTES);
    for (int entries = 0; entries < ENTRIES_MAX; entries++) {
      ZipEntry entry = zip.getNextEntry();
      if (entry == null || entry.getName().toLowerCase(Locale.ROOT).endsWith(".xml")) {
        break;
      }
      unpacked.transferTo(OutputStream.nullOutputStream()); // So that it is counted.
    }
    return unpacked;
  }

  private Optional<ReceivedReport> report(InputStream bytes)
      throws IOException, XMLStreamException {
    // The one whose ways with memory are known, whatever else is there.
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    // As UTF-8 whatever it says: all that counts is ASCII.
    var pieces = new PiecewiseText(withoutMark(bytes));
    XMLStreamReader xml = factory.createXMLStreamReader(pieces);
    try {
      while (xml.hasNext()) {
        int event = xml.next();
        pieces.pieceEnds();
        switch (event) {
          case XMLStreamConstants.START_ELEMENT -> begin(xml);
          case XMLStreamConstants.END_ELEMENT -> end();
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text(xml.getText());
          case XMLStreamConstants.DTD -> throw new XMLStreamException("a report has no DTD");
          case XMLStreamConstants.ENTITY_REFERENCE, XMLStreamConstants.PROCESSING_INSTRUCTION ->
              throw new XMLStreamException("a report has none of these, whose names are kept");
          default -> {}
        }
      }
    } finally {
      xml.close();
    }
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochSecond(beginSeconds), ZoneOffset.UTC);
    return domain.isEmpty()
        ? Optional.empty()
        : Optional.of(new ReceivedReport(organization, id, domain, day, rows));
  }

  /// Without the mark that some write before a text in UTF-8.
  private static Reader withoutMark(InputStream bytes) throws IOException {
    var text = new PushbackReader(new InputStreamReader(bytes, StandardCharsets.UTF_8));
    int first = text.read();
    if (first >= 0 && first != BYTE_ORDER_MARK) {
      text.unread(first);
    }
    return text;
  }

  private void begin(XMLStreamReader xml) throws XMLStreamException {
    String name = xml.getLocalName();
    noteNames(xml);
    if (path.size() >= DEPTH_MAX || (path.isEmpty() && !name.equals("feedback"))) {
      throw new XMLStreamException("not a report");
    }
    path.add(name);
    text.setLength(0);
    if (at("record")) {
      draft = new Draft();
    }
  }

  /// The parser keeps each name that it has seen.
  private void noteNames(XMLStreamReader xml) throws XMLStreamException {
    noteName(xml.getPrefix() + ":" + xml.getLocalName());
    for (int at = 0; at < xml.getAttributeCount(); at++) {
      noteName(xml.getAttributePrefix(at) + ":" + xml.getAttributeLocalName(at));
    }
    for (int at = 0; at < xml.getNamespaceCount(); at++) {
      noteName(xml.getNamespacePrefix(at) + "=" + xml.getNamespaceURI(at));
    }
  }

  private void noteName(String name) throws XMLStreamException {
    if (names.add(name)) {
      nameChars += name.length();
    }
    if (nameChars > NAMES_MAX_CHARS) {
      throw new XMLStreamException("too many names");
    }
  }

  private void text(String piece) {
    int room = TEXT_MAX_CHARS - text.length();
    text.append(piece, 0, Math.clamp(piece.length(), 0, Math.max(0, room)));
  }

  private void end() throws XMLStreamException {
    String value = ReceivedReport.plain(text.toString());
    text.setLength(0);
    switch (String.join("/", path.subList(1, path.size()))) {
      case "report_metadata/org_name" -> organization = value;
      case "report_metadata/report_id" -> id = value;
      case "report_metadata/date_range/begin" -> beginSeconds = number(value, SECOND_MAX);
      case "policy_published/domain" -> domain = value.toLowerCase(Locale.ROOT);
      case "record/row/source_ip" -> draft.source = value;
      case "record/row/count" -> draft.count = number(value, COUNT_MAX);
      case "record/row/policy_evaluated/disposition" -> draft.disposition = disposition(value);
      case "record/row/policy_evaluated/dkim" -> draft.dkim = value.equals("pass");
      case "record/row/policy_evaluated/spf" -> draft.spf = value.equals("pass");
      case "record" -> record();
      default -> {}
    }
    path.removeLast();
  }

  private void record() throws XMLStreamException {
    if (++records > RECORDS_MAX) {
      throw new XMLStreamException("too many records");
    }
    ReceivedReport.source(draft.source)
        .ifPresent(source ->
            rows.add(
                new ReceivedReport.Row(
                    source, draft.count, draft.disposition, draft.dkim, draft.spf)));
  }

  private static String disposition(String value) {
    return DISPOSITIONS.stream().filter(value::equals).findFirst().orElse("");
  }

  private boolean at(String name) {
    return path.size() == 2 && path.getLast().equals(name);
  }

  private static long number(String digits, long max) {
    return digits.matches("\\d{1,18}") ? Math.min(max, Long.parseLong(digits)) : 0;
  }
}
