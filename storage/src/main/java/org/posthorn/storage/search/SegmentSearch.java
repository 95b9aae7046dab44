package org.posthorn.storage.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.SparseFixedBitSet;
import org.jspecify.annotations.Nullable;

/// The search for one phrase in one account's words in one segment of the index. Used once, by one
/// thread.
final class SegmentSearch {
  private final LeafReader segment;
  private final @Nullable Bits live;
  private final SegmentWords words;
  private final int account;
  private @Nullable PostingsEnum postings;

  /// Null when the segment has no words at all.
  static @Nullable SegmentSearch in(LeafReader segment, int account, Area area) throws IOException {
    SegmentWords words = SegmentWords.in(segment, Terms.prefix(account, area.code()));
    return words == null ? null : new SegmentSearch(segment, words, account);
  }

  private SegmentSearch(LeafReader segment, SegmentWords words, int account) {
    this.segment = segment;
    this.live = segment.getLiveDocs();
    this.words = words;
    this.account = account;
  }

  void find(Phrase phrase, Found found) throws IOException {
    tell(segment.postings(Terms.note(account, Terms.PARTLY), PostingsEnum.NONE), false, found);
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
    NumericDocValues ids = segment.getNumericDocValues(TextIndex.EMAIL_ID);
    if (docs == null || ids == null) {
      return;
    }
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if ((live == null || live.get(doc)) && ids.advanceExact(doc)) {
        found.add(ids.longValue(), sure);
      }
    }
  }
}
