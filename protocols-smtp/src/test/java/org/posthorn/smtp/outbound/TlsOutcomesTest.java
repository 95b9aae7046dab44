package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.smtp.outbound.PolicyServer.ENFORCE;
import static org.posthorn.smtp.outbound.PolicyServer.PUBLISHED;
import static org.posthorn.smtp.outbound.PolicyServer.ZONE;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;
import static org.posthorn.smtp.outbound.ScriptedServer.OFFERING_TLS;
import static org.posthorn.smtp.outbound.ScriptedServer.SHAKING_HANDS;
import static org.posthorn.smtp.outbound.ScriptedServer.UNDER_TLS;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.queue.Wishes;

/// What is counted of each connection (RFC 8460), by real servers, certificates, DNS and policies.
final class TlsOutcomesTest {
  private static final OutgoingMail TO_BOB = OutgoingMail.to("bob@sts.example");
  private static final String MAIL = "MAIL bob@sts.example\nDATA\nS: 250 taken\nQUIT\n";

  @AutoClose
  private final SendingMta mta = SendingMta.in(ZONE).publishing("mta-sts.sts.example", ENFORCE);

  private final Authority authority = mta.authority;
  private final Authority.Server good = authority.server("mx.sts.example");

  @Test
  void withoutAPolicyItIsWhetherThereIsTls() throws Exception {
    send(new Authority().server("any.example"), UNDER_TLS + MAIL);
    send(good, IN_CLEAR + MAIL);
    send(good, OFFERING_TLS + "C: STARTTLS\nS: 454 not now\n", IN_CLEAR + MAIL);
    send(good, SHAKING_HANDS + "CLOSE", IN_CLEAR + MAIL);
    send(good, SHAKING_HANDS + "C: EHLO client.example\nS: 421 busy\nQUIT");

    assertThat(heard())
        .containsExactly(
            "sts.example no-policy-found ok",
            "sts.example no-policy-found starttls-not-supported mx.sts.example 127.0.0.5",
            "sts.example no-policy-found validation-failure mx.sts.example 127.0.0.5",
            "sts.example no-policy-found validation-failure mx.sts.example 127.0.0.5",
            "sts.example no-policy-found ok");
  }

  @Test
  void withAPolicyItIsWhetherTheServerProvesItself() throws Exception {
    mta.zone(PUBLISHED);
    send(good, UNDER_TLS + MAIL);
    send(new Authority().server("mx.sts.example"), SHAKING_HANDS);
    send(authority.server("other.example"), SHAKING_HANDS);
    send(authority.server("mx.sts.example", Duration.ofHours(-1)), SHAKING_HANDS);
    send(good, IN_CLEAR + "QUIT");
    mta.web().publishing(ENFORCE.replace("mx.sts", "mail.sts"));
    send(good);

    assertThat(heard())
        .containsExactly(
            "sts.example sts ok",
            "sts.example sts certificate-not-trusted mx.sts.example 127.0.0.5",
            "sts.example sts certificate-host-mismatch mx.sts.example 127.0.0.5",
            "sts.example sts certificate-expired mx.sts.example 127.0.0.5",
            "sts.example sts starttls-not-supported mx.sts.example 127.0.0.5",
            "sts.example sts validation-failure mx.sts.example -");
  }

  /// That is what testing is for.
  @Test
  void aPolicyThatIsTriedOutIsJudgedAsIfItWereEnforced() throws Exception {
    mta.zone(PUBLISHED);
    mta.web().publishing(ENFORCE.replace("enforce", "testing"));
    send(good, UNDER_TLS + MAIL);
    send(new Authority().server("mx.sts.example"), UNDER_TLS + MAIL);
    send(authority.server("other.example"), UNDER_TLS + MAIL);
    send(authority.server("mx.sts.example", Duration.ofHours(-1)), UNDER_TLS + MAIL);
    mta.web().publishing(ENFORCE.replace("enforce", "testing").replace("mx.sts", "mail.sts"));
    send(good, UNDER_TLS + MAIL);

    assertThat(heard())
        .containsExactly(
            "sts.example sts ok",
            "sts.example sts certificate-not-trusted mx.sts.example 127.0.0.5",
            "sts.example sts certificate-host-mismatch mx.sts.example 127.0.0.5",
            "sts.example sts certificate-expired mx.sts.example 127.0.0.5",
            "sts.example sts validation-failure mx.sts.example 127.0.0.5");
  }

  @Test
  void aPolicyThatCannotBeHadIsCounted() throws Exception {
    mta.zone(PUBLISHED);
    mta.web().answering(404, "text/plain", /* inChunks= */ false);
    send(good, UNDER_TLS + MAIL);
    mta.web().answering(200, "text/plain", /* inChunks= */ false);
    mta.web().publishing("version: STSv2\n");
    send(good, UNDER_TLS + MAIL);
    mta.publishing(new Authority().server("mta-sts.sts.example"), ENFORCE);
    send(good, UNDER_TLS + MAIL);

    assertThat(heard())
        .containsExactly(
            "sts.example sts sts-policy-fetch-error - -",
            "sts.example no-policy-found ok",
            "sts.example sts sts-policy-invalid - -",
            "sts.example no-policy-found ok",
            "sts.example sts sts-webpki-invalid - -",
            "sts.example no-policy-found ok");
  }

  /// Reports themselves go this way, so nothing is reported about reports.
  @Test
  void mailThatNeedsNoTlsIsNotCounted() throws Exception {
    mta.zone(PUBLISHED);
    mta.send(TO_BOB.wishing(Wishes.Tls.OPTIONAL), good, UNDER_TLS + MAIL);
    mta.send(TO_BOB.wishing(Wishes.Tls.OPTIONAL), good, IN_CLEAR + MAIL);

    assertThat(heard()).isEmpty();
  }

  private void send(Authority.Server certified, String... scripts) throws Exception {
    mta.send(TO_BOB, certified, scripts);
  }

  private List<String> heard() {
    return mta.sessions().stream()
        .map(session ->
            session.domain()
                + " "
                + session.policy().kind()
                + " "
                + session.failure().map(TlsOutcomesTest::text).orElse("ok"))
        .toList();
  }

  private static String text(TlsOutcomes.Failure failure) {
    return failure.result()
        + " "
        + failure.server().orElse("-")
        + " "
        + failure.address().map(address -> address.getHostAddress()).orElse("-");
  }
}
