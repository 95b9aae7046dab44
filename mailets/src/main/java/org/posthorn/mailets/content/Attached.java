package org.posthorn.mailets.content;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.match.FullStructure;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;

/// A part of a message, with the names that it goes by. `shift` is what must be added to the
/// offsets of `part`.
record Attached(Part part, long shift, List<String> names) {
  private static final String CONTENT =
      """
      Content-Type: text/plain; charset=utf-8
      Content-Disposition: inline
      Content-Transfer-Encoding: quoted-printable

      """
          .replace("\n", "\r\n");

  /// Those that are no multipart and for which `wanted` holds, also in messages inside; of a
  /// message that is wanted, not its parts. Empty when the message has more parts, or larger
  /// headers, than can be looked through.
  static Optional<List<Attached>> in(Message message, Predicate<Attached> wanted) {
    return found(message, (_, attached) -> wanted.test(attached));
  }

  /// The same with messages under a transfer encoding that have such a part in them, or may have:
  /// as a whole, for nothing can be taken out of them.
  static Optional<List<Attached>> around(Message message, Predicate<Attached> wanted) {
    return found(
        message,
        (seen, attached) ->
            wanted.test(attached)
                || FullStructure.mayHaveWithin(
                    seen, attached.part, each -> !each.isMultipart() && wanted.test(of(each, 0))));
  }

  private static Optional<List<Attached>> found(
      Message message, BiPredicate<Message, Attached> wanted) {
    return FullStructure.view(message)
        .map(seen -> {
          List<Attached> found = new ArrayList<>();
          long shift = message.sizeBytes() - seen.sizeBytes();
          collect(seen.structure().root(), shift, attached -> wanted.test(seen, attached), found);
          return found;
        });
  }

  private static Attached of(Part part, long shift) {
    return new Attached(part, shift, names(part));
  }

  private static void collect(
      Part part, long shift, Predicate<Attached> wanted, List<Attached> found) {
    Attached attached = of(part, shift);
    if (!part.isMultipart() && wanted.test(attached)) {
      found.add(attached);
    } else {
      part.children().forEach(child -> collect(child, shift, wanted, found));
    }
  }

  /// Whether it is text that a person reads, and no attachment.
  boolean isBody() {
    return part.type().equals("text")
        && (part.subtype().equals("plain") || part.subtype().equals("html"))
        && names.isEmpty()
        && part.disposition().filter(d -> d.kind().equals("attachment")).isEmpty();
  }

  static List<String> names(Part part) {
    return part.fileNames()
        .map(each -> Fields.oneLine(EncodedWord.decode(each)).replaceAll("[. ]+$", ""))
        .toList();
  }

  /// Without its transfer encoding, as far as that can be told from outside.
  long sizeBytes() {
    return part.encoding().filter("base64"::equals).isPresent()
        ? part.bodyBytes() * 57 / 78
        : part.bodyBytes();
  }

  /// Its body without the transfer encoding.
  InputStream decoded(InputStream body) {
    return TransferDecoding.decoded(body, part.encoding().orElse("7bit"));
  }

  String type() {
    return part.type() + "/" + part.subtype();
  }

  /// What is done with a part that is taken out: its header and body as they stood there.
  @FunctionalInterface
  interface Keeping {
    void keep(byte[] header, InputStream body) throws IOException;
  }

  /// Puts a note of plain text in its place, with `id` as its Content-ID if there is one. The
  /// header of a message stays, but for what it says of its content.
  Rewritten.Edit replaced(String note, Optional<String> id, Keeping keeping) {
    return edit(old -> {
      byte[] header = header(old);
      keeping.keep(header, old);
      String content = id.map(each -> "Content-ID: <" + each + ">\r\n").orElse("") + CONTENT;
      return new SequenceInputStream(
          new ByteArrayInputStream(isWhole() ? fields(header, false) : new byte[0]),
          new SequenceInputStream(
              new ByteArrayInputStream(content.getBytes(StandardCharsets.US_ASCII)),
              Pumped.encoded(
                  new ByteArrayInputStream(note.getBytes(StandardCharsets.UTF_8)),
                  "quoted-printable")));
    });
  }

  /// Puts a part in its place that was kept by [#kept].
  Rewritten.Edit restored(InputStream kept) {
    return edit(old -> {
      byte[] mail = isWhole() ? fields(header(old), false) : new byte[0];
      return new SequenceInputStream(
          new ByteArrayInputStream(mail),
          new SequenceInputStream(kept, InputStream.nullInputStream()));
    });
  }

  /// What of it must be kept to put it back: all, but of a message only what is its content.
  InputStream kept(byte[] header, InputStream body) {
    byte[] top = header;
    if (isWhole()) {
      var content = new ByteArrayOutputStream(header.length);
      content.writeBytes(fields(header, true));
      content.write('\r');
      content.write('\n');
      top = content.toByteArray();
    }
    return new SequenceInputStream(new ByteArrayInputStream(top), body);
  }

  /// Whether it is a message, not a part of one.
  private boolean isWhole() {
    return part.envelope().isPresent();
  }

  private Rewritten.Edit edit(Rewritten.Making making) {
    return new Rewritten.Edit(
        part.headerStart() + (part.headerStart() == 0 ? 0 : shift), part.bodyEnd() + shift, making);
  }

  private byte[] header(InputStream old) throws IOException {
    long length = part.bodyStart() - part.headerStart() + (part.headerStart() == 0 ? shift : 0);
    return old.readNBytes((int) Math.min(Headers.BYTES_MAX, length));
  }

  /// Those about the content, or the others.
  private static byte[] fields(byte[] header, boolean content) {
    var kept = new ByteArrayOutputStream(header.length);
    for (Headers.Placed field : Headers.read(header)) {
      if (field.field().name().regionMatches(true, 0, "Content-", 0, 8) == content) {
        kept.write(header, (int) field.start(), (int) (field.end() - field.start()));
      }
    }
    return kept.toByteArray();
  }
}
