package org.posthorn.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.attachment.Answer.Status;

@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DocumentTextTest {
  private static final int MAX_CHARS = 100_000;

  private static String read(byte[] document) {
    Answer answer = DocumentText.read(document, MAX_CHARS);
    assertThat(answer.status()).isEqualTo(Status.READ);
    return answer.text();
  }

  private static Status status(byte[] document) {
    return DocumentText.read(document, MAX_CHARS).status();
  }

  @Test
  void readsAllPagesAndTheTitleOfAPdf() throws IOException {
    assertThat(read(Documents.pdf("Rechnung Nummer 4711", "Zweite Seite")))
        .contains("Rechnung Nummer 4711", "Zweite Seite", "Titelblatt");
  }

  @Test
  void findsAPdfBehindWhatAMachinePutBefore() throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write("\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    bytes.write(Documents.pdf("Scanner"));
    assertThat(read(bytes.toByteArray())).contains("Scanner");
  }

  @Test
  void readsAPdfThatIsEncryptedForNobody() throws IOException {
    assertThat(read(Documents.encryptedPdf("Nur lesen", ""))).contains("Nur lesen");
    assertThat(status(Documents.encryptedPdf("Geheim", "secret"))).isEqualTo(Status.LOCKED);
  }

  @Test
  void readsWordOfToday() throws Exception {
    assertThat(read(Documents.docx("Erster Absatz", "Zweiter Absatz")))
        .contains("Erster Absatz\nZweiter Absatz\n", "Tabellenzelle\n");
    assertThat(status(Documents.encryptedDocx("Geheim"))).isEqualTo(Status.LOCKED);
  }

  @Test
  void readsTextsNumbersAndNamesOfSheets() throws IOException {
    for (byte[] book : List.of(Documents.xlsx("Summe", 1234.5), Documents.xls("Summe", 1234.5))) {
      assertThat(read(book)).contains("Summe", "1234.5", "Blattname");
    }
  }

  @Test
  void readsSlides() throws IOException {
    assertThat(read(Documents.pptx("Neue Folie"))).contains("Neue Folie");
    assertThat(read(Documents.ppt("Alte Folie"))).contains("Alte Folie");
  }

  @Test
  void readsOpenDocumentsWithoutWhatWasDeleted() throws IOException {
    assertThat(read(Documents.odt("Brief")))
        .contains("Überschrift\n", "Brief und mehr\n", "Metatitel")
        .doesNotContain("gelöscht");
    assertThat(status(Documents.lockedOdt())).isEqualTo(Status.LOCKED);
  }

  @Test
  void readsRichText() {
    String rtf =
        "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\*\\generator Word;}{\\info{\\title x}}"
            + "Gr\\'fc\\'dfe \\u8364?5\\par {\\b fett} und \\{Klammer\\}\\tab Ende{\\pict 0102}}";
    assertThat(read(rtf.getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo("Grüße €5\nfett und {Klammer}\tEnde");
    String japanese = "{\\rtf1\\ansicpg932 \\'93\\'fa\\'96\\'7b}";
    assertThat(read(japanese.getBytes(StandardCharsets.US_ASCII))).isEqualTo("日本");
  }

  @Test
  void cutsWhatIsLongerThanWanted() throws IOException {
    byte[] rtf = "{\\rtf1 0123456789}".getBytes(StandardCharsets.US_ASCII);
    Answer answer = DocumentText.read(rtf, 4);
    assertThat(answer).isEqualTo(new Answer(Status.CUT, "0123"));
    assertThat(DocumentText.read(Documents.pdf("0123456789"), 4).status()).isEqualTo(Status.CUT);
    assertThat(DocumentText.read(Documents.docx("0123456789"), 4).status()).isEqualTo(Status.CUT);
  }

  @Test
  void knowsWhatIsNoDocument() throws IOException {
    assertThat(status(new byte[0])).isEqualTo(Status.UNKNOWN);
    assertThat(status("GIF89a".getBytes(StandardCharsets.UTF_8))).isEqualTo(Status.UNKNOWN);
    assertThat(status(Documents.zip("mimetype", "a/b", "a.xml", "<a/>"))).isEqualTo(Status.UNKNOWN);
    assertThat(status("PK\003\004 and more".getBytes(StandardCharsets.UTF_8)))
        .isIn(Status.UNKNOWN, Status.DAMAGED);
    assertThat(read(Documents.zip("picture.gif", "GIF89a\0"))).isEmpty();
  }

  @Test
  void readsWhatLiesInArchives() throws IOException {
    byte[] inner = Documents.archive("note.csv", "name;4711".getBytes(StandardCharsets.UTF_8));
    byte[] archive =
        Documents.archive(
            "a.pdf", Documents.pdf("Rechnung"),
            "b.txt", "\uFEFFGrüße".getBytes(StandardCharsets.UTF_16LE),
            "c.gif", "GIF89a\0text".getBytes(StandardCharsets.UTF_8),
            "d.zip", inner,
            "e.docx", Documents.docx("Absatz"));
    assertThat(read(archive)).contains("Rechnung", "Grüße", "4711", "Absatz").doesNotContain("GIF");
    byte[] office =
        Documents.archive(
            "[Content_Types].xml", "<types>noise</types>".getBytes(StandardCharsets.UTF_8),
            "word/document.xml",
                "<w xmlns:w='w'><w:p><w:t>Brief</w:t></w:p></w>".getBytes(StandardCharsets.UTF_8),
            "word/settings.xml", "<a>noise</a>".getBytes(StandardCharsets.UTF_8),
            "word/embeddings/table.xlsx", Documents.xlsx("Tabelle", 1));
    assertThat(read(office)).contains("Brief", "Tabelle").doesNotContain("noise");
  }

  @Test
  void saysWhatIsLockedInArchives() throws IOException {
    byte[] text = "text".getBytes(StandardCharsets.UTF_8);
    byte[] locked = Documents.archive("a.txt", text);
    locked[6] |= 1; // The flag of the first file: encrypted.
    assertThat(status(locked)).isEqualTo(Status.LOCKED);
    byte[] mixed =
        Documents.archive("a.txt", text, "b.pdf", Documents.encryptedPdf("Geheim", "secret"));
    assertThat(DocumentText.read(mixed, MAX_CHARS).text()).contains("text");
    assertThat(status(mixed)).isEqualTo(Status.LOCKED);
    assertThat(status(Documents.archive("a.rar", "Rar!\032\007".getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(Status.LOCKED);
    byte[] deep = Documents.archive("a.txt", text);
    for (int i = 0; i < 8; i++) {
      deep = Documents.archive("a.zip", deep);
    }
    assertThat(status(deep)).isEqualTo(Status.LOCKED);
  }

  @Test
  void readsWhatIsThereOfADamagedDocument() throws IOException {
    byte[] pdf = Documents.pdf("Abgeschnitten");
    assertThat(status(Arrays.copyOf(pdf, 20))).isEqualTo(Status.DAMAGED);
    byte[] docx =
        Documents.zip(
            "word/document.xml", "<w xmlns:w='w'><w:p><w:t>Anfang</w:t></w:p><w:p><w:t>Mit");
    assertThat(DocumentText.read(docx, MAX_CHARS))
        .isEqualTo(new Answer(Status.DAMAGED, "Anfang\n"));
  }

  /// A gigabyte of spaces in a megabyte; and entities that would become as much.
  @Test
  void leavesBombsAtALimit() throws IOException {
    assertThat(status(Documents.zipBomb("word/document.xml", "<t>", 300))).isEqualTo(Status.CUT);
    assertThat(status(Documents.zipBomb("word/document.xml", "<a ", 300)))
        .isIn(Status.CUT, Status.DAMAGED);
    String laughs =
        "<!DOCTYPE a [<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;\">]><t>%s</t>"
            .formatted("&b;".repeat(100_000));
    assertThat(DocumentText.read(Documents.zip("word/document.xml", laughs), MAX_CHARS).text())
        .doesNotContain("haha");
    String outside = "<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><t>text &a;</t>";
    assertThat(DocumentText.read(Documents.zip("word/document.xml", outside), MAX_CHARS).text())
        .doesNotContain("root:");
  }

  @Test
  void goesAsDeepAsADocumentGoes() throws IOException {
    assertThat(status(("{\\rtf1" + "{".repeat(1_000_000)).getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(Status.READ);
    assertThat(status(Documents.zip("word/document.xml", "<a>".repeat(300_000))))
        .isIn(Status.CUT, Status.DAMAGED);
  }

  /// Documents with bytes changed, cut out and doubled, always the same ones: there is an answer.
  @Test
  void answersWhateverIsDoneToADocument() throws IOException {
    List<byte[]> documents =
        List.of(
            Documents.pdf("Seite eins", "Seite zwei"),
            Documents.encryptedPdf("Nur lesen", ""),
            Documents.docx("Absatz"),
            Documents.xlsx("Summe", 1),
            Documents.odt("Brief"),
            Documents.xls("Summe", 1),
            Documents.ppt("Folie"),
            "{\\rtf1\\ansi Gr\\'fc\\u8364? {\\b x}\\bin3 abc}".getBytes(StandardCharsets.US_ASCII));
    var random = new Random(25);
    int rounds = Integer.getInteger("posthorn.rounds", 100);
    for (int round = 0; round < rounds; round++) {
      for (byte[] document : documents) {
        Answer answer = DocumentText.read(Mutation.of(document, random), MAX_CHARS);
        assertThat(answer.text().length()).isLessThanOrEqualTo(MAX_CHARS);
      }
    }
  }
}
