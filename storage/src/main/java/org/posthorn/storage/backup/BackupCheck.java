package org.posthorn.storage.backup;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.Counted;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.AccountRows;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.directory.SavedDomain;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// Proves a run: restores each account into an engine of its own, row by row, walks through it,
/// compares its checksum with what it was on the server, and reads every content that it names.
/// What is damaged is noted, so that the next run saves it anew. Used by one thread.
final class BackupCheck {
  private static final int BUFFER_BYTES = 64 << 10;

  private final BackupFolder folder;
  private final Supplier<Engine> scratch;
  private final PackReader packs;
  private final Telling telling;

  /// Contents that were read, by the pack and 64 bytes of their place: several emails may share
  /// one. Two contents never begin within 64 bytes.
  private final Map<Integer, BitSet> read = new HashMap<>();

  /// Users of the run's domains whose accounts did not come by yet.
  private final Map<AccountId, MailAddress> awaited = new LinkedHashMap<>();

  private long unread;
  private long domains;
  private long accounts;
  private long accountsTotal;
  private long messages;
  private long contents;
  private long bytes;
  private long problems;

  BackupCheck(BackupFolder folder, Supplier<Engine> scratch, Telling telling) {
    this.folder = folder;
    this.scratch = scratch;
    this.packs = new PackReader(folder);
    this.telling = telling;
  }

  Backups.Checked run(String run) {
    Run sum;
    try (var manifest = new Manifest.Reader(folder.manifest(run))) {
      sum = manifest.sum().run();
    }
    accountsTotal = sum.accounts();
    try (Engine engine = scratch.get();
        var manifest = new Manifest.Reader(folder.manifest(run))) {
      for (SavedPartition saved = manifest.next(); saved != null; saved = manifest.next()) {
        check(engine, saved);
      }
    }
    missing(sum);
    return new Backups.Checked(run, domains, accounts, messages, contents, bytes, problems);
  }

  /// What is not in the run at all.
  private void missing(Run sum) {
    awaited
        .values()
        .forEach(login ->
            problem(
                login.toString(),
                "The account is not in the run: it could not be read, or was deleted while the run was made"));
    long more = sum.unread() - unread - awaited.size();
    if (more > 0) {
      problem(
          sum.id(),
          more
              + " of the accounts, domains and stores could not be read when the run was made: not in it");
    }
  }

  private void check(Engine engine, SavedPartition saved) {
    String name =
        saved.outline().owner().isEmpty() ? saved.partition().name() : saved.outline().owner();
    if (saved.isAccount()) {
      awaited.remove(new AccountId(saved.partition().name()));
    }
    try {
      var loading = new Loading(engine, saved.partition(), name);
      loading.all(saved);
      if (saved.isAccount()) {
        walk(engine, saved, loading, name);
      } else if (saved.isDomain()) {
        users(saved, name);
      }
      if (saved.unread() > loading.unread) {
        problem(name, "It is as in an earlier run: when this one was made it could not be read");
      }
    } catch (BackupException.Damaged e) {
      damaged(name, String.valueOf(e.getMessage()), () -> noteUnreadable(saved.sections()));
    } catch (StorageUnavailable e) {
      problem(name, String.valueOf(e.getMessage()));
    } finally {
      engine.erase(saved.partition());
    }
    unread += saved.unread();
    accounts += saved.isAccount() ? 1 : 0;
    domains += saved.isDomain() ? 1 : 0;
    messages += saved.outline().messages();
    telling.progress(accounts, accountsTotal, messages);
  }

  /// Only those sections: what is good need not be saved anew.
  private void noteUnreadable(List<Section> sections) throws IOException {
    for (Section section : sections) {
      if (!isReadable(section)) {
        folder.noteDamaged(section);
      }
    }
  }

  private boolean isReadable(Section section) {
    try (var rows = new SectionReader(folder.rows(section.run()), section)) {
      while (rows.next() != null) {}
      return true;
    } catch (BackupException.Damaged _) {
      return false;
    }
  }

  private void users(SavedPartition saved, String name) {
    SavedDomain domain = SavedDomainRows.read(folder, saved);
    if (domain.damaged() > 0) {
      problem(name, Counted.of(domain.damaged(), "row") + " of the domain damaged");
    }
    domain.users().stream()
        .map(SavedDomain.SavedUser::user)
        .forEach(user -> awaited.put(user.account(), user.login()));
  }

