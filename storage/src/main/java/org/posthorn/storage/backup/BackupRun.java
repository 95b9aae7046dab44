package org.posthorn.storage.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.keys.DomainKeys;

/// One run: goes through all domains and accounts beside those of the run before, and saves what is
/// other. An account is saved as of one version. Used by one thread.
final class BackupRun {
  /// So many sections make reading slow: then all rows are written anew.
  private static final int SECTIONS_MAX = 16;

  private static final int UNDISTURBED_TRIES = 3;
  private static final int PAGE = 1_000;

  private final Engine engine;
  private final Owners owners;
  private final ContentStore contents;
  private final DomainKeys keys;
  private final InstantSource clock;
  private final BackupFolder folder;
  private final Telling telling;
  private final String id;
  private final RowsWriter rows;
  private final PackWriter packs;
  private long domainsDone;
  private long accountsDone;
  private long accountsTotal;
  private long changed;
  private long messages;
  private long sizeBytes;
  private long unread;

  BackupRun(
      Engine engine,
      Owners owners,
      ContentStore contents,
      DomainKeys keys,
      InstantSource clock,
      BackupFolder folder,
      Telling telling) {
    this.engine = engine;
    this.owners = owners;
    this.contents = contents;
    this.keys = keys;
    this.clock = clock;
    this.folder = folder;
    this.telling = telling;
    this.id = folder.nextRun(clock.instant());
    this.packs = new PackWriter(folder, KnownContents.of(folder));
    this.rows = new RowsWriter(folder.rows(id), id);
  }

  /// The run is there, as a whole, when this returns; when it throws, or the process dies, there is
  /// nothing that another run would trip over.
  Run make(String serverVersion) {
    Instant begun = clock.instant();
    accountsTotal = count();
    try (rows;
        packs;
        var manifest = new Manifest.Writer(folder.manifest(id))) {
      Optional<String> last = lastReadable();
      if (last.isEmpty()) {
        all(manifest, null);
      } else {
        try (var before = new Manifest.Reader(folder.manifest(last.get()))) {
          all(manifest, before);
        }
      }
      rows.force();
      packs.close();
      folder.force();
      var run = run(serverVersion, begun, last.isEmpty());
      manifest.end(run);
      return run;
    } catch (IOException e) {
      throw new BackupException.Failed("Cannot write to " + folder.path(), e);
    }
  }

  /// Without one, all is saved anew. What a newer program has written is left to that.
  private Optional<String> lastReadable() {
    for (String run : folder.runs().reversed()) {
      try (var manifest = new Manifest.Reader(folder.manifest(run))) {
        var _ = manifest.sum();
        return Optional.of(run);
      } catch (BackupException.Damaged e) {
        if (String.valueOf(e.getMessage()).contains("newer program")) {
          throw e;
        }
        telling.problem(
            run, "This run cannot be read, the new one does not build on it: " + e.getMessage());
      }
    }
    return Optional.empty();
  }

  private Run run(String serverVersion, Instant begun, boolean first) {
    return new Run(
        id,
        serverVersion,
        begun,
        clock.instant(),
        first,
        domainsDone,
        accountsDone,
        changed,
        messages,
        sizeBytes,
        packs.contents(),
        rows.sizeBytes(),
        packs.writtenBytes(),
        unread,
        "");
  }

  private long count() {
    long count = 0;
    Optional<Partition> last = Optional.empty();
    List<Partition> page;
    do {
      page = engine.partitions(Partition.Kind.ACCOUNT, last, PAGE);
      count += page.size();
      last = page.isEmpty() ? last : Optional.of(page.getLast());
    } while (!page.isEmpty());
    return count;
  }

  private void all(Manifest.Writer manifest, Manifest.@Nullable Reader before) throws IOException {
    var known = new Before(before);
    each(Partition.Kind.DOMAIN, known, manifest);
    each(Partition.Kind.ACCOUNT, known, manifest);
    each(Partition.Kind.SYSTEM, known, manifest);
  }

  private void each(Partition.Kind kind, Before known, Manifest.Writer manifest)
      throws IOException {
    Optional<Partition> last = Optional.empty();
    List<Partition> page;
    do {
      page = engine.partitions(kind, last, PAGE);
      for (Partition partition : page) {
        if (kind != Partition.Kind.SYSTEM || SystemPart.of(partition).isPresent()) {
          Optional<SavedPartition> saved = save(partition, known.find(partition));
          if (saved.isPresent()) {
            manifest.add(saved.get());
            done(saved.get());
          }
        }
        last = Optional.of(partition);
      }
    } while (!page.isEmpty());
  }

  /// Walks through the run before in the same order.
  private static final class Before {
    private final Manifest.@Nullable Reader reader;
    private @Nullable SavedPartition next;

    Before(Manifest.@Nullable Reader reader) {
      this.reader = reader;
      this.next = reader == null ? null : reader.next();
    }

    Optional<SavedPartition> find(Partition partition) {
      while (reader != null && next != null && order(next.partition(), partition) < 0) {
        next = reader.next();
      }
      return Optional.ofNullable(next).filter(saved -> saved.partition().equals(partition));
    }

    /// Domains first, then accounts, then the rest.
    private static int order(Partition a, Partition b) {
      return a.kind() == b.kind() ? a.compareTo(b) : rank(a) - rank(b);
    }

    private static int rank(Partition partition) {
      return switch (partition.kind()) {
        case DOMAIN -> 0;
        case ACCOUNT -> 1;
        case QUEUE, SYSTEM -> 2;
      };
    }
  }

  private void done(SavedPartition saved) {
    if (saved.isAccount()) {
      accountsDone++;
    } else if (saved.isDomain()) {
      domainsDone++;
    }
    messages += saved.outline().messages();
    sizeBytes += saved.outline().sizeBytes();
    unread += saved.unread();
    telling.progress(accountsDone, accountsTotal, messages);
  }

