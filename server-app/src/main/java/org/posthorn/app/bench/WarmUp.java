package org.posthorn.app.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.demo.Demo;
import org.posthorn.app.log.LogConfig;
import org.posthorn.app.log.Logging;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

/// Everyday mail through two servers in this process, by the drivers, for some twenty seconds: the
/// JVM notes how the code is used, and a server that starts with these notes (JEP 515) compiles at
/// once what will matter, instead of counting calls for some ten thousand messages first.
///
/// One server has the mailboxes; the other one passes mail on to it, so that the way out is used
/// too.
public final class WarmUp {
  private static final String DOMAIN = "example.org";
  private static final String FORWARDED = "elsewhere.example";
  private static final int USERS = 20;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path directory;
  private final Path passwordFile;
  private final int messages;

  private WarmUp(Path directory, int messages) {
    this.directory = directory;
    this.messages = messages;
    this.passwordFile = directory.resolve("password");
  }

  /// With a hundred `messages` or more; 6,000 are enough to learn from. Leaves its files in
  /// `directory`. Throws `IOException` when a driver fails.
  public static void in(Path directory, int messages) throws IOException {
    new WarmUp(directory, messages).run();
  }

  private void run() throws IOException {
    var secret = new byte[16];
    new SecureRandom().nextBytes(secret);
    Files.writeString(passwordFile, HexFormat.of().formatHex(secret));
    Logging.start(LogConfig.defaults().withLevel(LogConfig.Level.ERROR), directory, false);
    try (PosthornServer home = server("home", List.of())) {
      addUsers(home);
      String there =
          "outbound.static-routes.\"%s\"=127.0.0.1:%d".formatted(FORWARDED, port(home, "mx"));
      try (PosthornServer gateway = server("gateway", List.of(there))) {
        addForwards(gateway);
        everything(home, port(gateway, "mx"));
      }
    }
  }

  private PosthornServer server(String name, List<String> settings) throws IOException {
    List<String> all = Stream.concat(Demo.FREE_PORTS.stream(), settings.stream()).toList();
    Path data = Files.createDirectory(directory.resolve(name));
    return PosthornServer.start(data, new ConfigSource(Optional.empty(), all));
  }

  private static int port(PosthornServer server, String listener) {
    return server.listeners().stream()
        .filter(it -> it.name().equals(listener))
        .findFirst()
        .orElseThrow()
        .port();
  }

  private void addUsers(PosthornServer home) throws IOException {
    var admin = new AdminClient(home.data(), JSON);
    admin.post("/domains", Map.of("domain", DOMAIN));
    admin.put("/domains/%s/aliases/%s".formatted(DOMAIN, FORWARDED), Map.of());
    var users = new StringBuilder("login,password\n");
    for (int i = 1; i <= USERS; i++) {
      users.append(user(i, DOMAIN)).append(',').append(Files.readString(passwordFile)).append('\n');
    }
    admin.lines(
        "POST", "/users/import", users.toString().getBytes(StandardCharsets.UTF_8), _ -> {});
  }

  private static void addForwards(PosthornServer gateway) {
    var admin = new AdminClient(gateway.data(), JSON);
    admin.post("/domains", Map.of("domain", DOMAIN));
    for (int i = 1; i <= USERS; i++) {
      admin.put("/aliases/" + user(i, DOMAIN), Map.of("targets", List.of(user(i, FORWARDED))));
    }
  }

  private static String user(int number, String domain) {
    return "user%d@%s".formatted(number, domain);
  }

  private void everything(PosthornServer home, int gateway) throws IOException {
    demonstrate(home);
    int mx = port(home, "mx");
    drive(home, mx, "smtp-in", "--messages", count(1));
    drive(home, gateway, "smtp-in", "--messages", count(2));
    drive(home, mx, "imap", "--seconds", messages < 1_000 ? "1" : "4");
    drive(home, mx, "pop3", "--rounds", "1");
    drive(home, mx, "smtp-in", "--messages", count(6), "--connections", "1", "--size", "1024");
    drive(home, mx, "smtp-in", "--messages", count(100), "--recipients", "20");
    drive(home, mx, "smtp-in", "--messages", count(12), "--size", "102400");
  }

  /// With logins and TLS, which the drivers leave out.
  private static void demonstrate(PosthornServer home) throws IOException {
    Path certificate = home.data().resolve("tls").resolve("self-signed.crt");
    var demo = new Demo((_, _) -> {}, home.listeners(), certificate);
    demo.prepare(new AdminClient(home.data(), JSON));
    demo.run();
  }

  private String count(int part) {
    return Integer.toString(messages / part);
  }

  private void drive(PosthornServer home, int smtp, String driver, String... options)
      throws IOException {
    var arguments = new ArrayList<String>(List.of(driver));
    arguments.addAll(List.of(options));
    arguments.addAll(
        List.of("--password-file", passwordFile.toString(), "--smtp-port", Integer.toString(smtp)));
    arguments.addAll(List.of("--imap-port", Integer.toString(port(home, "imap"))));
    arguments.addAll(List.of("--pop3-port", Integer.toString(port(home, "pop3"))));
    var said = new StringWriter();
    var writer = new PrintWriter(said, true);
    int status =
        new CommandLine(new BenchCommand())
            .setOut(writer)
            .setErr(writer)
            .execute(arguments.toArray(String[]::new));
    if (status != 0) {
      throw new IOException(driver + ": " + said);
    }
  }
}
