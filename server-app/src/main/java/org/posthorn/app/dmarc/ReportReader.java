package org.posthorn.app.dmarc;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// Reads reports that others send about our domains (RFC 9990, and RFC 7489 before it), packed by
/// gzip or ZIP or not at all. Strangers write them, so all of it is bounded: bytes, unpacked bytes,
/// records, depth, text; and no DTD or entity is looked at. Used by one thread.
final class ReportReader {
  static final int PACKED_MAX_BYTES = 8 << 20;
  static final int UNPACKED_MAX_BYTES = 32 << 20;
  static final int RECORDS_MAX = 20_000;

  private static final int DEPTH_MAX = 20;
  private static final int TEXT_MAX_CHARS = 300;
  private static final int ENTRIES_MAX = 10;
  private static final long COUNT_MAX = 1_000_000_000L;
  private static final long SECOND_MAX = 10_000_000_000L;

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

  /// Empty where it is no report.
  static Optional<ReceivedReport> read(byte[] attachment) {
    try {
      return attachment.length > PACKED_MAX_BYTES
          ? Optional.empty()
          : new ReportReader().report(unpacked(attachment));
    } catch (IOException | XMLStreamException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static byte[] unpacked(byte[] packed) throws IOException {
    if (packed.length > 2 && packed[0] == 0x1F && packed[1] == (byte) 0x8B) {
      try (InputStream gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
        return bounded(gzip);
      }
    }
    if (packed.length > 2 && packed[0] == 'P' && packed[1] == 'K') {
      return ofZip(packed);
    }
    return packed;
  }

  /// The first file in it that is XML by its name.
  private static byte[] ofZip(byte[] packed) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(packed))) {
      for (int entries = 0; entries < ENTRIES_MAX; entries++) {
        ZipEntry entry = zip.getNextEntry();
        if (entry == null) {
          break;
        }
        byte[] bytes = bounded(zip);
        if (entry.getName().toLowerCase(Locale.ROOT).endsWith(".xml")) {
          return bytes;
        }
      }
    }
    throw new IOException("no report in the archive");
  }

  private static byte[] bounded(InputStream unpacking) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[16 << 10];
    for (int count = unpacking.read(buffer); count >= 0; count = unpacking.read(buffer)) {
      if (out.size() + count > UNPACKED_MAX_BYTES) {
        throw new IOException("more than " + UNPACKED_MAX_BYTES + " bytes when unpacked");
      }
      out.write(buffer, 0, count);
    }
    return out.toByteArray();
  }

  private Optional<ReceivedReport> report(byte[] bytes) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    // As UTF-8 whatever it says: all that counts is ASCII.
    Reader text = new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8);
    XMLStreamReader xml = factory.createXMLStreamReader(text);
    try {
      while (xml.hasNext()) {
        switch (xml.next()) {
          case XMLStreamConstants.START_ELEMENT -> begin(xml.getLocalName());
          case XMLStreamConstants.END_ELEMENT -> end();
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text(xml.getText());
          case XMLStreamConstants.DTD -> throw new XMLStreamException("a report has no DTD");
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

  private void begin(String name) throws XMLStreamException {
    if (path.size() >= DEPTH_MAX || (path.isEmpty() && !name.equals("feedback"))) {
      throw new XMLStreamException("not a report");
    }
    path.add(name);
    text.setLength(0);
    if (at("record")) {
      draft = new Draft();
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
      case "record/row/policy_evaluated/disposition" -> draft.disposition = value;
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

  private boolean at(String name) {
    return path.size() == 2 && path.getLast().equals(name);
  }

  private static long number(String digits, long max) {
    return digits.matches("\\d{1,18}") ? Math.min(max, Long.parseLong(digits)) : 0;
  }
}
