package org.posthorn.storage.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.SparseFixedBitSet;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/// The search for one phrase in one account's words in one segment of the index. Used once, by one
/// thread.
final class SegmentSearch {
  /// Of a piece that more words than these have, only that is known.
  private static final int WORDS_MAX = 20_000;

  /// More places than these are not compared; then the emails are looked through.
  private static final int PLACES_MAX = 1 << 21;

  private final LeafReader segment;
  private final @Nullable Bits live;
  private final TermsEnum terms;
  private final int account;
  private final BytesRef prefix;
  private @Nullable PostingsEnum postings;

  /// Null when the segment has no words at all.
  static @Nullable SegmentSearch in(LeafReader segment, int account, Area area) throws IOException {
    var words = segment.terms(Terms.FIELD);
    return words == null ? null : new SegmentSearch(segment, words.iterator(), account, area);
  }

  private SegmentSearch(LeafReader segment, TermsEnum terms, int account, Area area) {
    this.segment = segment;
    this.live = segment.getLiveDocs();
    this.terms = terms;
    this.account = account;
    this.prefix = Terms.prefix(account, area.code());
  }

  /// A piece of the phrase with the words that have it and the emails that have those.
  private record Candidates(
      Phrase.Piece piece, List<BytesRef> words, long places, SparseFixedBitSet emails) {}

  void find(Phrase phrase, Found found) throws IOException {
    tell(all(Terms.PARTLY), false, found);
    if (phrase.pieces().size() == 1) {
      tell(emails(phrase.pieces().getFirst()), phrase.exact(), found);
      return;
    }
    var bounds = new ArrayList<Candidates>();
    boolean exact = phrase.exact();
    for (Phrase.Piece piece : inOrderOfCost(phrase)) {
      Candidates candidates = candidates(piece);
      if (candidates.emails.cardinality() == 0) {
        return;
      }
      if (candidates.words.size() < WORDS_MAX) {
        bounds.add(candidates);
      } else {
        exact = false;
      }
    }
    if (bounds.isEmpty()) {
      tell(all(Terms.EMAIL), false, found);
      return;
    }
    FixedBitSet inAll = intersection(bounds);
    bounds.sort(Comparator.comparingLong(Candidates::places));
    Candidates rarest = bounds.removeFirst();
    long[] places = places(rarest, inAll);
    if (places.length > PLACES_MAX) {
      tell(inAll, false, found);
      return;
    }
    for (Candidates candidates : bounds) {
      places = beside(places, candidates, candidates.piece.offset() - rarest.piece.offset());
    }
    tell(emailsOf(places), exact, found);
  }

  /// Whole words first: whether they are there is known at once.
  private static List<Phrase.Piece> inOrderOfCost(Phrase phrase) {
    var pieces = new ArrayList<>(phrase.pieces());
    pieces.sort((one, other) -> one.kind().compareTo(other.kind()));
    return pieces;
  }

  private interface EachWord {
    /// Whether there is need for more.
    boolean word(BytesRef word) throws IOException;
  }

  /// Walks over the words of the account that have the piece.
  private void eachWord(Phrase.Piece piece, EachWord action) throws IOException {
    byte[] bytes = piece.word().bytes;
    switch (piece.kind()) {
      case WHOLE -> {
        if (terms.seekExact(with(bytes))) {
          boolean _ = action.word(terms.term());
        }
      }
      case BEGINNING -> {
        BytesRef begin = BytesRef.deepCopyOf(with(bytes));
        eachFrom(begin, _ -> true, action);
      }
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
      if (!StringHelper.startsWith(word, begin) || (test.passes(word) && !action.word(word))) {
        return;
      }
    }
  }

  private BytesRef with(byte[] word) {
    var term = new BytesRef(Terms.PREFIX_BYTES + word.length);
    System.arraycopy(prefix.bytes, 0, term.bytes, 0, Terms.PREFIX_BYTES);
    System.arraycopy(word, 0, term.bytes, Terms.PREFIX_BYTES, word.length);
    term.length = Terms.PREFIX_BYTES + word.length;
    return term;
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

  private SparseFixedBitSet emails(Phrase.Piece piece) throws IOException {
    var emails = new SparseFixedBitSet(segment.maxDoc());
    eachWord(
        piece,
        _ -> {
          addEmails(emails);
          return true;
        });
    return emails;
  }

  private Candidates candidates(Phrase.Piece piece) throws IOException {
    var emails = new SparseFixedBitSet(segment.maxDoc());
    var words = new ArrayList<BytesRef>();
    long[] places = {0};
    eachWord(
        piece,
        word -> {
          words.add(BytesRef.deepCopyOf(word));
          places[0] += terms.totalTermFreq();
          addEmails(emails);
          return words.size() < WORDS_MAX;
        });
    return new Candidates(piece, words, places[0], emails);
  }

  /// Of the word that was found last.
  private void addEmails(SparseFixedBitSet emails) throws IOException {
    PostingsEnum docs = terms.postings(postings, PostingsEnum.NONE);
    postings = docs;
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      emails.set(doc);
    }
  }

