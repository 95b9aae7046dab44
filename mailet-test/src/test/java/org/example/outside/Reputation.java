package org.example.outside;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Refuses clients of which a web service thinks badly, and remembers what it thinks for a while.
final class Reputation implements GateFactory<Reputation.Settings> {
  record Settings(
      @Parameter(
              value = "Where to ask; the client's address comes behind it. The answer is a number.",
              example = "https://reputation.example/score/")
          URI url,
      @Parameter(value = "From this score on a client is refused.", otherwise = "80") int limit,
      @Parameter(value = "How long an answer is good.", otherwise = "1h") Duration keep,
      @Parameter(value = "How long an answer may take.", otherwise = "3s") Duration patience,
      @Parameter("Senders who are never refused.") List<AddressPattern> skip) {}

  @Override
  public String name() {
    return "Reputation";
  }

  @Override
  public String summary() {
    return "Refuses clients of which a web service thinks badly.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Gate create(Settings settings, Services services) {
    return new Judging(settings, services.http(), services.memory("example.reputation"));
  }

  private record Judging(Settings settings, Http http, Memory memory) implements Gate {
    @Override
    public Verdict sender(Visitor visitor, IncomingMail mail) {
      if (mail.sender()
          .filter(one -> settings.skip().stream().anyMatch(p -> p.fits(one)))
          .isPresent()) {
        return Verdict.pass();
      }
      Optional<Integer> score = score(visitor.remote());
      if (score.isEmpty()) {
        return Verdict.tag("example.score", "unknown", "nobody could be asked");
      }
      String said = "score %d of %d".formatted(score.get(), settings.limit());
      return score.get() >= settings.limit()
          ? Verdict.refuse("Your address has a bad reputation", said)
          : Verdict.tag("example.score", score.get().toString(), said);
    }

    private Optional<Integer> score(InetAddress client) {
      String key = client.getHostAddress();
      Optional<String> known = memory.find(key).or(() -> asked(key));
      return known.map(Integer::parseInt);
    }

    private Optional<String> asked(String address) {
      var request =
          Http.Request.get(URI.create(settings.url() + address))
              .within(settings.patience())
              .upTo(100);
      if (http.send(request) instanceof Http.Response response
          && response.isSuccess()
          && response.text().strip().matches("\\d{1,4}")) {
        memory.put(address, response.text().strip(), settings.keep());
        return Optional.of(response.text().strip());
      }
      return Optional.empty();
    }
  }
}
