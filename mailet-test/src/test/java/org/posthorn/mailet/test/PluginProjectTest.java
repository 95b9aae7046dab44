package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PluginProject;
import org.posthorn.app.PosthornServer;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.RehearsedMail;

/// `posthorn plugin new` makes a project that builds and tests itself, and a jar that a server
/// runs.
@Timeout(600)
final class PluginProjectTest {
  private static final List<String> QUIET =
      List.of(
          "hostname=mail.example.org",
          "smtp.mx.enabled=false",
          "smtp.submission.enabled=false",
          "smtp.submissions.enabled=false",
          "smtp.lmtp.enabled=false",
          "imap={plain: ~, tls: ~}",
          "pop3={plain: ~, tls: ~}");

  @TempDir Path folder;

  @Test
  void whatIsMadeBuildsTestsItselfAndRunsInAServer() throws IOException, InterruptedException {
    assumeTrue(Installed.hasMaven());
    Installed installed = Installed.in(folder.resolve("home"));
    Path project = folder.resolve("crm-lookup");
    new PluginProject("crm-lookup", "org.example.crm", installed.home(), true).write(project);

    Installed.maven(project, "package");

    Path jar = project.resolve("target/crm-lookup-1.0.jar");
    try (var opened = new JarFile(jar.toFile())) {
      assertThat(opened.stream().map(entry -> entry.getName()))
          .contains("org/example/crm/CrmLookup.class")
          .noneMatch(name -> name.startsWith("org/posthorn"));
      assertThat(opened.getManifest().getMainAttributes().getValue("Posthorn-Api")).isNotBlank();
    }
    assertThat(project.resolve("target/surefire-reports"))
        .isDirectoryContaining(file -> file.toString().endsWith("ChainTest.txt"));

    Path data = Files.createDirectories(folder.resolve("data"));
    Files.copy(jar, Files.createDirectories(data.resolve("plugins")).resolve("crm-lookup-1.0.jar"));
    Path chain =
        Files.copy(
            project.resolve("src/test/resources/org/example/crm/chain.yaml"),
            data.resolve("chain.yaml"));
    var settings = new java.util.ArrayList<>(QUIET);
    settings.add("chain-file=" + chain);
    try (var server = PosthornServer.start(data, new ConfigSource(Optional.empty(), settings))) {
      var mail =
          RehearsedMail.of(
              "Subject: hi\r\n\r\n".getBytes(StandardCharsets.UTF_8),
              Optional.empty(),
              List.of(MailAddress.of("a@example.net")),
              Optional.empty(),
              Optional.empty(),
              Instant.now());
      assertThat(server.rehearse(mail).turns().getFirst().changes())
          .containsExactly("header + X-CrmLookup: seen");
    }
  }

  @Test
  void namesThatWouldNotCompileAreRefused() {
    assertThatThrownBy(() -> new PluginProject("Crm", "org.example", folder, false))
        .hasMessageContaining("such as crm-lookup, not Crm");
    assertThatThrownBy(() -> new PluginProject("crm", "Org.example", folder, false))
        .hasMessageContaining("called like org.example.crm");
  }

  @Test
  void aFolderWithSomethingInItIsLeftAlone() throws IOException {
    Files.createDirectories(folder.resolve("plugin-kit"));
    var project = new PluginProject("crm", "org.example.crm", folder, false);
    assertThatThrownBy(() -> project.write(folder)).hasMessageContaining("is not empty");
    assertThatThrownBy(() ->
            new PluginProject("crm", "org.example.crm", folder.resolve("none"), false)
                .write(folder.resolve("new")))
        .hasMessageContaining("is Posthorn installed in");
  }
}