  private SparseFixedBitSet all(byte note) throws IOException {
    var emails = new SparseFixedBitSet(segment.maxDoc());
    BytesRef term = Terms.prefix(account, note);
    if (terms.seekExact(term)) {
      addEmails(emails);
    }
    return emails;
  }

  private FixedBitSet intersection(List<Candidates> bounds) throws IOException {
    FixedBitSet all = fixed(bounds.getFirst().emails);
    for (int i = 1; i < bounds.size(); i++) {
      all.and(fixed(bounds.get(i).emails));
    }
    return all;
  }

  private FixedBitSet fixed(SparseFixedBitSet emails) throws IOException {
    var all = new FixedBitSet(segment.maxDoc());
    all.or(iterator(emails));
    return all;
  }

  /// Where a piece stands in the emails, ascending: the email in the upper half, the place in the
  /// lower. One more than [#PLACES_MAX] when they are too many.
  private long[] places(Candidates candidates, FixedBitSet emails) throws IOException {
    var places = new long[1024];
    int count = 0;
    for (BytesRef word : candidates.words) {
      if (!terms.seekExact(word)) {
        continue;
      }
      PostingsEnum docs = terms.postings(null, PostingsEnum.POSITIONS);
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (!emails.get(doc)) {
          continue;
        }
        for (int i = docs.freq(); i > 0; i--) {
          if (count > PLACES_MAX) {
            return places;
          }
          if (count == places.length) {
            places = Arrays.copyOf(places, Math.min(2 * count, PLACES_MAX + 1));
          }
          places[count++] = ((long) doc << 32) | docs.nextPosition();
        }
      }
    }
    long[] found = Arrays.copyOf(places, count);
    Arrays.sort(found);
    return found;
  }

  /// Those places that have a piece at that distance.
  private long[] beside(long[] places, Candidates candidates, int distance) throws IOException {
    var have = new FixedBitSet(places.length);
    for (BytesRef word : candidates.words) {
      if (!terms.seekExact(word)) {
        continue;
      }
      PostingsEnum docs = terms.postings(null, PostingsEnum.POSITIONS);
      int at = 0;
      while (at < places.length) {
        int wanted = (int) (places[at] >>> 32);
        int doc = docs.docID() < wanted ? docs.advance(wanted) : docs.docID();
        if (doc == DocIdSetIterator.NO_MORE_DOCS) {
          break;
        }
        if (doc == wanted) {
          mark(places, docs, distance, have);
        }
        at = firstAfter(places, at, Math.max(doc - 1, wanted));
      }
    }
    var left = new long[have.cardinality()];
    int count = 0;
    for (int i = 0; i < places.length; i++) {
      if (have.get(i)) {
        left[count++] = places[i];
      }
    }
    return left;
  }

  private static void mark(long[] places, PostingsEnum docs, int distance, FixedBitSet have)
      throws IOException {
    for (int i = docs.freq(); i > 0; i--) {
      int position = docs.nextPosition() - distance;
      if (position >= 0) {
        int found = Arrays.binarySearch(places, ((long) docs.docID() << 32) | position);
        if (found >= 0) {
          have.set(found);
        }
      }
    }
  }

  /// Index of the first place in an email after `doc`.
  private static int firstAfter(long[] places, int from, int doc) {
    int found = Arrays.binarySearch(places, from, places.length, (doc + 1L) << 32);
    return found >= 0 ? found : -found - 1;
  }

  private FixedBitSet emailsOf(long[] places) {
    var emails = new FixedBitSet(segment.maxDoc());
    for (long place : places) {
      emails.set((int) (place >>> 32));
    }
    return emails;
  }

  private static DocIdSetIterator iterator(SparseFixedBitSet emails) {
    return new BitSetIterator(emails, emails.approximateCardinality());
  }

  private void tell(SparseFixedBitSet emails, boolean sure, Found found) throws IOException {
    tell(iterator(emails), sure, found);
  }

  private void tell(FixedBitSet emails, boolean sure, Found found) throws IOException {
    tell(new BitSetIterator(emails, 0), sure, found);
  }

  private void tell(DocIdSetIterator docs, boolean sure, Found found) throws IOException {
    NumericDocValues ids = segment.getNumericDocValues(TextIndex.EMAIL_ID);
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if ((live == null || live.get(doc)) && ids != null && ids.advanceExact(doc)) {
        found.add(ids.longValue(), sure);
      }
    }
  }
}
