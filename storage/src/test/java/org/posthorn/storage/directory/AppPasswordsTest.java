package org.posthorn.storage.directory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.StoppingEngine;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.login.SaslExchange;
import org.posthorn.storage.login.SaslExchange.Step;
import org.posthorn.storage.login.ScramClient;
import org.posthorn.storage.memory.InMemoryEngine;

final class AppPasswordsTest {
  private static final MailAddress ANN = MailAddress.of("ann@example.org");
  private static final Set<Service> ALL = EnumSet.allOf(Service.class);
  private static final Peer IMAP = peer(Service.IMAP);
  private static final Peer SMTP = peer(Service.SMTP);

  private final StoppingEngine engine = new StoppingEngine(new InMemoryEngine());
  private final DirectoryHouse house = new DirectoryHouse(engine, UnaryOperator.identity());
  private final Directory directory = house.directory();
  private final Logins logins =
      new Logins(directory, house.passwords(), DirectoryHouse.CONFIG, house.clock());
  private final AppPasswords apps = new AppPasswords(directory, house.passwords(), house.clock());

  @BeforeEach
  void oneUser() {
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    var _ =
        directory
            .users()
            .create(new NewUser(ANN, new Password.Clear("secret"), OptionalLong.empty(), "Ann"));
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void oneIsGoodForItsServicesOnly() {
    String text = apps.add(ANN, "Printer", EnumSet.of(Service.SMTP), Optional.empty()).text();
    assertThat(text).matches("([a-z2-9]{4}-){5}[a-z2-9]{4}");
    assertThat(check(text, SMTP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(check(text, IMAP)).isInstanceOf(LoginResult.Refused.class);
    assertThat(scram(text, SMTP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(scram(text, IMAP)).isInstanceOf(LoginResult.Refused.class);
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(scram("secret", IMAP)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void oneThatIsRemovedIsRefusedAtOnceAndTheOthersStay() {
    String phone = apps.add(ANN, "Phone", ALL, Optional.empty()).text();
    AppPasswords.Made laptop = apps.add(ANN, "Laptop", ALL, Optional.empty());
    assertThat(check(laptop.text(), IMAP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(apps.remove(ANN, laptop.password().id())).isTrue();
    assertThat(apps.remove(ANN, laptop.password().id())).isFalse();
    assertThat(check(laptop.text(), IMAP)).isInstanceOf(LoginResult.Refused.class);
    assertThat(scram(laptop.text(), IMAP)).isInstanceOf(LoginResult.Refused.class);
    assertThat(check(phone, IMAP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(scram(phone, IMAP)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void itsSessionsEndWithItAndAllWithTheUser() {
    AppPasswords.Made phone = apps.add(ANN, "Phone", ALL, Optional.empty());
    List<String> closed = new ArrayList<>();
    AutoCloseable byPhone = () -> closed.add("phone");
    AutoCloseable byPassword = () -> closed.add("password");
    check(phone.text(), peer(byPhone));
    check("secret", peer(byPassword));
    apps.remove(ANN, phone.password().id());
    assertThat(closed).containsExactly("phone");
    directory.setEnabled(ANN, false);
    assertThat(closed).containsExactly("phone", "password");
    assertThat(List.of(byPhone, byPassword)).hasSize(2); // Held until here.
  }

  /// Who has stolen the old password is out; the programs that have their own go on.
  @Test
  void aNewPasswordEndsTheSessionsOfTheOldOne() {
    AppPasswords.Made phone = apps.add(ANN, "Phone", ALL, Optional.empty());
    List<String> closed = new ArrayList<>();
    AutoCloseable byPhone = () -> closed.add("phone");
    AutoCloseable byPassword = () -> closed.add("password");
    AutoCloseable byProof = () -> closed.add("proof");
    check(phone.text(), peer(byPhone));
    check("secret", peer(byPassword));
    scram("secret", peer(byProof));
    directory.setPassword(ANN, new Password.Clear("other"));
    assertThat(closed).containsExactlyInAnyOrder("password", "proof");
    assertThat(List.of(byPhone, byPassword, byProof)).hasSize(3); // Held until here.
    assertThat(check("other", IMAP)).isInstanceOf(LoginResult.Welcome.class);
  }

  /// Whoever is in by the own password would not get in any more; programs with their own go on.
  @Test
  void sessionsOfTheOwnPasswordEndWhenItIsRefused() {
    AppPasswords.Made phone = apps.add(ANN, "Phone", ALL, Optional.empty());
    List<String> closed = new ArrayList<>();
    AutoCloseable byPhone = () -> closed.add("phone");
    AutoCloseable byPassword = () -> closed.add("password");
    AutoCloseable byProof = () -> closed.add("proof");
    check(phone.text(), peer(byPhone));
    check("secret", peer(byPassword));
    scram("secret", peer(byProof));
    apps.onlyWay(ANN, true);
    assertThat(closed).containsExactlyInAnyOrder("password", "proof");
    apps.onlyWay(ANN, false);
    assertThat(closed).hasSize(2);
    assertThat(List.of(byPhone, byPassword, byProof)).hasSize(3); // Held until here.
  }

  @Test
  void sessionsEndWithAUserWhoIsRemoved() {
    List<String> closed = new ArrayList<>();
    AutoCloseable byPassword = () -> closed.add("password");
    check("secret", peer(byPassword));
    directory.users().delete(ANN);
    assertThat(closed).containsExactly("password");
    assertThat(byPassword).isNotNull(); // Held until here.
  }

  /// Who is called so next is somebody else.
  @Test
  void sessionsEndWithANameThatIsGivenUp() {
    List<String> closed = new ArrayList<>();
    AutoCloseable byPassword = () -> closed.add("password");
    check("secret", peer(byPassword));
    directory.users().rename(ANN, MailAddress.of("anna@example.org"));
    assertThat(closed).containsExactly("password");
    assertThat(byPassword).isNotNull(); // Held until here.
  }

  @Test
  void sessionsEndWithAnAccountThatIsReplaced() {
    List<String> closed = new ArrayList<>();
    AutoCloseable byPassword = () -> closed.add("password");
    check("secret", peer(byPassword));
    User ann = directory.user(ANN).orElseThrow();
    directory
        .users()
        .restore(
            SavedDomain.SavedUser.unknown(ANN, ann.account()),
            ANN,
            true,
            (account, _) -> house.account(account, ANN.toString()));
    assertThat(closed).containsExactly("password");
    assertThat(byPassword).isNotNull(); // Held until here.
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Welcome.class);
  }

  /// The password is being looked at when its right ends.
  @Test
  void nobodyComesInBehindTheEndOfTheirSessions() {
    AppPasswords.Made phone = apps.add(ANN, "Phone", ALL, Optional.empty());
    meanwhile(() -> apps.remove(ANN, phone.password().id()));
    assertThat(check(phone.text(), IMAP)).isInstanceOf(LoginResult.Refused.class);
    meanwhile(() -> directory.setEnabled(ANN, false));
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Refused.class);
    directory.setEnabled(ANN, true);
    meanwhile(() -> directory.setEnabled(ANN, false));
    assertThat(scram("secret", IMAP)).isInstanceOf(LoginResult.Refused.class);
    directory.setEnabled(ANN, true);
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Welcome.class);
    meanwhile(() -> directory.users().delete(ANN));
    house.clock().forward(Duration.ofMinutes(11)); // Not remembered any more.
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Refused.class);
  }

  /// When something of the user has been read next.
  private void meanwhile(Runnable change) {
    var done = new AtomicBoolean();
    engine.meanwhile(
        new StoppingEngine.Meanwhile() {
          @Override
          public void hasRead() {
            if (done.compareAndSet(false, true)) {
              change.run();
            }
          }
        });
  }

  @Test
  void oneIsRefusedWhenItsTimeIsOver() {
    Instant end = house.clock().instant().plus(Duration.ofDays(90));
    String text = apps.add(ANN, "", ALL, Optional.of(end)).text();
    assertThat(check(text, IMAP)).isInstanceOf(LoginResult.Welcome.class);
    house.clock().forward(Duration.ofDays(90));
    assertThat(check(text, IMAP)).isInstanceOf(LoginResult.Refused.class);
    assertThat(scram(text, IMAP)).isInstanceOf(LoginResult.Refused.class);
  }

  @Test
  void itsLastUseIsNotedNowAndThen() {
    String text = apps.add(ANN, "Phone", ALL, Optional.empty()).text();
    assertThat(only().lastUse()).isEmpty();
    Instant first = house.clock().instant();
    check(text, IMAP);
    assertThat(only().lastUse())
        .contains(new AppPassword.LastUse(first, Service.IMAP, "192.0.2.10"));
    house.clock().forward(Duration.ofMinutes(4));
    check(text, SMTP);
    assertThat(only().lastUse().orElseThrow().at()).isEqualTo(first);
    house.clock().forward(Duration.ofMinutes(2));
    scram(text, SMTP);
    assertThat(only().lastUse())
        .contains(
            new AppPassword.LastUse(first.plus(Duration.ofMinutes(6)), Service.SMTP, "192.0.2.10"));
  }

  @Test
  void theOwnPasswordCanBeRefused() {
    String text = apps.add(ANN, "Phone", ALL, Optional.empty()).text();
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Welcome.class);
    apps.onlyWay(ANN, true);
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Refused.class);
    assertThat(scram("secret", IMAP)).isInstanceOf(LoginResult.Refused.class);
    assertThat(check(text, IMAP)).isInstanceOf(LoginResult.Welcome.class);
    apps.onlyWay(ANN, false);
    assertThat(check("secret", IMAP)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void aNewPasswordLeavesThemAlone() {
    String text = apps.add(ANN, "Phone", ALL, Optional.empty()).text();
    directory.setPassword(ANN, new Password.Clear("other"));
    assertThat(scram(text, IMAP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(scram("other", IMAP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(check(text, IMAP)).isInstanceOf(LoginResult.Welcome.class);
    assertThat(scram("secret", IMAP)).isInstanceOf(LoginResult.Refused.class);
  }

  @Test
  void someoneHasOnlySoMany() {
    for (int i = 0; i < AppPasswords.MAX; i++) {
      var _ = apps.add(ANN, "" + i, ALL, Optional.empty());
    }
    assertThatThrownBy(() -> apps.add(ANN, "more", ALL, Optional.empty()))
        .isInstanceOf(DirectoryException.NotPermitted.class)
        .hasMessageContaining("remove one first");
    assertThat(apps.of(ann())).hasSize(AppPasswords.MAX);
  }

  @Test
  void theyAreStoredAsTheyAre() {
    var _ = apps.add(ANN, "Phone", EnumSet.of(Service.POP3), Optional.of(Instant.ofEpochSecond(5)));
    LoginSecrets stored = directory.secrets().of(ann()).orElseThrow();
    LoginSecrets read = LoginSecrets.decode(stored.encode());
    assertThat(read.encode()).isEqualTo(stored.encode());
    assertThat(read.apps().getFirst().shown()).isEqualTo(stored.apps().getFirst().shown());
  }

  private AppPassword only() {
    return apps.of(ann()).getFirst();
  }

  private User ann() {
    return directory.user(ANN).orElseThrow();
  }

  private LoginResult check(String password, Peer peer) {
    return logins.check("ann@example.org", password, peer);
  }

  private LoginResult scram(String password, Peer peer) {
    var client = new ScramClient("256", "ann@example.org", password, "abc", "n,,", new byte[0]);
    SaslExchange exchange = new Sasl(logins).begin("SCRAM-SHA-256", peer).orElseThrow();
    Step step = exchange.begin(Optional.of(client.first().getBytes(UTF_8)));
    step = exchange.respond(client.last(((Step.Challenge) step).text()).getBytes(UTF_8));
    if (step instanceof Step.Challenge) {
      step = exchange.respond(new byte[0]);
    }
    return ((Step.Done) step).result();
  }

  private static Peer peer(AutoCloseable connection) {
    return new Peer(Service.IMAP, IMAP.address(), connection, Peer.Bindings.NONE, Optional.empty());
  }

  private static Peer peer(Service service) {
    return new Peer(service, InetAddress.ofLiteral("192.0.2.10"));
  }
}
