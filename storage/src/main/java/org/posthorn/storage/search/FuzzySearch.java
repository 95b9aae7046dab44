package org.posthorn.storage.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/// Compares all words of one area of one scope of an account in one segment of the index with those
/// of a [FuzzyNeedle]. Used once, by one thread.
final class FuzzySearch {
  /// What a larger vocabulary has beyond that is left out.
  private static final int WORDS_MAX = 2_000_000;

  private final LeafReader segment;
  private final Scope scope;
  private final FuzzyNeedle needle;
  private final FuzzyHits hits;
  private final char[] word = new char[WordCutter.PIECE];
  private @Nullable PostingsEnum postings;

  FuzzySearch(LeafReader segment, Scope scope, FuzzyNeedle needle, FuzzyHits hits) {
    this.segment = segment;
    this.scope = scope;
    this.needle = needle;
    this.hits = hits;
  }

  void find(Area area) throws IOException {
    var partly = segment.postings(Terms.note(scope.number, Terms.PARTLY), PostingsEnum.NONE);
    scope.eachEmail(segment, partly, hits::addPartly);
    var words = segment.terms(Terms.FIELD);
    if (words == null) {
      return;
    }
    BytesRef prefix = Terms.prefix(scope.number, area.code());
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
        scope.eachEmail(segment, docs, email -> hits.add(email, which, nearness));
      }
    }
  }
}
