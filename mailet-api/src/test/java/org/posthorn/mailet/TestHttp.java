package org.posthorn.mailet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/// A web that answers what a test says and remembers what was asked. Nobody answers at other
/// addresses. Safe for use by many threads.
public final class TestHttp implements Http {
  private final Map<URI, Function<Sent, Answer>> sites = new ConcurrentHashMap<>();
  private final Map<String, Function<Sent, Answer>> beginnings = new ConcurrentHashMap<>();
  private final List<Sent> sent = new CopyOnWriteArrayList<>();

  /// A request with the bytes of its body.
  @SuppressWarnings("ArrayRecordComponent") // A test compares its text.
  public record Sent(Request request, byte[] body) {
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /// From now on this address answers so.
  public TestHttp with(String uri, int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return with(uri, _ -> new Response(status, Map.of(), bytes.clone()));
  }

  public TestHttp with(String uri, Function<Sent, Answer> site) {
    sites.put(URI.create(uri), site);
    return this;
  }

  /// From now on every address that begins so answers so, for who puts the client or the mail into
  /// it. Before it comes a longer beginning, and before all an address that was named whole.
  public TestHttp under(String beginning, int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return under(beginning, _ -> new Response(status, Map.of(), bytes.clone()));
  }

  public TestHttp under(String beginning, Function<Sent, Answer> site) {
    beginnings.put(beginning, site);
    return this;
  }

  /// What was asked, in order.
  public List<Sent> sent() {
    return List.copyOf(sent);
  }

  @Override
  public Answer send(Request request) {
    var one = new Sent(request, request.body().map(TestHttp::bytes).orElseGet(() -> new byte[0]));
    sent.add(one);
    Answer answer =
        site(request.uri())
            .<Answer>map(site -> site.apply(one))
            .orElseGet(() -> new Failure(Reason.UNREACHABLE, "nobody answers at " + request.uri()));
    return answer instanceof Response response && response.body().length > request.answerMaxBytes()
        ? new Failure(
            Reason.TOO_LARGE,
            "the answer is longer than " + request.answerMaxBytes(),
            Optional.of(response.status()))
        : answer;
  }

  private Optional<Function<Sent, Answer>> site(URI uri) {
    String address = uri.toString();
    return Optional.ofNullable(sites.get(uri))
        .or(() ->
            beginnings.entrySet().stream()
                .filter(entry -> address.startsWith(entry.getKey()))
                .max(Comparator.comparingInt(entry -> entry.getKey().length()))
                .map(Map.Entry::getValue));
  }

  private static byte[] bytes(Body body) {
    try (InputStream in = body.open()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