  private Optional<SavedPartition> save(Partition partition, Optional<SavedPartition> before) {
    try {
      Head head = engine.head(partition);
      if (head.version() == 0
          || before.filter(saved -> saved.head().equals(head) && isGood(saved)).isPresent()) {
        return head.version() == 0 ? Optional.empty() : before;
      }
      Optional<SavedPartition> saved =
          anew(partition, before.map(SavedPartition::sections).orElse(List.of()));
      if (saved.isEmpty() && engine.head(partition).version() > 0) {
        return unread(partition, before, "is changed all the time");
      }
      changed += saved.isPresent() ? 1 : 0;
      return saved;
    } catch (StorageUnavailable e) {
      return unread(partition, before, "cannot be read: " + e.getMessage());
    }
  }

  /// As far as anybody has looked.
  private boolean isGood(SavedPartition saved) {
    return saved.unread() == 0
        && folder.soundPacks().hasAll(saved.packs())
        && areSound(saved.sections());
  }

  private boolean areSound(List<Section> sections) {
    return sections.stream().noneMatch(folder::isDamaged);
  }

  private Optional<SavedPartition> anew(Partition partition, List<Section> sections) {
    try {
      return scanned(partition, sections);
    } catch (BackupException.Damaged e) {
      telling.problem(
          partition.name(), "the run before cannot be used, all is saved anew: " + e.getMessage());
      return scanned(partition, List.of());
    }
  }

  /// An old account is better than none; but nobody may take this run for a good one.
  private Optional<SavedPartition> unread(
      Partition partition, Optional<SavedPartition> before, String why) {
    String name =
        before
            .map(saved -> saved.outline().owner())
            .filter(owner -> !owner.isEmpty())
            .orElse(partition.name());
    if (before.isPresent()) {
      telling.problem(name, why + "; it stays as it was in the run before");
    } else {
      telling.problem(name, why + "; it is not in this run");
      unread++;
    }
    return before.map(SavedPartition::keptUnread);
  }

  private Optional<SavedPartition> scanned(Partition partition, List<Section> sections) {
    var kind =
        isWholeBetter(sections) || !areSound(sections)
            ? PartitionScan.Kind.WHOLE
            : PartitionScan.Kind.INCREMENT;
    PartitionScan scan = scan(partition, rows);
    Optional<PartitionScan.Scanned> found = scan.run(sections, List.of(), kind);
    if (found.isEmpty()) {
      found =
          partition.kind() == Partition.Kind.ACCOUNT
              ? disturbed(partition, scan, sections, kind)
              : patiently(partition, scan, sections, kind);
    }
    return found.map(scanned -> saved(partition, sections, kind, scanned));
  }

  private static boolean isWholeBetter(List<Section> sections) {
    long increments = sections.stream().skip(1).mapToLong(Section::lengthBytes).sum();
    return sections.isEmpty()
        || sections.size() >= SECTIONS_MAX
        || increments > sections.getFirst().lengthBytes();
  }

  private static SavedPartition saved(
      Partition partition,
      List<Section> before,
      PartitionScan.Kind kind,
      PartitionScan.Scanned scanned) {
    var sections =
        kind == PartitionScan.Kind.WHOLE ? new ArrayList<Section>() : new ArrayList<>(before);
    sections.add(scanned.section());
    return new SavedPartition(
        partition, scanned.head(), scanned.outline(), sections, scanned.packs(), scanned.unread());
  }

  /// Somebody changed the account meanwhile. What takes long, its contents, is saved first and
  /// without regard to that; then the rows alone are tried again, and at last while changes wait.
  private Optional<PartitionScan.Scanned> disturbed(
      Partition partition, PartitionScan scan, List<Section> sections, PartitionScan.Kind kind) {
    String aside = id + "-emails";
    Path file = folder.rows(aside);
    try (var emails = new RowsWriter(file, aside)) {
      List<Section> prepared = List.of(scan(partition, emails).prepare(sections));
      Optional<PartitionScan.Scanned> found = Optional.empty();
      for (int i = 1; i < UNDISTURBED_TRIES && found.isEmpty(); i++) {
        found = scan.run(sections, prepared, kind);
      }
      return found.isPresent()
          ? found
          : owners.alone(partition, () -> scan.run(sections, prepared, kind));
    } finally {
      folder.delete(file);
    }
  }

  /// The same for what has no contents.
  private Optional<PartitionScan.Scanned> patiently(
      Partition partition, PartitionScan scan, List<Section> sections, PartitionScan.Kind kind) {
    if (SystemPart.of(partition).filter(SystemPart::isRowByRow).isPresent()) {
      return Optional.of(scan.rowByRow(sections, kind));
    }
    Optional<PartitionScan.Scanned> found = Optional.empty();
    for (int i = 1; i < UNDISTURBED_TRIES && found.isEmpty(); i++) {
      found = scan.run(sections, List.of(), kind);
    }
    return found.isPresent()
        ? found
        : owners.alone(partition, () -> scan.run(sections, List.of(), kind));
  }

  private PartitionScan scan(Partition partition, RowsWriter into) {
    return new PartitionScan(
        engine,
        contents,
        folder,
        packs,
        into,
        partition,
        DomainKeys.isTheirs(partition) ? keys::opened : owners.accounts().opener(partition),
        tally(partition));
  }

  private PartitionScan.Tally tally(Partition partition) {
    return new PartitionScan.Tally() {
      @Override
      public void rows(int count) {
        telling.progress(accountsDone, accountsTotal, messages);
      }

      @Override
      public void unread(String what) {
        telling.problem(partition.name(), what);
      }
    };
  }
}
