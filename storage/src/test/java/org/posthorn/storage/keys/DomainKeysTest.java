package org.posthorn.storage.keys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.Domain;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.keys.DomainKey.State;
import org.posthorn.storage.memory.InMemoryEngine;

class DomainKeysTest {
  private static final Domain ORG = Domain.of("example.org");
  private static final Domain SUB = Domain.of("sub.example.org");
  private static final byte[] SECRET = "a secret that nobody reads".getBytes(UTF_8);

  @TempDir Path folder;
  private final InMemoryEngine engine = new InMemoryEngine();
  private Instant now = Instant.parse("2026-11-27T20:00:00Z");
  private final DomainKeys keys = new DomainKeys(engine, Keyring.off(), () -> now);

  @Test
  void keepsKeysByDomainAndSelector() {
    assertThat(keys.version()).isZero();
    assertThat(keys.add(ORG, "r1", "rsa-sha256", SECRET)).isTrue();
    assertThat(keys.add(ORG, "r1", "rsa-sha256", SECRET)).isFalse();
    assertThat(keys.add(ORG, "e1", "ed25519-sha256", SECRET)).isTrue();
    assertThat(keys.add(SUB, "r1", "rsa-sha256", SECRET)).isTrue();
    assertThat(keys.of(ORG)).extracting(DomainKey::selector).containsExactly("e1", "r1");
    assertThat(keys.all()).hasSize(3);
    DomainKey key = keys.find(ORG, "r1").orElseThrow();
    assertThat(key).isEqualTo(new DomainKey(ORG, "r1", "rsa-sha256", State.WAITING, now, now));
    assertThat(keys.secret(key)).contains(SECRET);
  }

  @Test
  void movesAndForgetsKeys() {
    keys.add(ORG, "r1", "rsa-sha256", SECRET);
    Instant made = now;
    now = now.plus(Duration.ofHours(1));
    long version = keys.version();
    assertThat(keys.move(ORG, "r1", State.SIGNING)).isTrue();
    assertThat(keys.move(ORG, "r1", State.SIGNING)).isFalse();
    assertThat(keys.version()).isGreaterThan(version);
    DomainKey key = keys.find(ORG, "r1").orElseThrow();
    assertThat(key).isEqualTo(new DomainKey(ORG, "r1", "rsa-sha256", State.SIGNING, made, now));
    assertThat(keys.secret(key)).contains(SECRET);
    assertThat(keys.remove(ORG, "r1")).isTrue();
    assertThat(keys.remove(ORG, "r1")).isFalse();
    assertThat(keys.move(ORG, "r1", State.SPENT)).isFalse();
    assertThat(keys.secret(key)).isEmpty();
  }

  @Test
  void sealsSecretsWhileMailIsEncryptedAndReadsThoseFromBefore() throws IOException {
    keys.add(ORG, "old", "rsa-sha256", SECRET);
    Path file = folder.resolve("master.key");
    Files.writeString(file, Base64.getEncoder().encodeToString(new byte[32]) + "\n");
    var sealed = new DomainKeys(engine, Keyring.open(engine, Optional.of(file)), () -> now);
    sealed.add(ORG, "new", "rsa-sha256", SECRET);
    assertThat(sealed.of(ORG)).extracting(DomainKey::selector).containsExactly("new", "old");
    for (DomainKey key : sealed.of(ORG)) {
      assertThat(sealed.secret(key)).contains(SECRET);
      assertThat(isReadable(key.selector())).isEqualTo(key.selector().equals("old"));
    }
    sealed.move(ORG, "old", State.SIGNING);
    assertThat(isReadable("old")).isFalse();
  }

  private boolean isReadable(String selector) {
    Page page =
        engine.scan(
            new Partition(Partition.Kind.SYSTEM, "domain-keys"),
            new byte[0],
            new byte[0],
            100,
            false,
            Optional.empty());
    return page.rows().stream()
        .filter(row -> new String(row.key(), UTF_8).endsWith("\0" + selector))
        .anyMatch(row -> new String(row.value(), UTF_8).contains("a secret that nobody reads"));
  }
}
