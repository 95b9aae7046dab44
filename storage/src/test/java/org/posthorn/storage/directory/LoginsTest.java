package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.StoppingEngine;
import org.posthorn.storage.memory.InMemoryEngine;

final class LoginsTest {
  private static final String ANN = "ann@example.org";
  private static final String BOB = "bob@example.org";
  private static final String RIGHT = "Tr\u00e4umerei 12";
  private static final Peer HOME = address("192.0.2.10");
  private static final Peer NEIGHBOUR = address("192.0.2.99");
  private static final Peer ELSEWHERE = address("198.51.100.7");

  private final StoppingEngine engine = new StoppingEngine(new InMemoryEngine());
  private final DirectoryHouse house = new DirectoryHouse(engine, UnaryOperator.identity());
  private final Directory directory = house.directory();
  private Logins logins =
      new Logins(directory, house.passwords(), DirectoryHouse.CONFIG, house.clock());

  @BeforeEach
  void oneUser() {
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    var _ =
        directory
            .users()
            .create(
                new NewUser(
                    MailAddress.of(ANN), new Password.Clear(RIGHT), OptionalLong.empty(), "Ann"));
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void theRightPasswordIsWelcomeInAnyCaseOfTheLogin() {
    var welcome = new LoginResult.Welcome(directory.user(MailAddress.of(ANN)).orElseThrow());
    assertThat(logins.check("ANN@Example.Org", RIGHT, HOME)).isEqualTo(welcome);
    assertThat(logins.check("ann", RIGHT, HOME)).isEqualTo(welcome);
    assertThat(logins.check(ANN, "Tra\u0308umerei 12", HOME)).isEqualTo(welcome);
  }

  /// As on a full disk; the very first login of all makes a secret, which stays.
  @Test
  void whoIsRightIsWelcomeWhenNothingCanBeWritten() throws InterruptedException {
    engine.stopAfter(0);
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    byte[] salt = salt("nobody");
    logins.save();
    engine.goOn();
    logins.close();
    logins = new Logins(directory, house.passwords(), DirectoryHouse.CONFIG, house.clock());
    assertThat(salt("nobody")).isEqualTo(salt);
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  private byte[] salt(String login) {
    return logins.scram(ScramHash.SHA_256, login, HOME).salt();
  }

  @Test
  void whoseHashIsOutdatedIsWelcomeWhenNothingCanBeWritten() {
    LoginsConfig config = DirectoryHouse.CONFIG;
    try (var slower =
        new Passwords(
            new LoginsConfig(
                config.defaultDomain(),
                config.hashMemoryBytes(),
                config.hashIterations() + 1,
                config.hashThreads(),
                config.waitingMax(),
                config.remembered(),
                config.wrongTriesFree(),
                config.wrongTriesOfNetworkFree(),
                config.waitMax(),
                config.mechanisms(),
                config.scramIterations(),
                config.oauth()))) {
      logins = new Logins(directory, slower, config, house.clock());
      engine.stopAfter(0);
      assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
      engine.goOn();
      house.clock().forward(Duration.ofMinutes(11)); // Not remembered any more.
      User ann = directory.user(MailAddress.of(ANN)).orElseThrow();
      String before = directory.secrets().of(ann).orElseThrow().hash();
      assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
      assertThat(directory.secrets().of(ann).orElseThrow().hash()).isNotEqualTo(before);
    }
  }

  @Test
  void everythingElseIsRefused() {
    assertThat(logins.check(ANN, "wrong", HOME)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check(ANN, "", HOME)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check(ANN, "x".repeat(100_000), ELSEWHERE))
        .isEqualTo(new LoginResult.Refused());
    assertThat(logins.check("bob@example.org", RIGHT, HOME)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check("ann+x@example.org", RIGHT, HOME)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check("", RIGHT, HOME)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check("@", RIGHT, HOME)).isEqualTo(new LoginResult.Refused());
  }

  @Test
  void aNewPasswordEndsTheOldOneAtOnce() {
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    directory.setPassword(MailAddress.of(ANN), new Password.Clear("other"));
    assertThat(logins.check(ANN, RIGHT, HOME)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check(ANN, "other", HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void aDisabledUserIsRefusedAtOnce() {
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    directory.setEnabled(MailAddress.of(ANN), false);
    assertThat(logins.check(ANN, RIGHT, HOME)).isEqualTo(new LoginResult.Refused());
    directory.setEnabled(MailAddress.of(ANN), true);
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void guessingIsSlowedDownMoreAndMore() {
    for (int i = 0; i < 5; i++) {
      assertThat(guess(i, ELSEWHERE)).isEqualTo(new LoginResult.Refused());
    }
    Duration last = Duration.ZERO;
    for (int i = 5; i < 16; i++) {
      assertThat(guess(i, ELSEWHERE)).isEqualTo(new LoginResult.Refused());
      assertThat(guess(100 + i, ELSEWHERE)).isInstanceOf(LoginResult.Throttled.class);
      Duration wait = ((LoginResult.Throttled) guess(200 + i, ELSEWHERE)).retryAfter();
      assertThat(wait).isGreaterThanOrEqualTo(last).isLessThanOrEqualTo(Duration.ofMinutes(5));
      last = wait;
      house.clock().forward(wait);
    }
    assertThat(last).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void guessingFromElsewhereLocksNobodyOut() {
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    for (int i = 0; i < 30; i++) {
      guess(i, ELSEWHERE);
    }
    house.clock().forward(Duration.ofMinutes(11)); // The right one is not remembered any more.
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void guessingFromTheSameNetworkDoesNotLockOutWhoWasRightThere() {
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    for (int i = 0; i < 15; i++) {
      assertThat(guess(i, NEIGHBOUR)).isEqualTo(new LoginResult.Refused());
    }
    house.clock().forward(Duration.ofMinutes(11));
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    for (int i = 0; i < 21; i++) {
      assertThat(guess(i, NEIGHBOUR)).isEqualTo(new LoginResult.Refused());
    }
    assertThat(guess(50, NEIGHBOUR)).isInstanceOf(LoginResult.Throttled.class);
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void aNetworkThatTriesManyLoginsIsSlowedDownButNotForWhoWasRightThere() {
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    for (int i = 0; i < 51; i++) {
      assertThat(logins.check("user" + i + "@example.org", "x", NEIGHBOUR))
          .isEqualTo(new LoginResult.Refused());
    }
    assertThat(logins.check("user99@example.org", "x", NEIGHBOUR))
        .isInstanceOf(LoginResult.Throttled.class);
    house.clock().forward(Duration.ofMillis(500));
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  /// Somebody's phone that was not told of the new password, in an office where ann works.
  @Test
  void aDeviceWithAnOldPasswordKeepsNobodyElseOut() {
    createBob();
    for (int minute = 0; minute < 200; minute++) {
      if (minute % 30 == 0) {
        assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
      }
      assertThat(logins.check(ANN, "old", NEIGHBOUR)).isNotInstanceOf(LoginResult.Welcome.class);
      house.clock().forward(Duration.ofMinutes(1));
    }
    assertThat(logins.check(BOB, RIGHT, NEIGHBOUR)).isInstanceOf(LoginResult.Welcome.class);
  }

  /// The same where nobody was ever right: who says the same again does not guess.
  @Test
  void anOldPasswordThatIsSaidAgainIsOneWrongTryOfItsNetwork() {
    createBob();
    for (int times = 0; times < 4; times++) {
      for (int device = 0; device < 30; device++) {
        var _ = logins.check("user" + device + "@example.org", "old", ELSEWHERE);
      }
    }
    assertThat(logins.check(BOB, RIGHT, ELSEWHERE)).isInstanceOf(LoginResult.Welcome.class);
  }

  /// A wrong try that is free is free by any clock, and no wait is longer than the longest.
  @Test
  void aClockThatIsSetBackKeepsNobodyOut() {
    createBob();
    assertThat(guess(0, ELSEWHERE)).isEqualTo(new LoginResult.Refused());
    house.clock().forward(Duration.ofHours(-6));
    assertThat(logins.check(BOB, RIGHT, ELSEWHERE)).isInstanceOf(LoginResult.Welcome.class);
    for (int i = 0; i < 60; i++) {
      var _ = logins.check("user" + i + "@example.org", "x", ELSEWHERE);
    }
    house.clock().forward(Duration.ofHours(-6));
    assertThat(((LoginResult.Throttled) guess(60, ELSEWHERE)).retryAfter())
        .isBetween(Duration.ofMillis(1), Duration.ofMinutes(5));
  }

  /// Proofs (SCRAM) are never the same, as guesses are; some in an hour do no harm.
  @Test
  void aNetworkIsForgivenWithTime() {
    createBob();
    for (int i = 0; i < 80; i++) {
      assertThat(guess(i, ELSEWHERE)).isEqualTo(new LoginResult.Refused());
      house.clock().forward(Duration.ofMinutes(5));
    }
    assertThat(guess(80, ELSEWHERE)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check(BOB, RIGHT, ELSEWHERE)).isInstanceOf(LoginResult.Welcome.class);
  }

  /// However long it goes on, and whichever logins it tries.
  @Test
  void aNetworkThatGuessesManyLoginsStaysSlowedDown() {
    int lookedAt = 0;
    for (int second = 0; second < 3600; second += 10) {
      for (int i = 0; i < 5; i++) {
        LoginResult result =
            logins.check("user" + second + "-" + i + "@example.org", "x", ELSEWHERE);
        lookedAt += result instanceof LoginResult.Refused ? 1 : 0;
      }
      house.clock().forward(Duration.ofSeconds(10));
    }
    assertThat(lookedAt).isBetween(50, 50 + 60);
  }

  private void createBob() {
    var _ =
        directory
            .users()
            .create(
                new NewUser(
                    MailAddress.of(BOB), new Password.Clear(RIGHT), OptionalLong.empty(), "Bob"));
  }

  /// Many networks share a few tries a minute; the first one of each may be the owner's.
  @Test
  void guessingOneLoginFromManyNetworksIsSlowedDownToo() {
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    int lookedAt = 0;
    for (int i = 0; i < 300; i++) {
      lookedAt += guess(i, network(i % 100)) instanceof LoginResult.Refused ? 1 : 0;
    }
    assertThat(lookedAt).isEqualTo(100);
    house.clock().forward(Duration.ofMinutes(1));
    int later = 0;
    for (int second = 0; second < 600; second++) {
      for (int i = 0; i < 10; i++) {
        LoginResult result = guess(1_000 + 10 * second + i, network(i));
        later += result instanceof LoginResult.Refused ? 1 : 0;
      }
      house.clock().forward(Duration.ofSeconds(1));
    }
    assertThat(later).isBetween(10, 61);
    assertThat(logins.check(ANN, RIGHT, network(200))).isInstanceOf(LoginResult.Welcome.class);
    assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(guess(9_999, HOME)).isEqualTo(new LoginResult.Refused());
    assertThat(logins.check("bob@example.org", "x", network(1)))
        .isEqualTo(new LoginResult.Refused());
  }

  private static Peer network(int number) {
    return address("203.0.%d.7".formatted(number));
  }

  @Test
  void theSameLoginFromManyConnectionsIsCheckedOnce() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var results =
          IntStream.range(0, 200)
              .mapToObj(_ -> threads.submit(() -> logins.check(ANN, RIGHT, ELSEWHERE)))
              .toList();
      assertThat(results)
          .allSatisfy(result -> assertThat(result.get()).isInstanceOf(LoginResult.Welcome.class));
    }
  }

  @Test
  void hashesBecomeDearerAtTheNextLogin() {
    User ann = directory.user(MailAddress.of(ANN)).orElseThrow();
    String before = directory.secrets().hash(ann).orElseThrow();
    LoginsConfig cheap = DirectoryHouse.CONFIG;
    var dearer =
        new LoginsConfig(
            cheap.defaultDomain(),
            cheap.hashMemoryBytes() * 2,
            cheap.hashIterations(),
            cheap.hashThreads(),
            cheap.waitingMax(),
            cheap.remembered(),
            cheap.wrongTriesFree(),
            cheap.wrongTriesOfNetworkFree(),
            cheap.waitMax());
    try (var passwords = new Passwords(dearer)) {
      var newer = Directory.open(house.engine(), house.accounts(), passwords);
      logins = new Logins(newer, passwords, dearer, house.clock());
      assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
      String after = newer.secrets().hash(ann).orElseThrow();
      assertThat(before).contains("m=8192");
      assertThat(after).contains("m=16384");
      house.clock().forward(Duration.ofMinutes(11));
      assertThat(logins.check(ANN, RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
      assertThat(newer.secrets().hash(ann)).contains(after);
    }
  }

  /// The hash is from the reference implementation: `echo -n password | argon2 somesalt -id -t 2 -m
  /// 16 -p 1`.
  @Test
  void aHashFromElsewhereIsTakenOver() {
    directory.setPassword(
        MailAddress.of(ANN),
        new Password.Hashed(
            "{argon2id}$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"));
    assertThat(logins.check(ANN, "password", HOME)).isInstanceOf(LoginResult.Welcome.class);
    for (String other :
        new String[] {
          "{SSHA}abcd",
          "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
          "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        }) {
      assertThatThrownBy(() -> new Password.Hashed(other))
          .isInstanceOf(DirectoryException.NotPermitted.class)
          .hasMessageContaining("set a password instead");
    }
  }

  private LoginResult guess(int number, Peer from) {
    return logins.check(ANN, "guess" + number, from);
  }

  private static Peer address(String literal) {
    return new Peer(Service.IMAP, InetAddress.ofLiteral(literal));
  }
}
