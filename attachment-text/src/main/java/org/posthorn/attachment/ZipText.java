package org.posthorn.attachment;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// The text of documents that are XML files in a zip file: OOXML (docx, xlsx, pptx) and ODF (odt,
/// ods, odp). Read from front to back, so nothing of it is held; a small file that unpacks to a
/// huge one is left at a limit. Used by one thread, for one document.
final class ZipText {
  private static final int FILES_MAX = 10_000;

  /// Of all files together that are text, unpacked.
  private static final long UNPACKED_MAX_BYTES = 256L << 20;

  private final TextSink text;
  private long leftBytes = UNPACKED_MAX_BYTES;
  private boolean known;
  private boolean locked;
  private @Nullable IOException trouble;

  private ZipText(TextSink text) {
    this.text = text;
  }

  static void read(byte[] bytes, TextSink text) throws IOException {
    new ZipText(text).read(bytes);
  }

  private void read(byte[] bytes) throws IOException {
    try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      ZipEntry entry = zip.getNextEntry();
      for (int files = 0; entry != null && files < FILES_MAX; files++) {
        take(entry.getName(), zip);
        entry = zip.getNextEntry();
      }
    } catch (TextSink.Full e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      trouble = e instanceof IOException io ? io : new IOException(e);
    }
    if (locked) {
      throw new LockedDocument();
    }
    if (trouble != null) {
      throw trouble;
    }
    if (!known) {
      throw new DocumentText.UnknownForm();
    }
  }

  private void take(String name, InputStream bytes) throws IOException {
    String file = name.toLowerCase(Locale.ROOT);
    if (file.equals("meta-inf/manifest.xml")) {
      locked |=
          new String(bytes.readNBytes(1 << 20), StandardCharsets.UTF_8).contains("encryption-data");
      return;
    }
    XmlText.Words words = words(file);
    if (words == null) {
      return;
    }
    known = true;
    try {
      XmlText.read(new Limited(bytes), words, text);
    } catch (XMLStreamException e) {
      if (e.getNestedException() instanceof TextSink.Full full) {
        throw full;
      }
      trouble = new IOException(e);
    }
  }

  /// Which words of a file count; null: none.
  private static XmlText.@Nullable Words words(String file) {
    if (!file.endsWith(".xml")) {
      return null;
    }
    return switch (file) {
      case "content.xml", "styles.xml" -> XmlText.Words.ODF;
      case "meta.xml", "docprops/core.xml" -> XmlText.Words.ABOUT;
      default -> isOffice(file) ? XmlText.Words.OOXML : null;
    };
  }

  private static boolean isOffice(String file) {
    return file.matches(
        "word/(document|header|footer|footnotes|endnotes|comments)[0-9]*\\.xml"
            + "|xl/(sharedstrings|workbook|comments[0-9]*|worksheets/sheet[0-9]+)\\.xml"
            + "|ppt/(slides/slide|notesslides/notesslide|comments/comment)[0-9]+\\.xml"
            + "|(word|xl|ppt)/(drawings|diagrams|charts)/[a-z]+[0-9]+\\.xml");
  }

  /// What may still be unpacked. Stays open when it is closed: the next file comes behind it.
  private final class Limited extends FilterInputStream {
    Limited(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      took(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
      int read = super.read(into, from, count);
      took(read);
      return read;
    }

    private void took(int bytes) throws IOException {
      leftBytes -= Math.max(0, bytes);
      if (leftBytes < 0) {
        throw new TextSink.Full();
      }
    }

    @Override
    public void close() {}
  }
}
