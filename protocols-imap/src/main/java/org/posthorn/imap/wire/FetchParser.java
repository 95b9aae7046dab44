package org.posthorn.imap.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.posthorn.imap.wire.FetchItem.Simple;

/// What FETCH is asked for (RFC 3501 §9 `fetch`, `fetch-att`, `section`).
final class FetchParser {
  private static final int ITEMS_MAX = 100;
  private static final int FIELDS_MAX = 500;

  /// Deeper parts than the structure of a message ever has.
  private static final int PATH_MAX = 100;

  private static final List<FetchItem> FAST =
      List.of(Simple.FLAGS, Simple.INTERNALDATE, Simple.RFC822_SIZE);
  private static final List<FetchItem> ALL =
      List.of(Simple.FLAGS, Simple.INTERNALDATE, Simple.RFC822_SIZE, Simple.ENVELOPE);
  private static final List<FetchItem> FULL =
      List.of(Simple.FLAGS, Simple.INTERNALDATE, Simple.RFC822_SIZE, Simple.ENVELOPE, Simple.BODY);

  private final Tokens tokens;

  FetchParser(Tokens tokens) {
    this.tokens = tokens;
  }

  /// Each item once, in the client's order.
  List<FetchItem> items() throws IOException, ImapSyntaxException {
    if (!tokens.accept('(')) {
      String name = itemName();
      return switch (name) {
        case "ALL" -> ALL;
        case "FAST" -> FAST;
        case "FULL" -> FULL;
        default -> List.of(item(name));
      };
    }
    SequencedSet<FetchItem> items = new LinkedHashSet<>();
    do {
      if (tokens.peek() == '(' && items.contains(Simple.PREVIEW)) {
        previewModifiers();
      } else {
        items.add(item(itemName()));
      }
      ImapParser.limit(items.size(), ITEMS_MAX);
    } while (tokens.accept(' '));
    tokens.expect(')');
    return List.copyOf(items);
  }

  private FetchItem item(String name) throws IOException, ImapSyntaxException {
    return switch (name) {
      case "UID" -> Simple.UID;
      case "FLAGS" -> Simple.FLAGS;
      case "INTERNALDATE" -> Simple.INTERNALDATE;
      case "RFC822.SIZE" -> Simple.RFC822_SIZE;
      case "ENVELOPE" -> Simple.ENVELOPE;
      case "BODYSTRUCTURE" -> Simple.BODYSTRUCTURE;
      case "MODSEQ" -> Simple.MODSEQ;
      case "SAVEDATE" -> Simple.SAVEDATE;
      case "EMAILID" -> Simple.EMAILID;
      case "THREADID" -> Simple.THREADID;
      case "RFC822" -> old(FetchItem.Text.ALL, true, name);
      case "RFC822.HEADER" -> old(FetchItem.Text.HEADER, false, name);
      case "RFC822.TEXT" -> old(FetchItem.Text.TEXT, true, name);
      case "BODY" -> tokens.peek() == '[' ? section(true) : Simple.BODY;
      case "BODY.PEEK" -> section(false);
      case "BINARY" -> binary("BINARY[", true, false);
      case "BINARY.PEEK" -> binary("BINARY[", false, false);
      case "BINARY.SIZE" -> binary("BINARY.SIZE[", false, true);
      case "PREVIEW" -> Simple.PREVIEW;
      default -> throw new ImapSyntaxException("Unknown item to fetch");
    };
  }

  private static FetchItem old(FetchItem.Text text, boolean marksSeen, String label) {
    return new FetchItem.Bytes(List.of(), text, List.of(), Optional.empty(), marksSeen, label);
  }

  /// An atom, but it ends at the bracket of a section.
  private String itemName() throws IOException, ImapSyntaxException {
    return tokens.keywordBefore('[');
  }

  /// RFC 8970 §3.2: previews are there or they are not, so it says nothing to us.
  private void previewModifiers() throws IOException, ImapSyntaxException {
    tokens.expect('(');
    if (!tokens.keyword().equals("LAZY")) {
      throw new ImapSyntaxException("Unknown modifier");
    }
    tokens.expect(')');
  }

