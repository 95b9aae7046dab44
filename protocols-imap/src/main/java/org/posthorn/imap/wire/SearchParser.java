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
import org.posthorn.imap.wire.ImapCommand.SearchSource;
import org.posthorn.imap.wire.ImapCommand.SourceKind;
import org.posthorn.imap.wire.SearchKey.Date;
import org.posthorn.imap.wire.SearchKey.Field;
import org.posthorn.imap.wire.SearchKey.Relation;
import org.posthorn.imap.wire.SearchReturn.Option;

/// SEARCH, SORT and THREAD with their keys (RFC 3501 §9 `search`, RFC 4466 §2.6, RFC 5032, RFC 5256
/// §5, RFC 7162 §3.1.5, RFC 8474 §6, RFC 8514 §4.2).
final class SearchParser {
  private static final int KEYS_MAX = 1_000;
  private static final int DEPTH_MAX = 50;

  /// Each is compared with all words of an account.
  private static final int FUZZY_TEXTS_MAX = 30;

  private static final int CRITERIA_MAX = 20;
  private static final int SOURCES_MAX = 100;

  /// Reads a sequence set.
  interface SetRule {
    SequenceSet read() throws IOException, ImapSyntaxException;
  }

  private final Tokens tokens;
  private final DateParser dates;
  private final FetchParser fetch;
  private final SetRule sequenceSet;
  private Charset charset = StandardCharsets.UTF_8;
  private int keys;
  private boolean mentionsModSeq;
  private boolean fuzzy;

  /// Whether a key within FUZZY is read.
  private boolean withinFuzzy;

  private int fuzzyTexts;

  /// Whether how near the messages are is asked for.
  private boolean relevancy;

  private boolean charsetKnown = true;

  SearchParser(Tokens tokens, DateParser dates, FetchParser fetch, SetRule sequenceSet) {
    this.tokens = tokens;
    this.dates = dates;
    this.fetch = fetch;
    this.sequenceSet = sequenceSet;
  }

  ImapCommand.Search search(boolean byUid) throws IOException, ImapSyntaxException {
    begin();
    tokens.space();
    return search(tokens.atLetter() ? tokens.keyword() : "", byUid);
  }

  /// The rest of a search, the first word of which is read.
  private ImapCommand.Search search(String firstWord, boolean byUid)
      throws IOException, ImapSyntaxException {
    Optional<SearchReturn> returning = Optional.empty();
    String word = firstWord;
    if (word.equals("RETURN")) {
      returning = Optional.of(returnOptions());
      tokens.space();
      word = tokens.atLetter() ? tokens.keyword() : "";
    }
    if (word.equals("CHARSET")) {
      if (tokens.has(Extension.UTF8_ACCEPT)) {
        // RFC 6855 §3.
        throw new ImapSyntaxException("All texts are UTF-8 now");
      }
      tokens.space();
      readCharset();
      tokens.space();
      word = tokens.atLetter() ? tokens.keyword() : "";
    }
    return new ImapCommand.Search(returning, program(word), byUid);
  }

  /// RFC 7377 §4 `esearch`.
  ImapCommand.MultiSearch multiSearch() throws IOException, ImapSyntaxException {
    begin();
    tokens.space();
    List<SearchSource> sources = new ArrayList<>();
    String word = tokens.atLetter() ? tokens.keyword() : "";
    if (word.equals("IN")) {
      tokens.space();
      tokens.expect('(');
      do {
        sources.add(source());
        ImapParser.limit(sources.size(), SOURCES_MAX);
      } while (tokens.accept(' '));
      tokens.expect(')');
      tokens.space();
      word = tokens.atLetter() ? tokens.keyword() : "";
    }
    ImapCommand.Search search = search(word, true);
    return new ImapCommand.MultiSearch(sources, search.returning(), search.program());
  }

