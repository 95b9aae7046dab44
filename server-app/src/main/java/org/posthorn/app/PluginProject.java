package org.posthorn.app;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.posthorn.spool.plugin.ApiVersion;

/// A new project for a plugin: it builds with Maven, tests itself and makes a jar, against the
/// program that is installed in `home`. `packageName` such as `org.example.crm`; `name` such as
/// `crm-lookup`, which makes the mailet `CrmLookup`; `withGate`: there is the gate `CrmLookupGate`
/// too.
public record PluginProject(String name, String packageName, Path home, boolean withGate) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*");
  private static final Pattern PACKAGE = Pattern.compile("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*");

  /// Throws `IllegalArgumentException` with what to write instead.
  public PluginProject {
    if (!NAME.matcher(name).matches() || name.length() > 40) {
      throw new IllegalArgumentException(
          "A plugin is called by small letters, digits and hyphens, such as crm-lookup, not "
              + name);
    }
    if (!PACKAGE.matcher(packageName).matches()) {
      throw new IllegalArgumentException(
          "A package is called like org.example.crm, not " + packageName);
    }
  }

  /// Where this program is installed.
  public static Path ownHome() {
    try {
      Path own =
          Path.of(PluginProject.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      // Tests run the classes that the jar was made of.
      return Files.isDirectory(own)
          ? own.resolveSibling("posthorn")
          : own.resolveSibling("..").normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Writes all files into `folder`, which is new or empty, and returns their names. Throws
  /// `IOException` with what is in the way.
  public List<String> write(Path folder) throws IOException {
    Path kit = home.resolve("plugin-kit");
    if (!Files.isDirectory(kit)) {
      throw new IOException(
          "There is no %s, with which plugins are tested: is Posthorn installed in %s?"
              .formatted(kit, home));
    }
    Files.createDirectories(folder);
    try (var all = Files.list(folder)) {
      if (all.findAny().isPresent()) {
        throw new IOException(folder + " is not empty: name a folder that is new");
      }
    }
    Map<String, String> files = files();
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.toAbsolutePath().getParent());
      Files.writeString(path, file.getValue());
    }
    return List.copyOf(files.keySet());
  }

  /// Each with its text.
  private Map<String, String> files() throws IOException {
    String main = "src/main/java/" + packageName.replace('.', '/') + "/";
    String test = "src/test/java/" + packageName.replace('.', '/') + "/";
    String testFiles = "src/test/resources/" + packageName.replace('.', '/') + "/";
    String services = "src/main/resources/META-INF/services/org.posthorn.mailet.";
    Map<String, String> files = new LinkedHashMap<>();
    files.put("README.md", text("README.md") + (withGate ? text("README-gate.md") : ""));
    files.put("pom.xml", text("pom.xml"));
    files.put(".gitignore", text("gitignore"));
    files.put(main + className() + ".java", text("Mailet.java"));
    files.put(main + "Has" + className() + ".java", text("Matcher.java"));
    files.put(services + "MailetFactory", packageName + "." + className() + "$Factory\n");
    files.put(services + "MatcherFactory", packageName + ".Has" + className() + "\n");
    files.put(test + className() + "Test.java", text("MailetTest.java"));
    files.put(test + "Has" + className() + "Test.java", text("MatcherTest.java"));
    files.put(test + "ChainTest.java", text("ChainTest.java"));
    files.put(testFiles + "chain.yaml", text("chain.yaml"));
    files.put(testFiles + "hello.eml", text("hello.eml"));
    if (withGate) {
      files.put(main + className() + "Gate.java", text("Gate.java"));
      files.put(services + "GateFactory", packageName + "." + className() + "Gate\n");
      files.put(test + className() + "GateTest.java", text("GateTest.java"));
    }
    return files;
  }

  private String className() {
    return Arrays.stream(name.split("-", -1))
        .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
        .collect(Collectors.joining());
  }

  private String text(String template) throws IOException {
    try (InputStream in =
        PluginProject.class.getResourceAsStream("plugin-project/" + template + ".txt")) {
      if (in == null) {
        throw new IllegalStateException("The program has no template " + template);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("@NAME@", name)
          .replace("@CLASS@", className())
          .replace("@PACKAGE@", packageName)
          .replace("@HOME@", home.toAbsolutePath().toString())
          .replace("@VERSION@", Version.text())
          .replace("@API@", ApiVersion.CURRENT.toString());
    }
  }
}
