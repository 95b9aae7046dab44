package org.posthorn.storage.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermState;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

/// The search for a phrase of several words in one segment: where the rarest of its pieces stands,
/// and at which of these places the others stand beside it. Works on so many emails at once that
/// the places are few. Used once, by one thread.
final class PhraseSearch {
  /// Of a piece that more words than these have, the words are not remembered but walked over
  /// again.
  private static final int WORDS_MAX = 20_000;

  /// More places than these are not compared at once. They fit a processor's cache.
  private static final int PLACES_MAX = 1 << 17;

  private final SegmentWords words;
  private final int emails;
  private final Places read = new Places();
  private @Nullable PostingsEnum postings;

  /// The number of `emails` is that of the segment.
  PhraseSearch(SegmentWords words, int emails) {
    this.words = words;
    this.emails = emails;
  }

  private record Known(BytesRef word, TermState state) {}

  /// A piece with the words that have it, unless they are too many, and how often there is an email
  /// with one of them.
  private record Candidates(Phrase.Piece piece, @Nullable List<Known> words, long emails) {}

  /// The emails that have the phrase.

  FixedBitSet find(Phrase phrase) throws IOException {
    var found = new FixedBitSet(emails);
    var all = new ArrayList<Candidates>();
    for (Phrase.Piece piece : inOrderOfCost(phrase)) {
      Candidates candidates = candidates(piece);
      if (candidates.emails == 0) {
        return found;
      }
      all.add(candidates);
    }
    all.sort(Comparator.comparingLong(Candidates::emails));
    find(all, 0, emails, found);
    return found;
  }

  /// In the emails from `from` to before `to`; in each half of them when there is too much.
  private void find(List<Candidates> pieces, int from, int to, FixedBitSet found)
      throws IOException {
    Candidates rarest = pieces.getFirst();
    long[] places = places(rarest, from, to);
    if (places == null) {
      int middle = (from + to) >>> 1;
      find(pieces, from, middle, found);
      find(pieces, middle, to, found);
      return;
    }
    for (Candidates candidates : pieces.subList(1, pieces.size())) {
      if (places.length == 0) {
        return;
      }
      places = beside(places, candidates, candidates.piece.offset() - rarest.piece.offset());
    }
    for (long place : places) {
      found.set((int) (place >>> 32));
    }
  }

  /// Whole words first: whether they are there is known at once.
  private static List<Phrase.Piece> inOrderOfCost(Phrase phrase) {
    var pieces = new ArrayList<>(phrase.pieces());
    pieces.sort((one, other) -> one.kind().compareTo(other.kind()));
    return pieces;
  }

  private Candidates candidates(Phrase.Piece piece) throws IOException {
    var known = new ArrayList<Known>();
    long[] counts = {0, 0};
    words.each(
        piece,
        terms -> {
          counts[0] += terms.docFreq();
          if (++counts[1] <= WORDS_MAX) {
            known.add(new Known(BytesRef.deepCopyOf(terms.term()), terms.termState()));
          }
          return true;
        });
    return new Candidates(piece, counts[1] <= WORDS_MAX ? known : null, counts[0]);
  }

  private void each(Candidates candidates, SegmentWords.EachWord action) throws IOException {
    List<Known> known = candidates.words;
    if (known == null) {
      words.each(candidates.piece, action);
    } else {
      TermsEnum terms = words.terms();
      for (Known word : known) {
        terms.seekExact(word.word, word.state);
        if (!action.word(terms)) {
          return;
        }
      }
    }
  }

  private PostingsEnum postings(TermsEnum terms) throws IOException {
    PostingsEnum docs = terms.postings(postings, Places.FLAGS);
    postings = docs;
    return docs;
  }

  /// Where a piece stands, ascending: the email in the upper half, the place in the lower. Null
  /// when that is too much, and of more than one email.
  private long @Nullable [] places(Candidates candidates, int from, int to) throws IOException {
    var places = new PlaceList(to - from > 1 ? PLACES_MAX : Integer.MAX_VALUE - 64);
    each(
        candidates,
        terms -> {
          PostingsEnum docs = postings(terms);
          for (int doc = docs.advance(from); doc < to; doc = docs.nextDoc()) {
            var _ = read.of(docs);
            for (int place = read.next(); place >= 0; place = read.next()) {
              places.add(((long) doc << 32) | place);
            }
          }
          return !places.tooMany;
        });
    return places.sorted();
  }

  private static final class PlaceList {
    private final int max;
    private long[] places = new long[1024];
    private int count;
    private boolean tooMany;

    PlaceList(int max) {
      this.max = max;
    }

    void add(long place) {
      if (count == max) {
        tooMany = true;
        return;
      }
      if (count == places.length) {
        places = Arrays.copyOf(places, (int) Math.min(2L * count, max));
      }
      places[count++] = place;
    }

    long @Nullable [] sorted() {
      if (tooMany) {
        return null;
      }
      long[] found = Arrays.copyOf(places, count);
      Arrays.sort(found);
      return found;
    }
  }

  /// Those places that have a piece at that distance.
  private long[] beside(long[] places, Candidates candidates, int distance) throws IOException {
    var have = new FixedBitSet(places.length);
    each(
        candidates,
        terms -> {
          mark(places, postings(terms), distance, have);
          return true;
        });
    var left = new long[have.cardinality()];
    int count = 0;
    for (int i = 0; i < places.length; i++) {
      if (have.get(i)) {
        left[count++] = places[i];
      }
    }
    return left;
  }

  /// Marks the places beside which a word stands.
  private void mark(long[] places, PostingsEnum docs, int distance, FixedBitSet have)
      throws IOException {
    int at = 0;
    int doc = -1;
    while (at < places.length) {
      int wanted = (int) (places[at] >>> 32);
      if (doc < wanted) {
        doc = docs.advance(wanted);
      }
      if (doc == DocIdSetIterator.NO_MORE_DOCS) {
        return;
      }
      if (doc > wanted) {
        at = firstOf(places, at, doc);
        continue;
      }
      var _ = read.of(docs);
      int place = read.next();
      while (at < places.length && (int) (places[at] >>> 32) == doc) {
        int beside = (int) places[at] + distance;
        while (place >= 0 && place < beside) {
          place = read.next();
        }
        if (place == beside) {
          have.set(at);
        }
        at++;
      }
    }
  }

  /// Index of the first place in an email of that number or a later one; looked for in steps that
  /// grow, as it is mostly near.
  private static int firstOf(long[] places, int from, int doc) {
    long wanted = (long) doc << 32;
    int step = 1;
    int low = from;
    while (low + step < places.length && places[low + step] < wanted) {
      low += step;
      step <<= 1;
    }
    int found = Arrays.binarySearch(places, low, Math.min(places.length, low + step), wanted);
    return found >= 0 ? found : -found - 1;
  }
}
