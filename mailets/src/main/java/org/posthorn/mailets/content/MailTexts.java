package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.match.FullStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.storage.extract.DocumentTexts;
import org.posthorn.storage.extract.Extracted;

/// The texts that lie in a message, one after the other, so that no more than one is in memory:
/// those for people, and those of attached documents, lists and archives. What cannot be read is
/// named too. Pictures, sounds and programs have no text. Used by one thread, for one message.
final class MailTexts {
  private static final int FILES_MAX = 100;

  /// When reading a document took too long, or was the program's death, so many times, the others
  /// are left: one mail does not keep those that read from all others.
  private static final int TROUBLES_MAX = 3;

  private static final int CHARS_MAX = 4 << 20;
  private static final int NAME_MAX = 80;
  private static final String ENCRYPTED = "encrypted";
  private static final String LONG = "longer than is read";
  private static final String ARMOR = "-----BEGIN PGP MESSAGE-----";

  private final Optional<DocumentTexts> documents;
  private final Visitor visitor;
  private int leftFiles = FILES_MAX;
  private int leftTroubles = TROUBLES_MAX;
  private int leftChars = CHARS_MAX;

  private MailTexts(Optional<DocumentTexts> documents, Visitor visitor) {
    this.documents = documents;
    this.visitor = visitor;
  }

  /// Is told of each text; `where` is such as `text`, or the name of a file. A file may be told of
  /// twice: as far as it could be read.
  interface Visitor {
    void text(String where, String text);

    void unreadable(String where, String why);

    /// Whether nothing more is wanted.
    boolean isDone();
  }

  /// Without `documents` nothing but the texts for people. Throws [UncheckedIOException], to be
  /// tried again, when documents cannot be read at present.
  static void visit(Message message, Optional<DocumentTexts> documents, Visitor visitor) {
    Optional<Message> clear = FullStructure.view(message);
    if (clear.isEmpty()) {
      visitor.unreadable("message", "it has too many parts");
    }
    Message seen = clear.orElse(message);
    new MailTexts(documents, visitor).visit(seen, seen.structure().root());
  }

  private void visit(Message message, Part part) {
    if (visitor.isDone()) {
      return;
    }
    if (documents.isPresent() && hasUnknownEncoding(part)) {
      visitor.unreadable(name(part), "in an encoding that is not known");
    }
    if (part.children().isEmpty()) {
      try {
        look(message, part);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    } else if (documents.isPresent() && part.is("multipart/encrypted")) {
      visitor.unreadable("message", ENCRYPTED);
    } else {
      part.children().forEach(child -> visit(message, child));
    }
  }

  private static boolean hasUnknownEncoding(Part part) {
    return !part.isMultipart() && part.bodyBytes() > 0 && !Bodies.isKnownEncoding(part);
  }

  private void look(Message message, Part part) throws IOException {
    boolean text = part.type().equals("text") && !part.subtype().equals("rtf");
    if (part.bodyBytes() == 0 || (!text && documents.isEmpty())) {
      return;
    } else if (leftChars == 0 || leftFiles == 0) {
      visitor.unreadable(name(part), "there is too much in the message");
    } else if (text || FullStructure.isEncodedMessage(part)) {
      readText(message, part);
    } else if (isSealedMail(part)) {
      visitor.unreadable(name(part), ENCRYPTED);
    } else {
      leftFiles--;
      switch (form(message, part)) {
        case DOCUMENT -> readDocument(message, part, documents.orElseThrow());
        case TEXT, MAIL -> readText(message, part);
        case SEALED -> visitor.unreadable(name(part), "of a form that cannot be looked into");
        case OTHER -> {}
      }
    }
  }

  /// S/MIME, also what is only signed but wrapped.
  private static boolean isSealedMail(Part part) {
    return (part.is("application/pkcs7-mime") || part.is("application/x-pkcs7-mime"))
        && !"certs-only".equalsIgnoreCase(part.parameters().get("smime-type"));
  }

  private static FileForm form(Message message, Part part) throws IOException {
    try (InputStream in = message.open(part)) {
      return FileForm.of(in.readNBytes(FileForm.HEAD_BYTES));
    }
  }

  private void readDocument(Message message, Part part, DocumentTexts reader) throws IOException {
    String name = name(part);
    if (reader.missing().isPresent()) {
      visitor.unreadable(name, reader.missing().get());
      return;
    }
    if (leftTroubles == 0) {
      visitor.unreadable(name, Extracted.Outcome.TIMED_OUT.word());
      return;
    }
    Extracted extracted = reader.read(() -> message.open(part));
    leftTroubles -= extracted.outcome().isCostly() ? 1 : 0;
    take(name, extracted.text());
    switch (extracted.outcome()) {
      case READ -> {}
      case UNKNOWN -> visitor.unreadable(name, "of a form that is not known");
      case LOCKED -> visitor.unreadable(name, ENCRYPTED);
      case CUT -> visitor.unreadable(name, LONG);
      case DAMAGED, TOO_LARGE, TIMED_OUT, DIED ->
          visitor.unreadable(name, extracted.outcome().word());
    }
  }

  private void readText(Message message, Part part) throws IOException {
    try (InputStream in = message.open(part)) {
      byte[] bytes = in.readNBytes(leftChars);
      boolean more = in.read() >= 0;
      String text = new String(bytes, charset(part, bytes));
      take(name(part), text);
      if (more) {
        visitor.unreadable(name(part), LONG);
      }
      if (documents.isPresent()) {
        whatIsWithin(part, bytes, text).ifPresent(why -> visitor.unreadable(name(part), why));
      }
    }
  }

  /// Of a text that may have something else within it, or be no text for people at all.
  private static Optional<String> whatIsWithin(Part part, byte[] bytes, String text) {
    boolean attached = !part.type().equals("text") || part.fileNames().findAny().isPresent();
    if (text.contains(ARMOR)) {
      return Optional.of(ENCRYPTED);
    } else if (FullStructure.isEncodedMessage(part)) {
      return Optional.of("a message that is encoded");
    } else if (attached && FileForm.of(bytes) == FileForm.MAIL) {
      return Optional.of("a message that is not attached as one");
    }
    return Optional.empty();
  }

  private static Charset charset(Part part, byte[] bytes) {
    boolean wide =
        bytes.length > 1 && ((bytes[0] & bytes[1]) & 0xFE) == 0xFE && bytes[0] != bytes[1];
    if (wide) {
      return StandardCharsets.UTF_16;
    }
    Charset said = part.charset();
    return said.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : said;
  }

  private void take(String where, String text) {
    leftChars = Math.max(0, leftChars - text.length());
    if (!text.isEmpty()) {
      visitor.text(where, text);
    }
  }

  /// As it may stand in a reason: strangers chose it.
  private static String name(Part part) {
    String none = part.type().equals("text") ? "text" : "attachment";
    String name =
        Attached.names(part).stream().filter(each -> !each.isBlank()).findFirst().orElse(none);
    return name.length() > NAME_MAX ? name.substring(0, NAME_MAX) + "…" : name;
  }
}
