package org.posthorn.app.dmarc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.posthorn.app.reports.DailyReports;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.dmarc.DmarcRecord;

/// One day's mail in the name of one domain, as that domain wants to read it (RFC 9990 §3.1).
/// `hostname` is that of the server which took the mail.
record DmarcReport(
    String domain,
    LocalDate day,
    String hostname,
    String organization,
    MailAddress contact,
    DmarcRecord policy,
    List<JudgedRow> rows) {
  private static final String NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0";

  DmarcReport {
    rows = List.copyOf(rows);
  }

  private long begin() {
    return day.atStartOfDay(ZoneOffset.UTC).toEpochSecond();
  }

  private long end() {
    return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toEpochSecond() - 1;
  }

  /// The same whenever the report is made, and another on each server.
  String id() {
    return day + "." + domain + "." + DailyReports.mark(hostname);
  }

  String fileName() {
    return "%s!%s!%d!%d.xml.gz".formatted(hostname, domain, begin(), end());
  }

  byte[] gzipped() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      writeXml(gzip);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void writeXml(OutputStream out) {
    try {
      XMLStreamWriter xml =
          XMLOutputFactory.newFactory().createXMLStreamWriter(out, StandardCharsets.UTF_8.name());
      xml.writeStartDocument(StandardCharsets.UTF_8.name(), "1.0");
      xml.writeStartElement("feedback");
      xml.writeDefaultNamespace(NAMESPACE);
      element(xml, "version", "1.0");
      metadata(xml);
      policy(xml);
      for (JudgedRow row : rows) {
        record(xml, row);
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e);
    }
  }

  private void metadata(XMLStreamWriter xml) throws XMLStreamException {
    xml.writeStartElement("report_metadata");
    element(xml, "org_name", organization);
    element(xml, "email", contact.toString());
    element(xml, "report_id", id());
    xml.writeStartElement("date_range");
    element(xml, "begin", Long.toString(begin()));
    element(xml, "end", Long.toString(end()));
    xml.writeEndElement();
    element(xml, "generator", "Posthorn");
    xml.writeEndElement();
  }

  private void policy(XMLStreamWriter xml) throws XMLStreamException {
    xml.writeStartElement("policy_published");
    element(xml, "domain", domain);
    element(xml, "p", policy.policy().word());
    element(xml, "sp", policy.subdomains().word());
    element(xml, "np", policy.missing().word());
    element(xml, "adkim", policy.strictDkim() ? "s" : "r");
    element(xml, "aspf", policy.strictSpf() ? "s" : "r");
    element(xml, "discovery_method", "treewalk");
    element(xml, "testing", policy.testing() ? "y" : "n");
    xml.writeEndElement();
  }

  private static void record(XMLStreamWriter xml, JudgedRow row) throws XMLStreamException {
    xml.writeStartElement("record");
    xml.writeStartElement("row");
    element(xml, "source_ip", row.source());
    element(xml, "count", Long.toString(row.count()));
    xml.writeStartElement("policy_evaluated");
    element(xml, "disposition", row.disposition());
    element(xml, "dkim", row.alignedDkim() ? "pass" : "fail");
    element(xml, "spf", row.alignedSpf() ? "pass" : "fail");
    if (!row.override().isEmpty()) {
      xml.writeStartElement("reason");
      element(xml, "type", row.override());
      xml.writeEndElement();
    }
    xml.writeEndElement();
    xml.writeEndElement();
    xml.writeStartElement("identifiers");
    if (!row.envelope().isEmpty()) {
      element(xml, "envelope_from", row.envelope());
    }
    element(xml, "header_from", row.author());
    xml.writeEndElement();
    results(xml, row);
    xml.writeEndElement();
  }

  private static void results(XMLStreamWriter xml, JudgedRow row) throws XMLStreamException {
    xml.writeStartElement("auth_results");
    for (String method : List.of("dkim", "spf")) {
      for (JudgedRow.Check check : row.checks()) {
        if (!check.method().equals(method) || check.domain().isEmpty()) {
          continue;
        }
        xml.writeStartElement(method);
        element(xml, "domain", check.domain());
        if (method.equals("dkim")) {
          element(xml, "selector", check.selector());
        }
        element(xml, "result", check.result());
        xml.writeEndElement();
      }
    }
    xml.writeEndElement();
  }

  private static void element(XMLStreamWriter xml, String name, String text)
      throws XMLStreamException {
    xml.writeStartElement(name);
    xml.writeCharacters(text);
    xml.writeEndElement();
  }
}
