package org.posthorn.storage.search;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/// The words of one area of one account's emails in one segment of the index. Used by one thread.
final class SegmentWords {
  private final TermsEnum terms;
  private final BytesRef prefix;

  /// Null when the segment has no words at all.
  static @Nullable SegmentWords in(LeafReader segment, BytesRef prefix) throws IOException {
    var words = segment.terms(Terms.FIELD);
    return words == null ? null : new SegmentWords(words.iterator(), prefix);
  }

  private SegmentWords(TermsEnum terms, BytesRef prefix) {
    this.terms = terms;
    this.prefix = prefix;
  }

  /// To look at a word that was met before.
  TermsEnum terms() {
    return terms;
  }

  interface EachWord {
    /// Called for each word that has a piece; `terms` stands at it. Returns whether there is need
    /// for more.
    boolean word(TermsEnum terms) throws IOException;
  }

  /// Walks over the words that have the piece.
  void each(Phrase.Piece piece, EachWord action) throws IOException {
    byte[] bytes = piece.word().bytes;
    switch (piece.kind()) {
      case WHOLE -> {
        if (terms.seekExact(with(bytes))) {
          boolean _ = action.word(terms);
        }
      }
      case BEGINNING -> eachFrom(with(bytes), _ -> true, action);
      case END ->
          eachFrom(
              prefix,
              word ->
                  word.length - Terms.PREFIX_BYTES >= bytes.length
                      && isAt(word, word.length - bytes.length, bytes),
              action);
      case PART -> eachFrom(prefix, word -> isIn(word, bytes), action);
    }
  }

  private interface WordTest {
    boolean passes(BytesRef word);
  }

  private void eachFrom(BytesRef begin, WordTest test, EachWord action) throws IOException {
    if (terms.seekCeil(begin) == TermsEnum.SeekStatus.END) {
      return;
    }
    for (BytesRef word = terms.term(); word != null; word = terms.next()) {
      if (!StringHelper.startsWith(word, begin) || (test.passes(word) && !action.word(terms))) {
        return;
      }
    }
  }

  private BytesRef with(byte[] word) {
    byte[] term = Arrays.copyOf(prefix.bytes, Terms.PREFIX_BYTES + word.length);
    System.arraycopy(word, 0, term, Terms.PREFIX_BYTES, word.length);
    return new BytesRef(term);
  }

  private static boolean isIn(BytesRef word, byte[] part) {
    byte[] bytes = word.bytes;
    byte first = part[0];
    int last = word.offset + word.length - part.length;
    for (int i = word.offset + Terms.PREFIX_BYTES; i <= last; i++) {
      if (bytes[i] == first && isAt(word, i - word.offset, part)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAt(BytesRef word, int from, byte[] part) {
    int start = word.offset + from;
    return Arrays.equals(word.bytes, start, start + part.length, part, 0, part.length);
  }
}
