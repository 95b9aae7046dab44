package org.posthorn.app.oauth;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/// Asks the identity provider by HTTP, with limits of time and size. Follows no redirection: whom
/// we ask is in the configuration. Safe for use by many threads.
final class ProviderHttp {
  private static final int ANSWER_MAX_BYTES = 256 * 1024;
  private static final int OK = 200;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

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
    return HttpRequest.newBuilder(URI.create(url))
        .timeout(PATIENCE)
        .header("Accept", "application/json");
  }

  private String send(HttpRequest request) throws IOException {
    try {
      HttpResponse<String> answer =
          client.send(request, BodyHandlers.limiting(BodyHandlers.ofString(), ANSWER_MAX_BYTES));
      if (answer.statusCode() != OK) {
        throw new IOException(request.uri() + " answers with status " + answer.statusCode());
      }
      return answer.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(e.getMessage());
    }
  }
}
