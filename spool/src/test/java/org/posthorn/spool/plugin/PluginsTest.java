package org.posthorn.spool.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

final class PluginsTest {
  private static final String WHICH_LIBRARY =
      "mail -> new Outcome.Finish(org.example.lib.Library.version())";

  @TempDir private Path folder;

  @Test
  void aPluginIsAJarOrAFolderWithAJarAndItsLibraries() throws IOException {
    new PluginJar().mailet("Alone", "Outcome.Continue::new").write(folder.resolve("alone.jar"));
    Path library = library("1", folder.resolve("with/lib.jar"));
    new PluginJar()
        .uses(library)
        .mailet("With", WHICH_LIBRARY)
        .write(folder.resolve("with/with.jar"));
    Files.createDirectories(folder.resolve(".hidden"));
    Files.writeString(folder.resolve("README"), "not a plugin");

    try (PluginSet plugins = Plugins.read(folder)) {
      assertThat(plugins.setAside()).isEmpty();
      assertThat(plugins.plugins().stream().map(Plugin::name)).containsExactly("alone.jar", "with");
      assertThat(decided(plugins, "With")).isEqualTo(new Outcome.Finish("library 1"));
    }
  }

  @Test
  void twoPluginsHaveDifferentVersionsOfOneLibrary() throws IOException {
    Path first = library("1", folder.resolve("one/lib.jar"));
    Path second = library("2", folder.resolve("two/lib.jar"));
    new PluginJar().uses(first).mailet("One", WHICH_LIBRARY).write(folder.resolve("one/one.jar"));
    new PluginJar().uses(second).mailet("Two", WHICH_LIBRARY).write(folder.resolve("two/two.jar"));

    try (PluginSet plugins = Plugins.read(folder)) {
      assertThat(decided(plugins, "One")).isEqualTo(new Outcome.Finish("library 1"));
      assertThat(decided(plugins, "Two")).isEqualTo(new Outcome.Finish("library 2"));
    }
  }

  @Test
  void aPluginSeesNeitherTheServerNorItsLibrariesNorOtherPlugins() throws IOException {
    for (String secret :
        List.of(
            "org.posthorn.spool.Spool",
            "org.posthorn.storage.engine.Engine",
            "com.google.inject.Guice",
            "org.junit.jupiter.api.Test",
            "plugin.Other")) {
      new PluginJar().mailet("Nosy", lookingFor(secret)).write(folder.resolve("nosy.jar"));
      new PluginJar().mailet("Other", "Outcome.Continue::new").write(folder.resolve("other.jar"));
      try (PluginSet plugins = Plugins.read(folder)) {
        assertThat(decided(plugins, "Nosy")).isEqualTo(new Outcome.Retry(secret));
      }
    }
  }

  @Test
  void aPluginSeesTheContractTheJdkAndTheLog() throws IOException {
    for (String shared :
        List.of(
            "org.posthorn.mailet.Mail",
            "org.posthorn.message.MailAddress",
            "org.slf4j.LoggerFactory",
            "org.jspecify.annotations.Nullable",
            "java.net.http.HttpClient",
            "java.sql.Connection")) {
      new PluginJar().mailet("Nosy", lookingFor(shared)).write(folder.resolve("nosy.jar"));
      try (PluginSet plugins = Plugins.read(folder)) {
        assertThat(decided(plugins, "Nosy")).isEqualTo(new Outcome.Finish(shared));
      }
    }
  }

  /// People build jars with everything in them.
  @Test
  void aCopyOfTheContractInTheJarIsNotUsed() throws IOException {
    new PluginJar()
        .source("Mailet", "package org.posthorn.mailet; public interface Mailet {}")
        .write(folder.resolve("fat/copy.jar"));
    new PluginJar()
        .mailet("Fat", "mail -> new Outcome.Finish(\"works\")")
        .write(folder.resolve("fat/fat.jar"));

    try (PluginSet plugins = Plugins.read(folder)) {
      assertThat(decided(plugins, "Fat")).isEqualTo(new Outcome.Finish("works"));
    }
  }

