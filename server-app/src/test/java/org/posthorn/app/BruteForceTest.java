package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Somebody guesses a password by SMTP: slowed down, and the owner is not locked out.
@Timeout(120)
class BruteForceTest {
  private static final String[] SETTINGS = {
    // So that a test can come from elsewhere.
    "smtp.extensions.xclient-networks=[127.0.0.0/8]",
    "smtp.submission.plain-text-logins=always",
    "smtp.limits.login-failure-delay=0s"
  };

  @TempDir Path data;

  @Test
  void isSlowedDownAndTheOwnerIsNot() throws IOException {
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("ann", "bob")) {
      assertThat(login(server, "192.0.2.7", "ann", "secret")).startsWith("235");
      String answer = "535";
      int tries = 0;
      while (answer.startsWith("535") && tries < 50) {
        answer = login(server, "198.51.100.1", "ann", "guess" + tries);
        tries++;
      }
      assertThat(answer).startsWith("454 4.7.0");
      assertThat(tries).isLessThan(20);
      assertThat(login(server, "192.0.2.7", "ann", "secret")).startsWith("235");
      assertThat(login(server, "192.0.2.7", "bob", "secret")).startsWith("235");
    }
  }

  @Test
  void aConnectionEndsAfterAFewWrongTries() throws IOException {
    try (TestServer server =
            TestServer.start(data, "smtp.limits.login-failure-delay=0s").withUsers("ann");
        WireClient client = server.connect("submission")) {
      client.reply();
      client.smtp("EHLO client.example");
      for (int i = 0; i < 3; i++) {
        assertThat(client.smtp("AUTH PLAIN " + plain("ann", "guess" + i))).startsWith("535 5.7.8");
      }
      assertThat(client.smtp("AUTH PLAIN " + plain("ann", "x"))).startsWith("421 4.7.0");
    }
  }

  private static String login(TestServer server, String address, String user, String password)
      throws IOException {
    try (WireClient client = server.connect("submission")) {
      client.reply();
      client.smtp("EHLO proxy.example");
      assertThat(client.smtp("XCLIENT ADDR=" + address)).startsWith("220");
      client.smtp("EHLO client.example");
      return client.smtp("AUTH PLAIN " + plain(user, password));
    }
  }

  private static String plain(String user, String password) {
    String secret = "\0" + user + "@example.org\0" + password;
    return Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8));
  }
}
