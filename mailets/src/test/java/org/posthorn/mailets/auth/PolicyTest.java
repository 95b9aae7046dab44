package org.posthorn.mailets.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.arc.ArcResult;
import org.posthorn.senderauth.arc.ArcSet;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.senderauth.dmarc.DmarcPolicy;
import org.posthorn.senderauth.dmarc.DmarcResult;

class PolicyTest {
  private static final SenderAuthSettings SETTINGS =
      new SenderAuthSettings(
          SenderAuthSettings.Enforcement.ENFORCE,
          SenderAuthSettings.Trouble.REFUSE,
          SenderAuthSettings.Trouble.TAG,
          List.of(),
          List.of(),
          List.of(Domain.of("lists.example")),
          List.of(),
          List.of(),
          Optional.empty(),
          false,
          /* dryRun= */ false);

  private static Findings findings(ArcResult chain) {
    return new Findings(
        new Visitor(
            InetAddress.ofLiteral("192.0.2.1"),
            "mx",
            "c1",
            Optional.empty(),
            Optional.empty(),
            Optional.empty()),
        new IncomingMail(Optional.empty(), List.of(), OptionalLong.empty(), Map.of()),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        chain,
        new DmarcResult(
            DmarcResult.Outcome.FAIL,
            "bank.example",
            DmarcPolicy.REJECT,
            Optional.empty(),
            false,
            List.of(),
            ""));
  }

  private static ArcResult sealed(String sealer, String results) {
    return new ArcResult.Pass(List.of(new ArcSet(1, Domain.of(sealer), "s", results)));
  }

  @Test
  void aTrustedSealersWordCounts() {
    Policy.Ruling ruling =
        new Policy(SETTINGS)
            .rule(
                findings(
                    sealed("a.lists.example", "l; dmarc=pass header.from=Bank.example; spf=fail")));

    assertThat(ruling)
        .isInstanceOfSatisfying(
            Policy.Ruling.Taken.class,
            taken ->
                assertThat(taken.exemption()).isEqualTo(DmarcObserver.Exemption.TRUSTED_FORWARDER));
  }

  /// As outlook.com seals it, with a word that is no property.
  @Test
  void theWordOfOutlookCountsToo() {
    String results =
        "mx.microsoft.com 1; spf=pass smtp.mailfrom=bank.example; dmarc=pass action=none"
            + " header.from=bank.example; dkim=pass header.d=bank.example; arc=none";

    assertThat(new Policy(SETTINGS).rule(findings(sealed("lists.example", results))))
        .isInstanceOf(Policy.Ruling.Taken.class);
  }

  @ParameterizedTest
  @CsvSource({
    "evil.example,      l; dmarc=pass header.from=bank.example",
    "notlists.example,  l; dmarc=pass header.from=bank.example",
    "lists.example,     l; dmarc=pass header.from=other.example",
    "lists.example,     l; dmarc=fail header.from=bank.example",
    "lists.example,     l; dmarc=pass",
    "lists.example,     l; spf=pass reason=\"dmarc=pass header.from=bank.example\"",
    "lists.example,     no results"
  })
  void nobodyElsesWordCounts(String sealer, String results) {
    assertThat(new Policy(SETTINGS).rule(findings(sealed(sealer, results))))
        .isInstanceOf(Policy.Ruling.Refused.class);
  }

  /// As it may be when the DNS answers again.
  @Test
  void aTrustedSealerWhoseKeyCouldNotBeAskedForIsWaitedFor() {
    assertThat(unknown("lists.example", "l; dmarc=pass header.from=bank.example"))
        .isInstanceOf(Policy.Ruling.Deferred.class);
    assertThat(unknown("evil.example", "l; dmarc=pass header.from=bank.example"))
        .isInstanceOf(Policy.Ruling.Refused.class);
    assertThat(unknown("lists.example", "l; dmarc=fail header.from=bank.example"))
        .isInstanceOf(Policy.Ruling.Refused.class);
  }

  private static Policy.Ruling unknown(String sealer, String results) {
    var set = new ArcSet(1, Domain.of(sealer), "s", results);
    return new Policy(SETTINGS)
        .rule(findings(new ArcResult.Unknown(List.of(set), "the key could not be asked for")));
  }

  @Test
  void aBrokenChainIsNone() {
    assertThat(new Policy(SETTINGS).rule(findings(new ArcResult.Fail("broken"))))
        .isInstanceOf(Policy.Ruling.Refused.class);
  }
}
