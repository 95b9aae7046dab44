package org.posthorn.app.web;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.net.ListenerConfig;

/// Pages for the world: leaving a mailing list with one click, the policy of MTA-STS, settings for
/// mail programs.
public record PublicWebConfig(
    /// Whether the port is opened.
    boolean enabled,
    /// Where it is, and its limits: with TLS by the certificates of `tls`, unless a web server of
    /// yours stands in front of it (`tls: false`).
    ListenerConfig listener,
    /// How the world reaches it, such as `https://mail.example.org`: the beginning of links in
    /// mailing lists. Default: the server's hostname where it listens on port 443 with TLS; else
    /// there are no links.
    Optional<String> url,
    /// How many requests a minute one client address (IPv6: one /64 network) may make, 1 to
    /// 100,000.
    int requestsPerMinute,
    /// How long one request may take to come in, 1 to 300 seconds.
    Duration requestTimeout,
    /// The policy of MTA-STS (RFC 8461) of all our domains.
    MtaSts mtaSts) {
  /// What other servers are asked to do when they send us mail.
  public record MtaSts(
      /// `off`: there is no policy; `testing`: they report when TLS does not work, and deliver all
      /// the same; `enforce`: they deliver only over TLS with a good certificate; `none`: they
      /// forget an earlier policy.
      Mode mode,
      /// The names of the servers that take our mail, such as `mx.example.org` or
      /// `*.example.org`. Default: the server's hostname.
      List<String> mx,
      /// How long they remember the policy, 1 hour to 365 days.
      Duration maxAge) {
    public MtaSts {
      mx = List.copyOf(mx);
      for (String name : mx) {
        String plain = name.startsWith("*.") ? name.substring(2) : name;
        if (Domain.parse(plain).filter(domain -> !domain.isLiteral()).isEmpty()) {
          throw new IllegalArgumentException("mx must be names of servers, not '" + name + "'");
        }
      }
      if (maxAge.compareTo(Duration.ofHours(1)) < 0 || maxAge.compareTo(Duration.ofDays(365)) > 0) {
        throw new IllegalArgumentException("max-age must be 1h to 365d");
      }
    }

    /// The file of the policy (RFC 8461 §3.2); empty where there is none.
    public List<String> lines(String hostname) {
      List<String> lines = new ArrayList<>();
      if (mode != Mode.OFF) {
        lines.add("version: STSv1");
        lines.add("mode: " + mode.word());
        (mx.isEmpty() ? List.of(hostname) : mx).forEach(name -> lines.add("mx: " + name));
        lines.add("max_age: " + maxAge.toSeconds());
      }
      return lines;
    }
  }

  /// As in the policy, and whether there is one.
  public enum Mode {
    OFF,
    NONE,
    TESTING,
    ENFORCE;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public PublicWebConfig {
    if (url.isPresent() && !url.get().matches("https://[A-Za-z0-9.:\\[\\]-]+(/[\\w./-]*)?")) {
      throw new IllegalArgumentException(
          "url must be the beginning of links, such as https://mail.example.org, not '"
              + url.get()
              + "'");
    }
    if (requestsPerMinute < 1 || requestsPerMinute > 100_000) {
      throw new IllegalArgumentException("requests-per-minute must be 1 to 100000");
    }
    if (requestTimeout.toSeconds() < 1 || requestTimeout.toSeconds() > 300) {
      throw new IllegalArgumentException("request-timeout must be 1s to 300s");
    }
  }

  public static PublicWebConfig defaults() {
    var loopback = ListenerConfig.defaults();
    return new PublicWebConfig(
        false,
        new ListenerConfig(
            loopback.host(),
            3443,
            true,
            1_000,
            20,
            loopback.proxyNetworks(),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30)),
        Optional.empty(),
        60,
        Duration.ofSeconds(20),
        new MtaSts(Mode.OFF, List.of(), Duration.ofDays(7)));
  }

  /// The beginning of links that unsubscribe; empty where the world does not reach them.
  public Optional<URI> unsubscribeLink(String hostname) {
    return base(hostname).map(base -> URI.create(base + PublicWeb.UNSUBSCRIBE));
  }

  private Optional<String> base(String hostname) {
    if (!enabled) {
      return Optional.empty();
    }
    Optional<String> own =
        listener.tls() && listener.port() == 443
            ? Optional.of("https://" + hostname)
            : Optional.empty();
    return url.map(given -> given.endsWith("/") ? given.substring(0, given.length() - 1) : given)
        .or(() -> own);
  }
}
