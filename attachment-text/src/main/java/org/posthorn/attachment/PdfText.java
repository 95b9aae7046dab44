package org.posthorn.attachment;

import java.io.IOException;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.pdmodel.font.FontMappers;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.pdmodel.interactive.form.PDField;
import org.apache.pdfbox.text.PDFTextStripper;
import org.jspecify.annotations.Nullable;

/// The text of a PDF: of its pages, what is filled into its form, its title and keywords.
final class PdfText {
  static {
    FontMappers.set(new OneFont());
  }

  private PdfText() {}

  static void read(byte[] bytes, TextSink text) throws IOException {
    try (PDDocument document = Loader.loadPDF(bytes)) {
      writeTitles(document, text);
      new PDFTextStripper().writeText(document, text);
      writeForm(document, text);
    } catch (InvalidPasswordException _) {
      throw new LockedDocument();
    }
  }

  private static void writeTitles(PDDocument document, TextSink text) throws IOException {
    PDDocumentInformation about = document.getDocumentInformation();
    for (String value :
        new @Nullable String[] {
          about.getTitle(), about.getAuthor(), about.getSubject(), about.getKeywords()
        }) {
      if (value != null) {
        text.writeApart(value);
      }
    }
  }

  private static void writeForm(PDDocument document, TextSink text) throws IOException {
    PDAcroForm form = document.getDocumentCatalog().getAcroForm(null);
    if (form != null) {
      for (PDField field : form.getFieldTree()) {
        text.writeApart(field.getValueAsString());
      }
    }
  }
}
