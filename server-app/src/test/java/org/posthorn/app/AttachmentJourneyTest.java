package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.extract.AttachmentsConfig;
import org.posthorn.storage.extract.Extracted;
import org.posthorn.storage.extract.Extractor;

/// Attachments whose text is found, with the program that reads them as it is installed.
@Timeout(120)
class AttachmentJourneyTest {
  private static final String ON = "storage.search.attachments.enabled=true";

  @TempDir Path data;

  /// As small as a PDF can be.
  static String pdf(String text) {
    return """
    %%PDF-1.4
    1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R
    /Resources<</Font<</F1 5 0 R>>>>>>endobj
    4 0 obj<</Length %d>>stream
    BT /F1 12 Tf 50 700 Td (%s) Tj ET
    endstream endobj
    5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
    trailer<</Root 1 0 R>>
    %%%%EOF
    """
        .formatted(text.length() + 33, text);
  }

  private static String mail(String document) {
    byte[] bytes = document.getBytes(StandardCharsets.ISO_8859_1);
    return """
    From: <a@example.net>
    Subject: invoice
    Content-Type: multipart/mixed; boundary=b

    --b

    See the attachment.
    --b
    Content-Type: application/octet-stream; name="invoice.pdf"
    Content-Transfer-Encoding: base64

    %s
    --b--
    """
        .formatted(Base64.getMimeEncoder().encodeToString(bytes).replace("\r", ""))
        .replace("\n", "\r\n");
  }

  private static void deliver(TestServer server, String... documents) throws IOException {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      for (String document : documents) {
        assertThat(smtp.deliver("a@example.net", "ann@example.org", mail(document)))
            .startsWith("250");
      }
    }
  }

  /// Until the answer is this.
  private static void awaitFound(WireClient ann, String search, String numbers) throws IOException {
    String line;
    do {
      ann.imap("NOOP");
      line = ann.imap("SEARCH " + search).getFirst();
    } while (!line.equals(("* SEARCH " + numbers).strip()));
  }

  private static List<ProcessHandle> readers() {
    return ProcessHandle.current()
        .descendants()
        .filter(process ->
            process
                .info()
                .commandLine()
                .filter(line -> line.contains("org.posthorn.attachment.TextWorker"))
                .isPresent())
        .toList();
  }

  @Test
  void mailWithAPdfIsFoundByItsText() throws IOException {
    try (TestServer server = TestServer.start(data, ON).withUsers("ann")) {
      deliver(server, pdf("Quittung Nummer 4711"), pdf("Zahnarzt"));
      JourneyTest.awaitMessages(server, "ann", "INBOX", 2);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        awaitFound(ann, "BODY \"quittung nummer\"", "1");
        awaitFound(ann, "TEXT zahnarzt", "2");
        awaitFound(ann, "NOT BODY 4711", "2");
        awaitFound(ann, "BODY attachment", "1 2");
        awaitFound(ann, "SUBJECT quittung", "");
      }
      var attachments = server.admin().get("/index").path("attachments");
      assertThat(attachments.path("emails").asInt()).isEqualTo(2);
      assertThat(attachments.path("failures").properties()).isEmpty();
    }
    assertThat(readers()).as("left behind").isEmpty();
  }

  @Test
  void whoKillsTheReaderLosesNothing() throws IOException {
    try (TestServer server = TestServer.start(data, ON).withUsers("ann");
        WireClient ann = server.imap("ann")) {
      ann.imap("SELECT INBOX");
      for (int i = 1; i <= 3; i++) {
        deliver(server, pdf("Quittung" + i));
        while (readers().isEmpty()) {
          Thread.onSpinWait();
        }
        readers().forEach(ProcessHandle::destroyForcibly);
        awaitFound(ann, "BODY quittung" + i, Integer.toString(i));
      }
    }
  }

  @Test
  void nothingIsReadUnlessItIsWanted() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      deliver(server, pdf("Quittung"));
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("SEARCH BODY quittung")).contains("* SEARCH");
      }
      assertThat(readers()).isEmpty();
      assertThat(data.resolve("store").resolve("search-attachments")).doesNotExist();
    }
  }

  /// Whatever is done to documents: the reader may die of it, whoever asks it never does.
  @Test
  void spoiledDocumentsHarmNobodyButTheReader() throws Exception {
    var config = new AttachmentsConfig(true, 1 << 20, Duration.ofSeconds(60), 10_000, 64L << 20);
    var extractor = new Extractor(ExtractorPlace.find(), config);
    byte[] whole = pdf("Quittung").getBytes(StandardCharsets.ISO_8859_1);
    var random = new Random(27);
    int rounds = Integer.getInteger("posthorn.rounds", 300);
    for (int i = 0; i < rounds; i++) {
      byte[] spoiled = whole.clone();
      for (int changes = random.nextInt(1, 8); changes > 0; changes--) {
        spoiled[random.nextInt(8, spoiled.length)] = (byte) random.nextInt(256);
      }
      assertThat(read(extractor, Arrays.copyOf(spoiled, random.nextInt(9, spoiled.length + 1))))
          .isNotNull();
    }
    assertThat(read(extractor, whole).text()).contains("Quittung");
    extractor.stop();
  }

  private static Extracted read(Extractor extractor, byte[] document) throws Exception {
    return extractor.read(() -> new ByteArrayInputStream(document));
  }

  /// 100 MB of deflated zeros in 100 KB, in a reader with 64 MB: it dies, and the next is read.
  @Test
  void aReaderThatRunsOutOfMemoryDiesAlone() throws Exception {
    var config = new AttachmentsConfig(true, 1 << 20, Duration.ofSeconds(60), 10_000, 64L << 20);
    var extractor = new Extractor(ExtractorPlace.find(), config);
    assertThat(read(extractor, bomb()).text()).isBlank();
    byte[] whole = pdf("Quittung").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(read(extractor, whole).text()).contains("Quittung");
    extractor.stop();
  }

  private static byte[] bomb() throws IOException {
    var deflated = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(deflated)) {
      for (int i = 0; i < 100; i++) {
        out.write(new byte[1 << 20]);
      }
    }
    String stream = deflated.toString(StandardCharsets.ISO_8859_1);
    return pdf("")
        .replaceFirst(
            "4 0 obj<</Length \\d+", "4 0 obj<</Filter/FlateDecode/Length " + stream.length())
        .replace("BT /F1 12 Tf 50 700 Td () Tj ET", stream)
        .getBytes(StandardCharsets.ISO_8859_1);
  }
}
