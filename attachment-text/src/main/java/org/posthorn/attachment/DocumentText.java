package org.posthorn.attachment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.posthorn.attachment.Answer.Status;

/// Reads a document of any form that is known, which its first bytes tell: what a mail program
/// calls it counts for nothing. Whatever the document does, there is an answer, unless memory runs
/// out.
final class DocumentText {
  /// A PDF may have something before its first line.
  private static final int PDF_HEAD_BYTES = 1024;

  private static final byte[] OLE2 = {
    (byte) 0xD0, (byte) 0xCF, 0x11, (byte) 0xE0, (byte) 0xA1, (byte) 0xB1, 0x1A, (byte) 0xE1
  };

  private DocumentText() {}

  private interface Reading {
    /// `depth`: in how many others it lies.
    void read(byte[] document, TextSink text, int depth) throws IOException;
  }

  static Answer read(byte[] document, int maxChars) {
    Reading reading = readingOf(document);
    if (reading == null) {
      return new Answer(Status.UNKNOWN, "");
    }
    var text = new TextSink(maxChars);
    Status status = read(reading, document, text);
    return new Answer(status, text.text());
  }

  private static Status read(Reading reading, byte[] document, TextSink text) {
    try {
      reading.read(document, text, 0);
      return Status.READ;
    } catch (TextSink.Full _) {
      return Status.CUT;
    } catch (LockedDocument _) {
      return Status.LOCKED;
    } catch (UnknownForm _) {
      return Status.UNKNOWN;
    } catch (IOException | RuntimeException | StackOverflowError | LinkageError _) {
      return Status.DAMAGED;
    }
  }

  /// What lies in the envelope of a known form, and is none.
  static final class UnknownForm extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private static @Nullable Reading readingOf(byte[] document) {
    if (startsWith(document, "PK\003\004".getBytes(StandardCharsets.ISO_8859_1))) {
      return ZipText::read;
    }
    if (startsWith(document, "{\\rtf".getBytes(StandardCharsets.ISO_8859_1))) {
      return (bytes, text, _) -> RtfText.read(bytes, text);
    }
    if (startsWith(document, OLE2)) {
      return (bytes, text, _) -> OldOfficeText.read(bytes, text);
    }
    int head = Math.min(document.length, PDF_HEAD_BYTES);
    boolean pdf = new String(document, 0, head, StandardCharsets.ISO_8859_1).contains("%PDF-");
    return pdf ? (bytes, text, _) -> PdfText.read(bytes, text) : null;
  }

  static boolean isDocument(byte[] bytes) {
    return readingOf(bytes) != null;
  }

  /// For a document that lies in another one.
  static void readInto(byte[] document, TextSink text, int depth) throws IOException {
    Reading reading = readingOf(document);
    if (reading != null) {
      reading.read(document, text, depth);
    }
  }

  private static boolean startsWith(byte[] document, byte[] magic) {
    return document.length >= magic.length
        && Arrays.equals(document, 0, magic.length, magic, 0, magic.length);
  }
}
