package org.posthorn.attachment;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.apache.poi.EncryptedDocumentException;
import org.apache.poi.hslf.usermodel.HSLFShape;
import org.apache.poi.hslf.usermodel.HSLFSlideShow;
import org.apache.poi.hslf.usermodel.HSLFTextParagraph;
import org.apache.poi.hssf.OldExcelFormatException;
import org.apache.poi.hssf.extractor.ExcelExtractor;
import org.apache.poi.hssf.extractor.OldExcelExtractor;
import org.apache.poi.hwpf.OldWordFileFormatException;
import org.apache.poi.hwpf.extractor.Word6Extractor;
import org.apache.poi.hwpf.extractor.WordExtractor;
import org.apache.poi.poifs.filesystem.DirectoryNode;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;
import org.apache.poi.sl.extractor.SlideShowExtractor;

/// The text of what Word, Excel and PowerPoint wrote before 2007. Newer documents with a password
/// come in the same envelope.
final class OldOfficeText {
  private OldOfficeText() {}

  static void read(byte[] bytes, TextSink text) throws IOException {
    try (var files = new POIFSFileSystem(new ByteArrayInputStream(bytes))) {
      DirectoryNode root = files.getRoot();
      if (root.hasEntry("EncryptedPackage")) {
        throw new LockedDocument();
      }
      if (root.hasEntry("WordDocument")) {
        text.write(word(root));
      } else if (root.hasEntry("Workbook") || root.hasEntry("Book")) {
        text.write(excel(root));
      } else if (root.hasEntry("PowerPoint Document")) {
        text.write(powerPoint(root));
      } else {
        throw new DocumentText.UnknownForm();
      }
    } catch (EncryptedDocumentException _) {
      throw new LockedDocument();
    }
  }

  private static String word(DirectoryNode root) throws IOException {
    try (var extractor = new WordExtractor(root)) {
      return WordExtractor.stripFields(extractor.getText());
    } catch (OldWordFileFormatException _) {
      try (var extractor = new Word6Extractor(root)) {
        return extractor.getText();
      }
    }
  }

  private static String excel(DirectoryNode root) throws IOException {
    try (var extractor = new ExcelExtractor(root)) {
      return extractor.getText();
    } catch (OldExcelFormatException _) {
      try (var extractor = new OldExcelExtractor(root)) {
        return extractor.getText();
      }
    }
  }

  private static String powerPoint(DirectoryNode root) throws IOException {
    try (var show = new HSLFSlideShow(root);
        var extractor = new SlideShowExtractor<HSLFShape, HSLFTextParagraph>(show)) {
      extractor.setNotesByDefault(true);
      return extractor.getText();
    }
  }
}
