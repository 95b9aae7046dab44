package org.posthorn.app.transfer.imap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
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
/// for messages go that are gone there. A connection that breaks is opened again.
public final class ImapIntake {
  private static final int TRIES = 3;

  private final From from;
  private final Receiver receiver;
  private final Oddities oddities;
  private final Intake.Choice choice;
  private final Intake.Progress progress;
  private final ConcurrentLinkedQueue<Part> parts = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  /// The account there. `delete`: what is gone there goes here too.
  public record From(
      ImapServerAddress address, String login, String password, int connections, boolean delete) {
    @Override
    public String toString() {
      return login + " at " + address.host();
    }
  }

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
      parts.addAll(new ImapPlan(from, first, receiver, oddities, choice, progress).parts());
    }
    var workers = new ArrayList<Thread>();
    for (int i = 0; i < Math.min(from.connections(), parts.size()); i++) {
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

  private void work() {
    @Nullable ImapConnection connection = null;
    try {
      for (Part part = parts.poll(); part != null && failure.get() == null; part = parts.poll()) {
        connection = part(part, connection);
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    } finally {
      close(connection);
    }
  }

  /// Takes a part of a mailbox, again after a connection that broke; the connection to go on with.
  private @Nullable ImapConnection part(Part part, @Nullable ImapConnection open) {
    @Nullable ImapConnection connection = open;
    for (int attempt = 1; ; attempt++) {
      try {
        connection = connection == null ? connect() : connection;
        new PartReader(connection, receiver, oddities, progress, part).take(delete());
        end(part);
        return connection;
      } catch (ImapConnection.Refused e) {
        leftOut(part, e);
        return connection;
      } catch (IOException e) {
        close(connection);
        connection = null;
        if (attempt == TRIES) {
          leftOut(part, e);
          return null;
        }
      }
    }
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
