package org.posthorn.storage.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of the index: the words of all emails of all accounts, in one Lucene index. It is
/// opened when it is first needed; [IndexWriting] writes, in one thread, and [IndexReading] reads,
/// in any.
///
/// An index that is damaged or of another form is thrown away and made anew: everything in it can
/// be read from the accounts.
final class TextIndex implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TextIndex.class);

  /// Kept, because it would forget its level: Lucene would ask for a module that only vectors need.
  private static final java.util.logging.Logger LUCENE =
      java.util.logging.Logger.getLogger("org.apache.lucene");

  static {
    LUCENE.setLevel(java.util.logging.Level.SEVERE);
  }

  static final String EMAIL_ID = "e";

  /// Of an email whose words lie in a circle; and the number that they have there.
  static final String REFERENCE = "r";

  static final String SHARED = "s";
  static final String ACCOUNT = "account";
  static final String PROGRESS = "progress";
  static final String KIND = "kind";
  private static final String FORM_KEY = "posthorn-form";
  private static final String FORM = "4";

  /// Also of what is read of a document, and which documents are read.
  private static final String ATTACHMENTS_FORM = "4-attachments-1";

  private static final String NEXT_ACCOUNT = "next-account";
  private static final String NEXT_SHARED = "next-shared";

  private final IndexPlace place;
  private final String form;
  private final long bufferBytes;
  private final Runnable whenLost;
  private final ReadWriteLock life = new ReentrantReadWriteLock();
  private volatile @Nullable Open open;
  private boolean closed;

  /// Changed by whoever is alone with it.
  private final AtomicInteger losses = new AtomicInteger();

  /// Progress since the last commit; what is not here is in the index.
  final Unsettled unsettled = new Unsettled();

  /// Only grows, so that what somebody still knows of an index that was lost means nothing else.
  private final AtomicInteger nextAccount = new AtomicInteger(1);

  /// So does this.
  private final AtomicInteger nextShared = new AtomicInteger(1);

  private record Open(IndexWriter writer, SearcherManager searchers, RecentCopies recent) {}

  private interface Use<R> {
    R in(Open open) throws IOException;
  }

  interface Question<R> {
    R ask(IndexSearcher searcher) throws IOException;
  }

  interface Change {
    void on(IndexWriter writer, RecentCopies recent) throws IOException;
  }

  /// Of the emails' own text. `whenLost` is told when progress went back to an earlier one, or to
  /// none.
  static TextIndex ofEmails(IndexPlace place, long bufferBytes, Runnable whenLost) {
    return new TextIndex(place, FORM, bufferBytes, whenLost);
  }

  /// Of the text of their attachments.
  static TextIndex ofAttachments(IndexPlace place, long bufferBytes, Runnable whenLost) {
    return new TextIndex(place, ATTACHMENTS_FORM, bufferBytes, whenLost);
  }

  private TextIndex(IndexPlace place, String form, long bufferBytes, Runnable whenLost) {
    this.place = place;
    this.form = form;
    this.whenLost = whenLost;
    this.bufferBytes = bufferBytes;
  }

  /// False when there is nothing to ask, and nothing need be opened.
  boolean exists() {
    return open != null || place.exists();
  }

  <R> R search(Question<R> question) {
    return use(open -> {
      IndexSearcher searcher = open.searchers.acquire();
      try {
        return question.ask(searcher);
      } finally {
        open.searchers.release(searcher);
      }
    });
  }

  void change(Change change) {
    boolean _ =
        use(open -> {
          change.on(open.writer, open.recent);
          return true;
        });
  }

  /// The number of an account that is begun.
  int newAccount() {
    return use(_ -> nextAccount.getAndIncrement());
  }

  /// The number of words that are shared from now on, for whoever is making a [Change].
  int newShared() {
    return nextShared.getAndIncrement();
  }

  /// Whether there is another number.
  boolean canShare() {
    return nextShared.get() < Integer.MAX_VALUE;
  }

  /// All numbers that were given out are smaller.
  int sharedEnd() {
    return nextShared.get();
  }

  /// After this, searches see all that was written before.
  void refresh() {
    boolean _ =
        use(open -> {
          refresh(open);
          return true;
        });
  }

  private void refresh(Open open) throws IOException {
    long upTo = unsettled.noted();
    open.searchers.maybeRefreshBlocking();
    unsettled.seen(upTo);
  }

  /// How often it has lost what was not settled.
  int losses() {
    return losses.get();
  }

  /// Notes how far an account is indexed, unless something was lost since then: nobody knows
  /// whether that belongs to it.
  void noteUnlessLost(int lossesThen, AccountId account, Progress progress) {
    life.readLock().lock();
    try {
      if (losses.get() == lossesThen) {
        unsettled.note(account, progress);
      }
    } finally {
      life.readLock().unlock();
    }
  }

  /// Makes everything durable, if something was done, with what `last` adds.
  void settle(Change last) {
    if (open == null) {
      return;
    }
    boolean _ =
        use(open -> {
          last.on(open.writer, open.recent);
          open.writer.setLiveCommitData(
              Map.of(
                      FORM_KEY,
                      form,
                      NEXT_ACCOUNT,
                      Integer.toString(nextAccount.get()),
                      NEXT_SHARED,
                      Integer.toString(nextShared.get()))
                  .entrySet());
          open.writer.commit();
          refresh(open);
          unsettled.clear();
          return true;
        });
  }

  long sizeBytes() {
    try {
      return place.sizeBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Deletes everything.
  void clear() {
    alone(() -> {
      abandon();
      place.clear();
    });
  }

  /// Closes what can be opened again, when nothing is unwritten.
  void rest() {
    alone(() -> {
      if (unsettled.all().isEmpty()) {
        closeOpen();
      }
    });
  }

  @Override
  public void close() {
    alone(() -> {
      closed = true;
      closeOpen();
      place.close();
    });
  }

  private interface Act {
    void run() throws IOException;
  }

  private void alone(Act act) {
    life.writeLock().lock();
    try {
      act.run();
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
    losses.incrementAndGet();
    unsettled.clear();
    whenLost.run();
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
    var writer = new IndexWriter(place.directory(), settings());
    Open opened;
    try {
      opened = new Open(writer, new SearcherManager(writer, null), new RecentCopies());
    } catch (IOException | RuntimeException e) {
      writer.rollback();
      throw e;
    }
    for (Map.Entry<String, String> entry : writer.getLiveCommitData()) {
      switch (entry.getKey()) {
        case NEXT_ACCOUNT -> raise(nextAccount, entry.getValue());
        case NEXT_SHARED -> raise(nextShared, entry.getValue());
        default -> {}
      }
    }
    open = opened;
    return opened;
  }

  private static void raise(AtomicInteger next, String settled) {
    next.accumulateAndGet(Integer.parseInt(settled), Math::max);
  }

  private IndexWriterConfig settings() {
    var config = new IndexWriterConfig();
    config.setRAMBufferSizeMB(bufferBytes / 1048576.0);
    config.setCommitOnClose(false);
    // Small segments are merged when there are enough of them, not with each commit.
    config.setMaxFullFlushMergeWaitMillis(0);
    config.setMergePolicy(new TieredMergePolicy());
    var merges = new ConcurrentMergeScheduler();
    merges.setMaxMergesAndThreads(3, 1);
    config.setMergeScheduler(merges);
    return config;
  }

  /// False when there is an index that this program cannot read. Throws when that is not known,
  /// since it cannot be opened now.
  private boolean isOurForm() throws IOException {
    try {
      if (!DirectoryReader.indexExists(place.directory())) {
        return true;
      }
      try (DirectoryReader reader = DirectoryReader.open(place.directory())) {
        String found = reader.getIndexCommit().getUserData().get(FORM_KEY);
        if (form.equals(found)) {
          return true;
        }
        log.atWarn().addKeyValue("form", found).log("search-index-of-another-form");
      }
    } catch (IOException | RuntimeException e) {
      if (!IndexPlace.isUnreadable(e)) {
        throw e;
      }
      log.atWarn().setCause(e).log("search-index-unreadable");
    }
    return false;
  }
}
