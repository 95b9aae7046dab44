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

  /// How a message is given: as a literal, as a list of texts (RFC 4469 §5), or as one literal that
  /// may have UTF-8 in its header (RFC 6855 §4).
  enum Form {
    LITERAL,
    CATENATE,
    UTF8
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
    return Optional.of(new Message(flags, date, new Parts(parser.form())));
  }

  /// The texts of one message.
  public final class Parts {
    private final Form form;
    private int parts;

    /// A parenthesis follows the text that was handed out.
    private boolean closes;

    Parts(Form form) {
      this.form = form;
    }

    /// Whether the size is known before the last text is.
    public boolean catenated() {
      return form == Form.CATENATE;
    }

    /// The next text; empty when there is none.
    public Optional<Part> next() throws IOException, ImapSyntaxException {
      if (closes) {
        tokens.more();
        tokens.expect(')');
        closes = false;
      }
      if (form != Form.CATENATE) {
        closes = parts == 0 && form == Form.UTF8;
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
      return Optional.of(nextOfList(tokens.keyword()));
    }

    private Part nextOfList(String kind) throws IOException, ImapSyntaxException {
      tokens.space();
      return switch (kind) {
        case "TEXT" -> text();
        case "UTF8" -> {
          tokens.expect('(');
          closes = true;
          yield text();
        }
        case "URL" -> new Part.Url(tokens.astring());
        default -> throw new ImapSyntaxException("Expected TEXT, UTF8 or URL");
      };
    }

    private Part text() throws IOException, ImapSyntaxException {
      boolean binary = tokens.accept('~');
      return new Part.Text(tokens.messageLiteral(), binary);
    }
  }
}
