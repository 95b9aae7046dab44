package org.posthorn.storage.backup;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.queue.QueueCounts;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.remember.PluginStores;

/// Makes backups of this store into folders, proves them, and brings accounts back. Long and busy:
/// not for virtual threads. Safe for use by many threads; one command at a time works on a folder.
/// Throws [BackupException].
public final class Backups {
  private final Engine engine;
  private final Accounts accounts;
  private final ContentStore contents;
  private final Directory directory;
  private final PluginStores plugins;
  private final DomainKeys keys;
  private final QueueStore queue;
  private final Supplier<Engine> scratch;
  private final InstantSource clock;

  /// What a folder holds of one account.
  public record SavedAccount(
      String account, String owner, long version, long messages, long sizeBytes, int sections) {}

  /// What came of a restore: accounts that are back, that were there already, and those, domains
  /// and [SystemPart]s that could not be brought back; messages of the first, and how many of their
  /// contents could not be had.
  public record Restored(int restored, int there, int failed, long messages, long lost) {}

  /// What was proved, and how much of it was wrong.
  public record Checked(
      String run,
      long domains,
      long accounts,
      long messages,
      long contents,
      long bytes,
      long problems) {}

  /// `scratch` makes an empty engine, in which an account is restored to be proved.
  public Backups(
      Engine engine,
      Accounts accounts,
      ContentStore contents,
      Directory directory,
      PluginStores plugins,
      DomainKeys keys,
      QueueStore queue,
      Supplier<Engine> scratch,
      InstantSource clock) {
    this.engine = engine;
    this.accounts = accounts;
    this.contents = contents;
    this.directory = directory;
    this.plugins = plugins;
    this.keys = keys;
    this.queue = queue;
    this.scratch = scratch;
    this.clock = clock;
  }

  /// Saves what is other than in the last run. With `keep` above 0, older runs beyond so many are
  /// removed then, and what only they needed.
  public Run create(Path folder, String serverVersion, int keep, Telling telling) {
    try (var opened = BackupFolder.create(folder)) {
      opened.sweep();
      var owners = new Owners(accounts, directory, plugins);
      Run run =
          new BackupRun(engine, owners, contents, keys, clock, opened, telling).make(serverVersion);
      if (keep > 0) {
        prune(opened, keep);
      }
      return run;
    }
  }

  /// What is in no backup: mail that is under way, or in repositories. An old queue, brought back,
  /// would send mail a second time.
  public QueueCounts leftOut() {
    return queue.counts();
  }

  /// Removes all runs but the newest `keep`; returns how many bytes are free now.
  public static long prune(Path folder, int keep) {
    try (var opened = BackupFolder.open(folder)) {
      return prune(opened, keep);
    }
  }

  private static long prune(BackupFolder folder, int keep) {
    List<String> runs = folder.runs();
    long freed = 0;
    for (String run : runs.subList(0, Math.max(0, runs.size() - keep))) {
      freed += folder.delete(folder.manifest(run));
    }
    folder.force(); // Otherwise one may be back after a loss of power, without what it needs.
    return freed + folder.sweep();
  }

  /// All runs, oldest first; one that cannot be read says so.
  public static List<Run> list(Path folder) {
    try (var opened = BackupFolder.open(folder)) {
      var runs = new ArrayList<Run>();
      for (String run : opened.runs()) {
        try (var manifest = new Manifest.Reader(opened.manifest(run))) {
          runs.add(manifest.sum().run());
        } catch (BackupException.Damaged e) {
          runs.add(Run.unreadable(run, String.valueOf(e.getMessage())));
        }
      }
      return runs;
    }
  }

  /// The accounts of a run; without one, of the last.
  public static List<SavedAccount> accounts(Path folder, Optional<String> run) {
    try (var opened = BackupFolder.open(folder);
        var manifest = new Manifest.Reader(opened.manifest(opened.runOrLast(run)))) {
      var all = new ArrayList<SavedAccount>();
      for (SavedPartition saved = manifest.next(); saved != null; saved = manifest.next()) {
        if (saved.isAccount()) {
          all.add(
              new SavedAccount(
                  saved.partition().name(),
                  saved.outline().owner(),
                  saved.outline().version(),
                  saved.outline().messages(),
                  saved.outline().sizeBytes(),
                  saved.sections().size()));
        }
      }
      return all;
    }
  }

  /// Proves a run; without one, the last.
  public Checked verify(Path folder, Optional<String> run, Telling telling) {
    try (var opened = BackupFolder.open(folder)) {
      return new BackupCheck(opened, scratch, telling).run(opened.runOrLast(run));
    }
  }

  /// Brings one account back, under the login `as` or its own. `replace`: in the place of the
  /// account that the user has now.
  public Restored restore(
      Path folder,
      Optional<String> run,
      String login,
      Optional<MailAddress> as,
      boolean replace,
      Telling telling) {
    try (var opened = BackupFolder.open(folder)) {
      return opened(opened, run, telling).one(login, as, replace);
    }
  }

  /// Brings all domains and accounts back that are not there; with `replace`, also those that are.
  public Restored restoreAll(Path folder, Optional<String> run, boolean replace, Telling telling) {
    try (var opened = BackupFolder.open(folder)) {
      return opened(opened, run, telling).all(replace);
    }
  }

  private Restore opened(BackupFolder folder, Optional<String> run, Telling telling) {
    return new Restore(engine, accounts, contents, directory, keys, clock, folder, telling)
        .open(folder.runOrLast(run));
  }
}
