package org.posthorn.mailet;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Asks web servers, within bounds of time and size. Safe for use by many threads; the calling
/// thread waits.
///
/// The least there is:
///
/// ```java
/// Http.Answer answer = services.http().send(Http.Request.get(URI.create("https://example.org/")));
/// ```
///
/// All there is:
///
/// ```java
/// Http.Request request =
///     Http.Request.post(hook, "message/rfc822", Http.Body.of(mail.message()))
///         .withHeader("Authorization", "Bearer " + token)
///         .within(Duration.ofSeconds(10))
///         .upTo(64 << 10)
///         .following(Http.Redirects.SAME_HOST);
/// return switch (services.http().send(request)) {
///   case Http.Response response when response.isSuccess() -> new Outcome.Continue(mail);
///   case Http.Response response -> new Outcome.Retry("The hook says " + response.status());
///   case Http.Failure failure -> new Outcome.Retry(failure.why());
/// };
/// ```
///
/// Where a request may go: to `http` and `https`, with a certificate that is good for the host's
/// name, by no proxy. Addresses of this machine and of private networks are refused unless the
/// operator has named them (`http.private-networks`), whatever name in the DNS leads there and also
/// behind a redirect. So a URL may come from a mail.
///
/// While a chain is tried (`posthorn chain test`), `GET` and `HEAD` are asked as ever; what else
/// would be sent is noted for the report, and the answer is a [Reason#REHEARSED].
public interface Http {
  /// What became of the request. Throws `IllegalArgumentException` for one that makes no sense.
  Answer send(Request request);

  /// What is asked for. `headers` by name in any case; `Host`, `Content-Length` and what belongs to
  /// the connection are ours. `timeLimit` is for all of it, from the look-up in the DNS to the last
  /// byte of the answer; `answerMaxBytes` for the answer's body: a longer one is a [Failure].
  record Request(
      String method,
      URI uri,
      Map<String, String> headers,
      Optional<Body> body,
      Duration timeLimit,
      int answerMaxBytes,
      Redirects redirects) {
    private static final Duration TIME_LIMIT = Duration.ofSeconds(20);
    private static final int ANSWER_MAX_BYTES = 1 << 20;

    public Request {
      headers = Map.copyOf(headers);
    }

    public static Request get(URI uri) {
      return of("GET", uri, Optional.empty());
    }

    /// Sends `body` as `type`, such as `application/json`.
    public static Request post(URI uri, String type, Body body) {
      return of("POST", uri, Optional.of(body)).withHeader("Content-Type", type);
    }

    /// A request of any method that HTTP has but `CONNECT`, of 20 seconds and 1 MiB, that follows
    /// no redirect.
    public static Request of(String method, URI uri, Optional<Body> body) {
      return new Request(
          method, uri, Map.of(), body, TIME_LIMIT, ANSWER_MAX_BYTES, Redirects.NEVER);
    }

    /// In place of one of that name, if there is one.
    public Request withHeader(String name, String value) {
      var more = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
      more.putAll(headers);
      more.remove(name);
      more.put(name, value);
      return new Request(method, uri, more, body, timeLimit, answerMaxBytes, redirects);
    }

    public Request within(Duration time) {
      return new Request(method, uri, headers, body, time, answerMaxBytes, redirects);
    }

    public Request upTo(int maxBytes) {
      return new Request(method, uri, headers, body, timeLimit, maxBytes, redirects);
    }

    /// Only `GET` and `HEAD` are ever sent anew to where a redirect says.
    public Request following(Redirects which) {
      return new Request(method, uri, headers, body, timeLimit, answerMaxBytes, which);
    }
  }

  /// Which redirects are followed, five in a row at most, and never from `https` to `http`. One
  /// that is not followed is the answer.
  enum Redirects {
    NEVER,
    SAME_HOST,
    /// `Authorization` and `Cookie` stay behind when the host changes.
    ANYWHERE
  }

  /// The bytes that are sent, streamed. Opened again when an address of the host did not answer.
  interface Body {
    long sizeBytes();

    InputStream open();

    /// A message as it is.
    static Body of(Message message) {
      return new Body() {
        @Override
        public long sizeBytes() {
          return message.sizeBytes();
        }

        @Override
        public InputStream open() {
          return message.open();
        }
      };
    }

    static Body of(byte[] bytes) {
      byte[] copy = bytes.clone();
      return new Body() {
        @Override
        public long sizeBytes() {
          return copy.length;
        }

        @Override
        public InputStream open() {
          return new ByteArrayInputStream(copy);
        }
      };
    }

    /// In UTF-8.
    static Body of(String text) {
      return of(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /// What became of a request: the server said something, or nothing came of it.
  sealed interface Answer permits Response, Failure {}

  /// What the server said, whether it is good news or bad. Names of `headers` are in lower case;
  /// several of one name are joined with commas. `body` belongs to whoever asked.
  @SuppressWarnings("ArrayRecordComponent") // Made for one caller, who owns it.
  record Response(int status, Map<String, String> headers, byte[] body) implements Answer {
    public Response {
      headers = Map.copyOf(headers);
    }

    public boolean isSuccess() {
      return status >= 200 && status < 300;
    }

    public Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /// The body as UTF-8.
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /// No answer, and why in words for the operator. `status` is there where the server had said that
  /// much, and only the body was too long, too slow or broke off: for whom the status is enough.
  record Failure(Reason reason, String why, Optional<Integer> status) implements Answer {
    /// The server has said nothing.
    public Failure(Reason reason, String why) {
      this(reason, why, Optional.empty());
    }

    /// Whether the same request may have an answer later.
    public boolean isWorthRepeating() {
      return reason == Reason.UNREACHABLE || reason == Reason.TOO_SLOW;
    }
  }

  /// Why there is no answer.
  enum Reason {
    /// We may not go there; what [Failure#why] says helps the operator.
    FORBIDDEN,
    /// No such host, no connection, no trust in its certificate, or it broke off.
    UNREACHABLE,
    /// The time limit was over. The server may have done what was asked.
    TOO_SLOW,
    /// The body of the answer is longer than it may be.
    TOO_LARGE,
    /// Not sent, since the chain is only being tried.
    REHEARSED
  }
}
