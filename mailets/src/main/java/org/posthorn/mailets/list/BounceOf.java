package org.posthorn.mailets.list;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.posthorn.mailet.Message;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;
import org.posthorn.message.report.BounceReader;
import org.posthorn.message.report.BounceReader.Kind;
import org.posthorn.message.report.BounceReader.Said;

/// What a message says of a mail that we sent to one recipient.
public final class BounceOf {
  private static final int PARTS_MAX = 100;

  /// How programs that deliver mail are called, as an address or a name in From.
  private static final Pattern MAILER =
      Pattern.compile(
          "(?i)(?:mail(?:er)?[-_ ]?daemon|postmaster|mdaemon|microsoftexchange[0-9a-f]*"
              + "|microsoft outlook|mail (?:delivery|router|system)|delivery (?:sub)?system"
              + "|(?:system|mail) administrator)\\b.*");

  private static final Said NOTHING = new Said(Optional.empty(), Kind.NONE, "2.0.0", "");

  private BounceOf() {}

  public static Said read(Message message, MailAddress recipient) {
    List<Part> parts = new ArrayList<>();
    collect(message.structure().root(), parts);
    Optional<Part> status =
        parts.stream()
            .filter(part -> part.type().equals("message"))
            .filter(part ->
                part.subtype().equals("delivery-status")
                    || part.subtype().equals("global-delivery-status"))
            .findFirst();
    if (status.isPresent()) {
      return about(recipient, BounceReader.deliveryStatus(bytes(message, status.get())));
    }
    if (!isFromMailer(message)) {
      return NOTHING;
    }
    return parts.stream()
        .filter(part -> part.type().equals("text") && part.subtype().equals("plain"))
        .findFirst()
        .map(part -> BounceReader.plainText(subject(message) + "\n" + text(message, part)))
        .orElseGet(() -> BounceReader.plainText(subject(message)));
  }

  /// Whether its words are worth a guess: people, and the programs that answer for them, write of
  /// statuses, full mailboxes and streets with numbers, too.
  private static boolean isFromMailer(Message message) {
    return message.headers().stream()
        .anyMatch(field ->
            field.is("X-Failed-Recipients") || (field.is("From") && isMailer(field.value())));
  }

  private static boolean isMailer(String from) {
    return AddressList.parse(from).stream()
        .flatMap(one -> Stream.concat(one.name().stream(), one.mailbox().stream()))
        .anyMatch(word -> MAILER.matcher(EncodedWord.decode(word).strip()).matches());
  }

  /// The recipient's own line; else, since the address tells whom it is about, the worst.
  private static Said about(MailAddress recipient, List<Said> all) {
    return all.stream()
        .filter(said -> said.address().filter(recipient.toString()::equalsIgnoreCase).isPresent())
        .findFirst()
        .or(() -> all.stream().min((one, other) -> one.kind().compareTo(other.kind())))
        .orElse(NOTHING);
  }

  private static String subject(Message message) {
    return message.headers().stream()
        .filter(field -> field.is("Subject"))
        .findFirst()
        .map(field -> field.value())
        .orElse("");
  }

  private static String text(Message message, Part part) {
    return new String(bytes(message, part), UTF_8);
  }

  private static byte[] bytes(Message message, Part part) {
    try (InputStream in = message.open()) {
      in.skipNBytes(part.bodyStart());
      byte[] body = in.readNBytes((int) Math.min(part.bodyBytes(), BounceReader.BYTES_MAX));
      return TransferDecoding.decoded(body, 0, body.length, part.encoding().orElse("7bit"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void collect(Part part, List<Part> into) {
    if (into.size() < PARTS_MAX) {
      into.add(part);
      if (part.isMultipart()) {
        part.children().forEach(child -> collect(child, into));
      }
    }
  }
}
