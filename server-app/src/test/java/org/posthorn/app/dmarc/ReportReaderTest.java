package org.posthorn.app.dmarc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.dmarc.DmarcRecord;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.remember.Memories;

@Timeout(60)
class ReportReaderTest {
  private static final String REPORT =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
        <report_metadata>
          <org_name>Other &amp; Co</org_name><email>x@other.example</email>
          <report_id>r1</report_id>
          <date_range><begin>1795651200</begin><end>1795737599</end></date_range>
        </report_metadata>
        <policy_published><domain>Example.org</domain><p>none</p></policy_published>
        <record>
          <row><source_ip>192.0.2.1</source_ip><count>5</count>
            <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated>
          </row>
          <identifiers><header_from>example.org</header_from></identifiers>
          <auth_results><spf><domain>evil.example</domain><result>pass</result></spf></auth_results>
        </record>
        <record>
          <row><source_ip>2001:DB8:0::7</source_ip><count>2</count>
            <policy_evaluated><disposition>reject</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated>
          </row>
        </record>
        <record><row><source_ip>not an address</source_ip><count>9</count></row></record>
      </feedback>
      """;

  private final Engine engine = new InMemoryEngine();
  private final Memories memories =
      new Memories(engine, () -> Instant.parse("2026-11-27T12:00:00Z"));
  private final ReceivedReports received =
      new ReceivedReports(memories, () -> Instant.parse("2026-11-27T12:00:00Z"));

  @AfterEach
  void close() {
    engine.close();
  }

  private static Optional<ReceivedReport> read(byte[] attachment) {
    return ReportReader.read(new ByteArrayInputStream(attachment));
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] zip(String name, byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("readme.txt"));
      zip.putNextEntry(new ZipEntry(name));
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void reportsAreReadHoweverTheyArePacked() throws IOException {
    byte[] plain = REPORT.getBytes(UTF_8);
    String old = REPORT.replace(" xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"", "");

    byte[] marked = ("\uFEFF" + REPORT).getBytes(UTF_8);

    for (byte[] each :
        List.of(plain, gzip(plain), zip("a!b.XML", plain), old.getBytes(UTF_8), gzip(marked))) {
      ReceivedReport report = read(each).orElseThrow();
      assertThat(report.organization()).isEqualTo("Other & Co");
      assertThat(report.domain()).isEqualTo("example.org");
      assertThat(report.day()).isEqualTo(LocalDate.parse("2026-11-26"));
      assertThat(report.rows())
          .containsExactly(
              new ReceivedReport.Row("192.0.2.1", 5, "none", true, false),
              new ReceivedReport.Row("2001:db8::7", 2, "reject", false, false));
    }
  }

  @Test
  void ourOwnReportsAreReadToo() {
    var policy = DmarcRecord.parse("v=DMARC1; p=reject").orElseThrow();
    var own =
        new DmarcReport(
            "example.org",
            LocalDate.parse("2026-11-26"),
            "mx.example.net",
            "We",
            MailAddress.of("a@example.net"),
            policy,
            List.of(
                new JudgedRow(
                    3, "192.0.2.9", "pass", true, true, "", "", "example.org", List.of())));

    ReceivedReport report = read(own.gzipped()).orElseThrow();

    assertThat(report.rows())
        .containsExactly(new ReceivedReport.Row("192.0.2.9", 3, "pass", true, true));
  }

  @Test
  void bombsAreRefused() throws IOException {
    byte[] much = new byte[ReportReader.UNPACKED_MAX_BYTES + 1];
    assertThat(read(gzip(much))).isEmpty();
    assertThat(read(zip("a.xml", much))).isEmpty();
    assertThat(read(new byte[ReportReader.PACKED_MAX_BYTES + 1])).isEmpty();
    String deep = "<feedback>" + "<a>".repeat(100_000);
    assertThat(read(deep.getBytes(UTF_8))).isEmpty();
    String many =
        "<feedback><policy_published><domain>example.org</domain></policy_published>"
            + "<record/>".repeat(ReportReader.RECORDS_MAX + 1)
            + "</feedback>";
    assertThat(read(many.getBytes(UTF_8))).isEmpty();
  }

  /// A parser has these in memory as a whole.
  @Test
  void whatIsFarTooLongIsRefusedBeforeItIsInMemory() throws IOException {
    String x = "x".repeat(4 << 20);
    for (String tooLong :
        List.of(
            REPORT.replace("<feedback ", "<feedback a=\"" + x + "\" "),
            REPORT.replace("<record>", "<!-- " + x + " --><record>"),
            REPORT.replace("<feedback ", "<!-- " + x + " --><feedback "))) {
      assertThat(read(gzip(tooLong.getBytes(UTF_8)))).isEmpty();
    }
  }

  /// And all names for as long as it reads.
  @Test
  void whatHasTooManyNamesIsRefused() {
    String elements = numbered("<a%1$d/>");
    String attributes = "<a" + numbered(" b%1$d=''") + "/>";
    String spaces = numbered("<p:a xmlns:p='urn:%1$d'/>");
    String instructions = numbered("<?a%1$d?>");
    String entities = numbered("&a%1$d;");
    for (String many : List.of(elements, attributes, spaces, instructions, entities)) {
      String report = REPORT.replaceFirst("<record>", many + "<record>");
      assertThat(read(report.getBytes(UTF_8))).as(many.substring(0, 20)).isEmpty();
    }
  }

  private static String numbered(String form) {
    return IntStream.range(0, 3000).mapToObj(form::formatted).collect(Collectors.joining());
  }

  /// Texts, and the space between them, come in pieces.
  @Test
  void muchTextIsPassedBy() {
    String much = "<extra>" + "x ".repeat(1 << 20) + "</extra>" + " ".repeat(1 << 20);
    String report = REPORT.replaceFirst("<record>", much + "<record>");
    assertThat(read(report.getBytes(UTF_8)).orElseThrow().rows()).hasSize(2);
  }

  @Test
  void entitiesAreNotLookedAt() {
    String laughs =
        "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>"
            + REPORT.substring(REPORT.indexOf("<feedback")).replace("r1", "&b;");
    String file =
        "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
            + REPORT.substring(REPORT.indexOf("<feedback")).replace("r1", "&f;");

    assertThat(read(laughs.getBytes(UTF_8))).isEmpty();
    assertThat(read(file.getBytes(UTF_8))).isEmpty();
  }

  @Test
  void whateverComesIsReadOrNot() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] plain = REPORT.getBytes(UTF_8);
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = plain.clone();
      for (int change = random.nextInt(20); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      byte[] packed = random.nextBoolean() ? gzip(bytes) : bytes;
      if (random.nextInt(4) == 0) {
        packed[random.nextInt(packed.length)]++;
      }
      assertThat(read(packed)).as("seed %d", seed).isNotNull();
    }
  }

  @Test
  void aReportCountsOnce() {
    ReceivedReport report = read(REPORT.getBytes(UTF_8)).orElseThrow();

    assertThat(received.add(report)).isTrue();
    assertThat(received.add(report)).isFalse();

    List<ReceivedReports.Source> sources = received.sources("example.org", 3);
    assertThat(sources)
        .extracting(ReceivedReports.Source::address)
        .containsExactly("192.0.2.1", "2001:db8::7");
    assertThat(sources.getFirst().totals()).isEqualTo(new ReceivedReports.Totals(5, 5, 5, 0, 0, 0));
    assertThat(sources.getFirst().passedByDay()).containsExactly(0L, 5L, 0L);
    assertThat(sources.getLast().failedByDay()).containsExactly(0L, 2L, 0L);
    assertThat(received.sources("example.net", 3)).isEmpty();
  }

  /// It goes to two addresses of ours in two mails.
  @Test
  void aReportThatComesTwiceAtTheSameTimeCountsOnce() throws Exception {
    int counted = 0;
    try (var both = Executors.newFixedThreadPool(2)) {
      for (int id = 0; id < 300; id++) {
        var report =
            new ReceivedReport(
                "a", "r" + id, "example.org", LocalDate.parse("2026-11-27"), List.of());
        var together = new CyclicBarrier(2);
        Callable<Boolean> add =
            () -> {
              together.await();
              return received.add(report);
            };
        for (Future<Boolean> added : both.invokeAll(List.of(add, add))) {
          counted += added.get() ? 1 : 0;
        }
      }
    }
    assertThat(counted).isEqualTo(300);
  }

  @Test
  void tooManyAddressesAreOne() {
    List<ReceivedReport.Row> rows =
        new Random(1)
            .ints(ReceivedReports.SOURCES_MAX + 50)
            .mapToObj(at ->
                new ReceivedReport.Row(
                    "2001:db8::"
                        + Integer.toHexString(at & 0xFFFF)
                        + ":"
                        + Integer.toHexString(at >>> 16),
                    1,
                    "",
                    false,
                    false))
            .distinct()
            .toList();

    received.add(new ReceivedReport("a", "b", "example.org", LocalDate.parse("2026-11-27"), rows));

    assertThat(received.sources("example.org", 1))
        .hasSizeLessThanOrEqualTo(ReceivedReports.SOURCES_MAX + 1)
        .anyMatch(source -> source.address().equals(ReceivedReports.OTHER));
  }

  @Test
  void whatIsTooOldIsNotCounted() {
    ReceivedReport old =
        new ReceivedReport("a", "b", "example.org", LocalDate.parse("2020-01-01"), List.of());

    assertThat(received.add(old)).isFalse();
  }
}
