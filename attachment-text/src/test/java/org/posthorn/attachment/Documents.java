package org.posthorn.attachment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.hslf.usermodel.HSLFSlideShow;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.poifs.crypt.EncryptionInfo;
import org.apache.poi.poifs.crypt.EncryptionMode;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;
import org.apache.poi.ss.usermodel.Workbook;
import org.apache.poi.xslf.usermodel.XMLSlideShow;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.apache.poi.xwpf.usermodel.XWPFDocument;

/// Real documents with a text, made by the libraries.
final class Documents {
  private Documents() {}

  static byte[] pdf(String... pages) throws IOException {
    try (var document = pdfDocument(pages)) {
      return bytes(document);
    }
  }

  /// `userPassword` empty: everybody may read, nobody change.
  static byte[] encryptedPdf(String text, String userPassword) throws IOException {
    try (var document = Loader.loadPDF(pdf(text))) {
      var policy = new StandardProtectionPolicy("owner", userPassword, new AccessPermission());
      policy.setEncryptionKeyLength(128);
      document.protect(policy);
      return bytes(document);
    }
  }

  private static byte[] bytes(PDDocument document) throws IOException {
    var out = new ByteArrayOutputStream();
    document.save(out);
    return out.toByteArray();
  }

  private static PDDocument pdfDocument(String... pages) throws IOException {
    var document = new PDDocument();
    for (String text : pages) {
      var page = new PDPage();
      document.addPage(page);
      try (var content = new PDPageContentStream(document, page)) {
        content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
        content.beginText();
        content.newLineAtOffset(50, 700);
        content.showText(text);
        content.endText();
      }
    }
    document.getDocumentInformation().setTitle("Titelblatt");
    return document;
  }

  static byte[] docx(String... paragraphs) throws IOException {
    try (var document = new XWPFDocument()) {
      for (String paragraph : paragraphs) {
        document.createParagraph().createRun().setText(paragraph);
      }
      document.createTable(1, 1).getRow(0).getCell(0).setText("Tabellenzelle");
      var out = new ByteArrayOutputStream();
      document.write(out);
      return out.toByteArray();
    }
  }

  static byte[] encryptedDocx(String text) throws Exception {
    try (var files = new POIFSFileSystem()) {
      var encryptor = new EncryptionInfo(EncryptionMode.agile).getEncryptor();
      encryptor.confirmPassword("secret");
      try (var out = encryptor.getDataStream(files)) {
        out.write(docx(text));
      }
      var out = new ByteArrayOutputStream();
      files.writeFilesystem(out);
      return out.toByteArray();
    }
  }

  static byte[] xlsx(String text, double number) throws IOException {
    try (var book = new XSSFWorkbook()) {
      return sheet(book, text, number);
    }
  }

  static byte[] xls(String text, double number) throws IOException {
    try (var book = new HSSFWorkbook()) {
      return sheet(book, text, number);
    }
  }

  private static byte[] sheet(Workbook book, String text, double number) throws IOException {
    var row = book.createSheet("Blattname").createRow(0);
    row.createCell(0).setCellValue(text);
    row.createCell(1).setCellValue(number);
    var out = new ByteArrayOutputStream();
    book.write(out);
    return out.toByteArray();
  }

  static byte[] pptx(String text) throws IOException {
    try (var show = new XMLSlideShow()) {
      show.createSlide().createTextBox().setText(text);
      var out = new ByteArrayOutputStream();
      show.write(out);
      return out.toByteArray();
    }
  }

  static byte[] ppt(String text) throws IOException {
    try (var show = new HSLFSlideShow()) {
      show.createSlide().createTextBox().setText(text);
      var out = new ByteArrayOutputStream();
      show.write(out);
      return out.toByteArray();
    }
  }

  /// As LibreOffice writes it.
  static byte[] odt(String text) throws IOException {
    return zip(
        "mimetype",
        "application/vnd.oasis.opendocument.text",
        "content.xml",
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>
        <text:tracked-changes><text:p>gelöscht</text:p></text:tracked-changes>
        <text:h>Überschrift</text:h>
        <text:p>%s<text:span> und</text:span><text:s text:c="2"/>mehr</text:p>
        </office:text></office:body></office:document-content>\
        """
            .formatted(text),
        "meta.xml",
        "<m xmlns:dc=\"dc\"><dc:title>Metatitel</dc:title></m>",
        "META-INF/manifest.xml",
        "<manifest/>");
  }

  static byte[] lockedOdt() throws IOException {
    return zip(
        "mimetype",
        "application/vnd.oasis.opendocument.text",
        "content.xml",
        "\u0001\u0002 not xml",
        "META-INF/manifest.xml",
        "<m:manifest><m:encryption-data/></m:manifest>");
  }

  /// Names and bytes, in turn.
  static byte[] archive(Object... files) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < files.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) files[i]));
        zip.write((byte[]) files[i + 1]);
      }
    }
    return bytes.toByteArray();
  }

  /// Names and contents in turn.
  static byte[] zip(String... files) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(out)) {
      for (int i = 0; i < files.length; i += 2) {
        zip.putNextEntry(new ZipEntry(files[i]));
        zip.write(files[i + 1].getBytes(StandardCharsets.UTF_8));
      }
    }
    return out.toByteArray();
  }

  /// A small file that unpacks to `megabytes` of the same character.
  static byte[] zipBomb(String file, String before, int megabytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry(file));
      zip.write(before.getBytes(StandardCharsets.UTF_8));
      byte[] piece = " ".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < megabytes; i++) {
        zip.write(piece);
      }
    }
    return out.toByteArray();
  }
}
