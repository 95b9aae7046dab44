package org.posthorn.app.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.app.Records;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.storage.keys.DomainKey;
import org.posthorn.storage.keys.DomainKey.State;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;

class DkimRotationTest {
  private static final Domain ORG = Domain.of("example.org");

  private final Records zone = new Records();
  private Instant now = Instant.parse("2026-11-27T20:00:00Z");
  private final DkimRotation rotation =
      new DkimRotation(
          new DomainKeys(new InMemoryEngine(), Keyring.off(), () -> now),
          zone,
          () -> now,
          Duration.ofDays(14));

  @Test
  void aKeySignsWhenItsRecordIsSeen() {
    DomainKey key = create(Algorithm.RSA_SHA256);
    assertThat(key.selector()).isEqualTo("r20261127");
    look();
    assertThat(states()).containsExactly("r20261127 WAITING");
    zone.silentFor(DkimRotation.recordName(key));
    look();
    assertThat(states()).containsExactly("r20261127 WAITING");
    zone.heardAgain();
    zone.with(DkimRotation.recordName(key), "v=DKIM1; k=rsa; p=AAAA");
    look();
    assertThat(states()).containsExactly("r20261127 WAITING");
    zone.with(DkimRotation.recordName(key), rotation.record(key).orElseThrow());
    look();
    assertThat(states()).containsExactly("r20261127 SIGNING");
  }

  @Test
  void aNewKeyTakesOverAndTheOldOneRestsUntilItsMailHasArrived() {
    DomainKey old = create(Algorithm.ED25519_SHA256);
    zone.with(DkimRotation.recordName(old), rotation.record(old).orElseThrow());
    look();
    now = now.plus(Duration.ofDays(90));
    DomainKey next = rotation.rotate(ORG).getFirst();
    look();
    assertThat(states()).containsExactly("e20261127 SIGNING", "e20270225 WAITING");
    assertThat(rotation.rotate(ORG)).containsExactly(next);

    zone.with(DkimRotation.recordName(next), rotation.record(next).orElseThrow());
    look();
    assertThat(states()).containsExactly("e20261127 RESTING", "e20270225 SIGNING");

    now = now.plus(Duration.ofDays(15));
    look();
    assertThat(states()).as("its mail may wait 14 days").contains("e20261127 RESTING");
    now = now.plus(Duration.ofDays(1));
    look();
    assertThat(states()).containsExactly("e20261127 SPENT", "e20270225 SIGNING");
    look();
    assertThat(states()).hasSize(2);
    zone.without(DkimRotation.recordName(old));
    look();
    assertThat(states()).containsExactly("e20270225 SIGNING");
  }

  @Test
  void keysOfAnotherKindSignOn() {
    DomainKey rsa = create(Algorithm.RSA_SHA256);
    zone.with(DkimRotation.recordName(rsa), rotation.record(rsa).orElseThrow());
    look();
    DomainKey ed25519 = create(Algorithm.ED25519_SHA256);
    zone.with(DkimRotation.recordName(ed25519), rotation.record(ed25519).orElseThrow());
    look();
    assertThat(states()).containsExactly("e20261127 SIGNING", "r20261127 SIGNING");
    assertThat(rotation.rotate(ORG))
        .extracting(DomainKey::selector)
        .containsExactly("r20261127a", "e20261127a");
  }

  @Test
  void whoSignsNothingRotatesNothing() {
    create(Algorithm.RSA_SHA256);
    assertThat(rotation.rotate(ORG)).isEmpty();
    assertThat(rotation.create(ORG, Algorithm.RSA_SHA256, Optional.of("r20261127"), 1024))
        .isEmpty();
  }

  private DomainKey create(Algorithm algorithm) {
    return rotation.create(ORG, algorithm, Optional.empty(), 1024).orElseThrow();
  }

  private void look() {
    rotation.look(rotation.list(Optional.empty()));
  }

  private List<String> states() {
    return rotation.list(Optional.of(ORG)).stream()
        .map(key -> key.selector() + " " + State.valueOf(key.state().name()))
        .toList();
  }
}
