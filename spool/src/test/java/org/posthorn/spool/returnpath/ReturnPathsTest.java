package org.posthorn.spool.returnpath;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.memory.InMemoryEngine;

class ReturnPathsTest {
  private static final Domain OURS = Domain.of("example.org");
  private static final MailAddress ANN = MailAddress.of("Ann@example.com");

  private final Engine engine = new InMemoryEngine();
  private Instant now = Instant.parse("2026-11-27T12:00:00Z");
  private final ReturnPaths paths = opened();

  @AfterEach
  void close() {
    engine.close();
  }

  private ReturnPaths opened() {
    return new ReturnPaths(engine, () -> now, ForwardingConfig.defaults());
  }

  @Test
  void anAddressOfOursStandsForTheSender() {
    MailAddress ours = sentOn(ANN);

    assertThat(ours.toString())
        .matches("SRS0=[a-z2-7]{8}=[a-z2-7]{2}=example\\.com=Ann@example\\.org");
    assertThat(paths.read(ours)).isEqualTo(new ReturnPath.SentOn(ANN));
    assertThat(paths.whoHears(ours)).isEqualTo(ANN);
    assertThat(paths.whoHears(ANN)).isEqualTo(ANN);
    assertThat(opened().read(ours)).as("after a restart").isEqualTo(new ReturnPath.SentOn(ANN));
  }

  /// Mail that was sent on and then held for weeks goes back to who sent it.
  @Test
  void whoSentAMailHearsOfItHoweverLongItRestedHere() {
    MailAddress ours = sentOn(ANN);
    MailAddress again = sentOn(MailAddress.of("SRS0=HHHH=TT=example.com=ann@first.example"));
    for (int days : List.of(22, 60, 300)) {
      now = Instant.parse("2026-11-27T12:00:00Z").plus(Duration.ofDays(days));
      sentOn(MailAddress.of("other@example.com")); // With a key of that day.
      assertThat(opened().whoHears(ours)).as("after %d days", days).isEqualTo(ANN);
      assertThat(opened().whoHears(again).domain()).isEqualTo(Domain.of("first.example"));
      assertThat(paths.read(ours)).as("for others").isNotInstanceOf(ReturnPath.SentOn.class);
    }
    MailAddress foreign = MailAddress.of("SRS0=k4w2pzqh=jq=example.com=bob@other.example");
    assertThat(paths.whoHears(foreign)).isEqualTo(foreign);
  }

  /// There and back again: the address is the same, whatever it looks like.
  @Test
  void whateverGoesOutComesBack() {
    var random = new Random(20_261_127);
    for (int i = 0; i < 5_000; i++) {
      MailAddress sender = address(random);
      MailAddress ours = sentOn(sender);

      assertThat(ours.writtenLocalPart().getBytes(UTF_8))
          .as("%s", sender)
          .hasSizeLessThanOrEqualTo(64);
      MailAddress onTheWire = MailAddress.of(ours.toString());
      assertThat(paths.read(onTheWire)).as("%s", ours).isEqualTo(new ReturnPath.SentOn(sender));

      Optional<MailAddress> one = paths.forOne("news-2", sender, OURS);
      assertThat(one.orElseThrow().writtenLocalPart().getBytes(UTF_8)).hasSizeLessThanOrEqualTo(64);
      assertThat(paths.read(one.get())).isEqualTo(new ReturnPath.ForOne("news-2", sender));
    }
  }

  /// Over several forwarders the way back leads to the first, and from there to the sender.
  @Test
  void aChainOfForwardersIsCutShort() {
    MailAddress first = MailAddress.of("SRS0=HHHH=TT=example.com=ann@first.example");
    MailAddress second = sentOn(first);
    assertThat(second.toString())
        .matches("SRS1=[a-z2-7]{8}=first\\.example==HHHH=TT=example\\.com=ann@example\\.org");
    assertThat(paths.read(second)).isEqualTo(new ReturnPath.SentOn(first));

    MailAddress foreign =
        MailAddress.of("srs1+XXXX=first.example=+HHHH=TT=a.example=b@other.example");
    MailAddress third = sentOn(foreign);
    assertThat(third.toString()).startsWith("SRS1=").doesNotContain("other.example");
    assertThat(paths.read(third))
        .isEqualTo(new ReturnPath.SentOn(MailAddress.of("SRS0+HHHH=TT=a.example=b@first.example")));

    MailAddress odd = MailAddress.of("srs1=x@other.example");
    assertThat(paths.read(sentOn(odd))).as("no SRS1").isEqualTo(new ReturnPath.SentOn(odd));
  }

  @Test
  void theCaseOfLettersMayGetLost() {
    for (MailAddress sender :
        List.of(ANN, long64(), MailAddress.of("SRS0=A=B=c.example=d@f.example"))) {
      MailAddress ours = sentOn(sender);
      for (String local :
          List.of(
              ours.localPart().toLowerCase(Locale.ROOT),
              ours.localPart().toUpperCase(Locale.ROOT))) {
        assertThat(paths.read(new MailAddress(local, OURS)))
            .isInstanceOfSatisfying(
                ReturnPath.SentOn.class,
                back ->
                    assertThat(back.original().toString())
                        .isEqualToIgnoringCase(sender.toString()));
      }
    }
  }

