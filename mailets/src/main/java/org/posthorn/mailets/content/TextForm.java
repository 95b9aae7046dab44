package org.posthorn.mailets.content;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.HeaderText;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;
import org.posthorn.message.mime.TransferEncoding;

/// How the text of a part is written, before a change and after it: in what character set, with
/// what transfer encoding. Both stay as they are unless what is added cannot be said in them.
///
/// `recoded` is the character set that the text is read in to be written as UTF-8; absent if it
/// stays in its own.
record TextForm(Part part, Charset charset, Optional<Charset> recoded, String encoding) {
  private static final Pattern LABEL =
      Pattern.compile("(?i);\\s*charset\\*?\\s*=\\s*(?:\"[^\"]*\"|[^;\\s]*)");

  static TextForm of(Part part) {
    return new TextForm(
        part, StandardCharsets.US_ASCII, Optional.empty(), part.encoding().orElse("7bit"));
  }

  /// Whether ASCII can be put into the text as it is. What is not known is taken to be.
  static boolean isAsciiCompatible(Part part) {
    return CharsetNames.find(label(part))
        .filter(charset -> !charset.canEncode() || "A\n".getBytes(charset).length != 2)
        .isEmpty();
  }

  private static String label(Part part) {
    return part.parameters().getOrDefault("charset", "us-ascii");
  }

  /// The form in which `words`, which are not all ASCII, can stand behind the text: its own
  /// character set if that has them, else UTF-8.
  TextForm ableToSay(String words) {
    Optional<Charset> own = strict(label(part)).filter(Charset::canEncode);
    boolean plain = !encoding.equals("base64") && !encoding.equals("quoted-printable");
    String able = plain ? "quoted-printable" : encoding;
    if (isAsciiCompatible(part)
        && own.filter(charset -> charset.newEncoder().canEncode(words)).isPresent()) {
      boolean eightBit = encoding.equals("8bit") || encoding.equals("binary");
      return new TextForm(part, own.orElseThrow(), Optional.empty(), eightBit ? encoding : able);
    }
    Charset read = CharsetNames.find(label(part)).orElse(StandardCharsets.ISO_8859_1);
    return new TextForm(part, StandardCharsets.UTF_8, Optional.of(read), able);
  }

  /// By its very name, not by what mail programs take it for.
  private static Optional<Charset> strict(String label) {
    try {
      return Optional.of(Charset.forName(label.strip()));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// What cannot be said becomes a question mark.
  byte[] bytes(String words) {
    return words.getBytes(charset);
  }

  /// The header that says the new form, if it is another one.
  Optional<Rewritten.Edit> header() {
    boolean same = recoded.isEmpty() && encoding.equals(part.encoding().orElse("7bit"));
    if (same) {
      return Optional.empty();
    }
    return Optional.of(
        new Rewritten.Edit(
            part.headerStart(),
            part.bodyStart(),
            old -> new ByteArrayInputStream(header(old.readAllBytes()))));
  }

  private byte[] header(byte[] old) {
    byte[] labelled = recoded.isEmpty() ? old : labelled(old);
    List<String> missing = part.envelope().isPresent() ? List.of("MIME-Version: 1.0") : List.of();
    return TransferEncoding.header(labelled, encoding, missing);
  }

  /// With `charset=utf-8` in its Content-Type.
  private byte[] labelled(byte[] old) {
    var changed = new ByteArrayOutputStream(old.length + 60);
    String value = "text/" + part.subtype();
    int at = 0;
    for (Headers.Placed field : Headers.read(old)) {
      if (field.field().is("Content-Type")) {
        value = at == 0 ? field.field().value() : value;
        changed.write(old, at, (int) field.start() - at);
        at = (int) field.end();
      }
    }
    String bare = LABEL.matcher(value).replaceAll("");
    String line = HeaderText.line("Content-Type", bare + "; charset=utf-8");
    var all = new ByteArrayOutputStream(old.length + 60);
    all.writeBytes(line.getBytes(StandardCharsets.UTF_8));
    changed.write(old, at, old.length - at);
    all.writeBytes(changed.toByteArray());
    return all.toByteArray();
  }

  /// The body in the new form, with what `change` makes of its text.
  Rewritten.Edit body(UnaryOperator<InputStream> change) {
    return new Rewritten.Edit(
        part.bodyStart(),
        part.bodyEnd(),
        old -> {
          InputStream text = TransferDecoding.decoded(old, part.encoding().orElse("7bit"));
          InputStream written =
              recoded.map(read -> Pumped.utf8(new InputStreamReader(text, read))).orElse(text);
          return Pumped.encoded(change.apply(written), encoding);
        });
  }
}
