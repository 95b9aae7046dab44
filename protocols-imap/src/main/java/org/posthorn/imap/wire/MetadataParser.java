package org.posthorn.imap.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// GETMETADATA and SETMETADATA (RFC 5464 §5).
final class MetadataParser {
  private static final int ENTRIES_MAX = 100;
  private static final int DEPTH_INFINITE = Integer.MAX_VALUE;

  private final Tokens tokens;

  MetadataParser(Tokens tokens) {
    this.tokens = tokens;
  }

  /// The options stand before the mailbox in the grammar and behind it in the examples: both are
  /// taken.
  ImapCommand.GetMetadata get() throws IOException, ImapSyntaxException {
    var options = new Options();
    tokens.space();
    if (tokens.accept('(')) {
      options(options);
      tokens.space();
    }
    String mailbox = tokens.mailbox();
    tokens.space();
    if (!tokens.accept('(')) {
      return get(mailbox, options, List.of(entry()));
    }
    if (tokens.atLetter()) {
      options(options);
      tokens.space();
      return get(mailbox, options, entries());
    }
    return get(mailbox, options, listed());
  }

  private static ImapCommand.GetMetadata get(
      String mailbox, Options options, List<String> entries) {
    return new ImapCommand.GetMetadata(mailbox, options.maxSize, options.depth, entries);
  }

  private static final class Options {
    private OptionalLong maxSize = OptionalLong.empty();
    private int depth;
  }

  /// Behind the parenthesis.
  private void options(Options options) throws IOException, ImapSyntaxException {
    do {
      switch (tokens.keyword()) {
        case "MAXSIZE" -> {
          tokens.space();
          options.maxSize = OptionalLong.of(tokens.number());
        }
        case "DEPTH" -> {
          tokens.space();
          options.depth =
              switch (tokens.keyword()) {
                case "0" -> 0;
                case "1" -> 1;
                case "INFINITY" -> DEPTH_INFINITE;
                default -> throw new ImapSyntaxException("A depth is 0, 1 or infinity");
              };
        }
        default -> throw new ImapSyntaxException("Unknown option");
      }
    } while (tokens.accept(' '));
    tokens.expect(')');
  }

  /// RFC 5464 §5 `entries`.
  List<String> entries() throws IOException, ImapSyntaxException {
    return tokens.accept('(') ? listed() : List.of(entry());
  }

  private List<String> listed() throws IOException, ImapSyntaxException {
    List<String> entries = new ArrayList<>();
    do {
      entries.add(entry());
      ImapParser.limit(entries.size(), ENTRIES_MAX);
    } while (tokens.accept(' '));
    tokens.expect(')');
    return entries;
  }

  ImapCommand.SetMetadata set() throws IOException, ImapSyntaxException {
    tokens.space();
    String mailbox = tokens.mailbox();
    tokens.space();
    tokens.expect('(');
    Map<String, Optional<String>> values = new LinkedHashMap<>();
    do {
      String entry = entry();
      tokens.space();
      values.put(entry, value());
      ImapParser.limit(values.size(), ENTRIES_MAX);
    } while (tokens.accept(' '));
    tokens.expect(')');
    return new ImapCommand.SetMetadata(mailbox, values);
  }

  private Optional<String> value() throws IOException, ImapSyntaxException {
    if (tokens.atLetter()) {
      if (!tokens.keyword().equals("NIL")) {
        throw new ImapSyntaxException("A value is a string or NIL");
      }
      return Optional.empty();
    }
    return Optional.of(new String(tokens.anyStringBytes(), StandardCharsets.ISO_8859_1));
  }

  /// RFC 5464 §3.2, §5: a path below `/private` or `/shared`.
  private String entry() throws IOException, ImapSyntaxException {
    String entry = tokens.astring();
    boolean known =
        entry.regionMatches(true, 0, "/private/", 0, 9)
            || entry.regionMatches(true, 0, "/shared/", 0, 8)
            || entry.equalsIgnoreCase("/private")
            || entry.equalsIgnoreCase("/shared");
    boolean path =
        !entry.contains("//")
            && !entry.endsWith("/")
            && entry.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '*' && c != '%');
    if (!known || !path) {
      throw new ImapSyntaxException("An entry is a path below /private or /shared");
    }
    return entry;
  }
}
