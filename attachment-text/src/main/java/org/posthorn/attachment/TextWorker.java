package org.posthorn.attachment;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// The program: reads documents from its input and writes their texts to its output, one after the
/// other, until the input ends.
///
/// It says `READY` first. A request is the most characters of text that are wanted (4 bytes), then
/// the document in pieces, each with its length (4 bytes) in front, and a length of 0. An answer is
/// the status (1 byte), the length of the text (4 bytes), the text in UTF-8.
public final class TextWorker {
  /// The form of this conversation.
  private static final int READY = 0x50485401;

  private final DataInputStream in;
  private final DataOutputStream out;
  private final int maxBytes;

  private TextWorker(InputStream in, OutputStream out, int maxBytes) {
    this.in = new DataInputStream(new BufferedInputStream(in, 1 << 16));
    this.out = new DataOutputStream(new BufferedOutputStream(out, 1 << 16));
    this.maxBytes = maxBytes;
  }

  /// Arguments: the most bytes of a document, and for how many seconds one may be read: a server
  /// that is there ends this earlier, and one that was killed cannot.
  public static void main(String[] args) throws IOException {
    var out = new FileOutputStream(FileDescriptor.out);
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    NoConnections.enforce();
    var in = new FileInputStream(FileDescriptor.in);
    new TextWorker(in, out, Integer.parseInt(args[0])).run(new Deadline(Integer.parseInt(args[1])));
  }

  private void run(Deadline deadline) throws IOException {
    out.writeInt(READY);
    out.flush();
    while (true) {
      int maxChars;
      try {
        maxChars = in.readInt();
      } catch (EOFException _) {
        return;
      }
      byte[] document = document();
      deadline.begin();
      Answer answer = DocumentText.read(document, maxChars);
      deadline.end();
      byte[] text = answer.text().getBytes(StandardCharsets.UTF_8);
      out.writeByte(answer.status().code);
      out.writeInt(text.length);
      out.write(text);
      out.flush();
    }
  }

  private byte[] document() throws IOException {
    var bytes = new ByteArrayOutputStream(1 << 16);
    for (int count = in.readInt(); count != 0; count = in.readInt()) {
      if (count < 0 || count > maxBytes - bytes.size()) {
        throw new IOException("More than " + maxBytes + " bytes");
      }
      bytes.write(in.readNBytes(count));
    }
    return bytes.toByteArray();
  }
}
