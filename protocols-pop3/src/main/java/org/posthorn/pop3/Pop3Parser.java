package org.posthorn.pop3;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// A line as a command (RFC 2449 §3, RFC 1939 §3). Used by one thread, for one line.
final class Pop3Parser {
  /// RFC 2449 §4 asks for 255 bytes with CRLF; passwords may be longer than its authors thought.
  static final int LINE_MAX_BYTES = 510;

  private static final int NUMBER_MAX_DIGITS = 9;

  private final String line;
  private int next;

  private Pop3Parser(String line) {
    this.line = line;
  }

  /// The first `length` bytes of `line`, without CRLF.
  static Pop3Command parse(byte[] line, int length) throws Pop3SyntaxException {
    return new Pop3Parser(text(line, length)).command();
  }

  /// Arguments of USER and PASS may be UTF-8 (RFC 6856 §2.2); nothing may hold control characters.
  private static String text(byte[] line, int length) throws Pop3SyntaxException {
    for (int i = 0; i < length; i++) {
      if ((line[i] >= 0 && line[i] < ' ') || line[i] == 127) {
        throw new Pop3SyntaxException("Control characters are not allowed");
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(line, 0, length))
          .toString();
    } catch (CharacterCodingException _) {
      throw new Pop3SyntaxException("Not UTF-8");
    }
  }

  private Pop3Command command() throws Pop3SyntaxException {
    return switch (keyword()) {
      case "CAPA" -> alone(new Pop3Command.Capa());
      case "QUIT" -> alone(new Pop3Command.Quit());
      case "LANG" -> alone(new Pop3Command.Lang(parameter()));
      case "USER" -> new Pop3Command.User(rest("USER takes a name"));
      case "PASS" -> new Pop3Command.Pass(rest("PASS takes a password"));
      case "AUTH" -> auth();
      case "STLS" -> alone(new Pop3Command.Stls());
      case "UTF8" -> alone(new Pop3Command.Utf8());
      case "STAT" -> alone(new Pop3Command.Stat());
      case "LIST" -> alone(new Pop3Command.List(optionalNumber()));
      case "RETR" -> alone(new Pop3Command.Retr(number()));
      case "DELE" -> alone(new Pop3Command.Dele(number()));
      case "NOOP" -> alone(new Pop3Command.Noop());
      case "RSET" -> alone(new Pop3Command.Rset());
      case "TOP" -> alone(new Pop3Command.Top(number(), number()));
      case "UIDL" -> alone(new Pop3Command.Uidl(optionalNumber()));
      default -> throw new Pop3SyntaxException("Unknown command");
    };
  }

  private String keyword() {
    while (next < line.length() && line.charAt(next) != ' ') {
      next++;
    }
    String word = line.substring(0, next);
    // Some letters outside ASCII have upper cases inside.
    return word.chars().allMatch(c -> c < 128) ? word.toUpperCase(Locale.ROOT) : "";
  }

  /// `AUTH`, `AUTH mechanism`, `AUTH mechanism initial-response`.
  private Pop3Command auth() throws Pop3SyntaxException {
    Optional<String> mechanism = parameter();
    if (mechanism.isEmpty()) {
      return alone(new Pop3Command.AuthList());
    }
    return alone(new Pop3Command.Auth(mechanism.get(), parameter()));
  }

  private <C extends Pop3Command> C alone(C command) throws Pop3SyntaxException {
    if (parameter().isPresent()) {
      throw new Pop3SyntaxException("Too many arguments");
    }
    return command;
  }

  private String rest(String complaint) throws Pop3SyntaxException {
    if (next + 1 >= line.length()) {
      throw new Pop3SyntaxException(complaint);
    }
    return line.substring(next + 1);
  }

  private OptionalInt optionalNumber() throws Pop3SyntaxException {
    Optional<String> digits = parameter();
    return digits.isEmpty() ? OptionalInt.empty() : OptionalInt.of(number(digits.get()));
  }

  private int number() throws Pop3SyntaxException {
    return number(parameter().orElseThrow(() -> new Pop3SyntaxException("A number is missing")));
  }

  private static int number(String digits) throws Pop3SyntaxException {
    if (!digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new Pop3SyntaxException("Not a number");
    }
    return digits.length() > NUMBER_MAX_DIGITS ? Integer.MAX_VALUE : Integer.parseInt(digits);
  }

  /// The next word; several spaces count as one, and some clients leave one at the end.
  private Optional<String> parameter() {
    while (next < line.length() && line.charAt(next) == ' ') {
      next++;
    }
    int start = next;
    while (next < line.length() && line.charAt(next) != ' ') {
      next++;
    }
    return start == next ? Optional.empty() : Optional.of(line.substring(start, next));
  }
}
