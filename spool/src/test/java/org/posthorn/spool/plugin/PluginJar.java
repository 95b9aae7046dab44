package org.posthorn.spool.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;

/// A plugin that a test writes and compiles.
public final class PluginJar {
  private final List<SimpleJavaFileObject> sources = new ArrayList<>();
  private final Map<String, byte[]> entries = new TreeMap<>();
  private final Manifest manifest = new Manifest();
  private final StringBuilder mailets = new StringBuilder();
  private final StringBuilder matchers = new StringBuilder();
  private String classPath =
      System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

  public PluginJar() {
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
  }

  /// A mailet without parameters: `code` is an expression of type `Mailet` that may use `services`.
  public PluginJar mailet(String name, String code) {
    mailets.append("plugin.").append(name).append('\n');
    return source(name, factory(name, "Mailet", code));
  }

  /// A matcher without parameters.
  public PluginJar matcher(String name, String code) {
    matchers.append("plugin.").append(name).append('\n');
    return source(name, factory(name, "Matcher", code));
  }

  private static String factory(String name, String kind, String code) {
    return """
    package plugin;
    import java.time.*;
    import java.util.*;
    import java.util.concurrent.*;
    import org.posthorn.mailet.*;
    import org.posthorn.message.*;
    public final class %1$s implements %2$sFactory<NoParameters> {
      public String name() { return "%1$s"; }
      public String summary() { return "A test."; }
      public Class<NoParameters> parameters() { return NoParameters.class; }
      public %2$s create(NoParameters none, Services services) { return %3$s; }
    }
    """
        .formatted(name, kind, code);
  }

  /// A class of this simple name; the text has its package.
  public PluginJar source(String name, String text) {
    sources.add(
        new SimpleJavaFileObject(
            URI.create("string:///" + name + ".java"), SimpleJavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
          }

          @Override
          public boolean isNameCompatible(String simpleName, Kind kind) {
            return simpleName.equals(name);
          }
        });
    return this;
  }

  public PluginJar entry(String path, String text) {
    entries.put(path, text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  public PluginJar says(String attribute, String value) {
    manifest.getMainAttributes().putValue(attribute, value);
    return this;
  }

  /// With a library to compile against, which is not put in.
  public PluginJar uses(Path library) {
    classPath += System.getProperty("path.separator") + library;
    return this;
  }

  /// Compiled and packed; a file that is there already is written over.
  public Path write(Path jar) throws IOException {
    Files.createDirectories(jar.getParent());
    Path classes = Files.createTempDirectory("plugin-classes");
    compile(classes);
    if (!mailets.isEmpty()) {
      entry("META-INF/services/" + MailetFactory.class.getName(), mailets.toString());
    }
    if (!matchers.isEmpty()) {
      entry("META-INF/services/" + MatcherFactory.class.getName(), matchers.toString());
    }
    try (OutputStream file = Files.newOutputStream(jar);
        var out = new JarOutputStream(file, manifest)) {
      for (Map.Entry<String, byte[]> entry : contents(classes).entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
      }
    }
    return jar;
  }

  private void compile(Path classes) {
    if (sources.isEmpty()) {
      return;
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> messages = new ArrayList<>();
    boolean done =
        compiler
            .getTask(
                null,
                null,
                message -> messages.add(message.toString()),
                List.of("-d", classes.toString(), "-cp", classPath, "-proc:none"),
                null,
                sources)
            .call();
    assertThat(done).as(messages.toString()).isTrue();
  }

  /// The classes and the other entries by their path.
  private Map<String, byte[]> contents(Path classes) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>(entries);
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        contents.put(classes.relativize(each).toString(), Files.readAllBytes(each));
      }
    }
    return contents;
  }
}
