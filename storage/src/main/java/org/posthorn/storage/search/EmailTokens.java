package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.BytesTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PayloadAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Email;

/// The words of one email, all areas one after the other, as Lucene wants them. Used by one thread,
/// for one email after the other.
final class EmailTokens extends TokenStream {
  /// So many characters of one email are indexed; an email with more is always looked through too.
  private static final long CHARS_MAX = 4 << 20;

  private static final Area[] AREAS = Area.values();

  private final BytesTermAttribute term = addAttribute(BytesTermAttribute.class);
  private final PositionIncrementAttribute position =
      addAttribute(PositionIncrementAttribute.class);
  private final PayloadAttribute payload = addAttribute(PayloadAttribute.class);
  private final WordCutter words = new WordCutter();
  private final WordTable table = new WordTable();
  private final Deque<BytesRef> notes = new ArrayDeque<>();
  private int number;
  private @Nullable Email email;
  private @Nullable SourcesOf text;
  private int nextArea;
  private BytesRef prefix = new BytesRef();
  private List<Texts.Source> sources = List.of();
  private int nextSource;
  private @Nullable Reader reader;
  private long readUntil;

  /// Where the last word was cut, and where the last was that was given away.
  private int place;

  private int given;

  /// Where the words of an email are.
  interface SourcesOf {
    List<Texts.Source> sources(Email email, Area area) throws IOException;
  }

  /// With the words of the email, under a number (see [Terms]) and as the document `id`; without
  /// `text` only that there is such an email, partly indexed.
  EmailTokens of(int number, long id, Email email, @Nullable SourcesOf text) {
    this.number = number;
    this.email = email;
    this.text = text;
    notes.clear();
    notes.add(Terms.prefix(number, Terms.EMAIL));
    notes.add(Terms.emailId(number, id));
    if (text == null) {
      notes.add(Terms.prefix(number, Terms.PARTLY));
    }
    nextArea = text == null ? AREAS.length : 0;
    sources = List.of();
    nextSource = 0;
    readUntil = words.read() + CHARS_MAX;
    table.clear();
    place = 0;
    given = -1;
    return this;
  }

  /// That the other words of the email lie in a circle.
  EmailTokens shared() {
    notes.add(Terms.prefix(number, Terms.SHARED));
    return this;
  }

  @Override
  public boolean incrementToken() throws IOException {
    while (notes.isEmpty() && !table.next()) {
      if (!fill()) {
        return false;
      }
    }
    if (notes.isEmpty()) {
      give(table.word, table.firstPlace, table.others.length == 0 ? null : table.others);
    } else {
      give(notes.removeFirst(), place++, null);
    }
    return true;
  }

  private void give(BytesRef word, int at, @Nullable BytesRef others) {
    term.setBytesRef(word);
    position.setPositionIncrement(at - given);
    payload.setPayload(others);
    given = at;
  }

  /// Cuts the next piece of the email; false at its end.
  private boolean fill() throws IOException {
    table.clear();
    boolean any = false;
    while (!table.isFull() && nextWord()) {
      any = true;
      if (words.read() > readUntil) {
        stop();
        return true;
      }
      Terms.put(prefix, words);
      place += words.step;
      table.add(prefix, place);
    }
    return any;
  }

  /// Throws [Unreadable] when it is the email that makes trouble, not the index or the store.
  private boolean nextWord() {
    try {
      while (reader == null || !words.next()) {
        if (!openNext()) {
          return false;
        }
      }
      return true;
    } catch (IOException | RuntimeException e) {
      if (e instanceof StorageUnavailable unavailable && !unavailable.isUnreadable()) {
        throw unavailable;
      }
      throw new Unreadable(e);
    }
  }

  /// Of an email whose bytes are damaged, gone or not to be read.
  static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unreadable(Exception cause) {
      super(cause);
    }
  }

  /// Enough of this email.
  private void stop() throws IOException {
    closeReader();
    table.clear();
    notes.add(Terms.prefix(number, Terms.PARTLY));
    nextArea = AREAS.length;
    sources = List.of();
    nextSource = 0;
  }

  private boolean openNext() throws IOException {
    closeReader();
    while (nextSource == sources.size()) {
      if (nextArea == AREAS.length || email == null || text == null) {
        return false;
      }
      Area area = AREAS[nextArea++];
      prefix = Terms.prefix(number, area.code());
      sources = text.sources(email, area);
      nextSource = 0;
    }
    reader = sources.get(nextSource++).open();
    var _ = words.of(reader);
    return true;
  }

  private void closeReader() throws IOException {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }

  @Override
  public void close() throws IOException {
    closeReader();
    email = null;
    text = null;
    super.close();
  }
}
