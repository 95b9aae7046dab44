package org.posthorn.mailet.test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PluginProject;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.json.JsonMapper;

/// What an author does: `posthorn plugin new` makes a project that builds and tests itself; its jar
/// comes into a server that runs, is exchanged there for the next version, and goes again, while
/// mail comes in over one connection, and all of it arrives.
@Timeout(600)
final class PluginProjectTest {
  private static final List<String> SETTINGS =
      List.of(
          "hostname=mail.example.org",
          "chain-file=chain.yaml",
          "gates-file=gates.yaml",
          "smtp.mx.port=0",
          "smtp.submission.enabled=false",
          "smtp.submissions.enabled=false",
          "smtp.lmtp.enabled=false",
          "imap.plain.port=0",
          "imap.tls=~",
          "pop3={plain: ~, tls: ~}",
          "storage.logins.hash-memory-bytes=8MB",
          "storage.logins.hash-iterations=1");

  private static final String STEP = "    - {mailet: CrmLookup, text: seen}\n";
  private static final String CHAIN =
      """
      root:
        steps:
      STEP    - mailet: ToMailbox
        at-end: drop
      bounces: {at-end: drop}
      dead-letters: {at-end: keep}
      """;

  @TempDir Path folder;

  @Test
  void whatIsMadeBuildsTestsItselfAndComesIntoAServerThatRuns() throws Exception {
    assumeTrue(Installed.hasMaven());
    Installed installed = Installed.in(folder.resolve("home"));
    Path project = folder.resolve("crm-lookup");
    new PluginProject("crm-lookup", "org.example.crm", installed.home(), true).write(project);

    Installed.maven(project, "package");

    Path jar = project.resolve("target/crm-lookup-1.0.jar");
    try (var opened = new JarFile(jar.toFile())) {
      assertThat(opened.stream().map(entry -> entry.getName()))
          .contains("org/example/crm/CrmLookup.class", "org/example/crm/CrmLookupGate.class")
          .noneMatch(name -> name.startsWith("org/posthorn"));
      assertThat(opened.getManifest().getMainAttributes().getValue("Posthorn-Api")).isNotBlank();
    }
    assertThat(project.resolve("target/surefire-reports"))
        .isDirectoryContaining(file -> file.toString().endsWith("ChainTest.txt"))
        .isDirectoryContaining(file -> file.toString().endsWith("CrmLookupGateTest.txt"));
    comesChangesAndGoes(jar);
  }