  /// RFC 5465 §8 `filter-mailboxes`, as RFC 7377 §4 has it.
  private SearchSource source() throws IOException, ImapSyntaxException {
    return switch (tokens.keyword()) {
      case "SELECTED" -> new SearchSource(SourceKind.SELECTED, List.of());
      case "INBOXES" -> new SearchSource(SourceKind.INBOXES, List.of());
      case "PERSONAL" -> new SearchSource(SourceKind.PERSONAL, List.of());
      case "SUBSCRIBED" -> new SearchSource(SourceKind.SUBSCRIBED, List.of());
      case "MAILBOXES" -> new SearchSource(SourceKind.MAILBOXES, names());
      case "SUBTREE" -> new SearchSource(SourceKind.SUBTREE, names());
      case "SUBTREE-ONE" -> new SearchSource(SourceKind.SUBTREE_ONE, names());
      default -> throw new ImapSyntaxException("Unknown kind of mailboxes");
    };
  }

  /// One name, or several in parentheses.
  private List<String> names() throws IOException, ImapSyntaxException {
    tokens.space();
    if (!tokens.accept('(')) {
      return List.of(tokens.mailbox());
    }
    List<String> names = new ArrayList<>();
    do {
      names.add(tokens.mailbox());
      ImapParser.limit(names.size(), SOURCES_MAX);
    } while (tokens.accept(' '));
    tokens.expect(')');
    return names;
  }

  /// RFC 5256 §5 `sort`, RFC 5267 §5 `extended-sort`.
  ImapCommand.Sort sort(boolean byUid) throws IOException, ImapSyntaxException {
    begin();
    tokens.space();
    Optional<SearchReturn> returning = Optional.empty();
    if (tokens.atLetter()) {
      if (!tokens.keyword().equals("RETURN")) {
        throw new ImapSyntaxException("Expected what to sort by");
      }
      returning = Optional.of(returnOptions());
      tokens.space();
    }
    List<SortCriterion> criteria = sortCriteria();
    return new ImapCommand.Sort(returning, criteria, searchCriteria(), byUid);
  }

  /// RFC 5256 §5 `thread`.
  ImapCommand.Threads threads(boolean byUid) throws IOException, ImapSyntaxException {
    begin();
    tokens.space();
    var algorithm =
        switch (tokens.keyword()) {
          case "ORDEREDSUBJECT" -> ImapCommand.ThreadAlgorithm.ORDEREDSUBJECT;
          case "REFERENCES" -> ImapCommand.ThreadAlgorithm.REFERENCES;
          case "REFS" -> ImapCommand.ThreadAlgorithm.REFS;
          default -> throw new ImapSyntaxException("Unknown way to make threads");
        };
    return new ImapCommand.Threads(algorithm, searchCriteria(), byUid);
  }

  private void begin() {
    keys = 0;
    mentionsModSeq = false;
    fuzzy = false;
    withinFuzzy = false;
    fuzzyTexts = 0;
    relevancy = false;
    charset = StandardCharsets.UTF_8;
    charsetKnown = true;
  }

  private List<SortCriterion> sortCriteria() throws IOException, ImapSyntaxException {
    List<SortCriterion> criteria = new ArrayList<>();
    tokens.expect('(');
    do {
      String word = tokens.keyword();
      boolean reverse = word.equals("REVERSE");
      if (reverse) {
        tokens.space();
        word = tokens.keyword();
      }
      criteria.add(new SortCriterion(sortKey(word), reverse));
      ImapParser.limit(criteria.size(), CRITERIA_MAX);
    } while (tokens.accept(' '));
    tokens.expect(')');
    return criteria;
  }

  private SortCriterion.Key sortKey(String word) throws ImapSyntaxException {
    return switch (word) {
      case "ARRIVAL" -> SortCriterion.Key.ARRIVAL;
      case "CC" -> SortCriterion.Key.CC;
      case "DATE" -> SortCriterion.Key.DATE;
      case "FROM" -> SortCriterion.Key.FROM;
      case "SIZE" -> SortCriterion.Key.SIZE;
      case "SUBJECT" -> SortCriterion.Key.SUBJECT;
      case "TO" -> SortCriterion.Key.TO;
      case "DISPLAYFROM" -> SortCriterion.Key.DISPLAYFROM;
      case "DISPLAYTO" -> SortCriterion.Key.DISPLAYTO;
      case "RELEVANCY" -> {
        relevancy = true;
        yield SortCriterion.Key.RELEVANCY;
      }
      default -> throw new ImapSyntaxException("Unknown thing to sort by");
    };
  }

