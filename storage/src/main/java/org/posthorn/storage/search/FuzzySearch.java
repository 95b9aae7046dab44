package org.posthorn.storage.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/// Compares all words of one area of one account's emails in one segment of the index with those of
/// a [FuzzyNeedle]. Used once, by one thread.
final class FuzzySearch {
  /// What a larger vocabulary has beyond that is left out.
  private static final int WORDS_MAX = 2_000_000;

  private final LeafReader segment;
  private final int account;
  private final FuzzyNeedle needle;
  private final FuzzyFound found;
  private final @Nullable Bits live;
  private final char[] word = new char[WordCutter.PIECE];
  private @Nullable PostingsEnum postings;

  FuzzySearch(LeafReader segment, int account, FuzzyNeedle needle, FuzzyFound found) {
    this.segment = segment;
    this.live = segment.getLiveDocs();
    this.account = account;
    this.needle = needle;
    this.found = found;
  }

  void find(Area area) throws IOException {
    var partly = segment.postings(Terms.note(account, Terms.PARTLY), PostingsEnum.NONE);
    if (partly != null) {
      each(partly, found::addPartly);
    }
    var words = segment.terms(Terms.FIELD);
    if (words == null) {
      return;
    }
    BytesRef prefix = Terms.prefix(account, area.code());
    TermsEnum terms = words.iterator();
    if (terms.seekCeil(prefix) == TermsEnum.SeekStatus.END) {
      return;
    }
    int count = 0;
    for (BytesRef term = terms.term(); term != null; term = terms.next()) {
      if (!StringHelper.startsWith(term, prefix) || ++count > WORDS_MAX) {
        return;
      }
      compare(term, terms);
    }
  }

  private void compare(BytesRef term, TermsEnum terms) throws IOException {
    int length = Terms.decode(term, word);
    for (int i = 0; i < needle.count() && length > 0; i++) {
      float nearness = needle.nearness(i, word, length);
      if (nearness > 0) {
        int which = i;
        PostingsEnum docs = terms.postings(postings, PostingsEnum.NONE);
        postings = docs;
        each(docs, email -> found.add(email, which, nearness));
      }
    }
  }

  private interface EachEmail {
    void email(long id);
  }

  private void each(PostingsEnum docs, EachEmail action) throws IOException {
    NumericDocValues ids = segment.getNumericDocValues(TextIndex.EMAIL_ID);
    if (ids == null) {
      return;
    }
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if ((live == null || live.get(doc)) && ids.advanceExact(doc)) {
        action.email(ids.longValue());
      }
    }
  }
}
