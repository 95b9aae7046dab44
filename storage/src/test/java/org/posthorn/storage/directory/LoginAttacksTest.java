package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.LoginAttack.Tries;
import org.posthorn.storage.memory.InMemoryEngine;

final class LoginAttacksTest {
  private static final String ANN = "ann@example.org";
  private static final String RIGHT = "looking-glass";
  private static final Peer HOME = peer("192.0.2.10");
  private static final Peer ELSEWHERE = peer("198.51.100.7");
  private static final Peer NEIGHBOUR = peer("198.51.100.99");

  private final DirectoryHouse house =
      new DirectoryHouse(new InMemoryEngine(), UnaryOperator.identity());
  private Logins logins = logins();

  @BeforeEach
  void oneUser() {
    house.directory().domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    var _ =
        house
            .directory()
            .users()
            .create(
                new NewUser(
                    MailAddress.of(ANN), new Password.Clear(RIGHT), OptionalLong.empty(), "Ann"));
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Logins logins() {
    return new Logins(house.directory(), house.passwords(), DirectoryHouse.CONFIG, house.clock());
  }

  private void crash() {
    house.reopen();
    logins = logins();
  }

  private static Peer peer(String address) {
    return new Peer(Service.IMAP, InetAddress.ofLiteral(address));
  }

  private User ann() {
    return house.directory().user(MailAddress.of(ANN)).orElseThrow();
  }

  private void guess(int times, Peer peer) {
    for (int i = 0; i < times; i++) {
      assertThat(logins.check(ANN, "guess " + i, peer)).isInstanceOf(LoginResult.Refused.class);
    }
  }

  private void tryManyLogins(int times, Peer peer) {
    for (int i = 0; i < times; i++) {
      assertThat(logins.check("user" + i + "@example.org", "x", peer))
          .isInstanceOf(LoginResult.Refused.class);
    }
  }

  private LoginResult again(Peer peer) {
    return logins.check(ANN, "again", peer);
  }

  private List<LoginAttack> attacks() {
    return logins.attacks().overview().attacks();
  }

  @Test
  void showsWhatWasTriedAndNamesUsersOnly() {
    assertThat(attacks()).isEmpty();
    guess(6, ELSEWHERE);
    assertThat(again(NEIGHBOUR)).isInstanceOf(LoginResult.Throttled.class);
    assertThat(logins.check("looking-glass", "ann", NEIGHBOUR))
        .isInstanceOf(LoginResult.Refused.class);
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    house.clock().forward(Duration.ofMillis(200));

    assertThat(attacks()).hasSize(1);
    LoginAttack attack = attacks().getFirst();
    assertThat(attack.network()).isEqualTo("198.51.100.0/24");
    assertThat(attack.address()).isEmpty();
    assertThat(attack.logins()).isEqualTo(Map.of(ANN, new Tries(6, 1)));
    assertThat(attack.others()).isEqualTo(new Tries(1, 0));
    assertThat(attack.sum()).isEqualTo(new Tries(7, 1));
    assertThat(attack.everybodyUntil()).isEmpty();
    assertThat(attack.someUntil()).contains(house.clock().instant().plus(Duration.ofMillis(800)));
    assertThat(logins.attacks().waiting()).isEqualTo(1);
    assertThat(attacks().toString()).doesNotContain(RIGHT);
  }

  @Test
  void aProofAndACertificateThatAreWrongAreShownToo() {
    var _ = logins.scram(ScramHash.SHA_256, ANN, HOME).prove(new byte[1], new byte[32]);
    assertThat(logins.external("ANN@example.org", HOME)).isInstanceOf(LoginResult.Refused.class);
    assertThat(logins.external("", HOME)).isInstanceOf(LoginResult.Refused.class);
    assertThat(attacks().getFirst().address()).contains("192.0.2.10");
    assertThat(attacks().getFirst().logins()).isEqualTo(Map.of(ANN, new Tries(2, 0)));
    assertThat(attacks().getFirst().others()).isEqualTo(new Tries(1, 0));
  }

  @Test
  void toLookIsNoTry() {
    guess(6, ELSEWHERE);
    for (int i = 0; i < 100; i++) {
      assertThat(attacks().getFirst().sum()).isEqualTo(new Tries(6, 0));
      assertThat(logins.attacks().from(ELSEWHERE.address())).contains(attacks().getFirst());
    }
    house.clock().forward(Duration.ofSeconds(1));
    assertThat(attacks().getFirst().someUntil()).isEmpty();
    assertThat(logins.attacks().waiting()).isZero();
    guess(1, ELSEWHERE);
    for (int i = 0; i < 4; i++) {
      house.clock().forward(Duration.ofMinutes(17));
      assertThat(attacks()).hasSize(1);
    }
    guess(6, ELSEWHERE);
  }

  @Test
  void whoIsTrustedIsNotAmongThoseWhoWait() {
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    guess(7, HOME);
    assertThat(attacks().getFirst().someUntil()).isEmpty();
    assertThat(logins.attacks().waiting()).isZero();
  }

  @Test
  void aLoginThatIsGuessedFromManyNetworksWaitsInAllOfThem() throws UnknownHostException {
    for (int i = 0; i < 51; i++) {
      guess(1, new Peer(Service.IMAP, InetAddress.getByAddress(new byte[] {10, 0, (byte) i, 1})));
    }
    assertThat(attacks()).hasSize(51).allMatch(attack -> attack.someUntil().isPresent());
    assertThat(logins.attacks().forgive(ann()).waited()).isTrue();
    assertThat(attacks()).isEmpty();
    guess(1, peer("10.0.0.1"));
  }

  @Test
  void aForgivenNetworkHasAllItsTriesAgainAfterACrashToo() {
    tryManyLogins(51, ELSEWHERE);
    assertThat(attacks().getFirst().everybodyUntil()).isPresent();
    assertThat(again(ELSEWHERE)).isInstanceOf(LoginResult.Throttled.class);
    logins.save();
    assertThat(logins.attacks().forgive(NEIGHBOUR.address())).isTrue();
    assertThat(attacks()).isEmpty();
    guess(6, ELSEWHERE);
    assertThat(again(ELSEWHERE)).isInstanceOf(LoginResult.Throttled.class);
    assertThat(logins.attacks().forgive(ELSEWHERE.address())).isTrue();
    crash();
    guess(5, ELSEWHERE);
    assertThat(logins.check(ANN, RIGHT, ELSEWHERE)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(logins.attacks().forgive(HOME.address())).isFalse();
  }

  @Test
  void aForgivenUserIsToldWhereEverybodyHasToWait() {
    guess(6, HOME);
    tryManyLogins(50, ELSEWHERE);
    guess(1, ELSEWHERE);
    assertThat(again(ELSEWHERE)).isInstanceOf(LoginResult.Throttled.class);
    logins.save();
    assertThat(logins.attacks().forgive(ann()))
        .isEqualTo(new LoginAttacks.Forgiven(true, List.of("198.51.100.0/24")));
    assertThat(attacks()).singleElement().matches(attack -> attack.logins().isEmpty());
    crash();
    assertThat(again(ELSEWHERE)).isInstanceOf(LoginResult.Throttled.class);
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(logins.attacks().forgive(ann()).waited()).isFalse();
  }

  @Test
  void aNetworkThatWaitsIsNamedWhenAllThatWasTriedThereIsForgiven() {
    LoginsConfig config = DirectoryHouse.CONFIG;
    logins =
        new Logins(
            house.directory(),
            house.passwords(),
            new LoginsConfig(
                config.defaultDomain(),
                config.hashMemoryBytes(),
                config.hashIterations(),
                config.hashThreads(),
                config.waitingMax(),
                config.remembered(),
                config.wrongTriesFree(),
                2,
                config.waitMax(),
                config.mechanisms(),
                config.scramIterations(),
                config.oauth()),
            house.clock());
    guess(3, ELSEWHERE);
    assertThat(logins.attacks().forgive(ann()).networks()).containsExactly("198.51.100.0/24");
    assertThat(logins.attacks().overview().unnamed()).isZero();
    assertThat(attacks())
        .singleElement()
        .matches(attack -> attack.sum().equals(new Tries(0, 0)))
        .matches(attack -> attack.everybodyUntil().isPresent());
    house.clock().forward(Duration.ofSeconds(1));
    assertThat(attacks()).isEmpty();
    assertThat(logins.attacks().from(ELSEWHERE.address())).isEmpty();
  }

  @Test
  void whoWaitsSinceBeforeARestartIsFoundByTheAddress() throws InterruptedException {
    guess(6, ELSEWHERE);
    logins.close();
    crash();
    LoginAttacks.Overview overview = logins.attacks().overview();
    assertThat(overview.attacks()).isEmpty();
    assertThat(overview.unnamed()).isEqualTo(1);
    assertThat(logins.attacks().waiting()).isEqualTo(1);
    LoginAttack attack = logins.attacks().from(NEIGHBOUR.address()).orElseThrow();
    assertThat(attack.someUntil()).isPresent();
    assertThat(attack.last()).isEmpty();
    assertThat(logins.attacks().from(HOME.address())).isEmpty();
    assertThat(again(ELSEWHERE)).isInstanceOf(LoginResult.Throttled.class);
    assertThat(logins.attacks().overview().unnamed()).isZero();
    assertThat(attacks().getFirst().someUntil()).isPresent();
  }

  @Test
  void afterAnHourItIsAnotherAttackAndAfterADayNone() {
    guess(3, HOME);
    house.clock().forward(Duration.ofMinutes(59));
    guess(1, HOME);
    assertThat(attacks().getFirst().sum()).isEqualTo(new Tries(4, 0));
    house.clock().forward(Duration.ofHours(23));
    assertThat(attacks().getFirst().first())
        .contains(house.clock().instant().minus(Duration.ofMinutes(24 * 60 - 1)));
    guess(1, HOME);
    assertThat(attacks().getFirst().sum()).isEqualTo(new Tries(1, 0));
    assertThat(attacks().getFirst().first()).contains(house.clock().instant());
    house.clock().forward(Duration.ofHours(25));
    assertThat(attacks()).isEmpty();
  }

  @Test
  void isBoundedWhoeverAttacks() throws UnknownHostException {
    var guesses = new Guesses(house.clock());
    for (int i = 0; i < Guesses.LOGINS_MAX + 3; i++) {
      guesses.wrong(Optional.of(house.user("user" + i + "@example.org")), HOME.address());
    }
    LoginAttack attack = guesses.all().values().iterator().next();
    assertThat(attack.logins()).hasSize(Guesses.LOGINS_MAX);
    assertThat(attack.others()).isEqualTo(new Tries(3, 0));
    for (int i = 0; i < Guesses.NETWORKS_MAX - 1; i++) {
      guesses.refused(
          Optional.empty(),
          InetAddress.getByAddress(new byte[] {10, (byte) (i >> 8), (byte) i, 1}));
    }
    guesses.wrong(Optional.empty(), HOME.address());
    guesses.wrong(Optional.empty(), ELSEWHERE.address());
    assertThat(guesses.all())
        .hasSize(Guesses.NETWORKS_MAX)
        .containsKeys(Network.of(HOME.address()), Network.of(ELSEWHERE.address()))
        .doesNotContainKey(Network.of(InetAddress.ofLiteral("10.0.0.1")));
  }

  @Test
  void networksAreWrittenAsPeopleWriteThem() {
    assertThat(Network.of(InetAddress.ofLiteral("203.0.113.129"))).hasToString("203.0.113.0/24");
    assertThat(Network.of(InetAddress.ofLiteral("2001:db8:ff:ab12:1::7")))
        .hasToString("2001:db8:ff:ab00::/56");
    assertThat(Network.of(InetAddress.ofLiteral("ff00:db8::1"))).hasToString("ff00:db8::/56");
  }
}
