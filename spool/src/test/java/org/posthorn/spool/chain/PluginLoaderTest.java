package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;

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

  /// A jar with a mailet of this name, compiled here.
  private Path jar(String file, String name, String mailet) throws IOException {
    String source =
        """
        package plugin;
        import org.posthorn.mailet.*;
        public final class Factory implements MailetFactory {
          public String name() { return "%s"; }
          public Mailet create(Parameters parameters, Services services) { return %s; }
        }
        """
            .formatted(name, mailet);
    Path classes = Files.createDirectories(directory.resolve(file + ".classes"));
    compile(source, classes);
    Path jar = directory.resolve(file);
    Map<String, byte[]> entries = new TreeMap<>();
    try (var files = Files.walk(classes)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        entries.put(classes.relativize(each).toString(), Files.readAllBytes(each));
      }
    }
    entries.put(MAILET_FACTORY, "plugin.Factory".getBytes(StandardCharsets.UTF_8));
    zip(jar, entries);
    return jar;
  }

  private static void compile(String source, Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    var file =
        new SimpleJavaFileObject(
            URI.create("string:///plugin/Factory.java"), SimpleJavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> messages = new ArrayList<>();
    boolean done =
        compiler
            .getTask(
                null,
                null,
                message -> messages.add(message.toString()),
                List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                null,
                List.of(file))
            .call();
    assertThat(done).as(messages.toString()).isTrue();
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