  private void walk(Engine engine, SavedPartition saved, Loading loading, String name) {
    var restored =
        new Accounts(
            engine,
            new SavedContents(packs, loading.large),
            InstantSource.system(),
            AccountsConfig.defaults());
    Optional<ConsistencyWalk.Report> report =
        restored.verify(new AccountId(saved.partition().name()), ConsistencyWalk.Depth.ROWS);
    report.ifPresent(found -> found.faults().forEach(fault -> problem(name, fault.what())));
    if (report.isEmpty()) {
      problem(name, "The account's first row is missing");
    }
    if (loading.outline == null
        || loading.outline.checksum() != saved.outline().checksum()
        || loading.outline.version() != saved.outline().version()) {
      problem(name, "The account is not the one that was saved: its checksum differs");
    }
  }

  /// Where the next run cannot be told of it, because the disk is full for one, all else is proved
  /// all the same.
  private void damaged(String account, String what, Noting noting) {
    String told = what;
    try {
      noting.write();
    } catch (IOException e) {
      told +=
          "; that cannot be noted: %s. The next run builds on what is damaged"
              .formatted(BackupException.Failed.words(e));
    }
    problem(account, told);
  }

  private void problem(String account, String what) {
    problems++;
    telling.problem(account, what);
  }

  /// Writes down what is damaged.
  private interface Noting {
    void write() throws IOException;
  }

  private final class Loading {
    private final Engine engine;
    private final Partition partition;
    private final String name;

    /// Contents of emails whose structure is not in the row.
    private final Map<ContentId, ContentPlace> large = new HashMap<>();

    private Batch batch = new Batch();
    private long version;
    private long unread;
    private AccountRows.@Nullable Outline outline;

    Loading(Engine engine, Partition partition, String name) {
      this.engine = engine;
      this.partition = partition;
      this.name = name;
    }

    void all(SavedPartition saved) {
      try (var chain = new RowChain(folder, saved.sections())) {
        for (SavedRow row = chain.current(); row != null; row = chain.current()) {
          row(row, row.value().orElseThrow());
          chain.advance();
        }
      }
      commit();
    }

    private void row(SavedRow row, byte[] value) {
      if (!engine.limits().haveRoom(batch, 1, row.key().length + value.length)) {
        commit();
        telling.progress(accounts, accountsTotal, messages);
      }
      batch.put(row.key(), value);
      if (partition.kind() == Partition.Kind.ACCOUNT) {
        AccountRows.outline(row.key(), value).ifPresent(found -> outline = found);
        if (AccountRows.isEmail(row.key())) {
          email(row, value);
        }
      }
    }

    private void email(SavedRow row, byte[] value) {
      if (row.content().isEmpty()) {
        unread++;
        problem(name, "A content could not be read on the server when it was to be saved");
        return;
      }
      ContentPlace place = row.content().get();
      try {
        if (AccountRows.hasStructureWithContent(value)) {
          large.put(AccountRows.content(value), place);
        }
        if (AccountRows.contentBytes(value) != place.sizeBytes()) {
          problem(name, "An email and its content differ in size");
        }
      } catch (StorageUnavailable | IllegalArgumentException _) {
        return; // The walk names it.
      }
      read(name, place);
    }

    private void commit() {
      if (batch.isEmpty()) {
        return;
      }
      if (engine.commit(partition, version, CommitId.random(), batch) instanceof Result.Conflict) {
        throw new StorageUnavailable("Somebody else writes to the scratch engine");
      }
      version++;
      batch = new Batch();
    }
  }

  private void read(String name, ContentPlace place) {
    BitSet known = read.computeIfAbsent(place.pack(), _ -> new BitSet());
    int bit = (int) (place.offset() / PackRecord.HEAD_BYTES);
    if (known.get(bit)) {
      return;
    }
    known.set(bit);
    contents++;
    try (InputStream in = packs.open(place)) {
      var buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes += n;
      }
    } catch (IOException damaged) {
      damaged(name, String.valueOf(damaged.getMessage()), () -> folder.noteDamaged(place.pack()));
    }
  }
}
