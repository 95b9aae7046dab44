package org.posthorn.storage.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/// Words that are searched for an account, and for which of its emails a document with such words
/// stands. Under the account's own number that is the document's one email. Under the number of a
/// circle it is those emails of the account that refer to the document: mostly none, for there lies
/// what others share too. Immutable.
final class Scope {
  /// Under which the words lie.
  final int number;

  /// For a circle: the number of what is shared in the upper half, an email in the lower;
  /// ascending.
  private final long @Nullable [] references;

  private Scope(int number, long @Nullable [] references) {
    this.number = number;
    this.references = references;
  }

  /// All in which something of the account's is found. One that shares nothing looks at nothing
  /// that is shared.
  static List<Scope> of(IndexSearcher searcher, int account) throws IOException {
    var own = new Scope(account, null);
    Map<Integer, LongStream.Builder> circles = new TreeMap<>();
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      LeafReader segment = leaf.reader();
      PostingsEnum docs = segment.postings(Terms.note(account, Terms.SHARED), PostingsEnum.NONE);
      NumericDocValues ids = segment.getNumericDocValues(TextIndex.EMAIL_ID);
      eachValue(
          segment,
          TextIndex.REFERENCE,
          docs,
          (doc, reference) -> {
            if (ids != null && ids.advanceExact(doc)) {
              circles
                  .computeIfAbsent(Terms.circleOf(reference), _ -> LongStream.builder())
                  .add((long) Terms.sharedOf(reference) << 32 | ids.longValue());
            }
          });
    }
    var all = new ArrayList<>(List.of(own));
    circles.forEach(
        (circle, references) -> all.add(new Scope(circle, references.build().sorted().toArray())));
    return all;
  }

  /// The account's emails for which some documents stand.
  void eachEmail(LeafReader segment, @Nullable DocIdSetIterator docs, LongConsumer action)
      throws IOException {
    long[] shared = references;
    if (shared == null) {
      eachValue(segment, TextIndex.EMAIL_ID, docs, (_, email) -> action.accept(email));
    } else {
      eachValue(
          segment,
          TextIndex.SHARED,
          docs,
          (_, reference) -> refer(shared, Terms.sharedOf(reference), action));
    }
  }

  private static void refer(long[] references, long number, LongConsumer action) {
    int found = Arrays.binarySearch(references, number << 32);
    for (int i = found < 0 ? -found - 1 : found;
        i < references.length && references[i] >>> 32 == number;
        i++) {
      action.accept(references[i] & 0xFFFFFFFFL);
    }
  }

  interface EachValue {
    void value(int doc, long value) throws IOException;
  }

  /// Of those documents that are there and have one.
  static void eachValue(
      LeafReader segment, String field, @Nullable DocIdSetIterator docs, EachValue action)
      throws IOException {
    NumericDocValues values = segment.getNumericDocValues(field);
    if (values == null || docs == null) {
      return;
    }
    Bits live = segment.getLiveDocs();
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if ((live == null || live.get(doc)) && values.advanceExact(doc)) {
        action.value(doc, values.longValue());
      }
    }
  }
}
