package org.posthorn.app.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.posthorn.net.WireOutput;

/// What a web client gets. `more` are header lines of this answer, each with its end.
record WebAnswer(int status, String type, String body, String more) {
  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(400, "Bad Request"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(408, "Request Timeout"),
          Map.entry(413, "Content Too Large"),
          Map.entry(421, "Misdirected Request"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(501, "Not Implemented"),
          Map.entry(503, "Service Unavailable"));

  static WebAnswer page(int status, String html) {
    return new WebAnswer(status, "text/html", html, "");
  }

  static WebAnswer text(int status, String text) {
    return new WebAnswer(status, "text/plain", text + "\r\n", "");
  }

  static WebAnswer xml(String xml) {
    return new WebAnswer(200, "application/xml", xml, "");
  }

  static WebAnswer onlyFor(String methods) {
    return new WebAnswer(
        405, "text/plain", "This page knows " + methods + "\r\n", "Allow: " + methods + "\r\n");
  }

  /// Addresses of pages have tokens in them: they are told to nobody else, and kept by nobody.
  void writeTo(WireOutput output, boolean withBody) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    output.write(
        "HTTP/1.1 %d %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %d\r\n"
                .formatted(status, REASONS.getOrDefault(status, "Error"), type, bytes.length)
            + more
            + "Cache-Control: no-store\r\n"
            + "Referrer-Policy: no-referrer\r\n"
            + "X-Content-Type-Options: nosniff\r\n"
            + "Content-Security-Policy: default-src 'none'; form-action 'self';"
            + " frame-ancestors 'none'\r\n"
            + "Connection: close\r\n\r\n");
    if (withBody) {
      output.write(bytes, 0, bytes.length);
    }
  }
}
