package org.posthorn.imap.wire;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The messages of an APPEND, one after the other on the wire (RFC 3502 §6.3.11), each with the
/// texts that make it up (RFC 4469 §3). Whatever was handed out is read to its end before the next
/// is asked for, or not at all when the command is given up. Confined to the connection's thread.
public final class AppendMessages {
  private static final int MESSAGES_MAX = 10_000;
  private static final int PARTS_MAX = 1_000;

  private final ImapParser parser;
  private final Tokens tokens;
  private final int messagesMax;
  private int count;

  AppendMessages(ImapParser parser, Tokens tokens, boolean several) {
    this.parser = parser;
    this.tokens = tokens;
    this.messagesMax = several ? MESSAGES_MAX : 1;
  }

  /// What stands before the bytes of one message, and where they come from.
  public record Message(List<String> flags, Optional<Instant> date, Parts parts) {}

  /// A text of a message: bytes on the wire, or those of another message.
  public sealed interface Part {
    /// `binary`: a NUL is allowed by the grammar (RFC 3516 §4.4).
    record Text(Literal literal, boolean binary) implements Part {}

    /// RFC 4469 §3: as the client wrote it.
    record Url(String text) implements Part {}
  }

  /// The next message; empty when the command has ended.
  public Optional<Message> next() throws IOException, ImapSyntaxException {
    if (count > 0 && !parser.another()) {
      return Optional.empty();
    }
    ImapParser.limit(++count, messagesMax);
    List<String> flags = parser.optionalFlags();
    Optional<Instant> date = parser.optionalDate();
    return Optional.of(new Message(flags, date, new Parts(parser.catenates())));
  }

  /// The texts of one message.
  public final class Parts {
    private final boolean catenated;
    private int parts;

    Parts(boolean catenated) {
      this.catenated = catenated;
    }

    /// Whether the size is known before the last text is.
    public boolean catenated() {
      return catenated;
    }

    /// The next text; empty when there is none.
    public Optional<Part> next() throws IOException, ImapSyntaxException {
      if (!catenated) {
        return parts++ == 0 ? Optional.of(text()) : Optional.empty();
      }
      if (parts > 0 && tokens.accept(')')) {
        return Optional.empty();
      }
      if (parts++ > 0) {
        tokens.more();
        tokens.space();
      }
      ImapParser.limit(parts, PARTS_MAX);
      return switch (tokens.keyword()) {
        case "TEXT" -> {
          tokens.space();
          yield Optional.of(text());
        }
        case "URL" -> {
          tokens.space();
          yield Optional.of(new Part.Url(tokens.astring()));
        }
        default -> throw new ImapSyntaxException("Expected TEXT or URL");
      };
    }

    private Part text() throws IOException, ImapSyntaxException {
      boolean binary = tokens.accept('~');
      return new Part.Text(tokens.messageLiteral(), binary);
    }
  }
}
