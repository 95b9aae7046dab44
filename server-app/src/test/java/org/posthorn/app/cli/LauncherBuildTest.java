package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `bin/posthorn` in a source tree that is newer than its build, with a `mvn` and a `java` that say
/// how they were called.
@Timeout(20)
class LauncherBuildTest {
  private static final String NOBODY = "65534";

  @TempDir Path tree;
  private Path target = Path.of("unused");
  private Path program = Path.of("unused");

  @BeforeEach
  void aTreeThatWasBuiltLongAgo() throws IOException {
    Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String file : List.of("posthorn", "java-25.sh", "commit.sh")) {
      script("bin/" + file, Files.readString(Path.of("..", "bin", file)));
    }
    script("jdk/release", "JAVA_VERSION=\"25\"\n");
    script("jdk/bin/java", "#!/bin/sh\necho started \"$@\"\n");
    target = tree.resolve("server-app").resolve("target");
    program = target.resolve("posthorn");
    Files.createDirectories(program.resolve("lib"));
    Files.writeString(program.resolve("lib").resolve("old.jar"), "");
    Path built = Files.writeString(program.resolve("built"), "");
    Files.setLastModifiedTime(built, FileTime.from(Instant.EPOCH));
    Files.writeString(tree.resolve("pom.xml"), "");
  }

  @Test
  void whoMayNotWriteInTheTreeIsToldSo() throws Exception {
    maven("exit 0");
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r-xr-xr-x"));

    assertThat(asNobody())
        .startsWith("1 " + tree + " has to be built anew, and ")
        .contains("cannot write there", tree + "/bin/posthorn version  as its owner")
        .contains("POSTHORN_BUILD=no");
    assertThat(asNobody("POSTHORN_BUILD=no")).startsWith("0 started ").contains("/old.jar");
  }

  @Test
  void aBuildThatFailsLeavesWhatWasThere() throws Exception {
    maven("echo no network; exit 1");

    assertThat(run(List.of()))
        .startsWith("1 Building Posthorn")
        .contains("no network", "The build failed", "POSTHORN_BUILD=no");
    assertThat(run(List.of("env", "POSTHORN_BUILD=no")))
        .startsWith("0 started ")
        .contains("/old.jar");
    assertThat(target).isDirectoryNotContaining("glob:**/posthorn.before");
  }

  /// One that was unpacked has no git, or is in the repository of something else.
  @Test
  void aBuildFromGitIsToldItsCommit() throws Exception {
    maven("echo \"$@\"; exit 1");
    assertThat(run(List.of())).contains("process-classes").doesNotContain("posthorn.commit");

    String commit =
        "git init -q && git add pom.xml bin/posthorn"
            + " && git -c user.name=a -c user.email=a@example.org commit -q -m a";
    assumeTrue(
        new ProcessBuilder("sh", "-c", commit).directory(tree.toFile()).start().waitFor() == 0,
        "there is no git");
    assertThat(run(List.of()))
        .containsPattern(
            "-Dposthorn\\.commit=[0-9a-f]{12} -Dposthorn\\.committed=\\d{4}-[-0-9]+T[:0-9]+Z");
    Files.writeString(tree.resolve("pom.xml"), "<!-- other -->");
    assertThat(run(List.of())).containsPattern("-Dposthorn\\.commit=[0-9a-f]{12}-changed ");
  }

  @Test
  void aBuildThatWasKilledLeavesWhatWasThereToo() throws Exception {
    Files.move(program, target.resolve("posthorn.before"));
    Files.createDirectories(program.resolve("lib"));
    maven("exit 1");

    assertThat(run(List.of())).startsWith("1 Building Posthorn");
    assertThat(program.resolve("lib").resolve("old.jar")).exists();
  }

  @Test
  void aBuildThatSucceedsTakesItsPlace() throws Exception {
    maven("mkdir -p %1$s/lib; : >%1$s/lib/new.jar".formatted(program));

    assertThat(run(List.of()))
        .startsWith("0 Building Posthorn")
        .contains("/new.jar")
        .doesNotContain("/old.jar");
    assertThat(run(List.of())).startsWith("0 started ");
    assertThat(target).isDirectoryNotContaining("glob:**/posthorn.before");
  }

  @Test
  void whoWaitsForTheBuildOfAnotherSaysSo() throws Exception {
    maven("mkdir -p " + program + "/lib");
    Process other = new ProcessBuilder("sleep", "60").start();
    Path lock = Files.createDirectory(target.resolve("building"));
    Files.writeString(lock.resolve("pid"), other.pid() + "\n");
    Process launcher = start(tree, List.of());
    try (var said = launcher.errorReader()) {
      assertThat(said.readLine()).isEqualTo("Waiting for another build in " + tree + ".");
      other.destroyForcibly();
      assertThat(said.readLine()).startsWith("Building Posthorn");
    } finally {
      other.destroyForcibly();
    }
    assertThat(launcher.waitFor()).isZero();
  }

  /// As docs/operating.md says.
  @Test
  void theProgramWithoutItsSourcesIsTwoFolders() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "operating.md"));
    int begin = page.indexOf("cp -a bin ");
    assertThat(begin).isPositive();
    Path installed = Files.createDirectory(tree.resolve("installed"));
    String copy =
        page.substring(begin, page.indexOf('`', begin))
            .replace("/opt/posthorn", installed.toString());
    assertThat(new ProcessBuilder("sh", "-c", copy).directory(tree.toFile()).start().waitFor())
        .isZero();

    assertThat(run(installed, List.of()))
        .startsWith("0 started ")
        .contains(installed.resolve("lib").resolve("old.jar").toString());
  }

  private void maven(String script) throws IOException {
    script("path/mvn", "#!/bin/sh\n" + script + "\n");
  }

  private void script(String name, String text) throws IOException {
    Path file = tree.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /// Root may write everywhere.
  private String asNobody(String... variables) throws Exception {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
      command.addAll(
          List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    }
    command.add("env");
    command.addAll(List.of(variables));
    return run(command);
  }

  private String run(List<String> before) throws Exception {
    return run(tree, before);
  }

  /// The exit status and what was printed.
  private String run(Path home, List<String> before) throws Exception {
    Process launcher = start(home, before);
    boolean ended = launcher.waitFor(10, TimeUnit.SECONDS);
    if (!ended) {
      launcher.destroyForcibly();
    }
    assertThat(ended).isTrue();
    String said = launcher.errorReader().readAllAsString();
    return launcher.exitValue() + " " + said + launcher.inputReader().readAllAsString();
  }

  private Process start(Path home, List<String> before) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.addAll(List.of(home.resolve("bin").resolve("posthorn").toString(), "start"));
    var builder = new ProcessBuilder(command);
    builder.environment().put("POSTHORN_JAVA_HOME", tree.resolve("jdk").toString());
    builder
        .environment()
        .merge("PATH", tree.resolve("path").toString(), (path, ours) -> ours + ":" + path);
    return builder.start();
  }
}
