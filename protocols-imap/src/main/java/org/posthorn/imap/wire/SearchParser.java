package org.posthorn.imap.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.imap.wire.ImapCommand.SearchReturn;
import org.posthorn.imap.wire.SearchKey.Date;
import org.posthorn.imap.wire.SearchKey.Field;
import org.posthorn.imap.wire.SearchKey.Relation;

/// SEARCH and its keys (RFC 3501 §9 `search`, RFC 4466 §2.6, RFC 5032, RFC 7162 §3.1.5, RFC 8474
/// §6, RFC 8514 §4.2).
final class SearchParser {
  private static final int KEYS_MAX = 1_000;
  private static final int DEPTH_MAX = 50;
  private static final ResponseCode BAD_CHARSET =
      new ResponseCode.BadCharset(List.of("US-ASCII", "UTF-8", "ISO-8859-1"));

  /// Reads a sequence set.
  interface SetRule {
    SequenceSet read() throws IOException, ImapSyntaxException;
  }

  private final Tokens tokens;
  private final DateParser dates;
  private final SetRule sequenceSet;
  private Charset charset = StandardCharsets.UTF_8;
  private int keys;
  private boolean mentionsModSeq;

  SearchParser(Tokens tokens, DateParser dates, SetRule sequenceSet) {
    this.tokens = tokens;
    this.dates = dates;
    this.sequenceSet = sequenceSet;
  }

  ImapCommand.Search search(boolean byUid) throws IOException, ImapSyntaxException {
    keys = 0;
    mentionsModSeq = false;
    charset = StandardCharsets.UTF_8;
    tokens.space();
    Optional<Set<SearchReturn>> returning = Optional.empty();
    List<SearchKey> all = new ArrayList<>();
    String word = tokens.atLetter() ? tokens.keyword() : "";
    if (word.equals("RETURN")) {
      tokens.space();
      returning = Optional.of(returnOptions());
      tokens.space();
      word = tokens.atLetter() ? tokens.keyword() : "";
    }
    if (word.equals("CHARSET")) {
      tokens.space();
      charset = charset(tokens.astring());
      tokens.space();
      word = tokens.atLetter() ? tokens.keyword() : "";
    }
    all.add(word.isEmpty() ? searchKey(0) : namedKey(word, 0));
    while (tokens.accept(' ')) {
      if (tokens.peek() == '\r' || tokens.peek() == '\n') {
        break;
      }
      all.add(searchKey(0));
    }
    SearchKey key = all.size() == 1 ? all.getFirst() : new SearchKey.And(all);
    return new ImapCommand.Search(returning, key, mentionsModSeq, byUid);
  }

  private Set<SearchReturn> returnOptions() throws IOException, ImapSyntaxException {
    Set<SearchReturn> options = EnumSet.noneOf(SearchReturn.class);
    tokens.expect('(');
    if (tokens.accept(')')) {
      options.add(SearchReturn.ALL);
      return options;
    }
    do {
      options.add(
          switch (tokens.keyword()) {
            case "MIN" -> SearchReturn.MIN;
            case "MAX" -> SearchReturn.MAX;
            case "ALL" -> SearchReturn.ALL;
            case "COUNT" -> SearchReturn.COUNT;
            default -> throw new ImapSyntaxException("Unknown return option");
          });
    } while (tokens.accept(' '));
    tokens.expect(')');
    return options;
  }

  private SearchKey searchKey(int depth) throws IOException, ImapSyntaxException {
    ImapParser.limit(depth, DEPTH_MAX);
    if (tokens.atDigit() || tokens.peek() == '*') {
      ImapParser.limit(++keys, KEYS_MAX);
      return new SearchKey.Numbers(sequenceSet.read());
    }
    if (tokens.accept('(')) {
      List<SearchKey> inner = new ArrayList<>();
      do {
        inner.add(searchKey(depth + 1));
      } while (tokens.accept(' '));
      tokens.expect(')');
      return new SearchKey.And(inner);
    }
    return namedKey(tokens.keyword(), depth);
  }