  @Test
  void aPluginSaysItsVersions() throws IOException {
    new PluginJar()
        .says("Implementation-Version", "2.7")
        .says("Posthorn-Api", "1.0")
        .mailet("Versioned", "Outcome.Continue::new")
        .matcher("Tested", "mail -> mail.recipients()")
        .write(folder.resolve("versioned.jar"));

    try (PluginSet plugins = Plugins.read(folder)) {
      assertThat(plugins.plugins().getFirst().about())
          .isEqualTo(
              new Plugin.About(
                  "versioned.jar",
                  Optional.of("2.7"),
                  Optional.of("1.0"),
                  List.of("Versioned"),
                  List.of("Tested"),
                  List.of()));
    }
  }

  @Test
  void whatWantsANewerContractIsRefused() throws IOException {
    new PluginJar()
        .says("Posthorn-Api", "1.7")
        .mailet("Young", "Outcome.Continue::new")
        .write(folder.resolve("young.jar"));

    assertThat(refusal())
        .isEqualTo(
            "Plugin young.jar was built for version 1.7 of the plugin API, and this server has 1.0."
                + " Use a newer server, or a version of the plugin that was built for 1.0 or"
                + " older.");
  }

  @Test
  void aVersionThatIsNoneIsRefused() throws IOException {
    new PluginJar()
        .says("Posthorn-Api", "new")
        .mailet("Young", "Outcome.Continue::new")
        .write(folder.resolve("young.jar"));

    assertThat(refusal()).contains("young.jar").contains("'new' is no version of the plugin API");
  }

  @Test
  void whatIsNoJarIsNamed() throws IOException {
    Files.writeString(folder.resolve("noise.jar"), "not a jar");
    assertThat(refusal()).startsWith("Plugin noise.jar cannot be read: noise.jar is no jar");
  }

  @Test
  void aJarWithoutFactoriesIsNamed() throws IOException {
    new PluginJar().entry("README", "nothing").write(folder.resolve("empty.jar"));
    assertThat(refusal()).startsWith("Plugin empty.jar has no mailet, no matcher and no gate");
  }

  @Test
  void aFolderWithoutAJarIsNamed() throws IOException {
    Files.createDirectories(folder.resolve("hollow"));
    assertThat(refusal()).startsWith("Plugin hollow is a folder without a jar");
  }

  @Test
  void aFactoryThatIsNotThereIsNamed() throws IOException {
    new PluginJar()
        .entry("META-INF/services/" + MailetFactory.class.getName(), "org.example.Nobody")
        .write(folder.resolve("missing.jar"));
    assertThat(refusal()).contains("missing.jar").contains("org.example.Nobody");
  }

  @Test
  void aLibraryThatIsNotThereIsNamed() throws IOException {
    Path library = library("1", folder.resolveSibling("elsewhere.jar"));
    new PluginJar()
        .uses(library)
        .source("Broken", broken("new org.example.lib.Library()"))
        .entry("META-INF/services/" + MailetFactory.class.getName(), "plugin.Broken")
        .write(folder.resolve("needy.jar"));
    assertThat(refusal())
        .contains("needy.jar")
        .contains("it needs the class org.example.lib.Library");
  }

  @Test
  void aFactoryThatThrowsIsNamed() throws IOException {
    new PluginJar()
        .source("Broken", broken("Integer.parseInt(\"no number\")"))
        .entry("META-INF/services/" + MailetFactory.class.getName(), "plugin.Broken")
        .write(folder.resolve("broken.jar"));
    assertThat(refusal()).contains("broken.jar").contains("plugin.Broken").contains("no number");
  }

  /// What the JDK wraps it into says nothing.
  @Test
  void whatAFactoryThrowsAtItsStartIsNamed() throws IOException {
    new PluginJar()
        .source("Broken", broken("null; static { System.exit(3); }"))
        .entry("META-INF/services/" + MailetFactory.class.getName(), "plugin.Broken")
        .write(folder.resolve("broken.jar"));
    assertThat(refusal())
        .isEqualTo(
            "Plugin broken.jar cannot be loaded: org.posthorn.mailet.MailetFactory: Provider"
                + " plugin.Broken could not be instantiated: java.lang.SecurityException: A plugin"
                + " cannot end the server");
  }

