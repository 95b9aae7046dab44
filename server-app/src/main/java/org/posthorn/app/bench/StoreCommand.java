package org.posthorn.app.bench;

import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Engine;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Measures the store alone, without a server, in a folder that is made for it and deleted.
@Command(
    name = "store",
    description = {
      "Measure the store alone: durable commits beside the disk's own fsync, mailboxes of several"
          + " sizes opened, flagged, copied and expunged, and the room that messages take.",
      "Needs no server: works in a new folder and deletes it. About a minute; --large three more."
    },
    footer = {
      "",
      "Example:  posthorn bench store --folder /var/lib --mailboxes 1000,100000 --json"
    })
final class StoreCommand implements Callable<Integer> {
  private static final int LARGE = 1_000_000;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      description = "On the disk that is measured. Default: the one for temporary files.")
  private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "That commit at the same time. Default: 64.")
  private int threads = 64;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "For each rate of commits. Default: 3.")
  private int seconds = 3;

  @Option(
      names = "--mailboxes",
      paramLabel = "N",
      split = ",",
      description = "Messages of the mailboxes. Default: 1000,10000,100000.")
  private List<Integer> mailboxes = List.of(1_000, 10_000, 100_000);

  @Option(names = "--large", description = "One of 1,000,000 messages too; takes 3 GiB of disk.")
  private boolean large;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description = "Of a message in these mailboxes. Default: 2048.")
  private int sizeBytes = 2_048;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  /// The store of a folder, open.
  record Rooms(Engine engine, ContentStore contents, Accounts accounts) implements AutoCloseable {
    static Rooms open(Path folder) throws IOException {
      StorageConfig config = StorageConfig.defaults();
      try {
        Injector injector = Guice.createInjector(new StorageModule(config, folder));
        return new Rooms(
            injector.getInstance(Engine.class),
            injector.getInstance(ContentStore.class),
            injector.getInstance(Accounts.class));
      } catch (CreationException e) {
        throw new IOException(String.valueOf(e.getMessage()), e);
      }
    }

    @Override
    public void close() {
      accounts.close();
      contents.close();
      engine.close();
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    Optional<Path> work = Optional.empty();
    try {
      work = Optional.of(Files.createTempDirectory(folder, "posthorn-bench-store"));
      measure(work.get()).print(command.getOut(), json);
      return 0;
    } catch (IOException e) {
      command.getErr().println("The measurement failed: " + e.getMessage());
      return 1;
    } finally {
      work.ifPresent(StoreCommand::delete);
    }
  }

  private Figures measure(Path work) throws IOException, InterruptedException {
    var figures = new Figures();
    var commits = new CommitRates(figures, threads, seconds);
    progress("fsync of the disk");
    commits.fsync(work);
    try (Rooms rooms = Rooms.open(work)) {
      progress("commits from " + threads + " threads");
      commits.engine(rooms.engine());
      progress("the same, each alone");
      commits.engineAlone(rooms.engine());
      progress("contents from " + threads + " threads");
      commits.contents(rooms.contents());
      progress("deliveries from " + threads + " threads");
      commits.deliveries(rooms);
    }
    List<Integer> sizes = new ArrayList<>(mailboxes);
    if (large) {
      sizes.add(LARGE);
    }
    for (int size : sizes) {
      progress(String.format(Locale.ROOT, "a mailbox of %,d messages", size));
      new MailboxFigures(figures, size, sizeBytes, work.resolve("mailbox" + size)).measure();
    }
    progress("");
    return figures;
  }

  /// On a terminal, which the launcher knows.
  private void progress(String what) {
    if (Integer.getInteger("posthorn.columns", 0) > 0) {
      var out = Objects.requireNonNull(spec).commandLine().getErr();
      out.print("\r\u001b[K" + what);
      out.flush();
    }
  }

  private static void delete(Path work) {
    try (var files = Files.walk(work)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException _) {
      // It is in the folder for temporary files, or where the user said.
    }
  }
}
