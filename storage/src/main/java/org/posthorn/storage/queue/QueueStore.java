package org.posthorn.storage.queue;

import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Limits;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;
import org.posthorn.storage.keys.Keyring;

/// The rows of mail in transit. Changes that wait at the same time share one commit. Safe for use
/// by many threads. Every method throws [org.posthorn.storage.StorageUnavailable] when the engine
/// fails. Promises are tests in `QueueStoreContract`.
public final class QueueStore {
  private static final Partition PARTITION = new Partition(Partition.Kind.QUEUE, "spool");
  private static final int PAGE_ROWS = 1_000;

  private final Engine engine;
  private final SealedForms forms;
  private final PartitionOwner<QueueCounts, Draft> owner;

  /// Without encryption.
  public QueueStore(Engine engine) {
    this(engine, Keyring.off());
  }

  public QueueStore(Engine engine, Keyring keyring) {
    this.engine = engine;
    this.forms = new SealedForms(keyring.system());
    this.owner = new PartitionOwner<>(engine, PARTITION, new Counting(forms, engine.limits()));
  }

  /// Durable when it returns, as a whole. After [org.posthorn.storage.StorageUnavailable] it is
  /// unknown whether the change was made: [#find] tells.
  public void change(QueueChange change) {
    if (!change.isEmpty()) {
      owner.change(draft -> draft.make(change));
    }
  }

  /// Throws [org.posthorn.storage.StorageUnavailable] while nothing can be written.
  public void checkWritable() {
    var _ = engine.head(PARTITION);
  }

  /// All rows of a mail; empty when it is not there, or not whole (then [#removeLeftOver]). Throws
  /// [RowDamaged].
  public Optional<QueuedMail> find(MailId id) {
    var found = new Rows(id, forms);
    forEachRow(QueueKeys.firstOf(id), QueueKeys.afterLastOf(id), found::add);
    return found.mail();
  }

  /// Names of at most `limit` mails in their order, whole or not, after `after` (empty: from the
  /// first).
  public List<MailId> ids(Optional<MailId> after, int limit) {
    List<MailId> ids = new ArrayList<>();
    Optional<MailId> last = after;
    while (ids.size() < limit) {
      byte[] from = last.map(QueueKeys::afterLastOf).orElseGet(QueueKeys::firstMail);
      List<Page.Row> next =
          rows()
              .scan(PARTITION, from, QueueKeys.afterLastMail(), 1, false, Optional.empty())
              .rows();
      if (next.isEmpty()) {
        break;
      }
      MailId id = QueueKeys.mailOf(next.getFirst().key());
      ids.add(id);
      last = Optional.of(id);
    }
    return ids;
  }

  /// Whole mails in their order, as [#mails] reads them. `last` is the last that was looked at,
  /// absent when there are no more: it goes into the next call.
  public record MailPage(List<QueuedMail> mails, Optional<MailId> last) {}

  /// About `limit` mails after `after` (empty: from the first), read in one go. What is not whole
  /// or is damaged is left out: the consistency walk names it.
  public MailPage mails(Optional<MailId> after, int limit) {
    byte[] from = after.map(QueueKeys::afterLastOf).orElseGet(QueueKeys::firstMail);
    Page page =
        rows().scan(PARTITION, from, QueueKeys.afterLastMail(), limit * 2, false, Optional.empty());
    List<List<Page.Row>> all = byMail(page.rows());
    boolean hasMore = page.resume().isPresent();
    if (hasMore && all.size() == 1) { // One mail that is larger than the page.
      MailId id = idOf(all.getFirst());
      return new MailPage(intact(id).stream().toList(), Optional.of(id));
    }
    List<List<Page.Row>> wholes = hasMore ? all.subList(0, all.size() - 1) : all;
    List<QueuedMail> mails =
        wholes.stream().flatMap(rows -> whole(idOf(rows), rows).stream()).toList();
    return new MailPage(mails, hasMore ? Optional.of(idOf(wholes.getLast())) : Optional.empty());
  }

