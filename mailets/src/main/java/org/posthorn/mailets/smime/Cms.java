package org.posthorn.mailets.smime;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1SequenceParser;
import org.bouncycastle.asn1.ASN1StreamParser;
import org.bouncycastle.asn1.cms.ContentInfoParser;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.content.Rewritten;
import org.posthorn.message.mime.Part;

/// The CMS (RFC 5652) in a part of a message, read as a stream. Strangers made it, and what is not
/// content is read into memory: so that has a budget. Used by one thread.
final class Cms extends FilterInputStream {
  /// Certificates, recipients, signatures.
  private static final int AROUND_MAX = 1 << 20;

  private long left = AROUND_MAX;

  private Cms(InputStream bytes) {
    super(bytes);
  }

  /// What a parser reads from, and the budget behind it.
  record Reading(ASN1InputStream bytes, Cms budget) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      bytes.close();
    }

    /// What follows goes by and needs no memory.
    void contentBegins() {
      budget.left = Long.MAX_VALUE;
    }

    void contentEnds() {
      budget.left = AROUND_MAX;
    }
  }

  static Reading open(Message message, Part part) throws IOException {
    var budget = new Cms(Rewritten.decoded(message, part));
    int limit = (int) Math.min(Integer.MAX_VALUE, part.bodyBytes() + 1);
    return new Reading(new ASN1InputStream(budget, limit), budget);
  }

  /// What kind of CMS it is.
  static ASN1ObjectIdentifier type(Message message, Part part) throws IOException {
    try (Reading reading = open(message, part)) {
      if (new ASN1StreamParser(reading.bytes).readObject() instanceof ASN1SequenceParser sequence) {
        return new ContentInfoParser(sequence).getContentType();
      }
      throw new IOException("it is no CMS");
    }
  }

  /// Whether the message as a whole is one.
  static boolean is(Part root) {
    return root.type().equals("application")
        && (root.subtype().equals("pkcs7-mime") || root.subtype().equals("x-pkcs7-mime"));
  }

  @Override
  public int read() throws IOException {
    spend(1);
    try {
      return super.read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Trouble with the store is not trouble with the message.
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int wanted = (int) Math.min(length, left);
    if (wanted == 0 && length > 0) {
      spend(1);
    }
    int count;
    try {
      count = super.read(into, offset, wanted);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    spend(Math.max(0, count));
    return count;
  }

  private void spend(int bytes) throws IOException {
    left -= bytes;
    if (left < 0) {
      throw new IOException("there is too much around its content");
    }
  }
}
