package org.posthorn.storage.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The words of all emails of all accounts, in one Lucene index: a document for each email, and one
/// for each account that says how far it is indexed, written with the same commit. One thread
/// writes; searches come from any.
///
/// It is opened when it is first needed. An index that is damaged or of another form is thrown away
/// and made anew: everything in it can be read from the accounts.
final class TextIndex implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TextIndex.class);

  /// Kept, because it would forget its level: Lucene would ask for a module that only vectors need.
  private static final java.util.logging.Logger LUCENE =
      java.util.logging.Logger.getLogger("org.apache.lucene");

  static {
    LUCENE.setLevel(java.util.logging.Level.SEVERE);
  }

  static final String EMAIL_ID = "e";
  private static final String ACCOUNT = "account";
  private static final String PROGRESS = "progress";
  private static final String FORM_KEY = "posthorn-form";
  private static final String FORM = "2";
  private static final String NEXT_ACCOUNT = "next-account";
  private static final FieldType WORDS = words();

  /// More accounts with progress that is in memory only are not kept.
  private static final int UNSETTLED_MAX = 5_000;

  private final IndexPlace place;
  private final long bufferBytes;
  private final Runnable whenLost;
  private final EmailTokens tokens = new EmailTokens();
  private final ReadWriteLock life = new ReentrantReadWriteLock();
  private volatile @Nullable Open open;
  private boolean closed;

  /// Progress since the last commit; what is not here is in the index.
  private final Map<AccountId, Fresh> fresh = new ConcurrentHashMap<>();

  /// Counts what was noted, and how much of it searches see.
  private final AtomicLong written = new AtomicLong();

  private final AtomicLong refreshed = new AtomicLong();

  /// Only grows, so that what somebody still knows of an index that was lost means nothing else.
  private int nextAccount = 1;

  private record Fresh(Progress progress, long written) {}

  private record Open(IndexWriter writer, SearcherManager searchers) {}

  private interface Use<R> {
    R in(Open open) throws IOException;
  }

  /// `whenLost` is told when progress went back to an earlier one, or to none.
  TextIndex(IndexPlace place, long bufferBytes, Runnable whenLost) {
    this.place = place;
    this.whenLost = whenLost;
    this.bufferBytes = bufferBytes;
  }

  private static FieldType words() {
    var type = new FieldType();
    type.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
    type.setTokenized(true);
    type.setOmitNorms(true);
    type.freeze();
    return type;
  }

  Progress progress(AccountId account) {
    Fresh known = fresh.get(account);
    return known == null ? settled(account) : known.progress;
  }

  /// As of the last commit.
  private Progress settled(AccountId account) {
    if (open == null && !place.exists()) {
      return Progress.NONE;
    }
    return use(open -> {
      IndexSearcher searcher = open.searchers.acquire();
      try {
        return stored(searcher, account);
      } finally {
        open.searchers.release(searcher);
      }
    });
  }

  private static Progress stored(IndexSearcher searcher, AccountId account) throws IOException {
    var term = new Term(ACCOUNT, account.value());
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      PostingsEnum docs = leaf.reader().postings(term, PostingsEnum.NONE);
      if (docs == null) {
        continue;
      }
      var live = leaf.reader().getLiveDocs();
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (live == null || live.get(doc)) {
          BytesRef value = leaf.reader().storedFields().document(doc).getBinaryValue(PROGRESS);
          return Progress.decode(BytesRef.deepCopyOf(value).bytes);
        }
      }
    }
    return Progress.NONE;
  }

  /// Accounts of which there is something, in order.
  List<AccountId> accounts(Optional<AccountId> after, int limit) {
    var ids = new ArrayList<AccountId>();
    if (open == null && !place.exists()) {
      return ids;
    }
    return use(open -> {
      IndexSearcher searcher = open.searchers.acquire();
      try {
        var terms = MultiTerms.getTerms(searcher.getIndexReader(), ACCOUNT);
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
      } finally {
        open.searchers.release(searcher);
      }
    });
  }

  /// Begins an account that has no progress, or none any more.
  Progress begin(AccountId id, int epoch) {
    return use(_ -> {
      var begun = new Progress(nextAccount++, 0, epoch, 0, 0);
      fresh.put(id, new Fresh(begun, written.get()));
      return begun;
    });
  }

  void add(int account, Email email, EmailText text) {
    change(open -> {
      try {
        open.writer.addDocument(document(account, email, text));
      } catch (EmailTokens.Unreadable e) {
        log.atWarn().addKeyValue("email", email.id()).setCause(e).log("not-indexed");
        open.writer.addDocument(document(account, email, null));
      }
    });
  }

  private Document document(int account, Email email, @Nullable EmailText text) {
    var document = new Document();
    document.add(new Field(Terms.FIELD, tokens.of(account, email, text), WORDS));
    document.add(new NumericDocValuesField(EMAIL_ID, email.id()));
    return document;
  }

  /// From now on that is how far an account is indexed.
  void note(AccountId id, Progress progress) {
    fresh.put(id, new Fresh(progress, written.incrementAndGet()));
    if (fresh.size() >= UNSETTLED_MAX) {
      settle();
    }
  }

  /// Drops the emails of an account that are not among `there`, which has all up to some email.
  void retain(int account, BitSet there) {
    var gone = new ArrayList<Term>();
    change(open -> {
      refresh(open, written.get());
      IndexSearcher searcher = open.searchers.acquire();
      try {
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
          addGone(leaf.reader(), account, there, gone);
        }
      } finally {
        open.searchers.release(searcher);
      }
      open.writer.deleteDocuments(gone.toArray(Term[]::new));
    });
  }

  private static void addGone(LeafReader segment, int account, BitSet there, List<Term> gone)
      throws IOException {
    PostingsEnum docs =
        segment.postings(
            new Term(Terms.FIELD, Terms.prefix(account, Terms.EMAIL)), PostingsEnum.NONE);
    NumericDocValues ids = segment.getNumericDocValues(EMAIL_ID);
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
    Progress progress = progress(id);
    if (progress.isNone()) {
      return;
    }
    var note = new Term(ACCOUNT, id.value());
    var emails = new Term(Terms.FIELD, Terms.prefix(progress.account(), Terms.EMAIL));
    change(open -> open.writer.deleteDocuments(note, emails));
    fresh.put(id, new Fresh(Progress.NONE, written.get()));
  }

  /// Commits what was done, and the progress of all accounts with it.
  void settle() {
    if (open == null) {
      return;
    }
    change(open -> {
      for (Map.Entry<AccountId, Fresh> entry : fresh.entrySet()) {
        Progress progress = entry.getValue().progress;
        if (!progress.isNone()) {
          String id = entry.getKey().value();
          var document = new Document();
          document.add(new StringField(ACCOUNT, id, Field.Store.NO));
          document.add(new StoredField(PROGRESS, progress.encode()));
          open.writer.updateDocument(new Term(ACCOUNT, id), document);
        }
      }
      open.writer.setLiveCommitData(
          Map.of(FORM_KEY, FORM, NEXT_ACCOUNT, Integer.toString(nextAccount)).entrySet());
      open.writer.commit();
      refresh(open, written.get());
      fresh.clear();
    });
  }

  /// Deletes everything.
  void clear() {
    life.writeLock().lock();
    try {
      abandon();
      place.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      life.writeLock().unlock();
    }
  }

  /// What is known of the needle in an area of the account's emails.
  Found find(AccountId id, int epoch, Area area, Needle needle) {
    Phrase phrase = Phrase.of(needle);
    Fresh unsettled = fresh.get(id);
    Progress progress = unsettled == null ? settled(id) : unsettled.progress;
    boolean unknown = progress.isNone() || progress.epoch() != epoch;
    if (unknown || phrase.pieces().isEmpty() || progress.lastEmailId() > Integer.MAX_VALUE - 64) {
      return Found.NOTHING;
    }
    return use(open -> {
      if (unsettled != null && unsettled.written > refreshed.get()) {
        refresh(open, written.get());
      }
      var found = new Found(progress.lastEmailId());
      IndexSearcher searcher = open.searchers.acquire();
      try {
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
          SegmentSearch search = SegmentSearch.in(leaf.reader(), progress.account(), area);
          if (search != null) {
            search.find(phrase, found);
          }
        }
        return found;
      } finally {
        open.searchers.release(searcher);
      }
    });
  }

  /// After this, searches see all that was written when `upTo` was read.
  private void refresh(Open open, long upTo) throws IOException {
    open.searchers.maybeRefreshBlocking();
    refreshed.accumulateAndGet(upTo, Math::max);
  }

  int emails() {
    if (open == null && !place.exists()) {
      return 0;
    }
    return use(open -> {
      refresh(open, written.get());
      IndexSearcher searcher = open.searchers.acquire();
      try {
        return searcher.count(new FieldExistsQuery(EMAIL_ID));
      } finally {
        open.searchers.release(searcher);
      }
    });
  }

  long sizeBytes() {
    try {
      return place.sizeBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Closes what can be opened again, when nothing is unwritten.
  void rest() {
    life.writeLock().lock();
    try {
      if (fresh.isEmpty()) {
        closeOpen();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      life.writeLock().unlock();
    }
  }

  @Override
  public void close() {
    life.writeLock().lock();
    try {
      closed = true;
      closeOpen();
      place.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      life.writeLock().unlock();
    }
  }

  private void closeOpen() throws IOException {
    Open now = open;
    open = null;
    if (now != null) {
      now.searchers.close();
      now.writer.rollback();
    }
  }

  /// Forgets what was not committed: after trouble, nobody knows what of it is there.
  private void abandon() {
    try {
      closeOpen();
    } catch (IOException | RuntimeException e) {
      log.atDebug().setCause(e).log("index-not-closed");
    }
    fresh.clear();
    whenLost.run();
  }

  private interface Action {
    void on(Open open) throws IOException;
  }

  private void change(Action action) {
    boolean _ =
        use(open -> {
          action.on(open);
          return true;
        });
  }

  private <R> R use(Use<R> use) {
    try {
      return useOpen(use);
    } catch (IOException | RuntimeException e) {
      if (e instanceof StorageUnavailable unavailable) {
        throw unavailable;
      }
      life.writeLock().lock();
      try {
        abandon();
        if (IndexPlace.isDamage(e)) {
          log.atWarn().setCause(e).log("search-index-damaged");
          place.clear();
        }
      } catch (IOException again) {
        e.addSuppressed(again);
      } finally {
        life.writeLock().unlock();
      }
      throw e instanceof IOException io
          ? new UncheckedIOException(io)
          : new IllegalStateException("The search index failed", e);
    }
  }

  private <R> R useOpen(Use<R> use) throws IOException {
    life.readLock().lock();
    try {
      Open now = open;
      if (now != null) {
        return use.in(now);
      }
    } finally {
      life.readLock().unlock();
    }
    // The first to come works alone.
    life.writeLock().lock();
    try {
      return use.in(opened());
    } finally {
      life.writeLock().unlock();
    }
  }

  private Open opened() throws IOException {
    Open now = open;
    if (now != null) {
      return now;
    }
    if (closed) {
      throw new IllegalStateException("The search index is closed");
    }
    if (!isOurForm()) {
      place.clear();
    }
    var config = new IndexWriterConfig();
    config.setRAMBufferSizeMB(bufferBytes / 1048576.0);
    config.setCommitOnClose(false);
    // Small segments are merged when there are enough of them, not with each commit.
    config.setMaxFullFlushMergeWaitMillis(0);
    config.setMergePolicy(new TieredMergePolicy());
    var merges = new ConcurrentMergeScheduler();
    merges.setMaxMergesAndThreads(3, 1);
    config.setMergeScheduler(merges);
    var writer = new IndexWriter(place.directory(), config);
    Open opened;
    try {
      opened = new Open(writer, new SearcherManager(writer, null));
    } catch (IOException | RuntimeException e) {
      writer.rollback();
      throw e;
    }
    for (Map.Entry<String, String> entry : writer.getLiveCommitData()) {
      if (entry.getKey().equals(NEXT_ACCOUNT)) {
        nextAccount = Math.max(nextAccount, Integer.parseInt(entry.getValue()));
      }
    }
    open = opened;
    return opened;
  }

  /// False when there is an index that this program cannot read.
  private boolean isOurForm() {
    try {
      if (!DirectoryReader.indexExists(place.directory())) {
        return true;
      }
      try (DirectoryReader reader = DirectoryReader.open(place.directory())) {
        String form = reader.getIndexCommit().getUserData().get(FORM_KEY);
        if (FORM.equals(form)) {
          return true;
        }
        log.atWarn().addKeyValue("form", form).log("search-index-of-another-form");
      }
    } catch (IOException | RuntimeException e) {
      log.atWarn().setCause(e).log("search-index-unreadable");
    }
    return false;
  }
}
