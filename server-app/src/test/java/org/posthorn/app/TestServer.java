package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.ListenerStatus;
import tools.jackson.databind.json.JsonMapper;

/// A whole server in this process, on ports of its own.
final class TestServer implements AutoCloseable {
  /// Every port free, and passwords that are hashed fast.
  static final List<String> SETTINGS =
      List.of(
          "smtp.mx.port=0",
          "smtp.submission.port=0",
          "smtp.submissions.port=0",
          "smtp.lmtp.port=0",
          "imap.plain.port=0",
          "imap.tls.port=0",
          "pop3.plain.port=0",
          "pop3.tls.port=0",
          "storage.logins.hash-memory-bytes=8MB",
          "storage.logins.hash-iterations=1");

  private final PosthornServer server;

  private TestServer(PosthornServer server) {
    this.server = server;
  }

  static TestServer start(Path data, String... more) throws IOException {
    return start(data, Optional.empty(), more);
  }

  static TestServer start(Path data, Optional<Path> config, String... more) throws IOException {
    List<String> settings = new ArrayList<>(SETTINGS);
    settings.addAll(List.of(more));
    return new TestServer(PosthornServer.start(data, new ConfigSource(config, settings)));
  }

  PosthornServer server() {
    return server;
  }

  int port(String name) {
    return server.listeners().stream()
        .filter(listener -> listener.name().equals(name))
        .mapToInt(ListenerStatus::port)
        .findFirst()
        .orElseThrow();
  }

  AdminClient admin() {
    return new AdminClient(server.data(), JsonMapper.builder().build());
  }

  /// Users of example.org, each with the password `secret`.
  TestServer withUsers(String... names) {
    admin().post("/domains", Map.of("domain", "example.org"));
    for (String name : names) {
      admin().post("/users", Map.of("login", name + "@example.org", "password", "secret"));
    }
    return this;
  }

  WireClient connect(String listener) throws IOException {
    return WireClient.connect(port(listener));
  }

  /// Logged in by IMAP, greeting read.
  WireClient imap(String user) throws IOException {
    WireClient client = connect("imap");
    client.line();
    client.imap("LOGIN " + user + "@example.org secret");
    return client;
  }

  @Override
  public void close() {
    server.close();
  }
}