  @Test
  void aTooLongAddressIsKeptAndShortened() {
    MailAddress ours = sentOn(long64());

    assertThat(ours.localPart()).matches("SRS0=[a-z2-7]{8}=[a-z2-7]{2}=\\+=[a-z2-7]{16}");
    assertThat(sentOn(long64())).as("each once").isEqualTo(ours);
    assertThat(opened().read(ours)).isEqualTo(new ReturnPath.SentOn(long64()));
    pass(21);
    assertThat(paths.read(ours)).isEqualTo(new ReturnPath.SentOn(long64()));
    pass(1);
    assertThat(paths.read(ours)).isEqualTo(new ReturnPath.Expired());
  }

  @Test
  void nobodyElseCanMakeOne() {
    MailAddress ours = sentOn(ANN);
    String local = ours.localPart();
    Set<String> forged = new HashSet<>();
    var random = new Random(7);
    for (int i = 0; i < local.length(); i++) {
      for (char c : new char[] {'a', 'z', '2', '=', '.', '+'}) {
        String other = local.substring(0, i) + c + local.substring(i + 1);
        if (i != 4 && !other.equalsIgnoreCase(local)) { // Other signs may separate.
          forged.add(other);
        }
      }
    }
    forged.addAll(
        List.of(
            "SRS0=",
            "SRS0==",
            "SRS0===",
            "SRS0=a",
            "SRS1=",
            "SRS1===",
            "BV=",
            "BV====",
            "bv=x=y",
            local + "x",
            local.replace("example.com", "example.net"),
            "SRS0=" + "=".repeat(50),
            local.replace("SRS0", "SRS1"),
            local.replace("SRS0", "BV")));
    for (int i = 0; i < 500; i++) {
      var guess = new StringBuilder("SRS0=");
      random.ints(40, 33, 127).forEach(c -> guess.append((char) c));
      forged.add(guess.toString());
    }

    for (String each : forged) {
      assertThat(paths.read(new MailAddress(each, OURS)))
          .as(each)
          .isInstanceOfAny(ReturnPath.Forged.class, ReturnPath.None.class);
    }
    assertThat(paths.read(new MailAddress(local, Domain.of("other.example"))))
        .as("made for another domain")
        .isEqualTo(new ReturnPath.Forged());
    try (var engineOfOthers = new InMemoryEngine()) {
      var others = new ReturnPaths(engineOfOthers, () -> now, ForwardingConfig.defaults());
      assertThat(others.read(ours)).as("no key at all").isEqualTo(new ReturnPath.Forged());
      assertThat(paths.read(others.sendingOn(ANN, OURS).orElseThrow()))
          .isEqualTo(new ReturnPath.Forged());
    }
  }

  @Test
  void itDoesNotCountForEver() {
    MailAddress ours = sentOn(ANN);
    pass(21);
    assertThat(paths.read(ours)).isEqualTo(new ReturnPath.SentOn(ANN));
    pass(1);
    assertThat(paths.read(ours)).isEqualTo(new ReturnPath.Expired());
    pass(1_002);
    assertThat(paths.read(ours))
        .as("when the stamps have come round, the key is gone")
        .isEqualTo(new ReturnPath.Forged());
  }

  @Test
  void keysAreRenewedAndTheOldOnesStillVerify() {
    MailAddress again = sentOn(MailAddress.of("SRS0=A=B=c.example=d@f.example"));
    pass(29);
    MailAddress late = sentOn(ANN);
    pass(1);
    MailAddress withNewKey = sentOn(MailAddress.of("bob@example.com"));

    ReturnPaths other = opened();
    for (MailAddress each : List.of(again, late, withNewKey)) {
      assertThat(paths.read(each)).isInstanceOf(ReturnPath.SentOn.class);
      assertThat(other.read(each)).as("on another node").isInstanceOf(ReturnPath.SentOn.class);
    }
    pass(20);
    assertThat(paths.read(late)).isInstanceOf(ReturnPath.SentOn.class);
    pass(3);
    assertThat(paths.read(again)).as("no longer than its key").isEqualTo(new ReturnPath.Forged());
  }

  @Test
  void twoNodesHaveTheSameKeys() {
    ReturnPaths one = opened();
    ReturnPaths two = opened();
    MailAddress byOne = one.sendingOn(ANN, OURS).orElseThrow();
    assertThat(two.sendingOn(ANN, OURS)).contains(byOne);
    pass(31);
    MailAddress later = two.sendingOn(ANN, OURS).orElseThrow();
    assertThat(one.read(later)).isEqualTo(new ReturnPath.SentOn(ANN));
  }

