package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.cli.InProcess;
import tools.jackson.databind.JsonNode;

/// Somebody guesses passwords: whoever runs the server sees from where, and lets in again who only
/// had forgotten theirs.
@Timeout(120)
class LoginAttackTest {
  private static final String ANN = "ann@example.org";
  private static final String THERE = "198.51.100.1";
  private static final String[] SETTINGS = {
    // So that a test can come from elsewhere.
    "smtp.extensions.xclient-networks=[127.0.0.0/8]",
    "smtp.submission.plain-text-logins=always",
    "smtp.limits.login-failure-delay=0s",
    "smtp.limits.login-failures-max=100",
    "storage.logins.wrong-tries-free=2",
    "storage.logins.remembered=1ms"
  };

  /// After so many wrong tries whoever was trusted has to wait for a minute at once.
  private static final int TRIES_OF_TRUSTED = 9;

  @TempDir Path home;

  @Test
  void isSeenAndEnded() throws IOException {
    Path data = home.resolve("data");
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("ann", "bob")) {
      assertThat(posthorn(data, "login", "attacks"))
          .startsWith("No wrong password since the server was started");
      assertThat(posthorn(data, "status")).doesNotContain("logins ");
      forgetThePassword(server);

      assertThat(posthorn(data, "login", "attacks"))
          .containsPattern(
              """
              NETWORK +LOGINS +WRONG +REFUSED +LAST TRY +NEXT TRY
              198.51.100.1 +ann@example.org, others \\(1\\) +10 +1 +(now|\\d+s ago) +some in \\d+[ms]
              """);
      assertThat(posthorn(data, "status"))
          .contains("\nlogins    1 network has to wait after wrong passwords:  posthorn login");
      assertThat(posthorn(data, "login", "attacks", ANN)).contains(THERE);
      assertThat(posthorn(data, "login", "attacks", "bob@example.org"))
          .startsWith("No wrong password for bob@example.org since the server was started, ");
      assertThat(posthorn(data, "login", "attacks", "198.51.100.9")).contains(THERE, "some in ");

      assertThat(posthorn(data, "login", "forgive", "bob@example.org"))
          .isEqualTo("bob@example.org did not have to wait.\n");
      assertThat(posthorn(data, "login", "forgive", ANN))
          .isEqualTo("ann@example.org need not wait any more.\n");
      assertThat(login(server, THERE, ANN, "secret")).startsWith("235");
      assertThat(posthorn(data, "status")).doesNotContain("logins ");
      assertThat(posthorn(data, "login", "attacks"))
          .containsPattern("198.51.100.1 +others \\(1\\) +1 +0 ");

      forgetThePassword(server);
      assertThat(posthorn(data, "login", "forgive", "198.51.100.0/24"))
          .isEqualTo("Who comes from 198.51.100.0/24 need not wait any more.\n");
      assertThat(login(server, THERE, ANN, "secret")).startsWith("235");
    }
  }

  @Test
  void programsAskTheAdminApi() throws IOException {
    try (TestServer server =
        TestServer.start(home.resolve("data"), SETTINGS).withUsers("ann", "bob")) {
      forgetThePassword(server);
      AdminClient admin = server.admin();
      JsonNode answer = admin.get("/login-attacks");
      assertThat(answer.path("since").asString()).isNotEmpty();
      assertThat(answer.path("unnamed").asInt()).isZero();
      JsonNode attack = answer.path("attacks").get(0);
      assertThat(attack.path("network").asString()).isEqualTo("198.51.100.0/24");
      assertThat(attack.path("address").asString()).isEqualTo(THERE);
      assertThat(attack.path("logins").toString())
          .isEqualTo("[{\"login\":\"ann@example.org\",\"wrong\":9,\"refused\":1}]");
      assertThat(attack.path("others").toString()).isEqualTo("{\"wrong\":1,\"refused\":0}");
      assertThat(attack.path("someWaitUntil").asString()).isNotEmpty();
      assertThat(attack.path("waitsUntil").isString()).isFalse();
      assertThat(admin.get("/status").path("networksThatWait").asInt()).isEqualTo(1);

      assertThat(admin.get("/login-attacks?of=198.51.100.9").path("attacks").get(0))
          .isEqualTo(attack);
      assertThat(admin.get("/login-attacks?of=2001:db8::7").path("attacks").isEmpty()).isTrue();
      assertThatThrownBy(() -> admin.get("/login-attacks?of=999.1.1.1"))
          .isInstanceOf(AdminFailure.class)
          .hasMessageContaining("neither an address such as 192.0.2.7");
      assertThatThrownBy(() -> admin.get("/login-attacks?of=eve@example.org"))
          .hasMessageContaining("There is no user eve@example.org");
      assertThatThrownBy(() -> admin.delete(AdminClient.path("login-attacks", "10.0.0.0/8")))
          .hasMessageContaining("neither an address");
      assertThat(admin.delete(AdminClient.path("login-attacks", "198.51.100.0/24")).toString())
          .isEqualTo("{\"network\":\"198.51.100.0/24\",\"waited\":true}");
      assertThat(admin.delete(AdminClient.path("login-attacks", ANN)).toString())
          .isEqualTo("{\"login\":\"ann@example.org\",\"waited\":false,\"networksThatWait\":[]}");
      assertThat(admin.get("/login-attacks").path("attacks").isEmpty()).isTrue();
    }
  }

  /// With the commands of docs/operating.md.
  @Test
  void whoeverTriesManyNamesGoesToTheFirewall() throws Exception {
    assumeTrue(hasJq(), "jq is not here");
    Path data = home.resolve("data");
    program("posthorn", "[ \"$*\" = 'login attacks --json' ] && cat attacks.json");
    program("nft", "echo \"$*\" >>nft.said");
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("ann")) {
      forgetThePassword(server);
      tryNames(server, "203.0.113.5", 20);
      tryNames(server, "2001:db8::5", 20);
      tryNames(server, "192.0.2.5", 19);
      Files.writeString(home.resolve("attacks.json"), posthorn(data, "login", "attacks", "--json"));
      String page = Files.readString(Path.of("..", "docs", "operating.md"));
      int begin = page.indexOf("```sh\nposthorn login attacks --json") + "```sh\n".length();
      String commands = page.substring(begin, page.indexOf("```", begin));
      var shell =
          new ProcessBuilder("sh", "-euc", commands)
              .directory(home.toFile())
              .redirectErrorStream(true);
      shell
          .environment()
          .merge("PATH", home.toString(), (path, first) -> first + File.pathSeparator + path);
      Process process = shell.start();
      assertThat(process.getInputStream().readAllBytes()).asString(UTF_8).isEmpty();
      assertThat(process.waitFor()).isZero();
      assertThat(Files.readAllLines(home.resolve("nft.said")))
          .containsExactlyInAnyOrder(
              "add element inet guessing four { 203.0.113.0/24 timeout 1h }",
              "add element inet guessing six { 2001:db8::/56 timeout 1h }");
    }
  }

  private static boolean hasJq() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "jq")));
  }

  private void program(String name, String line) throws IOException {
    Path file = Files.writeString(home.resolve(name), "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String posthorn(Path data, String... command) {
    InProcess.Result result = InProcess.run(data, command);
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  /// One who was trusted there, one name that nobody has, and one try that is not looked at.
  private static void forgetThePassword(TestServer server) throws IOException {
    assertThat(login(server, THERE, ANN, "secret")).startsWith("235");
    for (int i = 0; i < TRIES_OF_TRUSTED; i++) {
      assertThat(login(server, THERE, ANN, "guess" + i)).startsWith("535");
    }
    assertThat(login(server, THERE, "nobody@example.org", "x")).startsWith("535");
    assertThat(login(server, THERE, ANN, "secret")).startsWith("454");
  }

  private static void tryNames(TestServer server, String address, int names) throws IOException {
    try (WireClient client = from(server, address)) {
      for (int i = 0; i < names; i++) {
        assertThat(client.smtp(auth("name" + i + "@example.org", "x"))).startsWith("535");
      }
    }
  }

  private static String login(TestServer server, String address, String login, String password)
      throws IOException {
    try (WireClient client = from(server, address)) {
      return client.smtp(auth(login, password));
    }
  }

  private static WireClient from(TestServer server, String address) throws IOException {
    WireClient client = server.connect("submission").hello();
    String written = address.indexOf(':') < 0 ? address : "IPV6:" + address;
    assertThat(client.smtp("XCLIENT ADDR=" + written)).startsWith("220");
    client.smtp("EHLO client.example");
    return client;
  }

  private static String auth(String login, String password) {
    byte[] secret = ("\0" + login + "\0" + password).getBytes(UTF_8);
    return "AUTH PLAIN " + Base64.getEncoder().encodeToString(secret);
  }
}
