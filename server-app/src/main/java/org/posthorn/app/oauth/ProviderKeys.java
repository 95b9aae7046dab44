package org.posthorn.app.oauth;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.directory.OAuthConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys that the provider signs with. They are read when they are first needed, each hour, and
/// when a token names one that is not known: not more often than each half minute, so that made-up
/// names cost nothing. When they cannot be read, those of before go on. Safe for use by many
/// threads.
final class ProviderKeys implements JWKSource<SecurityContext> {
  private static final Logger log = LoggerFactory.getLogger(ProviderKeys.class);
  private static final Duration FRESH = Duration.ofHours(1);
  private static final Duration PAUSE = Duration.ofSeconds(30);

  private final OAuthConfig config;
  private final ProviderHttp http;
  private final InstantSource clock;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile @Nullable JWKSet known;
  private volatile Instant read = Instant.MIN;
  private volatile Instant tried = Instant.MIN;

  ProviderKeys(OAuthConfig config, ProviderHttp http, InstantSource clock) {
    this.config = config;
    this.http = http;
    this.clock = clock;
  }

  /// Throws [Unreadable] where there are no keys at all.
  @Override
  public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) {
    JWKSet keys = known;
    if (keys == null) {
      keys = readAgain(null);
    } else if (clock.instant().isAfter(read.plus(FRESH)) && reading.tryLock()) {
      // Whoever comes meanwhile is not kept waiting: those of before go on.
      try {
        keys = readAgain(keys);
      } finally {
        reading.unlock();
      }
    }
    List<JWK> fitting = selector.select(keys);
    return fitting.isEmpty() ? selector.select(readAgain(keys)) : fitting;
  }

  /// There are no keys, and the provider does not say any.
  static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unreadable() {
      super("The keys of the identity provider cannot be read");
    }
  }

  @SuppressWarnings("ReferenceEquality") // Whether it is another reading.
  private JWKSet readAgain(@Nullable JWKSet before) {
    reading.lock();
    try {
      JWKSet now = known;
      if (now != null && now != before) {
        return now; // Somebody else was faster.
      }
      if (clock.instant().isAfter(tried.plus(PAUSE))) {
        tried = clock.instant();
        now = fetch();
        known = now;
        read = tried;
      }
    } catch (IOException | ParseException e) {
      log.atWarn().addKeyValue("cause", e.toString()).log("keys of the identity provider not read");
    } finally {
      reading.unlock();
    }
    JWKSet now = known;
    if (now == null) {
      throw new Unreadable();
    }
    return now;
  }

  private JWKSet fetch() throws IOException, ParseException {
    String url = config.jwksUrl().isPresent() ? config.jwksUrl().get() : discovered();
    return JWKSet.parse(http.get(url)).toPublicJWKSet();
  }

  private String discovered() throws IOException, ParseException {
    Map<String, Object> document = JSONObjectUtils.parse(http.get(config.discoveryUrl()));
    if (!config.issuer().equals(JSONObjectUtils.getString(document, "issuer"))) {
      throw new IOException(config.discoveryUrl() + " is of another issuer");
    }
    String url = JSONObjectUtils.getString(document, "jwks_uri");
    try {
      OAuthConfig.check("jwks_uri", url == null ? "" : url);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
    return url;
  }
}
