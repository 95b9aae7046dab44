package org.posthorn.app.web;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.message.Domain;
import org.posthorn.net.Connection;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.Dismissal;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers web clients: HTTP/1.1, one request to a connection. There is no page but those in the
/// switch, none of them is a file, and each counts under certain names of this server only. Safe
/// for use by many threads.
public final class PublicWeb implements ConnectionHandler {
  static final String UNSUBSCRIBE = "/unsubscribe";

  private static final Logger log = LoggerFactory.getLogger(PublicWeb.class);
  private static final String POLICY = "/.well-known/mta-sts.txt";
  private static final Set<String> AUTOCONFIG =
      Set.of("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml");
  private static final String AUTODISCOVER = "/autodiscover/autodiscover.xml";
  private static final String READING = "GET, HEAD";

  /// Names that stand before a domain of ours.
  private static final List<String> NAMES = List.of("mta-sts.", "autoconfig.", "autodiscover.");

  private final Directory directory;
  private final String hostname;
  private final Set<String> ownNames = new TreeSet<>();
  private final PublicWebConfig.MtaSts policy;
  private final Duration requestTimeout;
  private final Pace pace;
  private final Leaving leaving;
  private final ProgramSettings settings;

  /// `listeners`: what is open; `plainPasswords`: whether mail programs may log in with PLAIN.
  public PublicWeb(
      PublicWebConfig config,
      String hostname,
      Directory directory,
      Supplier<List<ListenerStatus>> listeners,
      boolean plainPasswords) {
    this.directory = directory;
    this.hostname = hostname;
    this.policy = config.mtaSts();
    this.requestTimeout = config.requestTimeout();
    this.pace = new Pace(config.requestsPerMinute(), InstantSource.system());
    this.leaving = new Leaving(directory);
    this.settings = new ProgramSettings(hostname, listeners, plainPasswords);
    ownNames.add(hostname.toLowerCase(Locale.ROOT));
    config
        .unsubscribeLink(hostname)
        .map(URI::getHost)
        .ifPresent(host -> ownNames.add(host.toLowerCase(Locale.ROOT)));
  }

  @Override
  public void serve(Connection connection) throws IOException {
    if (!pace.allows(connection.remote())) {
      new WebAnswer(429, "text/plain", "Too many requests\r\n", "Retry-After: 60\r\n")
          .writeTo(connection.output(), true);
      return;
    }
    boolean withBody = true;
    WebAnswer answer;
    try {
      WebRequest request = WebRequest.read(connection, requestTimeout);
      withBody = !request.method().equals("HEAD");
      answer = answer(request);
    } catch (WebRequest.Refused refused) {
      answer = WebAnswer.text(refused.status(), String.valueOf(refused.getMessage()));
    } catch (StorageUnavailable | DirectoryException e) {
      log.atWarn().setCause(e).log("web-request-failed");
      answer = WebAnswer.text(503, "Try again later");
    }
    answer.writeTo(connection.output(), withBody);
  }

  private WebAnswer answer(WebRequest request) throws WebRequest.Refused {
    if (!isOurs(request.host())) {
      throw new WebRequest.Refused(421, "This server has no pages for that host");
    }
    String path = request.path();
    boolean reads = request.method().equals("GET") || request.method().equals("HEAD");
    if (path.equals(UNSUBSCRIBE)) {
      return reads
          ? leaving.show(request)
          : request.method().equals("POST")
              ? leaving.leave(request)
              : WebAnswer.onlyFor(READING + ", POST");
    }
    if (path.equals(POLICY)) {
      return reads ? policy(request.host()) : WebAnswer.onlyFor(READING);
    }
    if (AUTOCONFIG.contains(path)) {
      return reads ? autoconfig(request) : WebAnswer.onlyFor(READING);
    }
    if (path.toLowerCase(Locale.ROOT).equals(AUTODISCOVER)) {
      return request.method().equals("POST") ? autodiscover(request) : WebAnswer.onlyFor("POST");
    }
    throw notFound();
  }

  private boolean isOurs(String host) {
    return ownNames.contains(host) || domain(host).isPresent();
  }

  /// The domain of ours that a name is, or stands before.
  private Optional<Domain> domain(String host) {
    return NAMES.stream()
        .filter(host::startsWith)
        .findFirst()
        .flatMap(name -> local(host.substring(name.length())))
        .or(() -> local(host));
  }

  private Optional<Domain> local(String name) {
    return Domain.parse(name).filter(directory::isLocal);
  }

  /// RFC 8461 §3.2.
  private WebAnswer policy(String host) throws WebRequest.Refused {
    boolean named = host.startsWith("mta-sts.") && domain(host).isPresent();
    List<String> lines = policy.lines(hostname);
    if (!named || lines.isEmpty()) {
      throw notFound();
    }
    return WebAnswer.text(200, String.join("\r\n", lines));
  }

  /// By the host, or by the address that Thunderbird names when it asks the server itself.
  private WebAnswer autoconfig(WebRequest request) throws WebRequest.Refused {
    String address = request.query().getOrDefault("emailaddress", "");
    Domain domain =
        domain(request.host())
            .or(() -> local(address.substring(address.indexOf('@') + 1)))
            .orElseThrow(PublicWeb::notFound);
    return settings.autoconfig(domain);
  }

  private WebAnswer autodiscover(WebRequest request) throws WebRequest.Refused {
    return ProgramSettings.asked(request.body())
        .filter(user -> directory.isLocal(user.domain()))
        .map(settings::autodiscover)
        .orElseThrow(PublicWeb::notFound);
  }

  private static WebRequest.Refused notFound() {
    return new WebRequest.Refused(404, "There is no such page");
  }

  @Override
  public String busy() {
    return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }

  /// Nothing: whoever waits has asked nothing yet.
  @Override
  public String farewell(Dismissal why) {
    return "";
  }
}