  /// Neither can be used as long as the other is there.
  @Test
  void twoThatBringTheSameAreNamedBoth() throws IOException {
    new PluginJar().mailet("Bad", "Outcome.Continue::new").write(folder.resolve("one.jar"));
    new PluginJar()
        .mailet("Good", "Outcome.Continue::new")
        .mailet("Bad", "Outcome.Continue::new")
        .write(folder.resolve("two.jar"));
    new PluginJar().matcher("Bad", "mail -> mail.recipients()").write(folder.resolve("other.jar"));

    try (PluginSet plugins = Plugins.read(folder).withoutNamesakes()) {
      assertThat(plugins.plugins().stream().map(Plugin::name)).containsExactly("other.jar");
      assertThat(plugins.setAside())
          .containsExactly(
              new PluginSet.SetAside(
                  "one.jar",
                  "Plugin one.jar brings the mailet Bad, and so does two.jar. Remove one of them."),
              new PluginSet.SetAside(
                  "two.jar",
                  "Plugin two.jar brings the mailet Bad, and so does one.jar. Remove one of them."));
    }
  }

  @Test
  void oneThatBringsTheSameTwiceIsNamed() throws IOException {
    new PluginJar()
        .source("Odd", saying("return \"Odd\"", "return \"x\"", ""))
        .source(
            "Even",
            saying("return \"Odd\"", "return \"x\"", "")
                .replace("Odd ", "Even ")
                .replace("<Odd.", "<Even."))
        .entry("META-INF/services/" + MailetFactory.class.getName(), "plugin.Odd\nplugin.Even\n")
        .write(folder.resolve("odd.jar"));
    assertThat(refusal())
        .isEqualTo(
            "Plugin odd.jar cannot be used: plugin.Odd and plugin.Even are both the mailet Odd");
  }

  /// Each is asked at start, at a reload and by commands: none of them may end in a stack trace.
  @Test
  void aFactoryThatCannotSayWhatItIsIsNamed() throws IOException {
    Map<String, String> odd = new LinkedHashMap<>();
    odd.put(
        saying("throw new Error(\"boom\")", "return \"x\"", ""),
        "plugin.Odd cannot say what it is: java.lang.Error: boom");
    odd.put(saying("return null", "return \"x\"", ""), "and is not 'null'");
    odd.put(saying("return \"Odd one\"", "return \"x\"", ""), "and is not 'Odd one'");
    odd.put(saying("return \"Odd\"", "return null", ""), "summary() returns null");
    odd.put(
        saying("return \"Odd\"", "return \"x\"", "@Parameter(\"x\") java.util.Date day"),
        "A parameter cannot be a java.util.Date");
    odd.put(
        saying("return \"Odd\"", "return \"x\"", "String day"),
        "The component day of plugin.Odd$Settings needs a @Parameter");
    odd.put(
        saying(
            "return \"Odd\"",
            "return \"x\"",
            "@Parameter(value = \"x\", otherwise = \"many\") int x"),
        "The component x of plugin.Odd$Settings is 'many' otherwise, but that should be a number");
    for (Map.Entry<String, String> each : odd.entrySet()) {
      new PluginJar()
          .source("Odd", each.getKey())
          .entry("META-INF/services/" + MailetFactory.class.getName(), "plugin.Odd")
          .write(folder.resolve("odd.jar"));
      assertThat(refusal()).startsWith("Plugin odd.jar cannot be used: ").contains(each.getValue());
    }
  }

  private static String saying(String name, String summary, String component) {
    return """
    package plugin;
    import org.posthorn.mailet.*;
    public final class Odd implements MailetFactory<Odd.Settings> {
      record Settings(%3$s) {}
      public String name() { %1$s; }
      public String summary() { %2$s; }
      public Class<Settings> parameters() { return Settings.class; }
      public Mailet create(Settings settings, Services services) { return Outcome.Continue::new; }
    }
    """
        .formatted(name, summary, component);
  }

  @Test
  void oneThatCannotBeUsedLeavesTheOthersUsable() throws IOException {
    Files.writeString(folder.resolve("noise.jar"), "not a jar");
    new PluginJar().mailet("Sound", "Outcome.Continue::new").write(folder.resolve("sound.jar"));

    try (PluginSet plugins = Plugins.read(folder)) {
      assertThat(plugins.mailets().stream().map(MailetFactory::name)).containsExactly("Sound");
      assertThat(plugins.setAside().stream().map(PluginSet.SetAside::name))
          .containsExactly("noise.jar");
      assertThatThrownBy(plugins::whole).isInstanceOf(PluginException.class);
    }
  }

