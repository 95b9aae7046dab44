package org.posthorn.mailets.content;

import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.Envelope;

/// Reads and checks header fields for the mailets here.
public final class Fields {
  private static final int VALUE_MAX = 2_000;

  private Fields() {}

  /// The value of the first field of that name.
  public static Optional<String> first(Message message, String name) {
    return message.headers().stream()
        .filter(field -> field.is(name))
        .findFirst()
        .map(HeaderField::value);
  }

  /// An address as it stands in a field, whose name has lost its quotes; empty for the mark of a
  /// group, and for what nobody can send mail to, such as an address longer than a path may be.
  public static Optional<MailAddress> address(Envelope.Address written) {
    String name = written.mailbox().orElse("");
    return written
        .host()
        .filter(_ -> !name.isEmpty())
        .flatMap(Domain::parse)
        .flatMap(domain -> address(name, domain));
  }

  private static Optional<MailAddress> address(String name, Domain domain) {
    try {
      return MailAddress.parse(new MailAddress(name, domain).toString());
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  public static boolean has(Message message, String name) {
    return message.headers().stream().anyMatch(field -> field.is(name));
  }

  /// The message with exactly one field of that name, on top.
  public static Message replaced(Message message, String name, String value) {
    return message.withoutHeaders(field -> field.is(name)).withHeader(name, value);
  }

  /// What of a text from elsewhere may stand in a field or on a line: one line, not endless.
  public static String oneLine(String text) {
    String line = HeaderText.withoutControls(text).strip();
    return beginning(line, VALUE_MAX);
  }

  /// At most so many characters of it, and not half of one that takes two.
  static String beginning(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int end = max > 0 && Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
    return text.substring(0, end);
  }

  /// Refuses what makes no header field; `parameters` is how the message calls what was written.
  public static void check(String parameters, String name, String value) {
    try {
      var _ = HeaderText.line(name, value);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          parameters + " not a header field: " + e.getMessage() + " ('" + name + "')");
    }
  }
}
