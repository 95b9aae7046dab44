package org.posthorn.storage.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.SparseFixedBitSet;
import org.jspecify.annotations.Nullable;

/// The search for one phrase in the words of one scope of an account in one segment of the index.
/// Used once, by one thread.
final class SegmentSearch {
  private final LeafReader segment;
  private final SegmentWords words;
  private final Scope scope;
  private @Nullable PostingsEnum postings;

  /// Null when the segment has no words at all.
  static @Nullable SegmentSearch in(LeafReader segment, Scope scope, Area area) throws IOException {
    SegmentWords words = SegmentWords.in(segment, Terms.prefix(scope.number, area.code()));
    return words == null ? null : new SegmentSearch(segment, words, scope);
  }

  private SegmentSearch(LeafReader segment, SegmentWords words, Scope scope) {
    this.segment = segment;
    this.words = words;
    this.scope = scope;
  }

  void find(Phrase phrase, Found found) throws IOException {
    tell(segment.postings(Terms.note(scope.number, Terms.PARTLY), PostingsEnum.NONE), false, found);
    if (phrase.pieces().size() == 1) {
      SparseFixedBitSet emails = emails(phrase.pieces().getFirst());
      tell(new BitSetIterator(emails, emails.approximateCardinality()), phrase.exact(), found);
    } else {
      tell(
          new BitSetIterator(new PhraseSearch(words, segment.maxDoc()).find(phrase), 0),
          phrase.exact(),
          found);
    }
  }

  private SparseFixedBitSet emails(Phrase.Piece piece) throws IOException {
    var emails = new SparseFixedBitSet(segment.maxDoc());
    words.each(
        piece,
        terms -> {
          PostingsEnum docs = terms.postings(postings, PostingsEnum.NONE);
          postings = docs;
          for (int doc = docs.nextDoc();
              doc != DocIdSetIterator.NO_MORE_DOCS;
              doc = docs.nextDoc()) {
            emails.set(doc);
          }
          return true;
        });
    return emails;
  }

  private void tell(@Nullable DocIdSetIterator docs, boolean sure, Found found) throws IOException {
    scope.eachEmail(segment, docs, email -> found.add(email, sure));
  }
}
