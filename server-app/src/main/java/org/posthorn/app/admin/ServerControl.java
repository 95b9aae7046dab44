package org.posthorn.app.admin;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.posthorn.mailet.Mail;
import org.posthorn.spool.PluginMetrics;
import org.posthorn.spool.chain.Rehearsal;
import org.posthorn.spool.chain.StepHealth;
import org.posthorn.storage.engine.CacheFigures;

/// What an administrator may do with the server as a whole. Safe for use by many threads.
public interface ServerControl {
  String version();

  String hostname();

  Instant startedAt();

  Path data();

  Optional<Path> configFile();

  /// The keys that the command line sets over the file.
  List<String> keysSet();

  List<ListenerStatus> listeners();

  List<CacheFigures> caches();

  /// The names of the logins at other servers that are configured now.
  Set<String> credentials();

  /// Reads the configuration and the certificates again. Throws
  /// [org.posthorn.app.config.ConfigException], and then nothing has changed.
  Reloaded reload();

  /// Leads a mail through the chain as the configuration says now, without delivering anything.
  /// Throws [org.posthorn.app.config.ConfigException].
  Rehearsal.Report rehearse(Mail mail);

  /// How the steps of the chain and the gates fare that are watched, those of plugins, and the
  /// gates in which calls still run that were given up.
  List<StepHealth> stepHealth();

  /// The certificates that end soon, or have ended, by their files.
  SortedMap<String, Instant> endingCertificates();

  /// Which build of the program runs, and of which commit, as far as that is known; and whether
  /// another one lies by now where it was started from.
  record Build(Optional<String> mark, Optional<String> commit, boolean replaced) {}

  Build build();

  /// In words, that none of the certificates is for the server's own name.
  Optional<String> otherName();

  /// In words, what plugins that have ended left running.
  List<String> leftBehind();

  /// Why nothing can be written now; empty while it can.
  Optional<String> writesStopped();

  /// Begins to end the server, and returns at once.
  void stop();

  /// What a reload did: what is taken over, the keys that are other now but count only after a
  /// restart, what replaced plugins left running, and what may go wrong now.
  record Reloaded(
      List<String> taken,
      List<String> afterRestart,
      List<String> leftBehind,
      List<String> warnings) {}

  /// What mailets, matchers and gates count.
  List<PluginMetrics.Shown> figures();
}
