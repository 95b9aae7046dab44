package org.posthorn.storage.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.util.SparseFixedBitSet;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is brought into the [TextIndex]: a document for each email, and one for each account that
/// says how far it is indexed, written with the same commit. Used by one thread.
///
/// When a content has come to more than a few emails, its words are written once more, in a
/// document of their own under the number of the accounts' circle; the emails that have it from
/// then on have little more than a reference to that.
final class IndexWriting {
  private static final Logger log = LoggerFactory.getLogger(IndexWriting.class);
  private static final FieldType WORDS = typeOfWords();

  /// More accounts with progress that is in memory only are not kept.
  private static final int UNSETTLED_MAX = 5_000;

  /// So many emails with a content have its words for themselves: what only a few have is found the
  /// faster, and does not slow down the others.
  static final int OWN_COPIES = 3;

  private final TextIndex index;
  private final IndexReading reading;
  private final EmailTokens tokens = new EmailTokens();
  private final NumericDocValuesField emailId = new NumericDocValuesField(TextIndex.EMAIL_ID, 0);
  private final NumericDocValuesField reference = new NumericDocValuesField(TextIndex.REFERENCE, 0);
  private final NumericDocValuesField shared = new NumericDocValuesField(TextIndex.SHARED, 0);

  /// Emails that had shared words and were deleted since it was last looked for what is left over;
  /// and how much was left to share then. Unknown after a start: the first one will do.
  private int referencesGone;

  private int sharedLeft;
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

  /// Adds an email of which the words are in the index already; false when they are not, or it has
  /// others too. Of the text nothing is read, so nothing need be prepared.
  boolean addKnown(int account, Email email, Texts text) {
    int circle = text.circle();
    var added = new AtomicBoolean();
    index.change((writer, recent) -> {
      RecentCopies.Copies copies = recent.of(circle, email.content());
      if (copies.isShared() && text.withoutOwnLines(email).isPresent()) {
        addReference(writer, circle, account, email, copies);
        added.set(true);
      }
    });
    return added.get();
  }

  void add(int account, Email email, Texts text) {
    int circle = text.circle();
    index.change((writer, recent) -> {
      try {
        add(writer, recent.of(circle, email.content()), circle, account, email, text);
      } catch (EmailTokens.Unreadable e) {
        log.atWarn().addKeyValue("email", email.id()).setCause(e).log("not-indexed");
        addOwn(writer, account, email, null);
      }
    });
  }

  private void add(
      IndexWriter writer,
      RecentCopies.Copies copies,
      int circle,
      int account,
      Email email,
      Texts text)
      throws IOException {
    Optional<Email> common =
        copies.own < OWN_COPIES || !index.canShare()
            ? Optional.empty()
            : text.withoutOwnLines(email);
    if (common.isEmpty()) {
      addOwn(writer, account, email, text);
      copies.own++;
    } else {
      addShared(writer, circle, common.get(), text, copies);
      addReference(writer, circle, account, email, copies);
    }
  }

  private void addOwn(IndexWriter writer, int account, Email email, @Nullable Texts text)
      throws IOException {
    var _ = tokens.of(account, email.id(), email, text == null ? null : text::sources);
    emailId.setLongValue(email.id());
    writer.addDocument(withKinds(List.of(words, emailId), text == null ? List.of() : text.kinds()));
  }

  /// In a circle, where a document is known by a number of its own.
  private void addShared(
      IndexWriter writer, int circle, Email email, Texts text, RecentCopies.Copies copies)
      throws IOException {
    int number = index.newShared();
    var _ = tokens.of(circle, number, email, text::sources);
    shared.setLongValue(Terms.reference(circle, number));
    writer.addDocument(List.of(words, shared));
    copies.share(number, text.kinds());
  }

  private void addReference(
      IndexWriter writer, int circle, int account, Email email, RecentCopies.Copies copies)
      throws IOException {
    var _ = tokens.of(account, email.id(), email, EmailText::ownLines).shared();
    emailId.setLongValue(email.id());
    reference.setLongValue(Terms.reference(circle, copies.number()));
    writer.addDocument(withKinds(List.of(words, emailId, reference), copies.kinds()));
  }

  private static List<Field> withKinds(List<Field> fields, List<String> kinds) {
    if (kinds.isEmpty()) {
      return fields;
    }
    var document = new ArrayList<>(fields);
    for (String kind : kinds) {
      document.add(new StringField(TextIndex.KIND, kind, Field.Store.NO));
    }
    return document;
  }

  /// From now on that is how far an account is indexed, unless the index has lost something since
  /// it had had so many losses.
  void note(int losses, AccountId id, Progress progress) {
    index.noteUnlessLost(losses, id, progress);
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
    index.change((writer, _) -> writer.deleteDocuments(gone.toArray(Term[]::new)));
  }

  private void addGone(LeafReader segment, int account, BitSet there, List<Term> gone)
      throws IOException {
    PostingsEnum docs = segment.postings(Terms.note(account, Terms.EMAIL), PostingsEnum.NONE);
    NumericDocValues references = segment.getNumericDocValues(TextIndex.REFERENCE);
    Scope.eachValue(
        segment,
        TextIndex.EMAIL_ID,
        docs,
        (doc, id) -> {
          if (!there.get((int) id)) {
            gone.add(new Term(Terms.FIELD, Terms.emailId(account, id)));
            referencesGone += references != null && references.advanceExact(doc) ? 1 : 0;
          }
        });
  }

  void forget(AccountId id) {
    Progress progress = reading.progress(id);
    if (progress.isNone()) {
      return;
    }
    var note = new Term(TextIndex.ACCOUNT, id.value());
    Term emails = Terms.note(progress.account(), Terms.EMAIL);
    Term sharing = Terms.note(progress.account(), Terms.SHARED);
    index.refresh();
    referencesGone += index.search(searcher -> searcher.getIndexReader().docFreq(sharing));
    index.change((writer, _) -> writer.deleteDocuments(note, emails));
    index.unsettled.noteUnchanged(id, Progress.NONE);
  }

  /// Commits what was done, and the progress of all accounts with it.
  void settle() {
    index.settle((writer, recent) -> {
      deleteUnshared(writer, recent);
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

  /// Deletes shared words to which no email refers any more. That takes a look at all references,
  /// so it waits until so many are gone that it may be worth it.
  private void deleteUnshared(IndexWriter writer, RecentCopies recent) throws IOException {
    if (referencesGone <= sharedLeft / 8) {
      return;
    }
    referencesGone = 0;
    sharedLeft = 0;
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      var needed = new SparseFixedBitSet(index.sharedEnd());
      eachIn(reader, TextIndex.REFERENCE, reference -> needed.set(Terms.sharedOf(reference)));
      var gone = new ArrayList<Term>();
      eachIn(
          reader,
          TextIndex.SHARED,
          reference -> {
            int number = Terms.sharedOf(reference);
            if (needed.get(number)) {
              sharedLeft++;
            } else {
              gone.add(new Term(Terms.FIELD, Terms.emailId(Terms.circleOf(reference), number)));
            }
          });
      writer.deleteDocuments(gone.toArray(Term[]::new));
      recent.forgetShared(number -> !needed.get(number));
    }
  }

  private static void eachIn(DirectoryReader reader, String field, LongConsumer action)
      throws IOException {
    for (LeafReaderContext leaf : reader.leaves()) {
      LeafReader segment = leaf.reader();
      NumericDocValues docs = segment.getNumericDocValues(field);
      Scope.eachValue(segment, field, docs, (_, value) -> action.accept(value));
    }
  }
}
