package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bin/posthorn` runs most commands with a few jars only, so that they start fast: each of them
/// has all that it needs there.
class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "bin", "posthorn");

  private static final String JAVA = System.getProperty("java.home");

  private static final Pattern WITH_ALL_JARS =
      Pattern.compile("(?m)^  (.+)\\)\\n(?:    #.*\\n)*    path=\\$server");

  @Test
  void whatOnlyAsksAServerDoesWithoutTheServersClasses() throws Exception {
    List<String> small =
        Subcommand.ALL.stream()
            .map(Subcommand::name)
            .filter(name -> !withAllJars().contains(name))
            .toList();
    assertThat(small).contains("status", "user", "queue").doesNotContain("start", "help");
    try (var jars = clientJars()) {
      for (String command : small) {
        assertThat(run(jars, command, "--help")).as(command).startsWith("0 Usage: posthorn ");
      }
    }
  }

  @Test
  void mailIsExportedWithAllJarsWhereverItWaits() throws Exception {
    assertThat(pathOf("queue", "export")).isEqualTo("server");
    assertThat(pathOf("repository", "export")).isEqualTo("server");
    assertThat(pathOf("export", "ann@example.org")).isEqualTo("server");
    assertThat(pathOf("queue", "list")).isEqualTo("client");
    assertThat(pathOf("status")).isEqualTo("client");
  }

  /// Without the server's options the JVM warns of what the storage and the wiring do.
  @Test
  void whatOpensAStorageHasTheServersOptions() throws Exception {
    for (String word : List.of("start", "backup", "verify", "salvage")) {
      assertThat(decided("echo $options", word)).as(word).isEqualTo("like-a-server");
    }
    assertThat(decided("echo $options", "restore")).isEqualTo("like-a-client");
  }

  /// Two programs cannot open the same port for a debugger or a monitor.
  @Test
  void onlyTheServerHasTheOperatorsOptionsOfTheJvm() throws Exception {
    assertThat(optionsWith("-agentlib:x", "start")).isEqualTo("like-a-server -agentlib:x");
    assertThat(optionsWith("-agentlib:x", "start", "--data", "x", "--detach"))
        .as("it starts another one")
        .isEqualTo("like-a-server");
    for (String word : List.of("backup", "verify", "salvage", "status")) {
      assertThat(optionsWith("-agentlib:x", word)).as(word).doesNotContain("-agentlib:x");
    }
  }

  /// The launcher keeps the JVM quiet; what it is to log of the operator's wish it logs.
  @Test
  void whatTheOperatorWantsLoggedIsLogged() throws Exception {
    String script = Files.readString(LAUNCHER);
    int quiet = script.indexOf("\nquiet=");
    String variables =
        variables()
            + "server=. main=-version columns= server_options=-XX:+UseSerialGC JAVA_HOME='%s'"
                .formatted(JAVA)
            + script.substring(quiet, script.indexOf('\n', quiet + 1) + 1);
    String started =
        variables + choice("export POSTHORN") + script.substring(script.lastIndexOf("\nexec "));
    assertThat(printed(Map.of("POSTHORN_JVM", "-Xlog:gc+init"), started, "start"))
        .contains("[gc,init]");
    assertThat(printed(Map.of("POSTHORN_JVM", "-Xss1m"), started, "start"))
        .doesNotContain("[gc,init]");
  }

  /// With two collectors the JVM does not start.
  @Test
  void theOperatorsCollectorTakesThePlaceOfOurs() throws Exception {
    for (String collector : List.of("UseZGC", "UseG1GC", "UseParallelGC", "UseSerialGC")) {
      String options = optionsWith("-Xss1m -XX:+" + collector, "start");
      assertThat(options.split(" ", -1))
          .as(options)
          .containsSubsequence("-XX:-UseSerialGC", "-Xss1m", "-XX:+" + collector);
      assertThat(runsJava("-XX:+UseSerialGC " + options.replace("like-a-server ", ""))).isTrue();
    }
    assertThat(optionsWith("-XX:+UseStringDeduplication", "start"))
        .isEqualTo("like-a-server -XX:+UseStringDeduplication");
  }

  /// With some sizes of the heap the JVM ends when it has a cache.
  @Test
  void theCacheIsLeftOutWhereTheJvmWouldNotStartWithIt(@TempDir Path folder) throws Exception {
    String server = "-XX:+UseSerialGC -Xms64m -Xmx128m -XX:NewSize=40m";
    String cache = "-XX:AOTCache=" + folder.resolve("server.aot");
    assertThat(runsJava(server + " -XX:AOTCacheOutput=" + folder.resolve("server.aot"))).isTrue();
    assertThat(runsJava(server + " -Xmn120m " + cache)).as("such a size").isFalse();

    assertThat(cacheWith("-Xmn120m", server, folder)).isEqualTo("none");
    assertThat(cacheWith("-XX:NewSize=120m", server, folder)).isEqualTo("none");
    assertThat(cacheWith("-Xss1m", server, folder)).isEqualTo(cache);
    assertThat(cacheWith("-agentlib:none-such", server, folder)).as("not tried").isEqualTo(cache);
    assertThat(cacheWith("", server, folder)).isEqualTo(cache);
  }

  @Test
  void whatHoldsMailAndKeysIsForItsOwnerOnly() throws Exception {
    for (String word : List.of("start", "export", "backup", "restore", "verify", "key", "user")) {
      assertThat(decided("umask", word)).as(word).endsWith("077");
    }
    assertThat(decided("umask", "mailet")).as("a project").endsWith("022");
    assertThat(decided("umask", "chain")).as("a picture").endsWith("022");
  }

  @Test
  void aWordThatIsNoCommandIsAnsweredWithWhatIsLikeIt() throws Exception {
    try (var jars = clientJars()) {
      assertThat(run(jars, "statsu"))
          .startsWith("2 Unmatched argument at index 0: 'statsu'")
          .contains("posthorn status");
    }
  }

  @Test
  void helpListsAllCommandsSoItHasAllJars() {
    assertThat(withAllJars()).contains("help", "''", "-*");
    assertThat(InProcess.run("help").out()).contains("plugin", "status");
  }

  @Test
  void theVersionIsToldTheUsualWayToo() {
    assertThat(InProcess.run("--version").out())
        .isEqualTo(InProcess.run("version").out())
        .startsWith("posthorn ");
  }

  /// In another language nobody would know that a disk is full.
  @Test
  void theSystemSpeaksEnglishAndFilesAreNamedInUtf8() throws Exception {
    assertThat(localeFor(Map.of("LANG", "C.UTF-8", "LANGUAGE", "de"))).isEqualTo("UTF-8 C");
    assertThat(localeFor(Map.of("LANG", "C.UTF-8", "LC_ALL", "xy_XY.UTF-8"))).isEqualTo("UTF-8 C");
    assertThat(localeFor(Map.of("LANG", "xy_XY.UTF-8", "LC_MESSAGES", "xy_XY.UTF-8")))
        .isEqualTo("UTF-8 C");
    assertThat(localeFor(Map.of("LC_ALL", "C"))).isEqualTo("UTF-8 C");
  }

  /// Characters, and the language of messages, that the launcher chooses for an environment.
  private static String localeFor(Map<String, String> environment) throws Exception {
    String script = Files.readString(LAUNCHER);
    String choice =
        script.substring(script.indexOf("# Names of files"), script.indexOf("# Export, also"));
    String tell =
        "echo \"$(locale charmap 2>/dev/null) $(locale 2>/dev/null | sed -n"
            + " 's/^LC_MESSAGES=\"*\\(C\\)\\(\\.UTF-8\\)*\"*$/\\1/p')${LANGUAGE:-}\"";
    var shell = new ProcessBuilder("sh", "-c", "set -eu\n" + choice + tell);
    shell
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("LC_") || name.startsWith("LANG"));
    shell.environment().putAll(environment);
    try (var printed = shell.redirectErrorStream(true).start().inputReader()) {
      return printed.readAllAsString().strip();
    }
  }

  /// The words before which the launcher sets the server's class path.
  private static List<String> withAllJars() {
    try {
      String script = Files.readString(LAUNCHER);
      return WITH_ALL_JARS
          .matcher(script)
          .results()
          .map((MatchResult found) -> found.group(1))
          .flatMap(words -> Arrays.stream(words.split(" \\| ", -1)))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Which class path the launcher sets for a command, as its shell decides.
  private static String pathOf(String... words) throws Exception {
    return decided("echo $path", words);
  }

  private static String optionsWith(String jvm, String... words) throws Exception {
    return decidedWith(Map.of("POSTHORN_JVM", jvm), "echo $options", words);
  }

  /// What the launcher's shell answers to a question when it has dealt with a command's words.
  private static String decided(String question, String... words) throws Exception {
    return decidedWith(Map.of(), question, words);
  }

  /// The cache that a server with these options and caches in `app` is started with.
  private static String cacheWith(String jvm, String options, Path app) throws Exception {
    String variables =
        "app='"
            + app
            + "' server=. quiet=-Xlog:disable server_options='"
            + options
            + "' JAVA_HOME='"
            + JAVA
            + "'\n";
    String choice = choice("export POSTHORN_LAUNCHER");
    return printed(
        Map.of("POSTHORN_JVM", jvm),
        variables() + variables + choice + "echo ${aot:-none}",
        "start");
  }

  private static boolean runsJava(String options) throws Exception {
    var command = new ArrayList<String>();
    command.add(JAVA + "/bin/java");
    command.addAll(List.of(options.split(" ", -1)));
    command.add("-version");
    Process java =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return java.waitFor() == 0;
  }

  private static String decidedWith(
      Map<String, String> environment, String question, String... words) throws Exception {
    return printed(environment, variables() + choice("aot=\n") + question, words);
  }

  /// The launcher's script from where it looks at the command to a line that begins so.
  private static String choice(String end) throws IOException {
    String script = Files.readString(LAUNCHER);
    int begin = script.indexOf("word=${1:-}");
    assertThat(begin).isPositive();
    return script.substring(begin, script.indexOf("\n" + end, begin) + 1);
  }

  private static String printed(Map<String, String> environment, String script, String... words)
      throws Exception {
    var command = new ArrayList<String>();
    command.addAll(List.of("sh", "-c", script, "posthorn"));
    command.addAll(List.of(words));
    var shell = new ProcessBuilder(command).redirectErrorStream(true);
    shell.environment().putAll(environment);
    try (var printed = shell.start().inputReader()) {
      return printed.readAllAsString().strip();
    }
  }

  private static String variables() {
    return "set -eu; umask 022; app=. server=server client=client"
        + " server_options=like-a-server client_options=like-a-client\n";
  }

  /// What `class_path` of the launcher chooses.
  private static URLClassLoader clientJars() {
    URL[] urls =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(path ->
                path.endsWith(Path.of("server-app", "target", "classes"))
                    || path.getFileName().toString().matches("(picocli|jackson|jspecify)-.*"))
            .map(LauncherTest::url)
            .toArray(URL[]::new);
    return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(e);
    }
  }

  /// The exit status and what was printed.
  private static String run(ClassLoader jars, String... arguments) throws Exception {
    Method run =
        jars.loadClass(Posthorn.class.getName())
            .getDeclaredMethod("run", PrintWriter.class, PrintWriter.class, String[].class);
    run.setAccessible(true);
    var printed = new StringWriter();
    var writer = new PrintWriter(printed, true);
    Object status = run.invoke(null, writer, writer, arguments);
    return status + " " + printed;
  }
}
