package org.posthorn.storage.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Annotation;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.Personal;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.directory.Vacation;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.keys.DomainKey;
import org.posthorn.storage.keys.ReturnPathRows;
import org.posthorn.storage.remember.PluginStore;
import org.posthorn.storage.share.Sharing;
import org.posthorn.storage.share.SharingConfig;

/// What backups promise, on any engine.
abstract sealed class BackupContract
    permits EncryptedBackupTest, InMemoryBackupTest, RocksBackupTest {
  static final String ANN = "ann@example.org";
  static final String BOB = "bob@example.org";

  private static final List<String> NOTES = List.of("{/comment=mine}", "{/comment=ours}");
  private static final String BOBS = "[false, true]{/comment=bob's}";

  private static final Vacation AWAY =
      new Vacation(
          "v1",
          Optional.empty(),
          Optional.of(Instant.parse("2027-01-04T00:00:00Z")),
          "On holiday",
          "Back on Monday",
          "",
          Duration.ofDays(7));

  @TempDir Path temp;

  /// An empty store, another one each time.
  abstract Store store();

  Path folder() {
    return temp.resolve("backup");
  }

  private Store filled() {
    Store store = store().withDomain();
    var _ = store.user(ANN);
    var _ = store.user(BOB);
    store.append(ANN, "INBOX", "One", "\\Seen", "urgent");
    store.append(ANN, "INBOX", "Two");
    store.append(BOB, "INBOX", "Three");
    store
        .directory()
        .createAlias(MailAddress.of("sales@example.org"), List.of(MailAddress.of(ANN)));
    store.create(ANN, "Work/2026");
    return store;
  }

  @Test
  void bringsEverythingBackIntoANewServer() {
    try (Store from = filled();
        Store to = store()) {
      from.directory().domains().setCatchAll(Store.DOMAIN, Optional.of(MailAddress.of(BOB)));
      Run run = from.save(folder());
      assertThat(run.accounts()).isEqualTo(2);
      assertThat(run.domains()).isEqualTo(1);
      assertThat(run.messages()).isEqualTo(3);
      assertThat(from.check(folder()).problems()).isZero();
      assertThat(from.check(folder()).contents()).isEqualTo(3);

      Backups.Restored restored =
          to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);

      assertThat(to.problems).isEmpty();
      assertThat(restored).isEqualTo(new Backups.Restored(2, 0, 0, 3, 0));
      assertThat(to.picture(ANN)).isEqualTo(from.picture(ANN));
      assertThat(to.picture(BOB)).isEqualTo(from.picture(BOB));
      assertThat(to.directory().domains().all()).isEqualTo(from.directory().domains().all());
      assertThat(to.directory().aliases(Store.DOMAIN))
          .isEqualTo(from.directory().aliases(Store.DOMAIN));
      assertThat(to.find(ANN).fullName()).isEqualTo(ANN);
      assertThat(to.account(ANN).owner()).isEqualTo(ANN);
      assertThat(to.account(ANN).history(0, 100)).isNotEmpty();
    }
  }

  /// The first domain needs what the second one stands for.
  private Store withAliasDomain() {
    Store store = filled();
    Domain other = Domain.of("a.example");
    store.directory().domains().setCatchAll(Store.DOMAIN, Optional.of(MailAddress.of(BOB)));
    store.directory().domains().alias(Domain.of("example.net"), Store.DOMAIN);
    store.directory().domains().create(other, DomainSettings.STANDARD);
    store.directory().domains().setCatchAll(other, Optional.of(MailAddress.of("bob@example.net")));
    return store;
  }

  @Test
  void isRepeatedWhenItWasInterrupted() {
    try (Store from = withAliasDomain();
        Store to = store()) {
      var _ = from.save(folder());
      var killing =
          new Telling() {
            @Override
            public void progress(long accountsDone, long accountsTotal, long messages) {
              throw new IllegalStateException("killed");
            }

            @Override
            public void problem(String account, String what) {}
          };
      assertThatThrownBy(() -> to.backups().restoreAll(folder(), Optional.empty(), false, killing))
          .hasMessage("killed");
      Backups.Restored restored =
          to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);

      assertThat(restored).extracting(Backups.Restored::restored).isEqualTo(1);
      assertThat(to.directory().domains().all()).isEqualTo(from.directory().domains().all());
      assertThat(to.picture(ANN)).isEqualTo(from.picture(ANN));
      assertThat(to.picture(BOB)).isEqualTo(from.picture(BOB));
    }
  }

  @Test
  void bringsDomainsBackBehindOneOfTheirUsers() {
    try (Store from = withAliasDomain();
        Store to = store();
        Store used = store()) {
      var _ = from.save(folder());
      var last = Optional.<String>empty();
      var _ = to.backups().restore(folder(), last, ANN, Optional.empty(), false, to.telling);
      var _ = to.backups().restoreAll(folder(), last, false, to.telling);
      assertThat(to.problems).singleElement().asString().contains(ANN, "is there already");
      assertThat(to.directory().domains().all()).isEqualTo(from.directory().domains().all());

      DomainSettings own = DomainSettings.STANDARD.withSeparator(Optional.of("-"));
      used.directory().domains().create(Store.DOMAIN, own);
      var _ = used.backups().restoreAll(folder(), last, false, used.telling);
      assertThat(used.problems).singleElement().asString().contains("example.org", "settings");
      assertThat(used.directory().domains().all().getLast().settings()).isEqualTo(own);
    }
  }

  /// What stands for another domain has names of its own too.
  @Test
  void bringsBackWhatAnAliasDomainHasItself() {
    try (Store store = withAliasDomain()) {
      MailAddress ann = MailAddress.of("ann@example.net");
      MailAddress sales = MailAddress.of("sales@example.net");
      var _ = store.user("ann@example.net");
      store.append("ann@example.net", "INBOX", "Hello");
      store.directory().createAlias(sales, List.of(ann));
      var _ = store.save(folder());
      SortedMap<String, List<String>> then = store.picture("ann@example.net");
      store.directory().users().delete(ann);
      store.directory().deleteAlias(sales);
      Backups.Restored restored =
          store.backups().restoreAll(folder(), Optional.empty(), false, store.telling);

      assertThat(restored).isEqualTo(new Backups.Restored(1, 2, 0, 1, 0));
      assertThat(store.picture("ann@example.net")).isEqualTo(then);
      assertThat(store.directory().aliases(Domain.of("example.net"))).hasSize(1);
    }
  }

  @Test
  void bringsBackAnAliasThatACatchAllStandsInFor() {
    Domain example = Domain.of("example.org");
    try (Store store = withAliasDomain()) {
      MailAddress ann = MailAddress.of("ann@example.org");
      MailAddress sales = MailAddress.of("rescue@example.org");
      store.directory().createAlias(sales, List.of(ann));
      store.directory().domains().setCatchAll(example, Optional.of(ann));
      var _ = store.save(folder());
      store.directory().deleteAlias(sales);
      var _ = store.backups().restoreAll(folder(), Optional.empty(), false, store.telling);

      assertThat(store.directory().aliases(example))
          .extracting(Resolution.Alias::alias)
          .contains(sales);
    }
  }

  @Test
  void bringsBackWhatPluginsKept() {
    try (Store from = filled();
        Store to = store();
        Store used = store()) {
      PluginStore tickets = from.plugin("acme.tickets");
      put(tickets, "gone", "soon");
      put(tickets, "ticket/1", "open");
      put(from.plugin("zebra"), "stripes", "many");
      var _ = from.save(folder());
      tickets.<Boolean>change(draft -> {
        draft.remove("gone");
        draft.put("ticket/1", "closed");
        draft.put("ticket/2", "open");
        return true;
      });
      Run second = from.save(folder());
      assertThat(second.changed()).isEqualTo(1);
      assertThat(second.domains()).isEqualTo(1);
      assertThat(from.check(folder()).problems()).isZero();
      assertThat(from.save(folder()).changed()).isZero();

      var _ = to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);
      assertThat(to.problems).isEmpty();
      assertThat(to.plugin("acme.tickets").find("ticket/1")).contains("closed");
      assertThat(to.plugin("acme.tickets").find("ticket/2")).contains("open");
      assertThat(to.plugin("acme.tickets").find("gone")).isEmpty();
      assertThat(to.plugin("zebra").find("stripes")).contains("many");

      put(used.plugin("zebra"), "spots", "none");
      var _ = used.backups().restoreAll(folder(), Optional.empty(), false, used.telling);
      assertThat(used.problems).hasSize(1).first().asString().contains("zebra", "left as it is");
      assertThat(used.plugin("zebra").find("stripes")).isEmpty();
      var _ = used.backups().restoreAll(folder(), Optional.empty(), true, used.telling);
      assertThat(used.plugin("zebra").find("stripes")).contains("many");
      assertThat(used.plugin("zebra").find("spots")).isEmpty();
    }
  }

  @Test
  void bringsBackWhatPeopleWantOfTheirMail() {
    try (Store from = filled();
        Store to = store()) {
      UnaryOperator<Personal> away =
          before -> before.with(Optional.of(AWAY)).blocking("eve@example.net");
      var _ = from.directory().personal().change(from.find(ANN), away);
      var _ =
          from.directory().personal().change(Store.DOMAIN, all -> all.blocking("@spam.example"));
      var _ = from.save(folder());
      var _ = to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);

      assertThat(to.problems).isEmpty();
      Personal ann = to.directory().personal().of(to.find(ANN));
      assertThat(ann).isEqualTo(from.directory().personal().of(from.find(ANN)));
      assertThat(ann.vacation()).contains(AWAY);
      assertThat(to.directory().personal().of(to.find(BOB))).isEqualTo(Personal.NONE);
      assertThat(to.directory().personal().of(Store.DOMAIN).blocked())
          .containsExactly("@spam.example");

      // In the place of an account: what its user wants today counts.
      var _ = from.directory().personal().change(from.find(ANN), now -> now.with(Optional.empty()));
      Optional<String> last = Optional.empty();
      var _ = from.backups().restore(folder(), last, ANN, Optional.empty(), true, from.telling);
      Personal today = from.directory().personal().of(from.find(ANN));
      assertThat(today.vacation()).isEmpty();
      assertThat(today.blocked()).containsExactly("eve@example.net");
      // Beside it: as it was.
      var old = MailAddress.of("old@example.org");
      var _ = from.backups().restore(folder(), last, ANN, Optional.of(old), false, from.telling);
      assertThat(from.directory().personal().of(from.find("old@example.org"))).isEqualTo(ann);
    }
  }

  @Test
  void bringsBackMailingListsWithAllThatIsTheirs() {
    try (Store from = filled();
        Store to = store()) {
      MailAddress team = MailAddress.of("team@example.org");
      var members =
          IntStream.range(0, 1_200)
              .mapToObj(i -> new ListBook.NewMember(MailAddress.of("m" + i + "@example.net"), ""))
              .toList();
      MailingList list = from.directory().lists().create(team, Map.of("title", "The Team"));
      var _ = from.directory().lists().add(team, members, from.clock().instant());
      ListDesk desk = from.directory().lists().desk();
      ListDesk.Held held =
          desk.hold(
                  list,
                  ListDesk.Held.waiting(
                      new MailId("01jd2x5h6k"), ANN, "Hello", 100, from.clock().instant(), "why"),
                  _ -> true)
              .orElseThrow();
      var _ = from.save(folder());
      var _ = to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);

      assertThat(to.problems).isEmpty();
      MailingList back = to.directory().lists().there(team);
      assertThat(back).isEqualTo(list);
      assertThat(to.directory().lists().count(team)).isEqualTo(1_200);
      from.directory()
          .lists()
          .forEachMember(
              list,
              member ->
                  assertThat(to.directory().lists().byToken(back, member.token()))
                      .contains(member));
      assertThat(to.directory().lists().desk().held(back)).containsExactly(held);
    }
  }

  @Test
  void bringsBackTheKeysOfDomainsAndOfReturnPaths() {
    try (Store from = filled();
        Store to = store();
        Store used = store()) {
      byte[] secret = {1, 2, 3};
      byte[] other = {4, 5, 6};
      assertThat(from.keys().add(Store.DOMAIN, "s1", "rsa-sha256", secret)).isTrue();
      assertThat(from.keys().move(Store.DOMAIN, "s1", DomainKey.State.SIGNING)).isTrue();
      putRow(from, "k1", "one");
      var _ = from.save(folder());
      assertThat(from.keys().add(Store.DOMAIN, "s2", "ed25519-sha256", other)).isTrue();
      assertThat(from.save(folder()).changed()).isEqualTo(1);
      assertThat(from.check(folder()).problems()).isZero();

      var _ = to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);
      assertThat(to.problems).isEmpty();
      assertThat(to.keys().all()).isEqualTo(from.keys().all()).hasSize(2);
      assertThat(to.keys().find(Store.DOMAIN, "s1").flatMap(to.keys()::secret)).contains(secret);
      assertThat(row(to, "k1")).contains("one");

      // Beside what is there.
      assertThat(used.keys().add(Store.DOMAIN, "s1", "rsa-sha256", other)).isTrue();
      putRow(used, "k2", "two");
      var _ = used.backups().restoreAll(folder(), Optional.empty(), false, used.telling);
      assertThat(used.problems).hasSize(1).first().asString().contains("s1", "another key");
      assertThat(used.keys().find(Store.DOMAIN, "s1").flatMap(used.keys()::secret)).contains(other);
      assertThat(used.keys().all()).hasSize(2);
      assertThat(row(used, "k1")).contains("one");
      assertThat(row(used, "k2")).contains("two");
      var _ = used.backups().restoreAll(folder(), Optional.empty(), true, used.telling);
      assertThat(used.keys().find(Store.DOMAIN, "s1").flatMap(used.keys()::secret))
          .contains(secret);
    }
  }

  private static void putRow(Store store, String key, String value) {
    var batch = new Batch().put(key.getBytes(UTF_8), value.getBytes(UTF_8));
    long version = store.engine().head(ReturnPathRows.PARTITION).version();
    assertThat(store.engine().commit(ReturnPathRows.PARTITION, version, CommitId.random(), batch))
        .isInstanceOf(Result.Applied.class);
  }

  private static Optional<String> row(Store store, String key) {
    return store
        .engine()
        .get(ReturnPathRows.PARTITION, key.getBytes(UTF_8))
        .map(value -> new String(value, UTF_8));
  }

  private static void put(PluginStore store, String key, String value) {
    store.<Boolean>change(draft -> {
      draft.put(key, value);
      return true;
    });
  }

  @Test
  void savesOnlyWhatChangedSinceTheLastRun() {
    try (Store store = filled()) {
      Run first = store.save(folder());
      Run same = store.save(folder());
      store.append(ANN, "INBOX", "Four");
      store.flag(ANN, "INBOX", 2, "\\Flagged");
      Run third = store.save(folder());

      assertThat(first.first()).isTrue();
      assertThat(same.changed()).isZero();
      assertThat(same.rowBytes()).isZero();
      assertThat(same.contentBytes()).isZero();
      assertThat(same.messages()).isEqualTo(3);
      assertThat(third.changed()).isEqualTo(1);
      assertThat(third.contents()).isEqualTo(1);
      assertThat(Backups.list(folder())).containsExactly(first, same, third);
      assertThat(Backups.accounts(folder(), Optional.empty()))
          .extracting(Backups.SavedAccount::owner)
          .containsExactlyInAnyOrder(ANN, BOB);
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  @Test
  void eachRunIsTheStoreAsItWasThen() {
    try (Store store = filled()) {
      var pictures = new ArrayList<SortedMap<String, List<String>>>();
      var runs = new ArrayList<Run>();
      for (int i = 0; i < 24; i++) {
        store.append(ANN, "INBOX", "Round " + i);
        store.expunge(ANN, "INBOX", i + 1);
        store.flag(ANN, "INBOX", i + 2, i % 2 == 0 ? "\\Seen" : "even");
        if (i % 5 == 0) {
          store.create(ANN, "Folder " + i);
        }
        runs.add(store.save(folder()));
        pictures.add(store.picture(ANN));
      }
      for (int i = 0; i < runs.size(); i += 4) {
        Optional<String> run = Optional.of(runs.get(i).id());
        assertThat(store.backups().verify(folder(), run, store.telling).problems()).isZero();
        var other = MailAddress.of("then" + i + "@example.org");
        var _ =
            store.backups().restore(folder(), run, ANN, Optional.of(other), false, store.telling);
        assertThat(store.picture(other.toString())).as("run %d", i).isEqualTo(pictures.get(i));
      }
      assertThat(store.problems).isEmpty();
    }
  }

  @Test
  void replacesAnAccountSoThatNoClientIsLiedTo() {
    try (Store store = filled()) {
      var _ = store.save(folder());
      SortedMap<String, List<String>> then = store.picture(ANN);
      User before = store.find(ANN);
      MailboxInfo inbox = store.mailbox(ANN, "INBOX");
      store.append(ANN, "INBOX", "Later");
      long laterEmail = store.account(ANN).view(inbox.id()).orElseThrow().emailId(2);

      assertThatThrownBy(() ->
              store
                  .backups()
                  .restore(folder(), Optional.empty(), ANN, Optional.empty(), false, store.telling))
          .isInstanceOf(BackupException.InTheWay.class)
          .hasMessageContaining("--replace");
      var _ =
          store
              .backups()
              .restore(folder(), Optional.empty(), ANN, Optional.empty(), true, store.telling);

      assertThat(store.picture(ANN)).isEqualTo(then);
      assertThat(store.find(ANN).account()).isNotEqualTo(before.account());
      assertThat(store.accountIds()).doesNotContain(before.account()).hasSize(2);
      assertThat(store.mailbox(ANN, "INBOX").uidValidity()).isGreaterThan(inbox.uidValidity());
      store.append(ANN, "INBOX", "After");
      assertThat(store.account(ANN).view(inbox.id()).orElseThrow().emailId(2))
          .isGreaterThan(laterEmail);
    }
  }

  @Test
  void restoresUnderAnotherLogin() {
    try (Store store = filled()) {
      var _ = store.save(folder());
      var _ =
          store
              .backups()
              .restore(
                  folder(),
                  Optional.empty(),
                  ANN,
                  Optional.of(MailAddress.of("old@example.org")),
                  false,
                  store.telling);
      assertThat(store.picture("old@example.org")).isEqualTo(store.picture(ANN));
      assertThat(store.account("old@example.org").owner()).isEqualTo("old@example.org");
    }
  }

  @Test
  void bringsADeletedUserBackAndLeavesTheOthersAlone() {
    try (Store store = filled()) {
      var _ = store.save(folder());
      SortedMap<String, List<String>> then = store.picture(ANN);
      store.directory().deleteAlias(MailAddress.of("sales@example.org"));
      store.directory().users().delete(MailAddress.of(ANN));
      AccountId bob = store.find(BOB).account();

      Backups.Restored restored =
          store.backups().restoreAll(folder(), Optional.empty(), false, store.telling);

      assertThat(restored).isEqualTo(new Backups.Restored(1, 1, 0, 2, 0));
      assertThat(store.picture(ANN)).isEqualTo(then);
      assertThat(store.find(BOB).account()).isEqualTo(bob);
      assertThat(store.directory().aliases(Store.DOMAIN)).hasSize(1);
    }
  }

  @Test
  void keepsWhatTheRemainingRunsNeed() {
    try (Store store = filled()) {
      store.append(ANN, "INBOX", "x".repeat(200));
      for (int i = 0; i < 5; i++) {
        store.append(ANN, "INBOX", "Round " + i);
        var _ = store.save(folder());
        store.expunge(ANN, "INBOX", 4 + i);
      }
      long before = files();
      Backups.prune(folder(), 2);
      assertThat(Backups.list(folder())).hasSize(2);
      assertThat(files()).isLessThan(before);
      for (Run run : Backups.list(folder())) {
        assertThat(
                store.backups().verify(folder(), Optional.of(run.id()), store.telling).problems())
            .isZero();
      }
      store.append(ANN, "INBOX", "More");
      var _ = store.save(folder());
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  @Test
  void aLargeMessageComesBackWhole() {
    try (Store from = filled();
        Store to = store()) {
      String large = "Subject: large\r\n\r\n" + "All work and no play.\r\n".repeat(150_000);
      var inbox = from.mailbox(BOB, "INBOX").id();
      var letter = from.letter(large, Flags.NONE);
      from.account(BOB).change(Store.ACTOR, draft -> draft.append(inbox, letter));
      Run run = from.save(folder());
      assertThat(run.contentBytes()).isLessThan(large.length() / 4);
      assertThat(from.check(folder()).problems()).isZero();
      var _ = to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);
      assertThat(to.picture(BOB)).isEqualTo(from.picture(BOB));
    }
  }

  @Test
  void theSameBytesAreSavedOnce() {
    try (Store store = filled()) {
      for (int i = 0; i < 5; i++) {
        store.append(ANN, "INBOX", "The same to all");
        store.append(BOB, "INBOX", "The same to all");
      }
      assertThat(store.save(folder()).contents()).isEqualTo(4);
      store.append(BOB, "INBOX", "The same to all");
      assertThat(store.save(folder()).contents()).isZero();
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  /// What is kept by the id of a reader's account, which is another one when that is restored.
  private Store shared() {
    Store store = filled();
    MailboxId inbox = store.mailbox(ANN, "INBOX").id();
    AccountId ann = store.find(ANN).account();
    AccountId bob = store.find(BOB).account();
    var _ =
        store
            .account(ANN)
            .change(
                Store.ACTOR,
                draft -> {
                  draft.annotate(
                      new Annotation(inbox, ann.value(), "/comment"), Optional.of("mine"));
                  draft.annotate(Annotation.shared(inbox, "/comment"), Optional.of("ours"));
                  draft.annotate(
                      new Annotation(Annotation.WHOLE_ACCOUNT, bob.value(), "/comment"),
                      Optional.of("bob's"));
                  return draft.markSeen(inbox, bob, UidSet.of(2), true);
                });
    return store;
  }

  private static List<String> notes(Store store, String login) {
    MailboxId inbox = store.mailbox(login, "INBOX").id();
    return List.of(
        store.account(login).annotations(inbox, store.find(login).account().value()).toString(),
        store.account(login).annotations(inbox, "").toString());
  }

  /// What bob has seen of a user's INBOX, and his notes there.
  private static String bobs(Store store, String login) {
    AccountId bob = store.find(BOB).account();
    Account account = store.account(login);
    MailboxView view = account.view(store.mailbox(login, "INBOX").id(), bob).orElseThrow();
    return IntStream.range(0, view.size()).mapToObj(i -> view.flags(i).seen()).toList()
        + account.annotations(Annotation.WHOLE_ACCOUNT, bob.value()).toString();
  }

  @Test
  void notesAndWhatOthersHaveReadComeBackIntoANewServer() {
    try (Store from = shared();
        Store to = store()) {
      assertThat(notes(from, ANN)).isEqualTo(NOTES);
      assertThat(bobs(from, ANN)).isEqualTo(BOBS);
      var _ = from.save(folder());
      var _ = to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);
      assertThat(notes(to, ANN)).isEqualTo(NOTES);
      assertThat(bobs(to, ANN)).isEqualTo(BOBS);
      assertThat(to.picture(ANN)).isEqualTo(from.picture(ANN));
      assertThat(to.problems).isEmpty();
    }
  }

  /// Groups come back behind those who share with them.
  @Test
  void whatIsSharedWithAGroupComesBackIntoANewServer() {
    MailAddress team = MailAddress.of("team@example.org");
    try (Store from = filled();
        Store to = store();
        Store one = store()) {
      from.directory().groups().create(team, List.of(MailAddress.of(BOB)));
      new Sharing(from.directory(), from.accounts(), new SharingConfig(true))
          .change(
              from.account(ANN),
              from.mailbox(ANN, "INBOX").id(),
              Sharing.identifier("$team", Store.DOMAIN),
              Sharing.Mode.REPLACE,
              Rights.ALL,
              Store.ACTOR);
      assertThat(bobsRights(from)).isEqualTo(Rights.ALL);
      var _ = from.save(folder());

      var last = Optional.<String>empty();
      var _ = to.backups().restoreAll(folder(), last, false, to.telling);
      assertThat(bobsRights(to)).isEqualTo(Rights.ALL);
      assertThat(to.problems).isEmpty();

      var _ = one.backups().restore(folder(), last, ANN, Optional.empty(), false, one.telling);
      var _ = one.user(BOB);
      one.directory().groups().create(team, List.of(MailAddress.of(BOB)));
      assertThat(bobsRights(one)).isEqualTo(Rights.ALL);
    }
  }

  private static Rights bobsRights(Store store) {
    return new Sharing(store.directory(), store.accounts(), new SharingConfig(true))
        .visitor(MailAddress.of(BOB))
        .orElseThrow()
        .rights(store.account(ANN), store.mailbox(ANN, "INBOX").id());
  }

  @Test
  void notesAndWhatOthersHaveReadStayWhenAnAccountIsReplaced() {
    try (Store store = shared()) {
      var _ = store.save(folder());
      restore(store, ANN, Optional.empty(), true);
      assertThat(notes(store, ANN)).isEqualTo(NOTES);
      assertThat(bobs(store, ANN)).isEqualTo(BOBS);

      restore(store, BOB, Optional.empty(), true);
      assertThat(bobs(store, ANN)).isEqualTo(BOBS);
      restore(store, ANN, Optional.empty(), true);
      assertThat(notes(store, ANN)).isEqualTo(NOTES);
      assertThat(bobs(store, ANN)).isEqualTo(BOBS);

      restore(store, ANN, Optional.of(MailAddress.of("then@example.org")), false);
      assertThat(notes(store, "then@example.org")).isEqualTo(NOTES);
      assertThat(bobs(store, "then@example.org")).isEqualTo(BOBS);
      assertThat(notes(store, ANN)).isEqualTo(NOTES);

      var _ = store.backups().restoreAll(folder(), Optional.empty(), true, store.telling);
      assertThat(notes(store, ANN)).isEqualTo(NOTES);
      assertThat(bobs(store, ANN)).isEqualTo(BOBS);
      assertThat(store.problems).isEmpty();
    }
  }

  /// What came since counts for more than the backup.
  @Test
  void whatAReaderHasReadSinceStaysWhenHisAccountIsReplaced() {
    try (Store store = shared()) {
      var _ = store.save(folder());
      MailboxId inbox = store.mailbox(ANN, "INBOX").id();
      AccountId bob = store.find(BOB).account();
      var _ =
          store
              .account(ANN)
              .change(
                  Store.ACTOR,
                  draft -> {
                    var _ = draft.markSeen(inbox, bob, UidSet.of(2), false);
                    return draft.markSeen(inbox, bob, UidSet.of(1), true);
                  });
      restore(store, BOB, Optional.empty(), true);
      assertThat(bobs(store, ANN)).isEqualTo("[true, false]{/comment=bob's}");
      restore(store, BOB, Optional.empty(), true);
      assertThat(bobs(store, ANN)).isEqualTo("[true, false]{/comment=bob's}");
    }
  }

  @Test
  void aReaderWhoIsNotThereIsNamedAndFindsEverythingWhenHeComesBack() {
    try (Store from = shared();
        Store to = store()) {
      var _ = from.save(folder());
      restore(to, ANN, Optional.empty(), false);
      assertThat(to.problems)
          .containsExactly(
              "ann@example.org: bob@example.org is not here: notes of his own in this account, and"
                  + " what he has read of it, are his again when his account is restored too");
      to.problems.clear();
      restore(to, BOB, Optional.empty(), false);
      assertThat(notes(to, ANN)).isEqualTo(NOTES);
      assertThat(bobs(to, ANN)).isEqualTo(BOBS);
      assertThat(to.problems).isEmpty();
    }
  }

  private void restore(Store store, String login, Optional<MailAddress> as, boolean replace) {
    var _ = store.backups().restore(folder(), Optional.empty(), login, as, replace, store.telling);
  }

  @Test
  void oneCommandAtATimeWorksOnAFolder() {
    try (Store store = filled()) {
      var _ = store.save(folder());
      try (var _ = BackupFolder.open(folder())) {
        assertThatThrownBy(() -> store.save(folder()))
            .isInstanceOf(BackupException.InTheWay.class)
            .hasMessageContaining("at work");
      }
      var _ = store.save(folder());
    }
  }

  @Test
  void saysWhatIsNotThere() throws IOException {
    try (Store store = filled()) {
      assertThatThrownBy(() -> store.check(folder()))
          .isInstanceOf(BackupException.NotFound.class)
          .hasMessageContaining("posthorn backup create");
      Files.createDirectories(folder());
      Files.writeString(folder().resolve("letter.txt"), "Dear Ann");
      assertThatThrownBy(() -> store.save(folder()))
          .isInstanceOf(BackupException.InTheWay.class)
          .hasMessageContaining("no backup");
      Files.delete(folder().resolve("letter.txt"));
      var _ = store.save(folder());
      assertThatThrownBy(() ->
              store
                  .backups()
                  .restore(
                      folder(),
                      Optional.empty(),
                      "nobody@example.org",
                      Optional.empty(),
                      false,
                      store.telling))
          .isInstanceOf(BackupException.NotFound.class);
      assertThatThrownBy(
              () -> store.backups().verify(folder(), Optional.of("yesterday"), store.telling))
          .isInstanceOf(BackupException.NotFound.class);
      Files.writeString(folder().resolve("posthorn-backup"), "posthorn backup 9\n");
      assertThatThrownBy(() -> store.check(folder()))
          .isInstanceOf(BackupException.InTheWay.class)
          .hasMessageContaining("newer");
    }
  }

  long files() {
    try (Stream<Path> all = Files.walk(folder())) {
      return all.filter(Files::isRegularFile).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
