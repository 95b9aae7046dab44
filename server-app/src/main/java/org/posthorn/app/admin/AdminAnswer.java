package org.posthorn.app.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/// What a route answers. Values are records, maps and lists that Jackson writes as JSON.
sealed interface AdminAnswer {
  record Json(int status, Object body) implements AdminAnswer {}

  /// Lines of JSON, each sent as soon as it is there; the last one is the result.
  record Lines(Source source) implements AdminAnswer {}

  /// A stream of mail; its last frame says that it is whole.
  record Mail(MailSource source) implements AdminAnswer {}

  interface MailSource {
    void writeTo(OutputStream output) throws IOException;
  }

  /// Writes its lines to the sink until it is done.
  interface Source {
    void writeTo(Sink sink) throws InterruptedException;
  }

  interface Sink {
    void line(Object value);
  }

  static AdminAnswer ok(Object body) {
    return new Json(200, body);
  }

  static AdminAnswer created(Object body) {
    return new Json(201, body);
  }

  /// Done, and there is nothing to tell.
  static AdminAnswer done() {
    return new Json(200, Map.of("done", true));
  }
}
