package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.mime.Part;

/// Notes what an invitation or another calendar entry in the message says (iCalendar): what it is
/// for, of which event, when, by whom. What is noted is what the sender wrote, and proves nothing.
/// Messages without a calendar get no notes, and lose those that an earlier step left.
///
/// ```yaml
/// - match: PartHasMimeType(text/calendar)
///   mailet: CalendarNotes
/// - match: HasAttribute(calendar.method, REQUEST)
///   mailet: AttributesToHeaders
///   fields: {X-Meeting-UID: calendar.uid, X-Meeting-Method: calendar.method}
/// ```
final class CalendarNotes implements Mailet {
  private static final int BYTES_MAX = 1 << 20;
  private static final int NOTE_MAX = 300;

  /// The notes, each with the property that it has.
  private static final Map<String, String> NOTES =
      Map.of(
          "calendar.method", "METHOD",
          "calendar.component", "COMPONENT",
          "calendar.uid", "UID",
          "calendar.recurrence-id", "RECURRENCE-ID",
          "calendar.sequence", "SEQUENCE",
          "calendar.dtstamp", "DTSTAMP",
          "calendar.start", "DTSTART",
          "calendar.end", "DTEND",
          "calendar.summary", "SUMMARY",
          "calendar.organizer", "ORGANIZER");

  private CalendarNotes() {}

  @Override
  public Outcome service(Mail mail) {
    Mail noted = mail;
    for (String name : NOTES.keySet()) {
      noted = noted.withoutAttribute(name);
    }
    Optional<Part> calendar = calendar(mail.message().structure().root());
    if (calendar.isEmpty()) {
      return new Outcome.Continue(noted);
    }
    Map<String, String> properties = read(mail.message(), calendar.get());
    for (Map.Entry<String, String> each : NOTES.entrySet()) {
      String value = properties.get(each.getValue());
      if (value != null) {
        noted = noted.withAttribute(each.getKey(), note(each.getValue(), value));
      }
    }
    return new Outcome.Continue(noted);
  }

  private static String note(String property, String value) {
    String plain =
        switch (property) {
          case "SUMMARY" -> CalendarLines.unescaped(value);
          case "ORGANIZER" -> value.replaceFirst("(?i)^mailto:", "");
          case "METHOD" -> value.toUpperCase(Locale.ROOT);
          default -> value;
        };
    String line = Fields.oneLine(plain);
    return line.length() <= NOTE_MAX ? line : line.substring(0, NOTE_MAX);
  }

  /// The first one, not in messages inside.
  private static Optional<Part> calendar(Part part) {
    boolean is =
        (part.type().equals("text") && part.subtype().equals("calendar"))
            || (part.type().equals("application") && part.subtype().equals("ics"));
    if (is) {
      return Optional.of(part);
    }
    return part.isMultipart()
        ? part.children().stream().flatMap(child -> calendar(child).stream()).findFirst()
        : Optional.empty();
  }

  private static Map<String, String> read(Message message, Part part) {
    Charset charset =
        CharsetNames.find(part.parameters().getOrDefault("charset", "utf-8"))
            .orElse(StandardCharsets.UTF_8);
    try (InputStream decoded = Rewritten.decoded(message, part)) {
      return CalendarLines.read(Rewritten.first(decoded, BYTES_MAX), charset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  static MailetFactory<NoParameters> factory() {
    return new Made<>(
        "CalendarNotes",
        "Notes what an invitation in the message says.",
        NoParameters.class,
        (_, _) -> new CalendarNotes());
  }
}
