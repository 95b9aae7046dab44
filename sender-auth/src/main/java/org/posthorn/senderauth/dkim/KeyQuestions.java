package org.posthorn.senderauth.dkim;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.posthorn.mailet.Dns;

/// The keys that the signatures of one message need: each is asked for once, in the order in which
/// they are named and several at the same time, while the body is read. The DNS has the time limit.
/// Used by one thread.
public final class KeyQuestions {
  /// A name with more TXT records than this is no place for a key.
  private static final int RECORDS_MAX = 5;

  /// A record of RSA with 4096 bits has 750.
  private static final int KEPT_MAX_CHARS = 1_500;

  private static final int KEPT_MAX = 1_000;

  /// What records say, by their text: most mail is from few domains, and reading a key takes as
  /// long as using it.
  private static final Cache<String, KeyAnswer> READ =
      CacheBuilder.newBuilder().maximumSize(KEPT_MAX).build();

  /// At the same time, for all messages: each takes a port of this machine until its name is
  /// answered, and strangers choose which names that are. The others wait their turn; what else is
  /// asked of the DNS does not.
  private static final int UNDERWAY_MAX = 4_000;

  private static final Semaphore UNDERWAY = new Semaphore(UNDERWAY_MAX, /* fair= */ true);

  /// Of one message: nearly none has more signatures, and whoever writes one says whose servers are
  /// asked.
  static final int AT_ONCE = 5;

  private final Dns dns;
  private final Semaphore underway;
  private final Map<String, FutureTask<KeyAnswer>> asked = new HashMap<>();

  /// Those whose turn has not come; with `askers`, the threads that ask.
  private final Queue<FutureTask<KeyAnswer>> waiting = new ArrayDeque<>();

  private int askers;

  public KeyQuestions(Dns dns) {
    this(dns, UNDERWAY);
  }

  KeyQuestions(Dns dns, Semaphore underway) {
    this.dns = dns;
    this.underway = underway;
  }

  /// Asks for the key that stands at `name`, and does not wait.
  public void ask(String name) {
    var _ = question(name);
  }

  /// Waits for the answer.
  public KeyAnswer answer(String name) {
    try {
      return question(name).get();
    } catch (ExecutionException _) {
      return new KeyAnswer.Unknown("the key could not be asked for");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new KeyAnswer.Unknown("the server is stopping");
    }
  }

  private FutureTask<KeyAnswer> question(String name) {
    return asked.computeIfAbsent(
        name,
        _ -> {
          var question = new FutureTask<>(() -> inTurn(name));
          enqueue(question);
          return question;
        });
  }

  private void enqueue(FutureTask<KeyAnswer> question) {
    synchronized (waiting) {
      waiting.add(question);
      if (askers < AT_ONCE) {
        askers++;
        Thread.ofVirtual().name("dkim-key").start(this::askAll);
      }
    }
  }

  /// One after the other, until there are no more.
  private void askAll() {
    for (Optional<FutureTask<KeyAnswer>> next = next(); next.isPresent(); next = next()) {
      next.get().run();
    }
  }

  private Optional<FutureTask<KeyAnswer>> next() {
    synchronized (waiting) {
      Optional<FutureTask<KeyAnswer>> next = Optional.ofNullable(waiting.poll());
      if (next.isEmpty()) {
        askers--;
      }
      return next;
    }
  }

  private KeyAnswer inTurn(String name) throws InterruptedException {
    underway.acquire();
    try {
      return look(dns, name);
    } finally {
      underway.release();
    }
  }

  /// Asks and waits. Of several records the first that is a key counts.
  public static KeyAnswer look(Dns dns, String name) {
    return switch (dns.texts(name)) {
      case Dns.Answer.NoSuchName<String> _ -> new KeyAnswer.Refused("there is no such key");
      case Dns.Answer.Unknown<String> _ -> new KeyAnswer.Unknown("the key could not be asked for");
      case Dns.Answer.Records<String>(var records) -> {
        KeyAnswer answer = new KeyAnswer.Refused("there is no such key");
        for (String record : records.subList(0, Math.min(RECORDS_MAX, records.size())).reversed()) {
          answer = better(read(record), answer);
        }
        yield answer;
      }
    };
  }

  private static KeyAnswer better(KeyAnswer one, KeyAnswer other) {
    return one instanceof KeyAnswer.Refused && other instanceof KeyAnswer.Found ? other : one;
  }

  private static KeyAnswer read(String record) {
    KeyAnswer known = READ.getIfPresent(record);
    if (known == null) {
      known = readAnew(record);
      if (record.length() <= KEPT_MAX_CHARS) {
        READ.put(record, known);
      }
    }
    return known;
  }

  private static KeyAnswer readAnew(String record) {
    try {
      return new KeyAnswer.Found(DkimKey.read(record));
    } catch (DkimSyntaxException e) {
      return new KeyAnswer.Refused(e.reason());
    }
  }
}
