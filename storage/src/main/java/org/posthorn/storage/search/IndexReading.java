package org.posthorn.storage.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;
import org.posthorn.storage.account.AccountId;

/// What is asked of the [TextIndex]. Safe for use by many threads.
final class IndexReading {
  private final TextIndex index;

  IndexReading(TextIndex index) {
    this.index = index;
  }

  Progress progress(AccountId account) {
    return index
        .unsettled
        .find(account)
        .map(Unsettled.Note::progress)
        .orElseGet(() -> settled(account));
  }

  /// As of the last commit.
  private Progress settled(AccountId account) {
    return index.exists() ? index.search(searcher -> stored(searcher, account)) : Progress.NONE;
  }

  private static Progress stored(IndexSearcher searcher, AccountId account) throws IOException {
    var term = new Term(TextIndex.ACCOUNT, account.value());
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      PostingsEnum docs = leaf.reader().postings(term, PostingsEnum.NONE);
      if (docs == null) {
        continue;
      }
      var live = leaf.reader().getLiveDocs();
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (live == null || live.get(doc)) {
          BytesRef value =
              leaf.reader().storedFields().document(doc).getBinaryValue(TextIndex.PROGRESS);
          return Progress.decode(BytesRef.deepCopyOf(value).bytes);
        }
      }
    }
    return Progress.NONE;
  }

  /// Accounts of which there is something in the last commit, in order.
  List<AccountId> accounts(Optional<AccountId> after, int limit) {
    return index.exists() ? index.search(searcher -> accounts(searcher, after, limit)) : List.of();
  }

  private static List<AccountId> accounts(
      IndexSearcher searcher, Optional<AccountId> after, int limit) throws IOException {
    var ids = new ArrayList<AccountId>();
    var terms = MultiTerms.getTerms(searcher.getIndexReader(), TextIndex.ACCOUNT);
    if (terms == null) {
      return ids;
    }
    TermsEnum each = terms.iterator();
    var from = new BytesRef(after.map(AccountId::value).orElse(""));
    if (each.seekCeil(from) == TermsEnum.SeekStatus.END) {
      return ids;
    }
    for (BytesRef id = each.term(); id != null && ids.size() < limit; id = each.next()) {
      if (after.isEmpty() || !id.equals(from)) {
        ids.add(new AccountId(id.utf8ToString()));
      }
    }
    return ids;
  }

  /// What is known of the needle in an area of the account's emails.
  Found find(AccountId id, int epoch, Area area, Needle needle) {
    return find(id, epoch, area, Phrase.of(needle));
  }

  private Found find(AccountId id, int epoch, Area area, Phrase phrase) {
    Progress progress = phrase.pieces().isEmpty() ? Progress.NONE : searchable(id, epoch);
    if (progress.isNone()) {
      return Found.NOTHING;
    }
    return index.search(searcher -> {
      var found = new Found(progress.lastEmailId());
      for (Scope scope : Scope.of(searcher, progress.account())) {
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
          SegmentSearch search = SegmentSearch.in(leaf.reader(), scope, area);
          if (search != null) {
            search.find(phrase, found);
          }
        }
      }
      return found;
    });
  }

  /// The emails that have the needle's words beside each other, for sure, whatever else stands
  /// between and around them.
  Found findWords(AccountId id, int epoch, Area area, Needle needle) {
    return find(id, epoch, area, new Phrase(Phrase.of(needle).pieces(), true)).sureOnly();
  }

  /// How near the words of an area of the account's emails are to the needle's: of at most `max`
  /// that are near at all.
  FuzzyFound findFuzzy(AccountId id, int epoch, Area area, FuzzyNeedle needle, int max) {
    Progress progress = searchable(id, epoch);
    if (progress.isNone()) {
      return FuzzyFound.NOTHING;
    }
    return index.search(searcher -> {
      var hits = new FuzzyHits(needle.count());
      for (Scope scope : Scope.of(searcher, progress.account())) {
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
          new FuzzySearch(leaf.reader(), scope, needle, hits).find(area);
        }
      }
      return hits.found(progress.lastEmailId(), max);
    });
  }

  /// How far the index is with an account, all of which can be found after this; none when it knows
  /// nothing of what the account is now.
  private Progress searchable(AccountId id, int epoch) {
    Optional<Unsettled.Note> note = index.unsettled.find(id);
    Progress progress = note.map(Unsettled.Note::progress).orElseGet(() -> settled(id));
    if (progress.isNone()
        || progress.epoch() != epoch
        || progress.lastEmailId() > Integer.MAX_VALUE - 64) {
      return Progress.NONE;
    }
    if (note.isPresent() && !index.unsettled.isSeen(note.get())) {
      index.refresh();
    }
    return progress;
  }

  int emails() {
    return count(new FieldExistsQuery(TextIndex.EMAIL_ID));
  }

  int emailsOf(String kind) {
    return count(new TermQuery(new Term(TextIndex.KIND, kind)));
  }

  private int count(Query query) {
    if (!index.exists()) {
      return 0;
    }
    index.refresh();
    return index.search(searcher -> searcher.count(query));
  }
}
