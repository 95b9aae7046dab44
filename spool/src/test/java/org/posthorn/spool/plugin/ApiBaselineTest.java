package org.posthorn.spool.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Mailet;
import org.posthorn.message.MailAddress;

/// A plugin that was built against an older server goes on working: mailet-api and message are what
/// they were, and more. The classes of the last release are in `mailet-api/baseline`.
final class ApiBaselineTest {
  private static final Path BASELINE =
      Path.of("..", "mailet-api", "baseline", "plugin-api-" + ApiVersion.CURRENT.major() + ".jar");
  private static final Set<String> SERVERS_OWN =
      Set.of(
          "org.posthorn.mailet.Services",
          "org.posthorn.mailet.Submission",
          "org.posthorn.mailet.Message",
          "org.posthorn.mailet.Dns",
          "org.posthorn.mailet.Http",
          "org.posthorn.mailet.Directory",
          "org.posthorn.mailet.Memory",
          "org.posthorn.mailet.Store",
          "org.posthorn.mailet.Store.Draft",
          "org.posthorn.mailet.Metrics",
          "org.posthorn.mailet.Metrics.Counter",
          "org.posthorn.mailet.Metrics.Gauge",
          "org.posthorn.mailet.Metrics.Timing");

  @TempDir Path temp;

  @Test
  void aPluginOfTheLastReleaseStillWorks() throws IOException {
    Path now = temp.resolve("now.jar");
    ApiChanges.pack(now, List.of(classes(MailAddress.class), classes(Mailet.class)));
    if (System.getProperty("posthorn.api.write") != null) {
      Files.createDirectories(BASELINE.getParent());
      Files.copy(now, BASELINE, StandardCopyOption.REPLACE_EXISTING);
    }
    assertThat(BASELINE).as("the classes of the last release").isRegularFile();
    assertThat(ApiChanges.between(BASELINE, now, SERVERS_OWN))
        .as(
            "Plugins that were built against API %s would break. Keep what they use and add the new beside it; if it must be, see \"The plugin API\" in CONTRIBUTING.md.",
            ApiVersion.CURRENT)
        .isEmpty();
  }

  @Test
  void whatBreaksPluginsIsFound() throws IOException {
    String before =
        """
        package p;
        public interface A {
          void a();
          record R(int one) {}
          interface S { void s(); }
        }
        """;
    assertThat(changes(before, before.replace("void a();", "")))
        .containsExactly("p.A.a(): method_removed");
    assertThat(changes(before, before.replace("void a()", "int a()")))
        .anyMatch(problem -> problem.startsWith("p.A.a(): method_return_type_changed"));
    assertThat(changes(before, before.replace("int one", "int one, int two")))
        .anyMatch(problem -> problem.equals("a constructor of p.A.R: constructor_removed"));
    assertThat(changes(before, before.replace("void a();", "void a(); void b();")))
        .containsExactly("p.A.b(): method_added_to_interface");
    assertThat(changes(before, before.replace("public interface A", "interface A"))).isNotEmpty();
  }

  @Test
  void whatIsOnlyMoreIsNoProblem() throws IOException {
    String before =
        """
        package p;
        public interface A {
          void a();
          interface S { void s(); }
        }
        """;
    String more =
        """
        package p;
        public interface A {
          void a();
          default void b() {}
          static A of() { return () -> {}; }
          interface S { void s(); void t(); }
          record R(int one) {}
        }
        """;
    assertThat(changes(before, more)).isEmpty();
  }

  private List<String> changes(String before, String after) throws IOException {
    return ApiChanges.between(jar(before), jar(after), Set.of("p.A.S"));
  }

  private Path jar(String source) throws IOException {
    Path folder = Files.createTempDirectory(temp, "api");
    Path file = Files.writeString(folder.resolve("A.java"), source);
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", folder.toString(), file.toString()))
        .isZero();
    Path jar = folder.resolve("api.jar");
    ApiChanges.pack(jar, List.of(folder));
    return jar;
  }

  /// The folder with a module's classes; what is in a jar is taken out of it.
  private Path classes(Class<?> one) throws IOException {
    Path place =
        Path.of(URI.create(one.getProtectionDomain().getCodeSource().getLocation().toString()));
    if (Files.isDirectory(place)) {
      return place;
    }
    Path folder = Files.createTempDirectory(temp, "classes");
    try (var jar = FileSystems.newFileSystem(place, Map.of())) {
      List<Path> files = new ArrayList<>();
      try (Stream<Path> all = Files.walk(jar.getPath("/org"))) {
        all.filter(Files::isRegularFile).forEach(files::add);
      }
      for (Path file : files) {
        Path copy = folder.resolve(file.toString().substring(1));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    return folder;
  }
}
