package org.posthorn.app.transfer.imap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.imap.ImapMailbox.Part;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;

/// Takes a whole account from another IMAP server over several connections, large mailboxes in
/// parts. It can be repeated until the switch: new messages come, flags follow, and if it is asked
/// for messages go that are gone there. A connection that breaks is opened again; where the server
/// allows for fewer than are wished, those that there are take all.
public final class ImapIntake {
  /// So often a connection may break over a part without any message of it having come.
  private static final int TRIES = 3;

  /// Of a part so many messages are passed over that break the connection.
  private static final int BREAKING_MAX = 20;

  /// Between tries to connect: a server that is started anew is waited for.
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofMinutes(1));

  private final From from;
  private final Receiver receiver;
  private final Oddities oddities;
  private final Intake.Choice choice;
  private final Intake.Progress progress;
  private final List<Duration> pauses;
  private final Deque<Task> tasks = new ArrayDeque<>();

  /// Threads that still take parts.
  private int workers;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /// The account there. `delete`: what is gone there goes here too. `shared`: also mailboxes that
  /// it only sees, of others or of everybody.
  public record From(
      ImapServerAddress address,
      String login,
      String password,
      int connections,
      boolean delete,
      boolean shared) {
    @Override
    public String toString() {
      return login + " at " + address.host();
    }
  }

  /// A part that is not taken yet, and what went wrong with it. Used by one thread at a time.
  private static final class Task {
    private final Part part;

    /// Not asked for again in this run: what has come, or cannot. What has come need not be known
    /// to who takes it: there was no room, or it is a trial.
    private final Set<Long> done = new HashSet<>();

    /// Of these progress has been told.
    private final Set<Long> told = new HashSet<>();

    private int passedOver;
    private int tries;
    private long brokeAt;

    /// How often it was waited because the server could not give the same one just then.
    private int waits;

    private long unavailableAt;

    /// Waited in vain for one of its messages: it is not the server that is started anew.
    private boolean hurries;

    Task(Part part) {
      this.part = part;
    }
  }

  public ImapIntake(
      From from,
      Receiver receiver,
      Oddities oddities,
      Intake.Choice choice,
      Intake.Progress progress) {
    this(from, receiver, oddities, choice, progress, PAUSES);
  }

  ImapIntake(
      From from,
      Receiver receiver,
      Oddities oddities,
      Intake.Choice choice,
      Intake.Progress progress,
      List<Duration> pauses) {
    this.from = from;
    this.receiver = receiver;
    this.oddities = oddities;
    this.choice = choice;
    this.progress = progress;
    this.pauses = List.copyOf(pauses);
  }

  /// Throws what the receiver throws when it is gone, and `IOException` when the other server
  /// cannot be reached or refuses.
  public void run() throws IOException {
    try (ImapConnection first = connect()) {
      new ImapPlan(from, first, receiver, oddities, choice, progress, pauses)
          .parts()
          .forEach(part -> tasks.add(new Task(part)));
    }
    var threads = new ArrayList<Thread>();
    workers = Math.min(from.connections(), tasks.size());
    for (int i = workers; i > 0; i--) {
      threads.add(Thread.ofPlatform().name("import-" + i).unstarted(this::work));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted");
      }
    }
    Throwable why = failure.get();
    if (why instanceof RuntimeException e) {
      throw e;
    }
    if (why instanceof Error e) {
      throw e;
    }
  }

  private void work() {
    @Nullable ImapConnection connection = null;
    try {
      for (Task task = next(); task != null; task = next()) {
        connection = connection == null ? connected(task) : connection;
        if (connection == null) {
          return;
        }
        if (!isTaken(task, connection)) {
          close(connection);
          connection = null;
        }
      }
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    } finally {
      close(connection);
    }
  }

  private synchronized @Nullable Task next() {
    @Nullable Task next = failure.get() == null ? tasks.poll() : null;
    workers -= next == null ? 1 : 0;
    return next;
  }

  private synchronized void again(Task task) {
    tasks.addFirst(task);
  }

  /// Whether others go on, with this part too. The last one cannot leave.
  private synchronized boolean leavesToOthers(Task task) {
    if (workers == 1) {
      return false;
    }
    workers--;
    tasks.addFirst(task);
    return true;
  }

  /// Null where there is no connection, and nothing more to do for this thread: many servers allow
  /// for a few at a time, and their users are on some of them.
  private @Nullable ImapConnection connected(Task task) {
    for (int attempt = 0; ; attempt++) {
      try {
        return connect();
      } catch (IOException e) {
        // One that does not answer may be started anew, and let all in again.
        boolean leaves =
            (e instanceof ImapConnection.Refused refused && !refused.isForNow())
                ? attempt > 0
                : attempt == pauses.size();
        if (leaves && leavesToOthers(task)) {
          return null;
        }
        if (attempt == pauses.size() || !isAfterPause(pauses.get(attempt))) {
          leftOut(task.part, e);
          for (Task rest = next(); rest != null; rest = next()) {
            leftOut(rest.part, e);
          }
          return null;
        }
      }
    }
  }

  /// False when it was interrupted.
  static boolean isAfterPause(Duration pause) {
    try {
      Thread.sleep(pause);
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Takes a part; false when the connection is of no use any more.
  private boolean isTaken(Task task, ImapConnection connection) {
    var reader =
        new PartReader(connection, receiver, oddities, progress, task.part, task.done, task.told);
    try {
      reader.take(delete());
      end(task.part);
      return true;
    } catch (ImapConnection.Refused e) {
      if (e.isForNow()) {
        unavailable(task, reader, e);
        return false;
      }
      leftOut(task.part, e);
      return true;
    } catch (IOException e) {
      broke(task, reader, e);
      return false;
    }
  }

  /// A message that breaks the connection twice is passed over: it must not keep away all that
  /// stand behind it.
  private void broke(Task task, PartReader reader, IOException why) {
    long at = reader.brokeAt();
    task.tries = reader.hasTaken() ? 1 : task.tries + 1;
    if (at > 0 && at == task.brokeAt && task.passedOver < BREAKING_MAX) {
      passOver(task, at, reader, why);
      task.tries = 0;
    }
    task.brokeAt = at;
    if (task.tries < TRIES) {
      again(task);
    } else {
      leftOut(task.part, why);
    }
  }

  /// So says a server that is about to end, and one that has begun and is not ready yet: it is
  /// waited for. Some say it of a message that they have lost, too: that one is passed over then.
  private void unavailable(Task task, PartReader reader, IOException why) {
    long at = reader.brokeAt();
    task.waits = reader.hasTaken() || at != task.unavailableAt ? 0 : task.waits;
    task.unavailableAt = at;
    int most = task.hurries ? Math.min(1, pauses.size()) : pauses.size();
    if (task.waits < most && isAfterPause(pauses.get(task.waits))) {
      task.waits++;
      again(task);
    } else if (at > 0 && task.passedOver < BREAKING_MAX) {
      passOver(task, at, reader, why);
      task.waits = 0;
      task.hurries = true;
      again(task);
    } else {
      leftOut(task.part, why);
    }
  }

  private void passOver(Task task, long uid, PartReader reader, IOException why) {
    task.done.add(uid);
    task.told.add(uid);
    task.passedOver++;
    task.part.mailbox().leftOut();
    oddities.add(Oddity.UNREADABLE, reader.label(uid) + ": " + why.getMessage());
  }

  /// Not for an import that takes everything again: nothing is compared there.
  private boolean delete() {
    return from.delete() && choice.run().isEmpty();
  }

  private void leftOut(Part part, IOException why) {
    part.mailbox().leftOut();
    oddities.add(Oddity.UNREADABLE, "mailbox " + part.mailbox().name() + ": " + why.getMessage());
  }

  private void end(Part part) throws IOException {
    Optional<Frame.Mark> mark = part.mailbox().taken();
    if (mark.isPresent()) {
      receiver.send(mark.get());
      receiver.flush();
    }
  }

  private ImapConnection connect() throws IOException {
    ImapConnection connection = ImapConnection.open(from.address(), from.login(), from.password());
    if (delete() && connection.can("QRESYNC")) {
      connection.run("ENABLE QRESYNC", _ -> {});
    }
    return connection;
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
