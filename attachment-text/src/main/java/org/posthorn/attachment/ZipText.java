package org.posthorn.attachment;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/// The text of documents that are XML files in a zip file: OOXML (docx, xlsx, pptx) and ODF (odt,
/// ods, odp), and of archives with documents and plain text in them, also archives in archives.
/// Read from front to back, so only one file in it is held; a small file that unpacks to a huge one
/// is left at a limit. Used by one thread, for one document.
final class ZipText {
  private static final int FILES_MAX = 10_000;
  private static final int DEPTH_MAX = 4;

  /// Of a file in an archive that is read as a whole: at each depth one is held.
  private static final int FILE_MAX_BYTES = 16 << 20;

  /// Of all files together that are text, unpacked.
  private static final long UNPACKED_MAX_BYTES = 256L << 20;

  private final TextSink text;
  private final int depth;
  private long leftBytes = UNPACKED_MAX_BYTES;

  private int files;

  /// Whether there was something to read.
  private boolean known;

  /// Whether an office program made it.
  private boolean office;

  private boolean locked;
  private @Nullable IOException trouble;

  private ZipText(TextSink text, int depth) {
    this.text = text;
    this.depth = depth;
  }

  /// `depth`: in how many archives it lies.
  static void read(byte[] bytes, TextSink text, int depth) throws IOException {
    if (depth > DEPTH_MAX) {
      throw new LockedDocument();
    }
    new ZipText(text, depth).read(bytes);
  }

  private void read(byte[] bytes) throws IOException {
    try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      ZipEntry entry = zip.getNextEntry();
      for (; entry != null && files < FILES_MAX; files++) {
        take(entry.getName(), zip);
        entry = zip.getNextEntry();
      }
    } catch (TextSink.Full e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      locked |= e instanceof ZipException && String.valueOf(e.getMessage()).contains("encrypted");
      trouble = e instanceof IOException io ? io : new IOException(e);
    }
    if (locked) {
      throw new LockedDocument();
    }
    if (trouble != null) {
      throw trouble;
    }
    if (!known && (office || files == 0)) {
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
    office |= file.equals("mimetype") || file.equals("[content_types].xml");
    XmlText.Words words = words(file);
    if (words == null) {
      takeFile(bytes);
      return;
    }
    known = true;
    office = true;
    try {
      XmlText.read(new Limited(bytes), words, text);
    } catch (XMLStreamException e) {
      if (e.getNestedException() instanceof TextSink.Full full) {
        throw full;
      }
      trouble = new IOException(e);
    }
  }

  /// A file that lies in the archive: another document, or plain text. What an office program puts
  /// beside its document is no text for people.
  private void takeFile(InputStream bytes) throws IOException {
    InputStream limited = new Limited(bytes);
    byte[] file = limited.readNBytes(FILE_MAX_BYTES);
    if (limited.read() >= 0) {
      trouble = new IOException("A file in it is too large");
      return;
    }
    try {
      if (DocumentText.isDocument(file)) {
        text.write('\n');
        DocumentText.readInto(file, text, depth + 1);
        known = true;
      } else if (!office && PlainText.is(file)) {
        text.write('\n');
        text.write(PlainText.of(file));
        known = true;
      }
      locked |= Sealed.is(file);
    } catch (TextSink.Full e) {
      throw e;
    } catch (LockedDocument _) {
      locked = true;
    } catch (DocumentText.UnknownForm _) {
      // A file like any other.
    } catch (IOException | RuntimeException e) {
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
