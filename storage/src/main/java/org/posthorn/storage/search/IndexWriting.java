package org.posthorn.storage.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is brought into the [TextIndex]: a document for each email, and one for each account that
/// says how far it is indexed, written with the same commit. Used by one thread.
final class IndexWriting {
  private static final Logger log = LoggerFactory.getLogger(IndexWriting.class);
  private static final FieldType WORDS = typeOfWords();

  /// More accounts with progress that is in memory only are not kept.
  private static final int UNSETTLED_MAX = 5_000;

  private final TextIndex index;
  private final IndexReading reading;
  private final EmailTokens tokens = new EmailTokens();
  private final NumericDocValuesField emailId = new NumericDocValuesField(TextIndex.EMAIL_ID, 0);
  private final Field words = new Field(Terms.FIELD, tokens, WORDS);

  IndexWriting(TextIndex index, IndexReading reading) {
    this.index = index;
    this.reading = reading;
  }

  private static FieldType typeOfWords() {
    var type = new FieldType();
    type.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
    type.setTokenized(true);
    type.setOmitNorms(true);
    type.freeze();
    return type;
  }

  /// Begins an account that has no progress, or none any more.
  Progress begin(AccountId id, int epoch) {
    var begun = new Progress(index.newAccount(), 0, epoch, 0, 0);
    index.unsettled.noteUnchanged(id, begun);
    return begun;
  }

  void add(int account, Email email, Texts text) {
    index.change(writer -> {
      try {
        add(writer, account, email, text);
      } catch (EmailTokens.Unreadable e) {
        log.atWarn().addKeyValue("email", email.id()).setCause(e).log("not-indexed");
        add(writer, account, email, null);
      }
    });
  }

  private void add(IndexWriter writer, int account, Email email, @Nullable Texts text)
      throws IOException {
    var _ = tokens.of(account, email, text);
    emailId.setLongValue(email.id());
    var document = new ArrayList<Field>(List.of(words, emailId));
    for (String kind : text == null ? List.<String>of() : text.kinds()) {
      document.add(new StringField(TextIndex.KIND, kind, Field.Store.NO));
    }
    writer.addDocument(document);
  }

  /// From now on that is how far an account is indexed.
  void note(AccountId id, Progress progress) {
    index.unsettled.note(id, progress);
    if (index.unsettled.all().size() >= UNSETTLED_MAX) {
      settle();
    }
  }

  /// Drops the emails of an account that are not among `there`, which has all up to some email.
  void retain(int account, BitSet there) {
    index.refresh();
    List<Term> gone =
        index.search(searcher -> {
          var terms = new ArrayList<Term>();
          for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            addGone(leaf.reader(), account, there, terms);
          }
          return terms;
        });
    index.change(writer -> writer.deleteDocuments(gone.toArray(Term[]::new)));
  }

  private static void addGone(LeafReader segment, int account, BitSet there, List<Term> gone)
      throws IOException {
    PostingsEnum docs = segment.postings(Terms.note(account, Terms.EMAIL), PostingsEnum.NONE);
    NumericDocValues ids = segment.getNumericDocValues(TextIndex.EMAIL_ID);
    if (docs == null || ids == null) {
      return;
    }
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if (ids.advanceExact(doc) && !there.get((int) ids.longValue())) {
        gone.add(new Term(Terms.FIELD, Terms.emailId(account, ids.longValue())));
      }
    }
  }

  void forget(AccountId id) {
    Progress progress = reading.progress(id);
    if (progress.isNone()) {
      return;
    }
    var note = new Term(TextIndex.ACCOUNT, id.value());
    Term emails = Terms.note(progress.account(), Terms.EMAIL);
    index.change(writer -> writer.deleteDocuments(note, emails));
    index.unsettled.noteUnchanged(id, Progress.NONE);
  }

  /// Commits what was done, and the progress of all accounts with it.
  void settle() {
    index.settle(writer -> {
      for (Map.Entry<AccountId, Unsettled.Note> entry : index.unsettled.all().entrySet()) {
        Progress progress = entry.getValue().progress();
        if (!progress.isNone()) {
          String id = entry.getKey().value();
          var note = new Document();
          note.add(new StringField(TextIndex.ACCOUNT, id, Field.Store.NO));
          note.add(new StoredField(TextIndex.PROGRESS, progress.encode()));
          writer.updateDocument(new Term(TextIndex.ACCOUNT, id), note);
        }
      }
    });
  }
}