  private SearchKey namedKey(String name, int depth) throws IOException, ImapSyntaxException {
    ImapParser.limit(++keys, KEYS_MAX);
    return switch (name) {
      case "ALL", "SAVEDATESUPPORTED" -> new SearchKey.All();
      case "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN" -> new SearchKey.Flag("\\" + name);
      case "UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN" ->
          new SearchKey.Not(new SearchKey.Flag("\\" + name.substring(2)));
      case "KEYWORD" -> new SearchKey.Flag(flagKeyword());
      case "UNKEYWORD" -> new SearchKey.Not(new SearchKey.Flag(flagKeyword()));
      case "RECENT" -> new SearchKey.Recent();
      case "OLD" -> new SearchKey.Not(new SearchKey.Recent());
      case "NEW" ->
          new SearchKey.And(
              List.of(new SearchKey.Recent(), new SearchKey.Not(new SearchKey.Flag("\\SEEN"))));
      case "BEFORE" -> dated(Date.INTERNAL, Relation.BEFORE);
      case "ON" -> dated(Date.INTERNAL, Relation.ON);
      case "SINCE" -> dated(Date.INTERNAL, Relation.SINCE);
      case "SENTBEFORE" -> dated(Date.SENT, Relation.BEFORE);
      case "SENTON" -> dated(Date.SENT, Relation.ON);
      case "SENTSINCE" -> dated(Date.SENT, Relation.SINCE);
      case "SAVEDBEFORE" -> dated(Date.SAVED, Relation.BEFORE);
      case "SAVEDON" -> dated(Date.SAVED, Relation.ON);
      case "SAVEDSINCE" -> dated(Date.SAVED, Relation.SINCE);
      case "FROM" -> new SearchKey.Addressed(Field.FROM, text());
      case "TO" -> new SearchKey.Addressed(Field.TO, text());
      case "CC" -> new SearchKey.Addressed(Field.CC, text());
      case "BCC" -> new SearchKey.Addressed(Field.BCC, text());
      case "SUBJECT" -> new SearchKey.Addressed(Field.SUBJECT, text());
      case "HEADER" -> new SearchKey.Header(headerField(), text());
      case "BODY" -> new SearchKey.Body(text());
      case "TEXT" -> new SearchKey.Text(text());
      case "LARGER" -> new SearchKey.Larger(number());
      case "SMALLER" -> new SearchKey.Smaller(number());
      case "YOUNGER" -> new SearchKey.Younger(interval());
      case "OLDER" -> new SearchKey.Older(interval());
      case "UID" -> {
        tokens.space();
        yield new SearchKey.Uids(sequenceSet.read());
      }
      case "MODSEQ" -> modSequence();
      case "EMAILID" -> new SearchKey.EmailId(objectId());
      case "THREADID" -> new SearchKey.ThreadId(objectId());
      case "NOT" -> {
        tokens.space();
        yield new SearchKey.Not(searchKey(depth + 1));
      }
      case "OR" -> {
        tokens.space();
        SearchKey one = searchKey(depth + 1);
        tokens.space();
        yield new SearchKey.Or(one, searchKey(depth + 1));
      }
      default -> throw new ImapSyntaxException("Unknown search key");
    };
  }

  private SearchKey dated(Date date, Relation relation) throws IOException, ImapSyntaxException {
    tokens.space();
    return new SearchKey.Dated(date, relation, dates.date());
  }

  private long number() throws IOException, ImapSyntaxException {
    tokens.space();
    return tokens.modSequence();
  }

  private long interval() throws IOException, ImapSyntaxException {
    tokens.space();
    return tokens.nzNumber();
  }

  private String flagKeyword() throws IOException, ImapSyntaxException {
    tokens.space();
    return tokens.atom();
  }

  private String objectId() throws IOException, ImapSyntaxException {
    tokens.space();
    return tokens.atom();
  }

  private String headerField() throws IOException, ImapSyntaxException {
    tokens.space();
    return tokens.astring();
  }

  /// We keep one mod-sequence for a message, so the entry is read and left (RFC 7162 §3.1.5).
  private SearchKey modSequence() throws IOException, ImapSyntaxException {
    tokens.space();
    if (tokens.peek() == '"') {
      tokens.string();
      tokens.space();
      String type = tokens.keyword();
      if (!List.of("PRIV", "SHARED", "ALL").contains(type)) {
        throw new ImapSyntaxException("Unknown type of metadata");
      }
      tokens.space();
    }
    mentionsModSeq = true;
    return new SearchKey.ModSeq(tokens.modSequence());
  }

  private String text() throws IOException, ImapSyntaxException {
    tokens.space();
    byte[] bytes = tokens.astringBytes();
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      throw new ImapSyntaxException("The text is not in its charset");
    }
  }

  private static Charset charset(String name) throws ImapSyntaxException {
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException _) {
      throw new ImapSyntaxException(ImapAnswer.no(BAD_CHARSET, "No such charset here"));
    }
  }
}