  /// Names of the mails that came last, whole or not, the latest first; of about `rowsMax` rows.
  public List<MailId> newest(int rowsMax) {
    List<MailId> ids = new ArrayList<>();
    Optional<Page.Resume> resume = Optional.empty();
    int rows = 0;
    do {
      Page page =
          rows()
              .scan(
                  PARTITION,
                  QueueKeys.firstMail(),
                  QueueKeys.afterLastMail(),
                  PAGE_ROWS,
                  /* reverse= */ true,
                  resume);
      for (Page.Row row : page.rows()) {
        MailId id = QueueKeys.mailOf(row.key());
        if (ids.isEmpty() || !ids.getLast().equals(id)) {
          ids.add(id);
        }
      }
      rows += page.rows().size();
      resume = page.resume();
    } while (resume.isPresent() && rows < rowsMax);
    return ids;
  }

  private static MailId idOf(List<Page.Row> rows) {
    return QueueKeys.mailOf(rows.getFirst().key());
  }

  private static List<List<Page.Row>> byMail(List<Page.Row> rows) {
    List<List<Page.Row>> all = new ArrayList<>();
    for (Page.Row row : rows) {
      if (all.isEmpty() || !QueueKeys.isOfSameMail(all.getLast().getFirst().key(), row.key())) {
        all.add(new ArrayList<>());
      }
      all.getLast().add(row);
    }
    return all;
  }

  private Optional<QueuedMail> whole(MailId id, List<Page.Row> rows) {
    var found = new Rows(id, forms);
    try {
      rows.forEach(found::add);
      return found.mail();
    } catch (RowDamaged _) {
      return Optional.empty();
    }
  }

  private Optional<QueuedMail> intact(MailId id) {
    try {
      return find(id);
    } catch (RowDamaged _) {
      return Optional.empty();
    }
  }

