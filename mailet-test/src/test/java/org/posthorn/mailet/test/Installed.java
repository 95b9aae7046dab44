package org.posthorn.mailet.test;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.app.Version;

/// A program as it is installed, made of what these tests run with, and Maven to build plugins
/// against it.
record Installed(Path home) {
  static Installed in(Path home) throws IOException {
    Path lib = Files.createDirectories(home.resolve("lib"));
    for (String element : classPath().split(":", -1)) {
      Path path = Path.of(element).toAbsolutePath().normalize();
      if (Files.isRegularFile(path) && path.toString().endsWith(".jar")) {
        Path link = lib.resolve(path.getFileName());
        if (Files.notExists(link)) {
          place(link, path);
        }
      } else if (Files.isDirectory(path) && isOfAModule(path)) {
        jar(lib.resolve(jarName(path)), path, new Manifest());
      }
    }
    Path kit = Files.createDirectories(home.resolve("plugin-kit"));
    jar(
        kit.resolve("posthorn-mailet-test-" + Version.text() + ".jar"),
        Path.of("target", "classes").toAbsolutePath(),
        pointingInto(lib));
    return new Installed(home);
  }

  private static void place(Path link, Path jar) throws IOException {
    try {
      Files.createLink(link, jar);
    } catch (IOException | UnsupportedOperationException _) {
      Files.copy(jar, link);
    }
  }

  static boolean hasMaven() {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "mvn")));
  }

  /// Runs Maven without the net and returns what it printed. Throws `AssertionError` with that
  /// where it fails.
  static String maven(Path project, String... goals) throws IOException, InterruptedException {
    return run(
        project, Stream.concat(Stream.of("mvn", "-o", "-q", "-B"), Stream.of(goals)).toList());
  }

  static String run(Path folder, List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("posthorn-run", ".log");
    try {
      var building =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      building.environment().put("JAVA_HOME", System.getProperty("java.home"));
      Process process = building.start();
      boolean ended = process.waitFor(10, TimeUnit.MINUTES);
      String printed = Files.readString(output);
      if (!ended || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new AssertionError(command + " failed:\n" + printed);
      }
      return printed;
    } finally {
      Files.delete(output);
    }
  }

  private static String classPath() {
    return System.getProperty(
        "surefire.test.class.path", System.getProperty("java.class.path", ""));
  }

  /// `…/server-app/target/classes`, but for those of this module.
  private static boolean isOfAModule(Path classes) {
    return classes.endsWith(Path.of("target", "classes"))
        && !classes.startsWith(Path.of("").toAbsolutePath());
  }

  private static String jarName(Path classes) {
    String module = classes.getName(classes.getNameCount() - 3).toString();
    String artifact =
        switch (module) {
          case "server-app" -> "server";
          case "protocols-net", "protocols-smtp", "protocols-imap", "protocols-pop3" ->
              module.substring("protocols-".length());
          default -> module;
        };
    return "posthorn-" + artifact + "-" + Version.text() + ".jar";
  }

  private static Manifest pointingInto(Path lib) throws IOException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    try (Stream<Path> jars = Files.list(lib)) {
      manifest
          .getMainAttributes()
          .put(
              Attributes.Name.CLASS_PATH,
              jars.map(jar -> "../lib/" + jar.getFileName()).collect(Collectors.joining(" ")));
    }
    return manifest;
  }

  private static void jar(Path jar, Path classes, Manifest manifest) throws IOException {
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    try (OutputStream out = Files.newOutputStream(jar);
        var stream = new JarOutputStream(out, manifest);
        Stream<Path> all = Files.walk(classes)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = classes.relativize(file).toString();
        if (!name.equals("META-INF/MANIFEST.MF")) {
          stream.putNextEntry(new JarEntry(name));
          Files.copy(file, stream);
          stream.closeEntry();
        }
      }
    }
  }
}