  /// RFC 3516 §7 `section-binary`.
  private FetchItem binary(String begin, boolean marksSeen, boolean size)
      throws IOException, ImapSyntaxException {
    tokens.expect('[');
    var label = new StringBuilder(begin);
    List<Integer> part = new ArrayList<>();
    if (tokens.peek() != ']') {
      do {
        partNumber(part, label);
      } while (tokens.accept('.'));
    }
    tokens.expect(']');
    label.append(']');
    Optional<FetchItem.Partial> partial = size ? Optional.empty() : partial(label);
    return new FetchItem.Binary(part, partial, size, marksSeen, label.toString());
  }

  private void partNumber(List<Integer> part, StringBuilder label)
      throws IOException, ImapSyntaxException {
    part.add(Math.toIntExact(Math.min(tokens.nzNumber(), Integer.MAX_VALUE)));
    ImapParser.limit(part.size(), PATH_MAX);
    label.append(part.size() > 1 ? "." : "").append(part.getLast());
  }

  /// What stands between brackets behind BODY, and which piece of it (RFC 3501 §9 `section`).
  FetchItem.Bytes section(boolean marksSeen) throws IOException, ImapSyntaxException {
    tokens.expect('[');
    var label = new StringBuilder("BODY[");
    List<Integer> part = new ArrayList<>();
    FetchItem.Text text = FetchItem.Text.ALL;
    List<String> fields = List.of();
    boolean textFollows = tokens.peek() != ']';
    while (textFollows && tokens.atDigit()) {
      partNumber(part, label);
      textFollows = tokens.accept('.');
    }
    if (textFollows) {
      String word = tokens.keyword();
      text = sectionText(word, part.isEmpty());
      label.append(part.isEmpty() ? "" : ".").append(word);
      if (text == FetchItem.Text.HEADER_FIELDS || text == FetchItem.Text.HEADER_FIELDS_NOT) {
        fields = headerList(label);
      }
    }
    tokens.expect(']');
    label.append(']');
    Optional<FetchItem.Partial> partial = partial(label);
    return new FetchItem.Bytes(part, text, fields, partial, marksSeen, label.toString());
  }

  private static FetchItem.Text sectionText(String word, boolean ofMessage)
      throws ImapSyntaxException {
    return switch (word) {
      case "HEADER" -> FetchItem.Text.HEADER;
      case "HEADER.FIELDS" -> FetchItem.Text.HEADER_FIELDS;
      case "HEADER.FIELDS.NOT" -> FetchItem.Text.HEADER_FIELDS_NOT;
      case "TEXT" -> FetchItem.Text.TEXT;
      case "MIME" -> {
        if (ofMessage) {
          throw new ImapSyntaxException("MIME is of a part");
        }
        yield FetchItem.Text.MIME;
      }
      default -> throw new ImapSyntaxException("Unknown section");
    };
  }

  private List<String> headerList(StringBuilder label) throws IOException, ImapSyntaxException {
    tokens.space();
    tokens.expect('(');
    List<String> fields = new ArrayList<>();
    do {
      String field = tokens.astring();
      if (!field.chars().allMatch(c -> c > ' ' && c < 0x7f && c != ':')) {
        throw new ImapSyntaxException("Not the name of a header field");
      }
      fields.add(field);
      ImapParser.limit(fields.size(), FIELDS_MAX);
      label.append(fields.size() == 1 ? " (" : " ").append(nameInLabel(field));
    } while (tokens.accept(' '));
    tokens.expect(')');
    label.append(')');
    return fields;
  }

  private static String nameInLabel(String field) {
    boolean atom = !field.isEmpty() && field.chars().allMatch(Tokens::isAtomChar);
    return atom ? field : '"' + field.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private Optional<FetchItem.Partial> partial(StringBuilder label)
      throws IOException, ImapSyntaxException {
    if (!tokens.accept('<')) {
      return Optional.empty();
    }
    long origin = tokens.number();
    tokens.expect('.');
    long count = tokens.nzNumber();
    tokens.expect('>');
    label.append('<').append(origin).append('>');
    return Optional.of(new FetchItem.Partial(origin, count));
  }
}
