package org.posthorn.app;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The program as the build has put it together, with the tests' classes behind it. Tests start it
/// some hundred times, so what a JVM learns at a start is kept (an ahead-of-time cache, JEP 514),
/// which is a third of the work of each.
final class InstalledProgram {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final Path CACHE = TARGET.resolve("server-process.aot");
  private static final String POSTHORN = "org.posthorn.app.cli.Posthorn";

  private static final Supplier<List<String>> JAVA = Suppliers.memoize(InstalledProgram::trained);

  private InstalledProgram() {}

  /// Starts a JVM with the program's classes; further options may follow, and then the main class.
  static List<String> java() {
    return JAVA.get();
  }

  private static List<String> trained() {
    try {
      List<Path> jars = jars();
      FileTime built = newest(jars);
      if (!Files.exists(CACHE) || Files.getLastModifiedTime(CACHE).compareTo(built) <= 0) {
        train(jars);
      }
      List<Path> all = new ArrayList<>(jars);
      all.add(TARGET.resolve("test-classes")); // Only jars can be in a cache; folders may follow.
      return jvm("-XX:AOTCache=" + CACHE, all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.list(TARGET.resolve("posthorn").resolve("lib"))) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  private static FileTime newest(List<Path> jars) throws IOException {
    FileTime newest = FileTime.fromMillis(0);
    for (Path jar : jars) {
      FileTime time = Files.getLastModifiedTime(jar);
      newest = time.compareTo(newest) > 0 ? time : newest;
    }
    return newest;
  }

  /// Starts the server and stops it. Where that leaves no cache, starts take longer, and that is
  /// all.
  private static void train(List<Path> jars) throws IOException {
    Path data = Files.createTempDirectory("training");
    List<String> command = new ArrayList<>(jvm("-XX:AOTCacheOutput=" + CACHE, jars));
    command.addAll(List.of(POSTHORN, "start", "--json", "--data", data.toString()));
    TestServer.SETTINGS.forEach(setting -> command.addAll(List.of("--set", setting)));
    Process server =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (var said = server.inputReader()) {
      var _ = said.readLine(); // It serves.
      server.destroy();
    }
    server.onExit().join();
    try (Stream<Path> left = Files.walk(data)) {
      for (Path file : left.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static List<String> jvm(String cache, List<Path> classes) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED",
        "-Dguice_bytecode_gen_option=DISABLED",
        cache,
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "-Xlog:aot*=off:stderr",
        "-Xlog:cds*=off:stderr",
        "-cp",
        String.join(File.pathSeparator, classes.stream().map(Path::toString).toList()));
  }
}
