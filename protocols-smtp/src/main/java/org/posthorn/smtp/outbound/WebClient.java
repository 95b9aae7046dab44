package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Http;
import org.posthorn.message.AddressText;

/// The web for plugins: asks our DNS, looks at each address before it goes there, and follows
/// redirects by the same rules. Safe for use by many threads.
///
/// Not by Java's own client: that asks another DNS than we do, and goes to wherever that says, also
/// to machines inside our network.
final class WebClient implements Http {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Set<String> OURS =
      Set.of(
          "host",
          "content-length",
          "connection",
          "transfer-encoding",
          "te",
          "upgrade",
          "expect",
          "trailer",
          "keep-alive",
          "proxy-connection",
          "accept-encoding");
  private static final Set<Integer> REDIRECTIONS = Set.of(301, 302, 303, 307, 308);
  private static final int REDIRECTS_MAX = 5;
  private static final int ADDRESSES_MAX = 3;
  private static final int AT_ONCE_MAX = 200;

  private final Dns dns;
  private final OwnHosts own;
  private final List<AddressRange> inside;
  private final TlsClient tls;
  private final Semaphore places = new Semaphore(AT_ONCE_MAX);

  WebClient(Dns dns, OwnHosts own, List<AddressRange> inside, TlsClient tls) {
    this.dns = dns;
    this.own = own;
    this.inside = inside;
    this.tls = tls;
  }

  @Override
  public Answer send(Request request) {
    check(request);
    long deadline = System.nanoTime() + request.timeLimit().toNanos();
    boolean placed = false;
    try {
      placed = places.tryAcquire(request.timeLimit().toMillis(), TimeUnit.MILLISECONDS);
      return placed
          ? follow(request, deadline)
          : new Failure(Reason.TOO_SLOW, "too many web requests are under way");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Failure(Reason.TOO_SLOW, "it was broken off before it was sent");
    } finally {
      if (placed) {
        places.release();
      }
    }
  }

  private Answer follow(Request first, long deadline) {
    Request request = first;
    Answer answer = once(request, deadline);
    for (int i = 0; i < REDIRECTS_MAX; i++) {
      Optional<Request> next = next(request, answer);
      if (next.isEmpty()) {
        return answer;
      }
      request = next.get();
      answer = once(request, deadline);
    }
    return answer;
  }

  /// Where a redirect leads, if it is to be followed.
  private static Optional<Request> next(Request from, Answer answer) {
    if (!(answer instanceof Response response)
        || !REDIRECTIONS.contains(response.status())
        || from.redirects() == Redirects.NEVER
        || !(from.method().equals("GET") || from.method().equals("HEAD"))) {
      return Optional.empty();
    }
    return response
        .header("location")
        .flatMap(location -> resolved(from.uri(), location))
        .filter(uri -> !(isSecure(from.uri()) && !isSecure(uri)))
        .filter(uri -> from.redirects() == Redirects.ANYWHERE || isSameHost(from.uri(), uri))
        .map(uri -> moved(from, uri));
  }

  private static Request moved(Request from, URI uri) {
    var headers = new HashMap<>(from.headers());
    if (!isSameHost(from.uri(), uri)) {
      headers.keySet().removeIf(name -> Set.of("authorization", "cookie").contains(lower(name)));
    }
    return new Request(
        from.method(),
        uri,
        headers,
        from.body(),
        from.timeLimit(),
        from.answerMaxBytes(),
        from.redirects());
  }

  private static Optional<URI> resolved(URI base, String location) {
    try {
      return Optional.of(base.resolve(location)).filter(uri -> problem(uri).isEmpty());
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private Answer once(Request request, long deadline) {
    String host = host(request.uri());
    List<InetAddress> all = addresses(host);
    List<InetAddress> allowed = all.stream().filter(this::mayReach).limit(ADDRESSES_MAX).toList();
    if (allowed.isEmpty()) {
      return all.isEmpty()
          ? new Failure(Reason.UNREACHABLE, "no address is known of " + host)
          : forbidden(host, all.getFirst());
    }
    Answer answer = new Failure(Reason.TOO_SLOW, host + " was not reached in time");
    for (InetAddress address : allowed) {
      if (deadline - System.nanoTime() <= 0) {
        return answer;
      }
      answer = new WebExchange(request, host, address, tls, deadline).run();
      if (!(answer instanceof Failure failure)
          || failure.reason() != Reason.UNREACHABLE
          || failure.status().isPresent()) {
        return answer;
      }
    }
    return answer;
  }

  private static Failure forbidden(String host, InetAddress address) {
    return new Failure(
        Reason.FORBIDDEN,
        "%s is at %s, which is this machine or a private network: if that is meant, add it to private-networks of http in the configuration"
            .formatted(host, AddressText.of(address)));
  }

  private boolean mayReach(InetAddress address) {
    return inside.stream().anyMatch(range -> range.contains(address))
        || !(OwnHosts.isInside(address) || own.isOurs(address));
  }

  private List<InetAddress> addresses(String host) {
    try {
      return List.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException _) {
      // A name, then.
    }
    if (host.equals("localhost")) {
      return List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));
    }
    return new ArrayList<>(dns.addresses(host).found());
  }

  /// Without the brackets of an IPv6 address and the dot at the end.
  private static String host(URI uri) {
    return lower(uri.getHost()).replaceAll("^\\[|\\.?$|]$", "");
  }

  private static boolean isSecure(URI uri) {
    return uri.getScheme().equalsIgnoreCase("https");
  }

  private static boolean isSameHost(URI a, URI b) {
    return host(a).equals(host(b)) && WebExchange.port(a) == WebExchange.port(b);
  }

  private static void check(Request request) {
    problem(request.uri())
        .ifPresent(problem -> {
          throw new IllegalArgumentException(problem);
        });
    if (!TOKEN.matcher(request.method()).matches() || request.method().equals("CONNECT")) {
      throw new IllegalArgumentException("No method for a request: " + request.method());
    }
    if (request.timeLimit().isNegative() || request.timeLimit().isZero()) {
      throw new IllegalArgumentException("A time limit is above 0");
    }
    request.headers().forEach(WebClient::check);
  }

  private static void check(String name, String value) {
    if (!TOKEN.matcher(name).matches() || OURS.contains(lower(name))) {
      throw new IllegalArgumentException("A plugin does not set the header field " + name);
    }
    if (!value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7F))) {
      throw new IllegalArgumentException(
          "The header field " + name + " has other than printable ASCII");
    }
  }

  private static Optional<String> problem(URI uri) {
    String scheme = uri.getScheme();
    if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
      return Optional.of("Only http and https: " + uri.getScheme());
    }
    if (uri.getHost() == null || uri.getRawUserInfo() != null) {
      return Optional.of("A URL has a host, and no user before it");
    }
    return Optional.empty();
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
