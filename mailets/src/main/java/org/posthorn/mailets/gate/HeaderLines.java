package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.Message;
import org.posthorn.message.Headers;

/// The header of a message, line by line as it stands there, while a milter changes it. All that is
/// not changed stays as it is, byte by byte: signatures depend on it. Texts are bytes (ISO 8859-1).
/// Used by one thread.
final class HeaderLines {
  private static final String NAME = "[!-9;-~]{1,200}";

  /// Fields that there may be.
  private static final int FIELDS_MAX = 10_000;

  /// A field with its line breaks, from `start` on, and before it what is none. `ours`: the milter
  /// does not know of it.
  private record Line(String name, String text, int start, boolean ours) {
    String value() {
      return text.substring(text.indexOf(':', start) + 1);
    }
  }

  private final List<Line> lines = new ArrayList<>();
  private final String end;

  /// `header`: up to and with the empty line.
  HeaderLines(byte[] header) {
    int at = 0;
    for (Headers.Placed placed : Headers.read(header)) {
      int stop = (int) placed.end();
      String text = new String(header, at, stop - at, ISO_8859_1);
      String name = placed.field().name();
      boolean ours = lines.isEmpty() && name.equalsIgnoreCase("Received");
      int start = (int) placed.start() - at;
      lines.add(new Line(name, text.endsWith("\n") ? text : text + "\r\n", start, ours));
      at = stop;
    }
    String rest = new String(header, at, header.length - at, ISO_8859_1);
    this.end = rest.isEmpty() ? "\r\n" : rest;
  }

  static HeaderLines of(Message message) throws IOException {
    try (InputStream bytes = message.open()) {
      return new HeaderLines(bytes.readNBytes((int) message.structure().root().bodyStart()));
    }
  }

  /// The message with this header, and with these pieces of a body in the place of its own if there
  /// are any.
  Message over(Message message, List<Message> body) throws IOException {
    if (body.isEmpty()) {
      return message.withHeaderBytes(bytes());
    }
    List<InputStream> pieces = new ArrayList<>();
    try {
      for (Message piece : body) {
        pieces.add(piece.open());
      }
      InputStream whole = new SequenceInputStream(Collections.enumeration(pieces));
      try (InputStream bytes =
          new SequenceInputStream(
              new ByteArrayInputStream(bytes()),
              BodyLines.areIn(message) ? BodyLines.of(whole) : whole)) {
        return message.withBytes(bytes);
      }
    } finally {
      for (InputStream piece : pieces) {
        piece.close();
      }
    }
  }

  /// The fields as a milter is told of them, each a name and a value whose lines end with LF: all
  /// but the `Received` line that we have put on top.
  List<String[]> told() {
    List<String[]> told = new ArrayList<>();
    for (Line line : lines) {
      if (!line.ours()) {
        String value = line.value().replace("\r\n", "\n");
        told.add(new String[] {line.name(), value.substring(0, value.length() - 1)});
      }
    }
    return told;
  }

  /// Puts it before the field with this number, of all that the message has now.
  void insert(int index, String name, String value) {
    line(name, value).ifPresent(line -> lines.add(Math.clamp(index, 0, lines.size()), line));
  }

  void add(String name, String value) {
    insert(lines.size(), name, value);
  }

  /// Changes the field of this name that is the `number`th of those that the milter knows, from 1;
  /// takes it away where there is no value. Where there is none, it is added.
  void change(int number, String name, String value) {
    int seen = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (isKnown(lines.get(i), name) && ++seen == Math.max(1, number)) {
        lines.remove(i);
        if (!value.isBlank()) {
          insert(i, name, value);
        }
        return;
      }
    }
    if (!value.isBlank()) {
      add(name, value);
    }
  }

  /// Empty where it would be no field. A line of the value that does not begin with a space would
  /// be a field of its own, or the end of the header.
  private Optional<Line> line(String name, String value) {
    if (!name.matches(NAME) || lines.size() >= FIELDS_MAX) {
      return Optional.empty();
    }
    String folded =
        value
            .replace("\0", "")
            .replaceAll("\r\n|\r", "\n")
            .lines()
            .filter(line -> !line.isBlank())
            .map(line -> line.startsWith(" ") || line.startsWith("\t") ? line : "\t" + line)
            .collect(Collectors.joining("\r\n"));
    String first =
        folded.startsWith("\t") && !value.startsWith("\t") ? folded.substring(1) : folded;
    return Optional.of(new Line(name, name + ":" + first + "\r\n", 0, false));
  }

  /// Takes fields of this name away: all (0), or one, counted from the first (1) or the last (-1).
  void remove(String name, int number) {
    long all = lines.stream().filter(line -> isKnown(line, name)).count();
    long wanted = number < 0 ? all + number + 1 : number;
    int seen = 0;
    for (Iterator<Line> each = lines.iterator(); each.hasNext(); ) {
      if (isKnown(each.next(), name) && (++seen == wanted || number == 0)) {
        each.remove();
      }
    }
  }

  private static boolean isKnown(Line line, String name) {
    return !line.ours() && line.name().equalsIgnoreCase(name);
  }

  byte[] bytes() {
    return (lines.stream().map(Line::text).collect(Collectors.joining()) + end)
        .getBytes(ISO_8859_1);
  }
}