  @Test
  void oneThatCannotBeReadIsSetAsideToo() throws IOException {
    new PluginJar().mailet("Sound", "Outcome.Continue::new").write(folder.resolve("sound.jar"));
    Files.createSymbolicLink(folder.resolve("gone.jar"), folder.resolve("nowhere.jar"));
    Files.createDirectories(folder.resolve("with"));
    Files.createSymbolicLink(folder.resolve("with/gone.jar"), folder.resolve("nowhere.jar"));

    try (Plugins plugins = Plugins.open(folder, PluginConfig.defaults())) {
      plugins.use(plugins.load());
      assertThat(plugins.current().plugins().stream().map(Plugin::name))
          .containsExactly("sound.jar");
      assertThat(plugins.current().setAside())
          .hasSize(2)
          .anySatisfy(aside -> assertThat(aside.why()).startsWith("Plugin gone.jar cannot be read"))
          .anySatisfy(aside -> assertThat(aside.why()).startsWith("Plugin with cannot be read"));
    }
  }

  @Test
  void reloadsThatFailKeepNoPluginAlive() throws IOException {
    new PluginJar().mailet("Sound", "Outcome.Continue::new").write(folder.resolve("sound.jar"));
    try (Plugins plugins = Plugins.open(folder, PluginConfig.defaults())) {
      plugins.use(plugins.load());
      Files.createSymbolicLink(folder.resolve("zero.jar"), folder.resolve("nowhere.jar"));
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> plugins.load().whole()).isInstanceOf(PluginException.class);
      }
      Plugin sound = plugins.current().plugins().getFirst();
      plugins.use(PluginSet.none());
      assertThat(sound.users().enter()).as("somebody still uses it").isFalse();
    }
  }

  @Test
  void aPluginCannotEndTheServerByAccident() throws IOException {
    for (String call :
        List.of("System.exit(3)", "Runtime.getRuntime().halt(3)", "Runtime.getRuntime().exit(3)")) {
      new PluginJar()
          .mailet(
              "Ending",
              "mail -> { try { %s; } catch (IllegalStateException e) { throw e; } return null; }"
                  .formatted(call))
          .write(folder.resolve("ending.jar"));
      try (PluginSet plugins = Plugins.read(folder)) {
        assertThatThrownBy(() -> decided(plugins, "Ending"))
            .isInstanceOf(SecurityException.class)
            .hasMessage("A plugin cannot end the server");
      }
    }
  }

  private String refusal() throws IOException {
    try (PluginSet plugins = Plugins.read(folder)) {
      assertThat(plugins.plugins()).isEmpty();
      return plugins.setAside().getFirst().why();
    }
  }

  private static Path library(String version, Path jar) throws IOException {
    return new PluginJar()
        .source(
            "Library",
            "package org.example.lib; public class Library { public static String version() { return new StringBuilder(\"library \").append(\"%s\").toString(); } }"
                .formatted(version))
        .write(jar);
  }

  private static String broken(String initializer) {
    return """
    package plugin;
    import org.posthorn.mailet.*;
    public final class Broken implements MailetFactory<NoParameters> {
      private final Object field = %s;
      public String name() { return "Broken"; }
      public String summary() { return "A test."; }
      public Class<NoParameters> parameters() { return NoParameters.class; }
      public Mailet create(NoParameters none, Services services) { return Outcome.Continue::new; }
    }
    """
        .formatted(initializer);
  }

  private static String lookingFor(String type) {
    return """
    mail -> {
      try {
        return new Outcome.Finish(Class.forName("%s").getName());
      } catch (ClassNotFoundException e) {
        return new Outcome.Retry(e.getMessage());
      }
    }
    """
        .formatted(type);
  }

  private static Outcome decided(PluginSet plugins, String mailet) {
    return plugins.mailets().stream()
        .filter(factory -> factory.name().equals(mailet))
        .map(factory -> TestParameters.mailet(factory, Map.of(), new TestServices()))
        .findFirst()
        .orElseThrow()
        .service(mail());
  }

  static Mail mail() {
    return new Mail(
        new MailId("1"),
        Optional.empty(),
        List.of(Recipient.of(MailAddress.parse("ann@example.org").orElseThrow())),
        HeapMessage.of("Subject: hi\n\nHello\n"),
        new Origin(Optional.empty(), "test", Optional.empty(), "SMTP", "c1", Instant.EPOCH),
        Map.of());
  }
}
