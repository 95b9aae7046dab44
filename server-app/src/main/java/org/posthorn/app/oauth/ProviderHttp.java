package org.posthorn.app.oauth;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.posthorn.net.ClientTrust;

/// Asks the identity provider by HTTP, with limits of time and size. Follows no redirection: whom
/// we ask is in the configuration. Safe for use by many threads.
final class ProviderHttp {
  private static final int ANSWER_MAX_BYTES = 256 * 1024;
  private static final int OK = 200;
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final HttpClient client;
  private final Duration patience;

  /// `authorities`: whose certificates are trusted, in PEM; empty: those that Java trusts.
  /// `patience`: how long an answer may take, to its last byte. Throws `IllegalArgumentException`
  /// for what is no PEM.
  ProviderHttp(Optional<byte[]> authorities, Duration patience) {
    HttpClient.Builder builder =
        HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NEVER);
    authorities.ifPresent(pem -> builder.sslContext(trusting(pem)));
    this.client = builder.build();
    this.patience = patience;
  }

  private static SSLContext trusting(byte[] pem) {
    try {
      var factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(ClientTrust.authorities(pem));
      var context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot check certificates", e);
    }
  }

  String get(String url) throws IOException {
    return send(request(url).GET().build());
  }

  /// A form, as somebody who is known there.
  String post(String url, String form, String authorization) throws IOException {
    return send(
        request(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", authorization)
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build());
  }

  private static HttpRequest.Builder request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).header("Accept", "application/json");
  }

  /// The client's own limit of time ends with the header of an answer, so the wait for all of it is
  /// limited here; giving up closes the connection.
  private String send(HttpRequest request) throws IOException {
    CompletableFuture<HttpResponse<String>> coming =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), ANSWER_MAX_BYTES));
    try {
      HttpResponse<String> answer = coming.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (answer.statusCode() != OK) {
        throw new IOException(request.uri() + " answers with status " + answer.statusCode());
      }
      return answer.body();
    } catch (TimeoutException e) {
      giveUp(coming);
      throw new IOException(
          request.uri() + " has not answered within " + patience.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(request.uri() + ": " + e.getCause(), e);
    } catch (InterruptedException e) {
      giveUp(coming);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(e.getMessage());
    }
  }

  @SuppressWarnings("Interruption") // No thread is: that is how the JDK's client hangs up.
  private static void giveUp(CompletableFuture<?> coming) {
    coming.cancel(true);
  }
}