  private void comesChangesAndGoes(Path jar) throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    Path installed = Files.createDirectories(data.resolve("plugins")).resolve("crm-lookup.jar");
    configure(data, "", "mx: []\n");
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "");
    try (var server = PosthornServer.start(data, new ConfigSource(Optional.of(config), SETTINGS));
        var smtp = Wire.to(server, "mx")) {
      var admin = new AdminClient(data, JsonMapper.shared());
      admin.post("/domains", Map.of("domain", "example.org"));
      admin.post("/users", Map.of("login", "ann@example.org", "password", "secret"));
      smtp.line();
      smtp.ask("HELO mx.spam.example");
      smtp.deliver("none");

      Files.copy(jar, installed);
      configure(data, STEP, "mx:\n  - {gate: CrmLookupGate, domain: spam.example}\n");
      assertThat(admin.post("/reload", Map.of()).path("taken").toString())
          .contains("plugin crm-lookup.jar 1.0, which is new");
      smtp.deliver("first");
      try (var stranger = Wire.to(server, "mx")) {
        stranger.line();
        stranger.ask("HELO mx.spam.example");
        assertThat(stranger.ask("MAIL FROM:<carl@example.net>"))
            .startsWith("550 5.7.1 We do not take your mail");
      }

      nextVersion(jar, installed);
      configure(data, STEP.replace("seen", "seen again"), "mx: []\n");
      assertThat(admin.post("/reload", Map.of()).path("taken").toString())
          .contains("plugin crm-lookup.jar 1.1 in place of crm-lookup.jar 1.0");
      smtp.deliver("second");

      Files.delete(installed);
      configure(data, "", "mx: []\n");
      admin.post("/reload", Map.of());
      smtp.deliver("third");
      assertThat(marks(server, 4)).containsExactlyInAnyOrder("seen", "seen again");
      assertThat(server.leftBehind()).isEmpty();
    }
  }

  private static void configure(Path data, String step, String gates) throws IOException {
    Files.writeString(data.resolve("chain.yaml"), CHAIN.replace("STEP", step));
    Files.writeString(data.resolve("gates.yaml"), gates);
  }

  /// The same classes under another version.
  private static void nextVersion(Path jar, Path next) throws IOException {
    try (var old = new JarFile(jar.toFile())) {
      var manifest = new Manifest(old.getManifest());
      manifest.getMainAttributes().putValue("Implementation-Version", "1.1");
      try (var out = new JarOutputStream(Files.newOutputStream(next), manifest)) {
        for (JarEntry entry : Collections.list(old.entries())) {
          if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
            out.putNextEntry(new JarEntry(entry.getName()));
            old.getInputStream(entry).transferTo(out);
          }
        }
      }
    }
  }

  /// What the plugin wrote into Ann's messages, when there are so many of them.
  private static List<String> marks(PosthornServer server, int count) throws Exception {
    try (var imap = Wire.to(server, "imap")) {
      imap.line();
      imap.command("LOGIN ann@example.org secret");
      while (!imap.command("STATUS INBOX (MESSAGES)").toString().contains("MESSAGES " + count)) {
        Thread.sleep(20);
      }
      imap.command("SELECT INBOX");
      return imap.command("FETCH 1:* BODY[HEADER.FIELDS (X-CrmLookup)]").stream()
          .filter(line -> line.startsWith("X-CrmLookup: "))
          .map(line -> line.replace("X-CrmLookup: ", ""))
          .toList();
    }
  }

  /// A client that says lines and reads lines. Used by one thread.
  private record Wire(Socket socket, BufferedReader in) implements AutoCloseable {
    static Wire to(PosthornServer server, String listener) throws IOException {
      int port =
          server.listeners().stream()
              .filter(one -> one.name().equals(listener))
              .findFirst()
              .orElseThrow()
              .port();
      var socket = new Socket(InetAddress.getLoopbackAddress(), port);
      return new Wire(
          socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)));
    }

    String line() throws IOException {
      return String.valueOf(in.readLine());
    }

    String ask(String words) throws IOException {
      socket.getOutputStream().write((words + "\r\n").getBytes(US_ASCII));
      return line();
    }

    void deliver(String subject) throws IOException {
      assertThat(ask("MAIL FROM:<carl@example.net>")).startsWith("250");
      assertThat(ask("RCPT TO:<ann@example.org>")).startsWith("250");
      assertThat(ask("DATA")).startsWith("354");
      assertThat(ask("Subject: " + subject + "\r\n\r\nHello\r\n.")).startsWith("250");
    }

    List<String> command(String words) throws IOException {
      List<String> lines = new ArrayList<>();
      for (String line = ask("a " + words); !line.startsWith("a "); line = line()) {
        lines.add(line);
      }
      return lines;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void theReadmeNamesTheGateWhereThereIsOne() throws IOException {
    Files.createDirectories(folder.resolve("plugin-kit"));
    for (boolean withGate : List.of(true, false)) {
      Path project = folder.resolve("new-" + withGate);
      new PluginProject("crm", "org.example.crm", folder, withGate).write(project);
      assertThat(Files.readString(project.resolve("README.md")).contains("- gate: CrmGate"))
          .isEqualTo(withGate);
    }
  }

  @Test
  void namesThatWouldNotCompileAreRefused() {
    assertThatThrownBy(() -> new PluginProject("Crm", "org.example", folder, false))
        .hasMessageContaining("such as crm-lookup, not Crm");
    assertThatThrownBy(() -> new PluginProject("crm", "Org.example", folder, false))
        .hasMessageContaining("called like org.example.crm");
  }

  @Test
  void aFolderWithSomethingInItIsLeftAlone() throws IOException {
    Files.createDirectories(folder.resolve("plugin-kit"));
    var project = new PluginProject("crm", "org.example.crm", folder, false);
    assertThatThrownBy(() -> project.write(folder)).hasMessageContaining("is not empty");
    assertThatThrownBy(() ->
            new PluginProject("crm", "org.example.crm", folder.resolve("none"), false)
                .write(folder.resolve("new")))
        .hasMessageContaining("is Posthorn installed in");
  }
}
