package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.HeaderField;
import org.posthorn.storage.queue.RecipientState.Place;

final class PluginLoaderTest {
  private static final String MAILET_FACTORY = "META-INF/services/" + MailetFactory.class.getName();

  @TempDir private Path directory;

  @Test
  void findsTheFactoriesOfAJar() throws IOException {
    Path jar = jar("hello.jar", "Hello", "mail -> new Outcome.Finish(\"hello\")");
    try (var plugins = new PluginLoader(List.of(jar))) {
      assertThat(plugins.mailets().stream().map(MailetFactory::name)).containsExactly("Hello");
      assertThat(plugins.matchers().stream().map(MatcherFactory::name)).isEmpty();
      assertThat(TestParameters.mailet(plugins.mailets().getFirst(), Map.of(), new TestServices()))
          .isNotNull();
    }
  }

  @Test
  void aPluginSeesNeitherTheServerNorItsLibraries() throws IOException {
    Path jar =
        jar(
            "nosy.jar",
            "Nosy",
            """
            mail -> {
              try {
                return new Outcome.Finish(Class.forName("org.posthorn.spool.Spool").getName());
              } catch (ClassNotFoundException e) {
                return new Outcome.Retry(e.getMessage());
              }
            }
            """);
    try (var plugins = new PluginLoader(List.of(jar))) {
      var mailet =
          TestParameters.mailet(plugins.mailets().getFirst(), Map.of(), new TestServices());
      assertThat(mailet.service(ChainRunTest.mail("ann")))
          .isEqualTo(new Outcome.Retry("org.posthorn.spool.Spool"));
    }
  }

  @Test
  void twoPluginsMayHaveClassesOfTheSameNameButNotMailets() throws IOException {
    Path one = jar("one.jar", "One", "Outcome.Continue::new");
    Path other = jar("other.jar", "Other", "Outcome.Continue::new");
    Path again = jar("again.jar", "One", "Outcome.Continue::new");
    try (var plugins = new PluginLoader(List.of(one, other))) {
      assertThat(plugins.mailets().stream().map(MailetFactory::name))
          .containsExactly("One", "Other");
      assertThat(plugins.mailets().stream().map(Object::getClass).distinct()).hasSize(2);
    }
    try (var plugins = new PluginLoader(List.of(one, again))) {
      assertThatThrownBy(() -> new ChainBuilder(plugins.mailets(), List.of(), new TestServices()))
          .hasMessage(
              "Two mailets are called One: one from one.jar, one from again.jar. Remove one of"
                  + " them.");
    }
  }

  @Test
  void aJarWithoutFactoriesIsNamed() throws IOException {
    Path empty = directory.resolve("empty.jar");
    zip(empty, Map.of("README", "nothing".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> new PluginLoader(List.of(empty)))
        .isInstanceOf(ChainConfigException.class)
        .hasMessageContaining("Plugin empty.jar has no mailet and no matcher");
  }

  @Test
  void aJarThatIsNoneIsNamed() throws IOException {
    Path noise = directory.resolve("noise.jar");
    Files.writeString(noise, "not a jar");
    assertThatThrownBy(() -> new PluginLoader(List.of(noise)))
        .isInstanceOf(ChainConfigException.class)
        .hasMessageContaining("noise.jar");
    Path missing = directory.resolve("missing-class.jar");
    zip(missing, Map.of(MAILET_FACTORY, "org.example.Nobody".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> new PluginLoader(List.of(missing)))
        .isInstanceOf(ChainConfigException.class)
        .hasMessageContaining("missing-class.jar")
        .hasMessageContaining("org.example.Nobody");
  }

  /// What docs/plugins.md points to.
  @Test
  void theExampleProjectIsAPluginThatWorks() throws IOException {
    Path project = Path.of("..", "examples", "hello-plugin", "src", "main");
    Path classes = Files.createDirectories(directory.resolve("example"));
    List<SimpleJavaFileObject> sources = new ArrayList<>();
    for (Path each : files(project.resolve("java"))) {
      sources.add(source(each.getFileName().toString(), Files.readString(each)));
    }
    compile(sources, classes);
    Map<String, byte[]> entries = contents(classes);
    entries.putAll(contents(project.resolve("resources")));
    Path jar = directory.resolve("hello-plugin.jar");
    zip(jar, entries);
    try (var plugins = new PluginLoader(List.of(jar))) {
      var chain =
          new ChainBuilder(plugins.mailets(), plugins.matchers(), new TestServices())
              .build(
                  ChainConfig.of(
                      ConfigTree.of(
                          Map.of(
                              "root",
                              Map.of(
                                  "steps",
                                  List.of(
                                      Map.of(
                                          "match", "OnWeekday(zone=UTC, sunday, monday)",
                                          "mailet", "Greet",
                                          "text", "hello")),
                                  "at-end",
                                  "dead-letters"),
                              "bounces",
                              Map.of("at-end", "drop"),
                              "dead-letters",
                              Map.of("at-end", "keep")))));
      List<Fate> fates = new ArrayList<>();
      chain.run(
          ChainRunTest.mail("ann"),
          new Place("root", ""),
          new Journal() {
            @Override
            public void settle(List<Fate> some) {
              fates.addAll(some);
            }

            @Override
            public void stepDone(Mail mail, Place step, Outcome outcome, Duration took) {
              assertThat(step.step()).isEqualTo("Greet");
            }
          });
      assertThat(fates).hasSize(1);
      assertThat(fates.getFirst().mail().message().headers())
          .contains(new HeaderField("X-Greeting", "hello"));
    }
  }

  /// A jar with a mailet of this name, compiled here.
  private Path jar(String file, String name, String mailet) throws IOException {
    String source =
        """
        package plugin;
        import org.posthorn.mailet.*;
        public final class Factory implements MailetFactory<NoParameters> {
          public String name() { return "%s"; }
          public String summary() { return "A test."; }
          public Class<NoParameters> parameters() { return NoParameters.class; }
          public Mailet create(NoParameters none, Services services) { return %s; }
        }
        """
            .formatted(name, mailet);
    Path classes = Files.createDirectories(directory.resolve(file + ".classes"));
    compile(List.of(source("Factory.java", source)), classes);
    Path jar = directory.resolve(file);
    Map<String, byte[]> entries = contents(classes);
    entries.put(MAILET_FACTORY, "plugin.Factory".getBytes(StandardCharsets.UTF_8));
    zip(jar, entries);
    return jar;
  }

  private static SimpleJavaFileObject source(String name, String text) {
    return new SimpleJavaFileObject(
        URI.create("string:///" + name), SimpleJavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }

      @Override
      public boolean isNameCompatible(String simpleName, Kind kind) {
        return true;
      }
    };
  }

  private static void compile(List<SimpleJavaFileObject> sources, Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> messages = new ArrayList<>();
    boolean done =
        compiler
            .getTask(
                null,
                null,
                message -> messages.add(message.toString()),
                List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                null,
                sources)
            .call();
    assertThat(done).as(messages.toString()).isTrue();
  }

  /// Files below a folder by their path in it.
  private static Map<String, byte[]> contents(Path folder) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    for (Path each : files(folder)) {
      contents.put(folder.relativize(each).toString(), Files.readAllBytes(each));
    }
    return contents;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static void zip(Path file, Map<String, byte[]> entries) throws IOException {
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue());
      }
    }
  }
}
