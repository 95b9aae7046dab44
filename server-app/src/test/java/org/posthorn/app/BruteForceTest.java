package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

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

  @Test
  void aLoginThatIsNotLookedAtIsLoggedTheSameInEachProtocol() throws IOException {
    Queue<String> lines = new ConcurrentLinkedQueue<>();
    var log =
        new AppenderBase<ILoggingEvent>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getMessage().startsWith("login ")) {
              lines.add(event.getMessage() + " " + event.getKeyValuePairs());
            }
          }
        };
    var logger = (Logger) LoggerFactory.getLogger("org.posthorn");
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("ann")) {
      // Who was trusted waits for minutes at once.
      assertThat(login(server, "127.0.0.1", "ann", "secret")).startsWith("235");
      for (int i = 0; i < 21; i++) {
        assertThat(login(server, "127.0.0.1", "ann", "guess" + i)).startsWith("535");
      }
      lines.clear();
      assertThat(login(server, "127.0.0.1", "ann", "again")).startsWith("454");
      try (WireClient client = server.connect("imap")) {
        client.line();
        client.send("a LOGIN ann@example.org again");
        assertThat(client.line()).startsWith("a NO [UNAVAILABLE]");
      }
      try (WireClient client = server.connect("pop3")) {
        client.line();
        client.send("USER ann@example.org");
        client.line();
        client.send("PASS again");
        assertThat(client.line()).startsWith("-ERR [SYS/TEMP]");
      }
      String line = "login throttled [login=\"ann@example.org\", remote=\"127.0.0.1\"]";
      assertThat(lines).containsExactly(line, line, line);
    } finally {
      logger.detachAppender(log);
      logger.setLevel(null);
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
