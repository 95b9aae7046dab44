package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
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

  /// Nothing is found out about other domains.
  static final String WITHOUT_DNS = "outbound.dns={servers: \"127.0.0.1:1\", timeout: 1s}";

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

  /// Users of any domains, each with the password `secret`.
  TestServer withAccounts(String... addresses) {
    Stream.of(addresses)
        .map(address -> address.substring(address.indexOf('@') + 1))
        .distinct()
        .forEach(domain -> admin().post("/domains", Map.of("domain", domain)));
    for (String address : addresses) {
      admin().post("/users", Map.of("login", address, "password", "secret"));
    }
    return this;
  }

  /// The setting by which another server sends mail for the domain to this one.
  String route(String domain) {
    return "outbound.routes=[{recipients: %s, to: \"127.0.0.1:%d\"}]".formatted(domain, port("mx"));
  }

  /// The last of so many messages of a user, when they have come.
  String message(String address, int count) throws IOException {
    try (WireClient client = connect("imap")) {
      client.line();
      client.imap("LOGIN " + address + " secret");
      int messages = messages(client.imap("SELECT INBOX"));
      client.send("i IDLE");
      client.line();
      while (messages < count) {
        messages = Math.max(messages, messages(List.of(client.line())));
      }
      client.send("DONE");
      return client.imap("FETCH " + count + " BODY.PEEK[]").stream()
          .filter(line -> line.contains("\r\n"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static int messages(List<String> lines) {
    return lines.stream()
        .filter(line -> line.endsWith(" EXISTS"))
        .mapToInt(line -> Integer.parseInt(line.split(" ", -1)[1]))
        .max()
        .orElse(0);
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

  /// Logged in for submission.
  WireClient submission(String user) throws IOException {
    return connect("submission").login(user + "@example.org");
  }

  @Override
  public void close() {
    server.close();
  }
}
