package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.config.ConfigException;

/// The example plugin, built as a stranger would, dropped into a server and used.
@Timeout(120)
class PluginTest {
  private static final Path EXAMPLE = Path.of("..", "examples", "hello-plugin");
  private static final String CHAIN =
      """
      root:
        steps:
          - match: OnWeekday(monday, tuesday, wednesday, thursday, friday, saturday, sunday)
            mailet: Greet
            text: Hello from a plugin
          - mailet: ToMailbox
        at-end: drop
      bounces: {at-end: drop}
      dead-letters: {at-end: keep}
      """;

  @TempDir Path data;

  @BeforeEach
  void dropThePluginIn() throws IOException {
    Path classes = Files.createDirectory(data.resolve("classes"));
    compile(EXAMPLE.resolve("src/main/java"), classes);
    Path plugins = Files.createDirectory(data.resolve("plugins"));
    jar(
        plugins.resolve("hello-plugin.jar"),
        List.of(classes, EXAMPLE.resolve("src/main/resources")));
  }

  @Test
  void aMailShowsWhatThePluginDid() throws IOException {
    Path config = config(CHAIN);
    try (TestServer server = TestServer.start(data, Optional.of(config)).withUsers("ann")) {
      try (WireClient smtp = server.connect("mx")) {
        smtp.reply();
        smtp.smtp("EHLO mx.example.net");
        assertThat(smtp.deliver("a@example.net", "ann@example.org", "Subject: x\r\n\r\nHello\r\n"))
            .startsWith("250");
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("FETCH 1 BODY[HEADER.FIELDS (X-Greeting)]").get(1))
            .startsWith("X-Greeting: Hello from a plugin");
      }
    }
  }

  @Test
  void aParameterThatThePluginDoesNotKnowKeepsTheServerFromStarting() throws IOException {
    Path config = config(CHAIN.replace("text: Hello", "txet: Hello"));

    assertThatThrownBy(() -> TestServer.start(data, Optional.of(config)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("chain.yaml:3")
        .hasMessageContaining("Greet");
  }

  private Path config(String chain) throws IOException {
    Files.writeString(data.resolve("chain.yaml"), chain);
    return Files.writeString(data.resolve("posthorn.yaml"), "chain-file: chain.yaml\n");
  }

  static void compile(Path sources, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    var output = new StringWriter();
    try (var files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> all = Files.walk(sources)) {
      List<Path> java = all.filter(file -> file.toString().endsWith(".java")).toList();
      boolean compiled =
          compiler
              .getTask(
                  output,
                  files,
                  null,
                  List.of("-cp", classPath, "-d", classes.toString(), "-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(java))
              .call();
      assertThat(compiled).as(output.toString()).isTrue();
    }
  }

  static void jar(Path jar, List<Path> roots) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        var stream = new JarOutputStream(out)) {
      for (Path root : roots) {
        for (Path file : filesBelow(root)) {
          stream.putNextEntry(new JarEntry(root.relativize(file).toString()));
          Files.copy(file, stream);
          stream.closeEntry();
        }
      }
    }
  }

  private static List<Path> filesBelow(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return new ArrayList<>(all.filter(Files::isRegularFile).toList());
    }
  }
}
