package org.posthorn.app.transfer.imap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.app.transfer.intake.TargetNames;

/// Takes a whole account from another IMAP server: each mailbox over one of several connections. It
/// can be repeated until the switch: new messages come, flags follow, and if it is asked for
/// messages go that are gone there. A connection that breaks is opened again.
public final class ImapIntake {
  private static final int TRIES = 3;

  private final From from;
  private final Receiver receiver;
  private final Oddities oddities;
  private final Intake.Choice choice;
  private final Intake.Progress progress;
  private final ConcurrentLinkedQueue<Job> jobs = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  /// The account there. `delete`: what is gone there goes here too.
  public record From(
      ImapServerAddress address, String login, String password, int connections, boolean delete) {
    @Override
    public String toString() {
      return login + " at " + address.host();
    }
  }

  private record Job(String wireName, String name, String target, int folder) {}

  public ImapIntake(
      From from,
      Receiver receiver,
      Oddities oddities,
      Intake.Choice choice,
      Intake.Progress progress) {
    this.from = from;
    this.receiver = receiver;
    this.oddities = oddities;
    this.choice = choice;
    this.progress = progress;
  }

  /// Throws what the receiver throws when it is gone, and `IOException` when the other server
  /// cannot be reached or refuses.
  public void run() throws IOException {
    try (ImapConnection first = connect()) {
      plan(first);
    }
    var workers = new ArrayList<Thread>();
    for (int i = 0; i < Math.min(from.connections(), Math.max(1, jobs.size())); i++) {
      workers.add(Thread.ofPlatform().name("import-" + i).start(this::work));
    }
    for (Thread worker : workers) {
      try {
        worker.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted");
      }
    }
    RuntimeException why = failure.get();
    if (why != null) {
      throw why;
    }
  }

  private void plan(ImapConnection connection) throws IOException {
    var source = new ImapSource(connection, oddities);
    var wanted = new ArrayList<SourceFolder>();
    for (SourceFolder folder : source.folders()) {
      if (choice.excluded().test(folder.name())) {
        oddities.add(Oddity.EXCLUDED, folder.name());
      } else {
        wanted.add(folder);
      }
    }
    int number = 0;
    for (TargetNames.Target target : new TargetNames(choice.into(), oddities).of(wanted)) {
      SourceFolder folder = target.folder();
      receiver.send(
          new Frame.Folder(
              number, target.name(), target.use(), target.keepName(), folder.subscribed(), 0, 0));
      String wireName = source.wireName(folder);
      progress.begins(messages(connection, wireName), 0);
      jobs.add(new Job(wireName, folder.name(), target.name(), number));
      number++;
    }
    receiver.flush();
  }

  /// How many there are; 0 where the server does not say.
  private static long messages(ImapConnection connection, String wireName) throws IOException {
    var count = new long[1];
    try {
      connection.run(
          "STATUS " + ImapConnection.quoted(wireName) + " (MESSAGES)",
          response -> {
            if (response.getLast() instanceof List<?> values && values.size() == 2) {
              count[0] = Long.parseLong(String.valueOf(values.get(1)));
            }
          });
    } catch (ImapConnection.Refused | NumberFormatException _) {
      return 0;
    }
    return count[0];
  }

  private void work() {
    @Nullable ImapConnection connection = null;
    try {
      for (Job job = jobs.poll(); job != null && failure.get() == null; job = jobs.poll()) {
        connection = mailbox(job, connection);
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    } finally {
      close(connection);
    }
  }

  /// Takes one mailbox, again after a connection that broke; the connection to go on with.
  private @Nullable ImapConnection mailbox(Job job, @Nullable ImapConnection open) {
    @Nullable ImapConnection connection = open;
    for (int attempt = 1; ; attempt++) {
      try {
        connection = connection == null ? connect() : connection;
        new ImapMailbox(
                connection, receiver, oddities, progress, from.delete() && choice.run().isEmpty())
            .take(job.wireName(), job.name(), job.folder(), keys(job));
        return connection;
      } catch (ImapConnection.Refused e) {
        oddities.add(Oddity.UNREADABLE, "mailbox " + job.name() + ": " + e.getMessage());
        return connection;
      } catch (IOException e) {
        close(connection);
        connection = null;
        if (attempt == TRIES) {
          oddities.add(Oddity.UNREADABLE, "mailbox " + job.name() + ": " + e.getMessage());
          return null;
        }
      }
    }
  }

  private ImapMailbox.Keys keys(Job job) {
    return uidValidity ->
        SourceKeys.source(
            "imap",
            from.address().host(),
            from.login(),
            job.wireName(),
            Long.toString(uidValidity),
            job.target(),
            choice.run());
  }

  private ImapConnection connect() throws IOException {
    return ImapConnection.open(from.address(), from.login(), from.password());
  }

  private static void close(@Nullable ImapConnection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (IOException _) {
        // It is closed then.
      }
    }
  }

  /// The bytes of a message that comes over a connection: a small one is read whole, so that nobody
  /// waits for the network while it is handed over.
  static InputStream gathered(InputStream bytes, int smallMaxBytes) throws IOException {
    byte[] first = bytes.readNBytes(smallMaxBytes);
    return first.length < smallMaxBytes
        ? new ByteArrayInputStream(first)
        : new java.io.SequenceInputStream(new ByteArrayInputStream(first), bytes);
  }
}
