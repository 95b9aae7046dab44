package org.posthorn.mailets.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Has a milter (Sendmail's protocol, version 6) judge each client and its mails, step by step as
/// they come, on a connection of its own for each client. What it changes about a mail is changed;
/// a mail that it puts into quarantine is held in the queue. A milter that was lost is looked for
/// again with the client's next mail; until then the gate fails, each time for what was the cause.
/// One that kept the client waiting in vain is not asked about this client for a minute.
final class Milter implements Gate {
  /// A step with signs of life may take so many times as long as one without.
  private static final int MOST = 4;

  /// So long one that kept a client waiting in vain is not asked about that client again.
  private static final Duration REST = Duration.ofMinutes(1);

  private final Remote.Place place;
  private final Duration patience;
  private final String hostname;

  /// By the ids of their connections.
  private final Map<String, Client> clients = new ConcurrentHashMap<>();

  /// Lines that were left open for the next client; with `reuse: 0` there is no room for any.
  private final Optional<BlockingQueue<MilterLine>> idle;

  private volatile boolean closed;

  private Milter(Remote.Place place, Duration patience, int reuse, String hostname) {
    this.place = place;
    this.patience = patience;
    this.hostname = hostname;
    this.idle = reuse == 0 ? Optional.empty() : Optional.of(new ArrayBlockingQueue<>(reuse));
  }

  public record Settings(
      @Parameter(
              value = "Where the milter listens: host and port, or the path of its socket.",
              example = "/run/opendkim/opendkim.sock")
          String at,
      @Parameter(value = "How long it may be silent.", otherwise = "15s") Duration patience,
      @Parameter(
              value = "So many connections to it are kept for the next clients.",
              otherwise = "0",
              min = 0,
              max = 1_000)
          int reuse) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "Milter";
    }

    @Override
    public String summary() {
      return "Has a milter judge each client and its mails, and change them.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new Milter(
          Remote.Place.of("at", settings.at),
          settings.patience,
          settings.reuse,
          services.hostname());
    }
  }

  /// A client of ours. The lock keeps a step that was given up for lost, and still runs, from
  /// meeting the next.
  private static final class Client {
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<MilterSession> session = Optional.empty();

    /// Why there is none any more.
    private Optional<Trouble> trouble = Optional.empty();
  }

  /// `waited`: it took the client's time.
  private record Trouble(RuntimeException cause, boolean waited, long atNanos) {
    boolean rests() {
      return waited && System.nanoTime() - atNanos < REST.toNanos();
    }
  }

  private interface Step {
    Verdict take(Client client) throws IOException;
  }

  @Override
  public Verdict connection(Visitor visitor) {
    return taken(visitor, client -> begun(client, visitor));
  }

  @Override
  public Verdict hello(Visitor visitor) {
    return taken(
        visitor,
        client -> {
          Verdict verdict =
              client.session.isEmpty() && client.trouble.isEmpty()
                  ? begun(client, visitor)
                  : Verdict.pass();
          return verdict instanceof Verdict.Pass ? session(client).hello(visitor) : verdict;
        });
  }

  @Override
  public Verdict sender(Visitor visitor, IncomingMail mail) {
    return taken(
        visitor,
        client -> {
          boolean inVain = client.trouble.filter(Trouble::rests).isPresent();
          Verdict verdict =
              client.session.isEmpty() && !inVain ? resumed(client, visitor) : Verdict.pass();
          return verdict instanceof Verdict.Pass ? session(client).sender(visitor, mail) : verdict;
        });
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    return taken(visitor, client -> session(client).recipient(visitor, mail, recipient));
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    return taken(visitor, client -> session(client).content(visitor, mail, message));
  }

  private Verdict taken(Visitor visitor, Step step) {
    Client client = clients.computeIfAbsent(visitor.connection(), _ -> new Client());
    if (!client.lock.tryLock()) {
      throw new IllegalStateException("the milter has not answered what it was asked before");
    }
    long start = System.nanoTime();
    try {
      return step.take(client);
    } catch (IOException e) {
      String why =
          client
              .session
              .map(session -> session.line().remote().explained(e))
              .orElse(e)
              .getMessage();
      throw lost(client, new UncheckedIOException("milter at " + why, e), start);
    } catch (RuntimeException e) {
      throw client.session.isPresent() ? lost(client, e, start) : e;
    } finally {
      client.lock.unlock();
    }
  }

  private RuntimeException lost(Client client, RuntimeException cause, long start) {
    drop(client);
    boolean waited = System.nanoTime() - start >= patience.toNanos();
    client.trouble = Optional.of(new Trouble(cause, waited, System.nanoTime()));
    return cause;
  }

  private static void drop(Client client) {
    client.session.ifPresent(session -> session.line().close());
    client.session = Optional.empty();
  }

  private static MilterSession session(Client client) {
    return client.session.orElseThrow(() ->
        client.trouble.orElseThrow(() -> new IllegalStateException("the milter was not met"))
            .cause);
  }

  /// On a line that was left open, or on a new one.
  private Verdict begun(Client client, Visitor visitor) throws IOException {
    drop(client);
    Optional<MilterLine> left = waiting();
    if (left.isPresent()) {
      try {
        return begun(client, visitor, left.get());
      } catch (IOException _) {
        left.get().close();
      }
    }
    return begun(client, visitor, MilterLine.open(place, patience));
  }

  private Verdict begun(Client client, Visitor visitor, MilterLine line) throws IOException {
    var session = new MilterSession(line, hostname, patience, patience.multipliedBy(MOST));
    client.session = Optional.of(session);
    client.trouble = Optional.empty();
    return session.connect(visitor);
  }

  private Verdict resumed(Client client, Visitor visitor) throws IOException {
    Verdict verdict = begun(client, visitor);
    return verdict instanceof Verdict.Pass && visitor.helo().isPresent()
        ? session(client).hello(visitor)
        : verdict;
  }

  @Override
  public void gone(Visitor visitor) {
    Client client = clients.remove(visitor.connection());
    if (client == null) {
      return;
    }
    if (client.lock.tryLock()) {
      try {
        client.session.ifPresent(this::part);
      } finally {
        client.lock.unlock();
      }
    } else {
      // Whoever still waits for an answer shall not wait any longer.
      client.session.ifPresent(session -> session.line().close());
    }
  }

  private void part(MilterSession session) {
    boolean more = idle.isPresent() && !closed && session.isBehindMail();
    boolean said = session.line().part(more);
    if (!said || !more || !idle.get().offer(session.line())) {
      session.line().close();
    } else if (closed) {
      letGo();
    }
  }

  /// Nothing is kept from now on.
  @Override
  public void close() {
    closed = true;
    letGo();
  }

  private void letGo() {
    for (Optional<MilterLine> line = left(); line.isPresent(); line = left()) {
      line.get().part(/* more= */ false);
      line.get().close();
    }
  }

  /// One that the milter has not closed since: it may do without the first steps, and then nobody
  /// would miss it until there is a mail.
  private Optional<MilterLine> waiting() {
    Optional<MilterLine> line = left();
    while (line.isPresent() && !line.get().isWaiting()) {
      line.get().close();
      line = left();
    }
    return line;
  }

  private Optional<MilterLine> left() {
    return idle.map(BlockingQueue::poll);
  }
}
