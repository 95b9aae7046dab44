package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

/// Who has to wait before the next try has to wait after a restart too, and nobody else.
final class BackOffRestartTest {
  private static final String ANN = "ann@example.org";
  private static final String RIGHT = "looking-glass";
  private static final Peer HOME = peer("192.0.2.10");
  private static final Peer NEIGHBOUR = peer("192.0.2.99");
  private static final Peer ELSEWHERE = peer("198.51.100.7");
  private static final Partition LOGINS = new Partition(Partition.Kind.SYSTEM, "logins");

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
    assertThat(house.directory().inspect().mismatches()).isEmpty();
    house.close();
  }

  private Logins logins() {
    return new Logins(house.directory(), house.passwords(), DirectoryHouse.CONFIG, house.clock());
  }

  private void restart() throws InterruptedException {
    logins.close();
    crash();
  }

  private void crash() {
    house.reopen();
    logins = logins();
  }

  private static Peer peer(String address) {
    try {
      return new Peer(Service.IMAP, InetAddress.getByName(address));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private LoginResult check(String password, Peer peer) {
    return logins.check(ANN, password, peer);
  }

  private void guess(int times, Peer peer) {
    for (int i = 0; i < times; i++) {
      assertThat(check("guess " + i, peer)).isInstanceOf(LoginResult.Refused.class);
    }
  }

  private void tryManyLogins(int times, Peer peer) {
    for (int i = 0; i < times; i++) {
      assertThat(logins.check("user" + i + "@example.org", "x", peer))
          .isInstanceOf(LoginResult.Refused.class);
    }
  }

  private static LoginsConfig withFree(int pair, int network) {
    LoginsConfig config = DirectoryHouse.CONFIG;
    return new LoginsConfig(
        config.defaultDomain(),
        config.hashMemoryBytes(),
        config.hashIterations(),
        config.hashThreads(),
        config.waitingMax(),
        config.remembered(),
        pair,
        network,
        config.waitMax(),
        config.mechanisms(),
        config.scramIterations(),
        config.oauth());
  }

  @Test
  void whoHasGuessedWaitsAfterARestartAsLongAsBefore() throws InterruptedException {
    guess(6, ELSEWHERE);
    LoginResult before = check("again", ELSEWHERE);
    assertThat(before).isInstanceOf(LoginResult.Throttled.class);
    restart();
    assertThat(check("again", ELSEWHERE)).isEqualTo(before);
    house.clock().forward(((LoginResult.Throttled) before).retryAfter());
    guess(1, ELSEWHERE);
    assertThat(((LoginResult.Throttled) check("again", ELSEWHERE)).retryAfter())
        .isEqualTo(Duration.ofSeconds(2));
    assertThat(check(RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void aNetworkThatHasTriedManyLoginsWaitsToo() throws InterruptedException {
    tryManyLogins(51, ELSEWHERE);
    restart();
    assertThat(logins.check("bob@example.org", "x", ELSEWHERE))
        .isInstanceOf(LoginResult.Throttled.class);
    assertThat(check(RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void whoWasRightThereIsNotLockedOut() throws InterruptedException {
    assertThat(check(RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    guess(8, NEIGHBOUR);
    tryManyLogins(51, NEIGHBOUR);
    restart();
    assertThat(logins.check("bob@example.org", "x", NEIGHBOUR))
        .isInstanceOf(LoginResult.Throttled.class);
    assertThat(check(RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void whoWasRightWhileOthersThereWaitedIsNotLockedOutEither() throws InterruptedException {
    tryManyLogins(51, NEIGHBOUR);
    logins.save();
    house.clock().forward(Duration.ofSeconds(30));
    assertThat(check(RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(logins.check("bob@example.org", "x", NEIGHBOUR))
        .isInstanceOf(LoginResult.Refused.class);
    restart();
    assertThat(check(RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(logins.check("bob@example.org", "x", NEIGHBOUR))
        .isInstanceOf(LoginResult.Throttled.class);
  }

  @Test
  void whoWasRightAfterWaitingIsFreeAfterARestart() throws InterruptedException {
    guess(6, ELSEWHERE);
    logins.save();
    house.clock().forward(Duration.ofMinutes(5));
    assertThat(check(RIGHT, ELSEWHERE)).isInstanceOf(LoginResult.Welcome.class);
    restart();
    guess(5, ELSEWHERE);
  }

  @Test
  void whatIsLongAgoIsForgotten() throws InterruptedException {
    guess(6, ELSEWHERE);
    restart();
    house.clock().forward(Duration.ofHours(2));
    crash();
    guess(5, ELSEWHERE);
  }

  @Test
  void aWrongTryWritesNothing() throws InterruptedException {
    guess(6, ELSEWHERE);
    logins.save();
    long version = house.engine().head(LOGINS).version();
    for (int i = 0; i < 500; i++) {
      assertThat(check("guess " + i, ELSEWHERE)).isInstanceOf(LoginResult.Throttled.class);
    }
    guess(5, HOME);
    restart();
    assertThat(house.engine().head(LOGINS).version()).isEqualTo(version);
    house.clock().forward(Duration.ofMinutes(1));
    guess(1, ELSEWHERE);
    restart();
    assertThat(house.engine().head(LOGINS).version()).isEqualTo(version + 1);
  }

  @Test
  void damagedRowsAreForgotten() throws InterruptedException {
    guess(6, ELSEWHERE);
    restart();
    Engine engine = house.engine();
    var _ =
        engine.commit(
            LOGINS,
            engine.head(LOGINS).version(),
            CommitId.random(),
            new Batch().put(SavedBackOff.PAIRS, new byte[] {1, 9, 9}));
    crash();
    guess(5, ELSEWHERE);
    assertThat(check(RIGHT, HOME)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void whatIsSavedIsBoundedAndTheLongestWaitsComeFirst() throws UnknownHostException {
    var backOff = new BackOff(withFree(1, 1), house.clock(), () -> new byte[32]);
    InetAddress crowd = InetAddress.getByName("203.0.113.1");
    for (int i = 0; i < SavedBackOff.MAX + 1; i++) {
      backOff.right("known" + i, crowd);
    }
    backOff.wrong("", crowd, "");
    backOff.wrong("", crowd, "");
    for (int i = 0; i < SavedBackOff.MAX + 500; i++) {
      var from = InetAddress.getByAddress(new byte[] {10, (byte) (i >> 8), (byte) i, 1});
      for (int j = 0; j < 3; j++) {
        var _ = backOff.enter("x", from);
        backOff.wrong("", from, "");
      }
      house.clock().forward(Duration.ofMillis(1));
    }
    SavedBackOff saved = backOff.changed().orElseThrow();
    assertThat(backOff.changed()).isEmpty();
    assertThat(saved.pairs()).hasSize(SavedBackOff.MAX);
    assertThat(saved.networks()).hasSize(SavedBackOff.MAX);
    saved
        .rows()
        .forEach(
            new Batch.Sink() {
              @Override
              public void put(byte[] key, byte[] value) {
                assertThat(value.length).isLessThan(house.engine().limits().valueMaxBytes());
              }

              @Override
              public void delete(byte[] key) {}

              @Override
              public void deleteRange(byte[] from, byte[] to) {}
            });

    var after = new BackOff(withFree(1, 1), house.clock(), () -> new byte[32]);
    after.restore(saved);
    assertThat(after.enter("x", InetAddress.getByName("10.9.195.1"))).isPositive();
    // The crowd has more who are trusted than can be saved: it is forgotten, and nobody waits.
    assertThat(after.enter("known7", crowd)).isZero();
  }
}
