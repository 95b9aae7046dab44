package org.posthorn.mailets.content;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailets.match.FullStructure;
import org.posthorn.message.mime.Part;

/// Puts a text of yours below the body: below the plain text, and at the end of the HTML where
/// there is some, with its character set and transfer encoding. Attachments and messages inside
/// stay as they are. Signed and encrypted mail (S/MIME, PGP) is left alone, and so are reports, and
/// messages with more addresses or parts than can be looked through.
///
/// ```yaml
/// - match: SenderIs("@example.org")
///   mailet: AddFooter
///   text: "-- \nExample Ltd., Berlin"
///   html: "<hr><p>Example Ltd., Berlin</p>"
/// ```
final class AddFooter implements Mailet {
  private static final int LINE_MAX = 900;

  private final FooterText footer;

  AddFooter(FooterText footer) {
    this.footer = footer;
  }

  @Override
  public Outcome service(Mail mail) {
    Message message = mail.message();
    Part root = message.structure().root();
    List<Part> bodies =
        Bodies.isSealed(root) || !FullStructure.is(root) ? List.of() : Bodies.in(root);
    List<Rewritten.Edit> edits = new ArrayList<>();
    for (Part body : bodies) {
      if (body.bodyBytes() > 0 && Bodies.isReadable(body)) {
        TextLook look = TextLook.at(message, body);
        if (look.isArmored()) {
          return new Outcome.Continue(mail);
        }
        edits.addAll(body.subtype().equals("html") ? html(body, look) : plain(body, look));
      }
    }
    return new Outcome.Continue(
        edits.isEmpty() ? mail : mail.withMessage(Rewritten.of(message, edits)));
  }

  /// In ASCII, so that neither the character set nor the encoding has to change.
  private List<Rewritten.Edit> html(Part part, TextLook look) {
    if (!TextForm.isAsciiCompatible(part)) {
      return List.of();
    }
    byte[] ours = footer.html().getBytes(StandardCharsets.US_ASCII);
    long at = look.bodyTag() < 0 ? Long.MAX_VALUE : look.bodyTag();
    return List.of(TextForm.of(part).body(text -> inserted(text, at, ours)));
  }

  private List<Rewritten.Edit> plain(Part part, TextLook look) {
    boolean flowed = "flowed".equalsIgnoreCase(part.parameters().get("format"));
    String words = (flowed ? footer.flowed() : footer).plain();
    TextForm form = TextForm.of(part);
    if (!footer.isAscii() || !TextForm.isAsciiCompatible(part)) {
      form = form.ableToSay(words);
    }
    String lineBreak = look.lastByte() == '\n' ? "" : "\r\n";
    byte[] ours = form.bytes(lineBreak + words);
    List<Rewritten.Edit> edits = new ArrayList<>();
    form.header().ifPresent(edits::add);
    edits.add(form.body(text -> inserted(text, Long.MAX_VALUE, ours)));
    return edits;
  }

  private static InputStream inserted(InputStream text, long at, byte[] ours) {
    return new SequenceInputStream(
        Collections.enumeration(
            List.of(Rewritten.first(text, at), new ByteArrayInputStream(ours), text)));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "The text; \\n in quotes begins a new line.",
              example = "\"-- \\nExample Ltd., Berlin\"")
          String text,
      @Parameter(
              value = "What is put into HTML instead of the text.",
              example = "\"<hr><p>Example Ltd., Berlin</p>\"")
          Optional<String> html) {
    Settings {
      if (text.isBlank()
          || text.lines().anyMatch(line -> line.length() > LINE_MAX)
          || html.stream().flatMap(String::lines).anyMatch(line -> line.length() > LINE_MAX)) {
        throw new ParameterException(
            "parameters 'text' and 'html' have lines of at most %d characters, and 'text' some words"
                .formatted(LINE_MAX));
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "AddFooter",
        "Puts a text of yours below the body.",
        Settings.class,
        (settings, _) -> new AddFooter(FooterText.of(settings.text, settings.html)));
  }
}
