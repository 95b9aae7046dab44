package org.posthorn.senderauth.dkim;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.posthorn.mailet.Dns;

/// The keys that the signatures of one message need: each is asked for once, all at the same time,
/// while the body is read. The DNS has the time limit. Used by one thread.
public final class KeyQuestions {
  /// A name with more TXT records than this is no place for a key.
  private static final int RECORDS_MAX = 5;

  private final Dns dns;
  private final Map<String, FutureTask<KeyAnswer>> asked = new HashMap<>();

  public KeyQuestions(Dns dns) {
    this.dns = dns;
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
          var question = new FutureTask<>(() -> look(dns, name));
          Thread.ofVirtual().name("dkim-key").start(question);
          return question;
        });
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
    try {
      return new KeyAnswer.Found(DkimKey.read(record));
    } catch (DkimSyntaxException e) {
      return new KeyAnswer.Refused(e.reason());
    }
  }
}
