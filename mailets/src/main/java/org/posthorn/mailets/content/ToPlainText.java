package org.posthorn.mailets.content;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailets.match.FullStructure;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.HeaderField;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;

/// Makes a message of plain text and nothing else: of two alternatives the plain one, and where
/// there is only HTML, its text in lines. Everything attached goes. Signed and encrypted mail,
/// reports, and messages without any text stay as they are.
///
/// ```yaml
/// - match: RecipientIs(sms-gateway@example.org)
///   mailet: ToPlainText
/// ```
final class ToPlainText implements Mailet {
  private static final int BLANK_BYTES = 4;

  private static final String CONVERTED =
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";

  private ToPlainText() {}

  @Override
  public Outcome service(Mail mail) {
    Part root = mail.message().structure().root();
    if (Bodies.isSealed(root) || !FullStructure.is(root) || isPlain(root)) {
      return new Outcome.Continue(mail);
    }
    List<Part> bodies = Bodies.in(root).stream().filter(Bodies::isReadable).toList();
    Optional<Part> plain =
        bodies.stream()
            .filter(part -> part.subtype().equals("plain") && part.bodyBytes() > BLANK_BYTES)
            .findFirst();
    Optional<Part> chosen = plain.or(() -> bodies.stream().findFirst());
    if (chosen.isEmpty() || root.bodyStart() > Headers.BYTES_MAX) {
      return new Outcome.Continue(mail);
    }
    try {
      return new Outcome.Continue(
          mail.withMessage(only(mail.message(), root, chosen.orElseThrow())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isPlain(Part root) {
    return root.type().equals("text") && root.subtype().equals("plain");
  }

  private static Message only(Message message, Part root, Part part) throws IOException {
    boolean html = part.subtype().equals("html");
    String header =
        fields(message, root, false)
            + (Fields.has(message, "MIME-Version") ? "" : "MIME-Version: 1.0\r\n")
            + (html ? CONVERTED : fields(message, part, true))
            + "\r\n";
    try (InputStream body = html ? text(message, part) : raw(message, part)) {
      return message.withBytes(
          new SequenceInputStream(
              Collections.enumeration(
                  List.of(
                      new ByteArrayInputStream(header.getBytes(StandardCharsets.ISO_8859_1)),
                      body,
                      new ByteArrayInputStream(new byte[] {'\r', '\n'})))));
    }
  }

  private static InputStream text(Message message, Part part) throws IOException {
    Charset charset =
        CharsetNames.find(part.parameters().getOrDefault("charset", "us-ascii"))
            .orElse(StandardCharsets.ISO_8859_1);
    Reader lines = new HtmlLines(new InputStreamReader(Rewritten.decoded(message, part), charset));
    return Pumped.encoded(Pumped.utf8(lines), "quoted-printable");
  }

  private static InputStream raw(Message message, Part part) throws IOException {
    InputStream all = message.open();
    all.skipNBytes(part.bodyStart());
    return Rewritten.first(all, part.bodyBytes());
  }

  /// The header lines of a part as they stand there: those about its content, or the others.
  static String fields(Message message, Part part, boolean content) throws IOException {
    byte[] header;
    try (InputStream all = message.open()) {
      all.skipNBytes(part.headerStart());
      header =
          all.readNBytes((int) Math.min(Headers.BYTES_MAX, part.bodyStart() - part.headerStart()));
    }
    var lines = new StringBuilder();
    for (Headers.Placed placed : Headers.read(header)) {
      HeaderField field = placed.field();
      boolean about = field.name().regionMatches(true, 0, "Content-", 0, 8);
      if (about == content && !field.is("Content-Disposition")) {
        int start = (int) placed.start();
        lines.append(
            new String(header, start, (int) placed.end() - start, StandardCharsets.ISO_8859_1));
      }
    }
    return lines.toString();
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  static MailetFactory<NoParameters> factory() {
    return new Made<>(
        "ToPlainText",
        "Makes a message of plain text and nothing else.",
        NoParameters.class,
        (_, _) -> new ToPlainText());
  }
}
