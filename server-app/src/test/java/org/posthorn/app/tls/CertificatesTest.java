package org.posthorn.app.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Certificates that are renewed while they are served, by programs that copy one file and then the
/// other.
class CertificatesTest {
  private static final String RELOADED = "certificates reloaded";
  private static final String EXPIRES = "certificate expires soon";
  private static final String EXPIRED = "certificate has expired";
  private static final String NOT_RELOADED = "certificates not reloaded";

  @TempDir private Path data;
  private final ListAppender<ILoggingEvent> told = new ListAppender<>();
  private Instant time = Instant.parse("2026-11-27T10:00:00Z");

  @BeforeEach
  void makeThem() throws IOException {
    for (String name : List.of("a", "b")) {
      SelfSigned.ensure(data.resolve(name + ".crt"), data.resolve(name + ".key"), "a.example");
    }
    put("a.crt", "server.crt");
    put("a.key", "server.key");
    told.start();
    log().setLevel(Level.INFO);
    log().addAppender(told);
  }

  @AfterEach
  void detach() {
    log().detachAppender(told);
    log().setLevel(null);
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws IOException {
    put("b.key", "server.key");
    assertThatThrownBy(() -> open(Optional.empty()))
        .isInstanceOf(Certificates.Unusable.class)
        .hasMessageContaining("server.crt with server.key: ");
  }

  @Test
  void aRenewalThatIsCaughtBetweenItsTwoCopiesChangesNothing() throws IOException {
    try (Certificates certificates = open(Optional.empty())) {
      var before = certificates.leaves();
      put("b.crt", "server.crt");
      certificates.look();
      certificates.look();
      assertThat(told()).as("once for each cause").containsExactly(NOT_RELOADED);
      assertThat(certificates.leaves()).isEqualTo(before);

      put("b.key", "server.key");
      certificates.look();
      assertThat(told()).containsExactly(NOT_RELOADED, RELOADED);
      assertThat(certificates.leaves()).isNotEqualTo(before).hasSize(1);
      certificates.look();
      assertThat(told()).hasSize(2);
    }
  }

  /// As when only the mode of a file was wrong: its time says nothing.
  @Test
  void whatCouldNotBeReadIsTriedAgain() throws IOException {
    try (Certificates certificates = open(Optional.empty())) {
      put("b.crt", "server.crt");
      Files.writeString(data.resolve("server.key"), "half a k");
      FileTime same = Files.getLastModifiedTime(data.resolve("server.key"));
      certificates.look();
      put("b.key", "server.key");
      Files.setLastModifiedTime(data.resolve("server.key"), same);
      certificates.look();
      assertThat(told()).containsExactly(NOT_RELOADED, RELOADED);
    }
  }

  @Test
  void aCertificateThatEndsSoonIsWarnedOfOnceADay() throws IOException {
    try (Certificates certificates = open(Optional.empty())) {
      Instant end = certificates.leaves().getFirst().getNotAfter().toInstant();
      Instant now = end.minus(Duration.ofDays(14));
      certificates.warn(now.minusSeconds(1));
      assertThat(told()).isEmpty();
      certificates.warn(now);
      certificates.warn(now.plusSeconds(10));
      assertThat(told()).containsExactly(EXPIRES);
      certificates.warn(now.plus(Duration.ofDays(1)));
      certificates.warn(end.plusSeconds(1));
      assertThat(told()).containsExactly(EXPIRES, EXPIRES, EXPIRED);
      certificates.warn(now.plusSeconds(20));
      certificates.warn(now.plusSeconds(30));
      assertThat(told())
          .as("the clock was set back")
          .containsExactly(EXPIRES, EXPIRES, EXPIRED, EXPIRES);
    }
  }

  @Test
  void aCertificateForAnotherNameIsWarnedOfToo() throws IOException {
    TlsConfig config = config(Optional.empty());
    String why =
        "no certificate is for the hostname mail.example: server.crt is for a.example and localhost";
    try (Certificates certificates = Certificates.open(config, "mail.example", data)) {
      assertThat(certificates.otherName()).hasValue(why);
      Instant now = Instant.now();
      certificates.warn(now);
      assertThat(told()).containsOnlyOnce("certificate for another name");
      assertThat(Certificates.check(config, "mail.example", data, now)).containsExactly(why);
    }
    try (Certificates certificates = open(Optional.empty())) {
      assertThat(certificates.otherName()).isEmpty();
      Instant end = certificates.leaves().getFirst().getNotAfter().toInstant();
      assertThat(Certificates.check(config, "A.example", data, end))
          .containsExactly("server.crt has EXPIRED: it ended " + end);
      assertThat(Certificates.check(config, "a.example", data, end.minusSeconds(1)))
          .containsExactly("server.crt ends " + end);
    }
  }

  @Test
  void whatTheServerMadeForItselfIsNoCertificateForAnotherName() throws IOException {
    Certificates.open(TlsConfig.defaults(), "a.example", data).close();
    try (Certificates made = Certificates.open(TlsConfig.defaults(), "b.example", data)) {
      assertThat(made.otherName()).isEmpty();
    }
  }

  @Test
  void aDamagedKeyEndsNothing() throws IOException {
    String damaged = "-----BEGIN EC PRIVATE KEY-----\n*?*\n-----END EC PRIVATE KEY-----\n";
    TlsConfig config = config(Optional.empty());
    try (Certificates certificates = open(Optional.empty())) {
      put("a.crt", "server.crt");
      Files.writeString(data.resolve("server.key"), damaged);
      assertThatCode(certificates::look).doesNotThrowAnyException();
      assertThatThrownBy(() -> certificates.reload(config))
          .isInstanceOf(Certificates.Unusable.class)
          .hasMessageContaining("server.key");
    }
  }

  @Test
  void authoritiesOfClientsAreReadAgainToo() throws IOException {
    put("a.crt", "people.pem");
    try (Certificates certificates = open(Optional.of("people.pem"))) {
      certificates.look();
      assertThat(told()).isEmpty();
      put("b.crt", "people.pem");
      certificates.look();
      assertThat(told()).containsExactly(RELOADED);
    }
  }

  private Certificates open(Optional<String> clientAuthorities) throws IOException {
    return Certificates.open(config(clientAuthorities), "a.example", data);
  }

  private static TlsConfig config(Optional<String> clientAuthorities) {
    return new TlsConfig(
        List.of(new TlsConfig.Certificate("server.crt", "server.key")), clientAuthorities);
  }

  /// Copies, each time at a later time.
  private void put(String from, String to) throws IOException {
    Path file =
        Files.copy(data.resolve(from), data.resolve(to), StandardCopyOption.REPLACE_EXISTING);
    time = time.plusSeconds(1);
    Files.setLastModifiedTime(file, FileTime.from(time));
  }

  private List<String> told() {
    return told.list.stream().map(ILoggingEvent::getMessage).toList();
  }

  private static Logger log() {
    return (Logger) LoggerFactory.getLogger(Certificates.class);
  }
}