  /// At most `limit` recipients in the order in which they are due, after `after` (empty: from the
  /// first). Fewer than `limit`: there are no more.
  public List<DueKey> due(Optional<DueKey> after, int limit) {
    List<DueKey> keys = new ArrayList<>();
    byte[] from =
        after
            .map(key -> QueueKeys.due(new DueKey(key.due(), key.mail(), key.number() + 1)))
            .orElseGet(QueueKeys::firstDue);
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          rows()
              .scan(PARTITION, from, QueueKeys.afterLastDue(), limit - keys.size(), false, resume);
      page.rows().forEach(row -> keys.add(QueueKeys.dueOf(row.key())));
      resume = page.resume();
    } while (resume.isPresent() && keys.size() < limit);
    return keys;
  }

  /// The mail that was made on behalf of `parent` for this purpose, if it was.
  public Optional<MailId> submitted(MailId parent, SubmissionKey key) {
    return rows().get(PARTITION, QueueKeys.submission(parent, key)).map(QueueCodec::submitted);
  }

  /// How much there is, as of the last change.
  public QueueCounts counts() {
    return owner.state();
  }

  /// Every content that a mail in transit still needs; some more than once. What is written aside
  /// goes first: when it is gone, it is among the mails.
  public void contents(Consumer<ContentId> use) {
    QueueKeys.LARGE_CHANGE.eachPut(
        rows(),
        PARTITION,
        (key, value) -> {
          if (QueueKeys.isForm(key)) {
            use.accept(content(key, value));
          }
        });
    forEachRow(
        QueueKeys.firstMail(),
        QueueKeys.afterLastMail(),
        row -> {
          if (QueueKeys.isForm(row.key())) {
            use.accept(content(row.key(), row.value()));
          }
        });
  }

  private ContentId content(byte[] key, byte[] value) {
    return QueueCodec.form(QueueKeys.numberOf(key), forms.open(key, value)).form().content();
  }

  /// Every recipient of every mail, by mail; damaged rows are left out. A long look: what changes
  /// meanwhile is seen or not.
  public void forEachRecipient(BiConsumer<MailId, QueuedRecipient> use) {
    forEachRow(
        QueueKeys.firstMail(),
        QueueKeys.afterLastMail(),
        row -> {
          if (QueueKeys.kindOf(row.key()) == QueueKeys.RECIPIENT) {
            recipient(row).ifPresent(found -> use.accept(QueueKeys.mailOf(row.key()), found));
          }
        });
  }

  private static Optional<QueuedRecipient> recipient(Page.Row row) {
    try {
      return Optional.of(QueueCodec.recipient(QueueKeys.numberOf(row.key()), row.value()));
    } catch (StorageUnavailable | IllegalArgumentException | DateTimeException _) {
      return Optional.empty(); // The consistency walk names it.
    }
  }

  /// Removes the rows of a mail without a form: what a crash of an older program left of one that
  /// was being accepted (the sender was told nothing and comes again) or whose last recipient was
  /// served. Nothing when the mail is whole.
  public void removeLeftOver(MailId id) {
    var found = new Rows(id, forms);
    forEachRow(QueueKeys.firstOf(id), QueueKeys.afterLastOf(id), found::add);
    if (found.mail().isEmpty()) {
      var change = new QueueChange(id);
      found.recipients.forEach(change::remove);
      change(change.forget(found.submitted));
    }
  }

  /// The engine for who reads; what a crash interrupted is completed before.
  private Engine rows() {
    var _ = owner.state();
    return engine;
  }

  private void forEachRow(byte[] from, byte[] to, Consumer<Page.Row> use) {
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = rows().scan(PARTITION, from, to, PAGE_ROWS, false, resume);
      page.rows().forEach(use);
      resume = page.resume();
    } while (resume.isPresent());
  }

  /// Collects the rows of one mail.
  private static final class Rows {
    private final MailId id;
    private final SealedForms sealed;
    private @Nullable Arrival arrival;
    private final List<MailForm> forms = new ArrayList<>();
    private final List<QueuedRecipient> recipients = new ArrayList<>();
    private final Set<SubmissionKey> submitted = new HashSet<>();

    Rows(MailId id, SealedForms sealed) {
      this.id = id;
      this.sealed = sealed;
    }

    void add(Page.Row row) {
      try {
        read(row);
      } catch (StorageUnavailable | IllegalArgumentException | DateTimeException e) {
        throw new RowDamaged("mail " + id + " has a row that makes no sense", e);
      }
    }

    private void read(Page.Row row) {
      switch (QueueKeys.kindOf(row.key())) {
        case QueueKeys.FORM -> {
          var arrived =
              QueueCodec.form(QueueKeys.numberOf(row.key()), sealed.open(row.key(), row.value()));
          arrival = arrived.arrival();
          forms.add(arrived.form());
        }
        case QueueKeys.RECIPIENT ->
            recipients.add(QueueCodec.recipient(QueueKeys.numberOf(row.key()), row.value()));
        case QueueKeys.SUBMISSION -> submitted.add(QueueKeys.submissionOf(row.key()));
        default -> throw new RowDamaged("mail " + id + " has a row of a kind that is not known");
      }
    }

    Optional<QueuedMail> mail() {
      return arrival == null
          ? Optional.empty()
          : Optional.of(new QueuedMail(id, arrival, forms, recipients, submitted));
    }
  }

  /// At most one change: the owner's draft.
  private static final class Draft {
    private final QueueCounts before;
    private @Nullable QueueChange made;

    Draft(QueueCounts before) {
      this.before = before;
    }

    boolean make(QueueChange change) {
      made = change;
      return true;
    }
  }

  /// Keeps the counts, the only state that changes need in memory.
  private record Counting(SealedForms forms, Limits limits)
      implements PartitionOwner.Keeper<QueueCounts, Draft> {
    @Override
    public QueueCounts load(Engine engine, Partition partition) {
      QueueKeys.LARGE_CHANGE.recover(engine, partition);
      return engine
          .get(partition, QueueKeys.COUNTS)
          .map(QueueCodec::counts)
          .orElse(QueueCounts.NONE);
    }

    @Override
    public Draft draft(QueueCounts state) {
      return new Draft(state);
    }

    @Override
    public Optional<PartitionOwner.Step<QueueCounts>> finish(Draft draft) {
      QueueChange made = draft.made;
      if (made == null) {
        return Optional.empty();
      }
      QueueCounts after = made.countsAfter(draft.before);
      Batch rows = QueueKeys.LARGE_CHANGE.whole(forms.close(made.rows(after)), limits);
      return Optional.of(new PartitionOwner.Step<>(after, rows));
    }
  }
}
