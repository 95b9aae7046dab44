package org.posthorn.pop3;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import org.posthorn.message.Counted;

/// What a client does with its open maildrop (RFC 1939 §5, §7). Confined to the connection's
/// thread.
final class MaildropCommands {
  private final Maildrop maildrop;
  private final boolean utf8;

  /// `utf8`: whether the client takes headers in UTF-8.
  MaildropCommands(Maildrop maildrop, boolean utf8) {
    this.maildrop = maildrop;
    this.utf8 = utf8;
  }

  Pop3Answer carryOut(Pop3Command.Transaction command) throws IOException {
    return switch (command) {
      case Pop3Command.Stat _ -> ok(maildrop.count() + " " + maildrop.totalBytes());
      case Pop3Command.List(OptionalInt number) ->
          listing(number, n -> Long.toString(maildrop.sizeBytes(n)));
      case Pop3Command.Uidl(OptionalInt number) -> listing(number, maildrop::uniqueId);
      case Pop3Command.Retr(int number) -> message(number, Long.MAX_VALUE);
      case Pop3Command.Top(int number, int lines) -> message(number, lines);
      case Pop3Command.Dele(int number) -> delete(number);
      case Pop3Command.Noop _ -> ok("Still here");
      case Pop3Command.Rset _ -> {
        maildrop.undeleteAll();
        yield ok(summary(maildrop));
      }
    };
  }

  static String summary(Maildrop maildrop) {
    return "%d %s (%d octets)"
        .formatted(
            maildrop.count(), Counted.noun(maildrop.count(), "message"), maildrop.totalBytes());
  }

  /// A line about one message, or one about each.
  private Pop3Answer listing(OptionalInt number, IntFunction<String> what) {
    if (number.isPresent()) {
      int n = number.getAsInt();
      return maildrop.has(n) ? ok(n + " " + what.apply(n)) : noSuchMessage();
    }
    return new Pop3Answer.Multiline(
        summary(maildrop),
        output -> {
          for (int n = 1; n <= maildrop.highest(); n++) {
            if (maildrop.has(n)) {
              output.write(n + " " + what.apply(n) + "\r\n");
            }
          }
        });
  }

  private Pop3Answer message(int number, long bodyLinesMax) throws IOException {
    if (!maildrop.has(number)) {
      return noSuchMessage();
    }
    Optional<MessageText> text = maildrop.text(number, bodyLinesMax, utf8);
    return text.isEmpty()
        ? Pop3Answer.err("Somebody else has removed that message")
        : new Pop3Answer.Multiline(maildrop.sizeBytes(number) + " octets", text.get());
  }

  private Pop3Answer delete(int number) {
    if (!maildrop.has(number)) {
      return noSuchMessage();
    }
    maildrop.delete(number);
    return ok("Message " + number + " goes when you QUIT");
  }

  private static Pop3Answer ok(String text) {
    return new Pop3Answer.Ok(text);
  }

  private static Pop3Answer noSuchMessage() {
    return Pop3Answer.err("No such message");
  }
}