  /// RFC 5256 §5 `search-criteria`: the character set is not optional.
  private SearchProgram searchCriteria() throws IOException, ImapSyntaxException {
    tokens.space();
    readCharset();
    tokens.space();
    return program("");
  }

  /// One or more keys; the name of the first may be read already.
  private SearchProgram program(String firstWord) throws IOException, ImapSyntaxException {
    List<SearchKey> all = new ArrayList<>();
    all.add(firstWord.isEmpty() ? searchKey(0) : namedKey(firstWord, 0));
    while (tokens.accept(' ')) {
      if (tokens.peek() == '\r' || tokens.peek() == '\n') {
        break;
      }
      all.add(searchKey(0));
    }
    if (relevancy && !fuzzy) {
      throw new ImapSyntaxException("RELEVANCY goes with FUZZY");
    }
    SearchKey key = all.size() == 1 ? all.getFirst() : new SearchKey.And(all);
    return new SearchProgram(key, mentionsModSeq, charsetKnown);
  }

  private SearchReturn returnOptions() throws IOException, ImapSyntaxException {
    tokens.space();
    tokens.expect('(');
    if (tokens.accept(')')) {
      return SearchReturn.EVERYTHING;
    }
    Set<Option> options = EnumSet.noneOf(Option.class);
    Optional<SearchReturn.Partial> partial = Optional.empty();
    List<FetchItem> ofNew = List.of();
    boolean more;
    do {
      String option = tokens.keyword();
      switch (option) {
        case "MIN" -> options.add(Option.MIN);
        case "MAX" -> options.add(Option.MAX);
        case "ALL" -> options.add(Option.ALL);
        case "COUNT" -> options.add(Option.COUNT);
        case "RELEVANCY" -> relevancy = options.add(Option.RELEVANCY) || relevancy;
        case "SAVE" -> options.add(Option.SAVE);
        case "CONTEXT" -> options.add(Option.CONTEXT);
        case "UPDATE" -> options.add(Option.UPDATE);
        case "PARTIAL" -> {
          if (partial.isPresent()) {
            throw new ImapSyntaxException("PARTIAL can be asked for once");
          }
          partial = Optional.of(partial());
        }
        default -> throw new ImapSyntaxException("Unknown return option");
      }
      more = tokens.accept(' ');
      if (more && option.equals("UPDATE") && tokens.peek() == '(') {
        ofNew = fetch.items();
        more = tokens.accept(' ');
      }
    } while (more);
    tokens.expect(')');
    if (partial.isPresent() && options.contains(Option.ALL)) {
      throw new ImapSyntaxException("PARTIAL and ALL exclude each other");
    }
    return new SearchReturn(options, partial, ofNew);
  }

  /// RFC 9394 §4 `modifier-partial`, its name read.
  SearchReturn.Partial partial() throws IOException, ImapSyntaxException {
    tokens.space();
    boolean fromEnd = tokens.accept('-');
    long first = tokens.nzNumber();
    tokens.expect(':');
    if (fromEnd) {
      tokens.expect('-');
    }
    return new SearchReturn.Partial(first, tokens.nzNumber(), fromEnd);
  }

  private SearchKey searchKey(int depth) throws IOException, ImapSyntaxException {
    ImapParser.limit(depth, DEPTH_MAX);
    if (tokens.atDigit() || tokens.peek() == '*' || tokens.peek() == '$') {
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
      case "FUZZY" -> {
        tokens.space();
        fuzzy = true;
        boolean within = withinFuzzy;
        withinFuzzy = true;
        SearchKey key = searchKey(depth + 1);
        withinFuzzy = within;
        yield new SearchKey.Fuzzy(key);
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
    if (withinFuzzy) {
      ImapParser.limit(++fuzzyTexts, FUZZY_TEXTS_MAX);
    }
    tokens.space();
    byte[] bytes = tokens.astringBytes();
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      throw new ImapSyntaxException("The text is not in its charset");
    }
  }

  /// A search in a character set that we do not have is read like any other, since its end and what
  /// it is to do must be known before it is refused.
  private void readCharset() throws IOException, ImapSyntaxException {
    String name = tokens.astring();
    try {
      charset = Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException _) {
      charset = StandardCharsets.ISO_8859_1;
      charsetKnown = false;
    }
  }
}