  @Test
  void whatNobodyNeedsIsForgotten() {
    var _ = sentOn(long64());
    assertThat(shortRows()).isEqualTo(1);
    pass(40);
    var _ = sentOn(new MailAddress("x".repeat(64), Domain.of("example.com")));
    assertThat(shortRows()).isEqualTo(1);
  }

  /// Until version 0.1.0 all secrets were in one row.
  @Test
  void secretsOfOlderProgramsCount() {
    MailAddress ours = sentOn(ANN);
    byte[] open = {};
    Page.Row row =
        engine
            .scan(ReturnKeys.PARTITION, open, open, 10, false, Optional.empty())
            .rows()
            .getFirst();
    byte[] secret = Arrays.copyOfRange(row.value(), 1, row.value().length);
    byte[] older = new byte[secret.length + 2];
    older[0] = 1;
    older[1] = 1;
    System.arraycopy(secret, 0, older, 2, secret.length);
    var _ =
        engine.commit(
            ReturnKeys.PARTITION,
            engine.head(ReturnKeys.PARTITION).version(),
            CommitId.random(),
            new Batch().put(new byte[] {'k'}, older).delete(row.key()));

    assertThat(opened().read(ours)).isEqualTo(new ReturnPath.SentOn(ANN));
    assertThat(opened().sendingOn(ANN, OURS)).contains(ours);
    pass(ReturnKeys.RENEW_DAYS - 1);
    MailAddress last = opened().sendingOn(ANN, OURS).orElseThrow();
    pass(1);
    assertThat(opened().sendingOn(ANN, OURS).orElseThrow()).isNotEqualTo(last);
    assertThat(opened().read(last)).isEqualTo(new ReturnPath.SentOn(ANN));
  }

  /// Beside a server that was used already the secrets of its backup count too.
  @Test
  void secretsOfTwoServersCountBesideEachOther() {
    MailAddress ours = sentOn(ANN);
    try (Engine other = new InMemoryEngine()) {
      MailAddress theirs =
          new ReturnPaths(other, () -> now, ForwardingConfig.defaults())
              .sendingOn(ANN, OURS)
              .orElseThrow();
      assertThat(paths.read(theirs)).isEqualTo(new ReturnPath.Forged());
      byte[] open = {};
      var batch = new Batch();
      other
          .scan(ReturnKeys.PARTITION, open, open, 10, false, Optional.empty())
          .rows()
          .forEach(row -> batch.put(row.key(), row.value()));
      var _ =
          engine.commit(
              ReturnKeys.PARTITION,
              engine.head(ReturnKeys.PARTITION).version(),
              CommitId.random(),
              batch);
      assertThat(paths.read(theirs)).isEqualTo(new ReturnPath.SentOn(ANN));
      assertThat(paths.read(ours)).isEqualTo(new ReturnPath.SentOn(ANN));
    }
  }

  @Test
  void aNameIsShortAndPlain() {
    for (String name : List.of("", "a=b", "Big", "x".repeat(21))) {
      assertThatThrownBy(() -> paths.forOne(name, ANN, OURS))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void peopleWithOtherNamesAreNone() {
    for (String local : List.of("ann", "srs", "srs0", "SRS0ann", "bv", "bvann", "ann=b", "+")) {
      assertThat(paths.read(new MailAddress(local, OURS))).isEqualTo(new ReturnPath.None());
    }
  }

  private int shortRows() {
    return engine
        .scan(
            ReturnKeys.PARTITION, new byte[] {'s'}, new byte[] {'t'}, 100, false, Optional.empty())
        .rows()
        .size();
  }

  private MailAddress sentOn(MailAddress sender) {
    return paths.sendingOn(sender, OURS).orElseThrow();
  }

  private void pass(int days) {
    now = now.plus(Duration.ofDays(days));
  }

  private static MailAddress long64() {
    return new MailAddress(
        "newsletter-bounces-with-a-very-long-name", Domain.of("lists.mail.example.com"));
  }

  private static MailAddress address(Random random) {
    List<String> pieces =
        List.of(
            "ann", "=", "+", "-", ".", "\"", "\\", " ", "@", "jürgen", "用户", "SRS0", "SRS0=", "ß",
            "😀", "bounce", "%", "!", "0");
    List<String> domains =
        List.of(
            "example.com",
            "bücher.example",
            "[192.0.2.1]",
            "[IPv6:2001:db8::1]",
            "x--y.example",
            "a-rather-long-name-of-a-domain.with-many-parts.example.com");
    var local = new StringBuilder();
    List<String> chosen = new ArrayList<>();
    for (int left = 1 + random.nextInt(12); left > 0; left--) {
      chosen.add(pieces.get(random.nextInt(pieces.size())));
    }
    chosen.forEach(local::append);
    if (local.toString().regionMatches(true, 0, "srs", 0, 3)) {
      local.insert(0, "n");
    }
    return new MailAddress(
        local.toString(), Domain.of(domains.get(random.nextInt(domains.size()))));
  }
}
