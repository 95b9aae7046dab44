package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.DirectoryContract;
import org.posthorn.mailet.Metrics;
import org.posthorn.mailet.MetricsContract;
import org.posthorn.mailet.Store;
import org.posthorn.mailet.StoreContract;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.remember.PluginStores;

/// What the server itself gives plugins.
final class PluginServicesTest {
  private static final LoginsConfig LOGINS =
      new LoginsConfig(
          Optional.of("example.org"),
          8L << 20,
          1,
          1,
          8,
          Duration.ofMinutes(10),
          5,
          50,
          Duration.ofMinutes(5));
  private static final Password ANY =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  private final InMemoryEngine engine = new InMemoryEngine();
  private final ManualClock clock = new ManualClock();

  @Nested
  final class AStore implements StoreContract {
    private final PluginStores stores = new PluginStores(engine, clock);
    private final Store store = new NamedStore(stores.store("acme.test"));

    @Override
    public Store store() {
      return store;
    }

    @Override
    public void pass(Duration time) {
      clock.pass(time);
    }

    @Test
    void isThereAfterARestart() {
      store.put("a", "1");
      new NamedStore(stores.store("acme.other")).put("a", "2");
      var again = new PluginStores(engine, clock);
      assertThat(again.store("acme.test").find("a")).contains("1");
      assertThat(again.store("acme.other").find("a")).contains("2");
    }

    @Test
    void losesInTimeWhatIsOver() {
      store.update(draft -> {
        draft.put("day", "1", Duration.ofDays(1));
        draft.put("ever", "2");
      });
      assertThat(stores.sweep()).isZero();
      clock.pass(Duration.ofDays(2));
      assertThat(stores.sweep()).isEqualTo(1);
      assertThat(stores.sweep()).isZero();
      assertThat(store.list("", Optional.empty(), 10)).hasSize(1);
    }

    @Test
    void twoServersThatWriteDoNotLoseWhatTheOtherWrote() {
      Store other = new NamedStore(new PluginStores(engine, clock).store("acme.test"));
      for (int i = 0; i < 5; i++) {
        for (Store one : List.of(store, other)) {
          one.update(draft -> draft.put("n", draft.find("n").orElse("") + "I"));
        }
      }
      assertThat(store.find("n")).contains("I".repeat(10));
    }

    @Test
    void isTriedWithoutTouchingWhatIsThere() {
      store.put("a", "1");
      store.put("b", "2");
      var trial = new RehearsedStore(store);
      trial.update(draft -> {
        draft.put("c", draft.find("a").orElse("") + "!");
        draft.remove("a");
      });
      assertThat(trial.find("a")).isEmpty();
      assertThat(trial.list("", Optional.empty(), 10))
          .extracting(Store.Entry::key)
          .containsExactly("b", "c");
      assertThat(store.find("a")).contains("1");
      assertThat(store.find("c")).isEmpty();
    }

    @Test
    void hasANameThatIsOne() {
      for (String name : Set.of("", "Acme", "a/b", "a\0b", "x".repeat(101))) {
        assertThatIllegalArgumentException().isThrownBy(() -> stores.store(name));
      }
    }
  }

  @Nested
  final class ADirectory implements DirectoryContract {
    private final Accounts accounts =
        new Accounts(engine, new InMemoryContentStore(), clock, AccountsConfig.defaults());
    private final Passwords passwords = new Passwords(LOGINS);
    private final org.posthorn.storage.directory.Directory users =
        org.posthorn.storage.directory.Directory.open(engine, accounts, passwords);

    @BeforeEach
    void people() {
      users.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
      for (String name : List.of("ann", "bob", "carl")) {
        var _ = users.users().create(new NewUser(of(name), ANY, Allowance.NONE, ""));
      }
      users.setFullName(of("ann"), "Ann Example");
      users.allow(of("ann"), _ -> Allowance.ofBytes(OptionalLong.of(1_000)));
      users.setEnabled(of("carl"), false);
      users.createAlias(
          of("team"), List.of(of("ann"), of("carl"), MailAddress.of("x@elsewhere.example")));
      users.groups().create(of("readers"), List.of(of("ann")));
    }

    @AfterEach
    void close() {
      accounts.close();
      passwords.close();
    }

    @Override
    public Directory directory() {
      return new Residents(users, accounts);
    }

    @Test
    void whoIsWrittenToInADomainThatIsAnAliasIsKnownInItsOwn() {
      users.domains().alias(Domain.of("example.com"), Domain.of("example.org"));
      assertThat(directory().knownAs(MailAddress.of("Ann+x@example.com"))).isEqualTo(of("ann"));
      assertThat(directory().knownAs(MailAddress.of("team+x@example.com"))).isEqualTo(of("team"));
      MailAddress nobody = MailAddress.of("nobody@example.com");
      assertThat(directory().knownAs(nobody)).isEqualTo(nobody);
    }

    private static MailAddress of(String name) {
      return MailAddress.of(name + "@example.org");
    }
  }

  @Nested
  final class Figures implements MetricsContract {
    private final PluginMetrics metrics = new PluginMetrics();

    @Override
    public Metrics metrics() {
      return metrics;
    }

    @Override
    public long shown(String name) {
      return metrics.shown().stream()
          .filter(figure -> figure.name().equals(name))
          .mapToLong(figure ->
              switch (figure) {
                case PluginMetrics.Counted counted -> counted.times();
                case PluginMetrics.Level level -> level.value();
                case PluginMetrics.Timed timed -> timed.times();
              })
          .sum();
    }

    @Test
    void aTimingSaysWhatMostStayBelow() {
      Metrics.Timing timing = metrics.timing("acme.scan");
      for (int i = 0; i < 98; i++) {
        timing.add(Duration.ofNanos(900_000));
      }
      timing.add(Duration.ofMillis(40));
      timing.add(Duration.ofSeconds(5));
      assertThat(metrics.shown())
          .containsExactly(
              new PluginMetrics.Timed(
                  "acme.scan", 100, 98 * 900 + 40_000 + 5_000_000, 5_000_000, 1_024, 65_536));
    }
  }
}
