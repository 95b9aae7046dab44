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
import java.util.function.Predicate;
import org.posthorn.mailet.Message;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;

/// A part of a message that is no body text, with the names that it goes by. `shift` is what must
/// be added to the offsets of `part`.
record Attached(Part part, long shift, List<String> names) {
  private static final long HEADER_MAX = 15_000;

  private static final String CONTENT =
      """
      Content-Type: text/plain; charset=utf-8
      Content-Disposition: inline
      Content-Transfer-Encoding: quoted-printable

      """
          .replace("\n", "\r\n");

  /// Those for which `wanted` holds, also in messages inside; of a message that is wanted, not its
  /// parts. Empty when the message has more parts, or larger headers, than can be looked through.
  static Optional<List<Attached>> in(Message message, Predicate<Attached> wanted) {
    Part root = message.structure().root();
    long shift = 0;
    if (!isClear(root)) {
      // A long list of recipients leaves no room for the parts; what they are is not in it.
      Message bare =
          message.withoutHeaders(field -> !field.name().regionMatches(true, 0, "Content-", 0, 8));
      root = bare.structure().root();
      shift = message.sizeBytes() - bare.sizeBytes();
      if (!isClear(root)) {
        return Optional.empty();
      }
    }
    List<Attached> found = new ArrayList<>();
    collect(root, shift, wanted, found);
    return Optional.of(found);
  }

  private static void collect(
      Part part, long shift, Predicate<Attached> wanted, List<Attached> found) {
    var attached = new Attached(part, shift, names(part));
    if (!part.isMultipart() && !attached.isBody() && wanted.test(attached)) {
      found.add(attached);
    } else {
      part.children().forEach(child -> collect(child, shift, wanted, found));
    }
  }

  private boolean isBody() {
    return part.type().equals("text")
        && (part.subtype().equals("plain") || part.subtype().equals("html"))
        && names.isEmpty()
        && part.disposition().filter(d -> d.kind().equals("attachment")).isEmpty();
  }

  private static List<String> names(Part part) {
    List<String> names = new ArrayList<>();
    part.disposition().map(d -> d.parameters().get("filename")).ifPresent(names::add);
    String name = part.parameters().get("name");
    if (name != null) {
      names.add(name);
    }
    return names.stream()
        .map(each -> Fields.oneLine(EncodedWord.decode(each)).replaceAll("[. ]+$", ""))
        .toList();
  }

  private static boolean isClear(Part root) {
    return Whole.is(root) && hasShortHeaders(root);
  }

  /// So that no field in them is cut off.
  private static boolean hasShortHeaders(Part part) {
    return part.bodyStart() - part.headerStart() < HEADER_MAX
        && part.children().stream().allMatch(Attached::hasShortHeaders);
  }

  /// Without its transfer encoding, as far as that can be told from outside.
  long sizeBytes() {
    return part.encoding().filter("base64"::equals).isPresent()
        ? part.bodyBytes() * 57 / 78
        : part.bodyBytes();
  }

  String type() {
    return part.type() + "/" + part.subtype();
  }

  /// Puts a note of plain text in its place. The header of a message stays, but for what it says of
  /// its content.
  Rewritten.Edit replaced(String note) {
    return new Rewritten.Edit(
        part.headerStart() + (part.headerStart() == 0 ? 0 : shift),
        part.bodyEnd() + shift,
        old -> {
          byte[] kept = part.envelope().isPresent() ? kept(old) : new byte[0];
          return new SequenceInputStream(
              new ByteArrayInputStream(kept),
              new SequenceInputStream(
                  new ByteArrayInputStream(CONTENT.getBytes(StandardCharsets.US_ASCII)),
                  Pumped.encoded(
                      new ByteArrayInputStream(note.getBytes(StandardCharsets.UTF_8)),
                      "quoted-printable")));
        });
  }

  private byte[] kept(InputStream old) throws IOException {
    long length = part.bodyStart() - part.headerStart() + (part.headerStart() == 0 ? shift : 0);
    byte[] header = old.readNBytes((int) Math.min(Headers.BYTES_MAX, length));
    var kept = new ByteArrayOutputStream(header.length);
    for (Headers.Placed field : Headers.read(header)) {
      if (!field.field().name().regionMatches(true, 0, "Content-", 0, 8)) {
        kept.write(header, (int) field.start(), (int) (field.end() - field.start()));
      }
    }
    return kept.toByteArray();
  }
}
