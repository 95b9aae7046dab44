package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.MailAddress;

final class DlpTest implements MailetContract {
  private static final Map<String, ?> RULES =
      Map.of(
          "domains",
          List.of("example.net"),
          "subject",
          Map.of("offer", "^offer"),
          "sender",
          Map.of("eve", "eve@"),
          "recipients",
          Map.of("rival", "@rival[.]example$"),
          "content",
          Map.of("card", "\\b[0-9]{4}([ -]?[0-9]{4}){3}\\b"),
          "explanations",
          Map.of("card", "Card numbers do not leave the house"));

  @Override
  public Mailet mailet() {
    return Making.mailet("Dlp", RULES);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Subject: Offer for you\\n\\nhello\\n | ann@x.example | rule offer (subject)",
        "Subject: =?utf-8?q?Off=65r?=\\n\\nhello\\n | ann@x.example | rule offer (subject)",
        "From: Eve <Eve@x.example>\\n\\nhello\\n | ann@x.example | rule eve (sender)",
        "Subject: hi\\n\\nhello\\n | Ann@Rival.example | rule rival (recipients)",
        "Cc: ann@rival.example\\n\\nhello\\n | ann@x.example | rule rival (recipients)",
        "Subject: hi\\n\\nmy card\\n1234 5678-12345678\\n | ann@x.example | rule card (content): Card",
        "Subject: 1234567812345678\\n\\nhello\\n | ann@x.example | rule card (content): Card",
      })
  void holdsWhatARuleFindsAndSaysWhich(String message, String recipient, String why) {
    Mail mail = Making.mail(message.replace("\\n", "\n"), recipient, "bob@example.org");
    var parked = (Outcome.Park) mailet().service(mail);
    assertThat(parked.repository()).isEqualTo("dlp");
    assertThat(parked.reason()).startsWith("DLP: " + why);
    assertThat(parked.mail().recipients()).isEqualTo(mail.recipients());
    assertThat(parked.mail().attributes().get("dlp.explanation")).startsWith(why);
    assertThat(parked.processor()).isEmpty();
  }

  @Test
  void leavesOthersAlone() {
    Mail clean = Making.mail("Subject: hi\n\nhello\n", "ann@x.example");
    assertThat(mailet().service(clean)).isEqualTo(new Outcome.Continue(clean));
    Mail foreign =
        Making.mail("Subject: offer\n\nhello\n", "ann@x.example")
            .withSender(Optional.of(MailAddress.of("ann@example.com")));
    assertThat(mailet().service(foreign)).isEqualTo(new Outcome.Continue(foreign));
  }

  /// Whoever has logged in counts, whatever stands as the sender.
  @Test
  void nobodyEscapesWithAnotherSender() {
    Mail mail = Making.mail("Subject: offer\n\nhello\n", "ann@x.example");
    Origin from = mail.origin();
    var submitted =
        new Mail(
            mail.id(),
            Optional.empty(),
            mail.recipients(),
            mail.message(),
            new Origin(
                from.remote(),
                from.helo(),
                Optional.of(MailAddress.of("bob@example.net")),
                from.protocol(),
                from.connection(),
                from.received()),
            Map.of());
    assertThat(mailet().service(submitted)).isInstanceOf(Outcome.Park.class);
  }

  /// By the rule that held it; another one may still hold it.
  @Test
  void whatWasLetGoIsNotHeldAgain() {
    var parked =
        (Outcome.Park) mailet().service(Making.mail("Subject: offer\n\nhello\n", "ann@x.example"));
    assertThat(mailet().service(parked.mail())).isEqualTo(new Outcome.Continue(parked.mail()));
    Mail other =
        parked.mail().withMessage(Making.mail("Subject: offer\n\n1234567812345678\n").message());
    var again = (Outcome.Park) mailet().service(other);
    assertThat(again.reason()).startsWith("DLP: rule card");
    assertThat(again.mail().attributes()).containsEntry("dlp.rules", "offer,card");
  }

  @Test
  void canNoteInsteadOfHolding() {
    Mailet notes =
        Making.mailet(
            "Dlp",
            Map.of("domains", "example.net", "subject", Map.of("offer", "offer"), "then", "note"));
    Mail noted = Making.goesOn(notes, Making.mail("Subject: offer\n\n\n", "ann@x.example"));
    assertThat(noted.attributes())
        .containsEntry("dlp.rules", "offer")
        .containsEntry("dlp.explanation", "rule offer (subject)");
  }

  /// An expression that would take forever is given up: the step fails and the mail waits.
  @Test
  void anExpressionCannotTakeAServersTime() {
    Mailet slow =
        Making.mailet(
            "Dlp", Map.of("domains", "example.net", "content", Map.of("slow", "(a|aa)+$")));
    Mail mail = Making.mail("Subject: hi\n\n" + "a".repeat(5_000) + "!\n", "ann@x.example");
    assertThatThrownBy(() -> slow.service(mail)).hasMessageContaining("takes too long");
  }

  @Test
  void refusesRulesThatMakeNoSense() {
    Making.refuses("Dlp", Map.of("domains", "example.net"), "'content' is needed");
    Making.refuses("Dlp", Map.of("subject", Map.of("a", "b")), "'domains' is missing");
    Making.refuses(
        "Dlp", Map.of("domains", "example.net", "subject", Map.of("A B", "x")), "lower-case");
    Making.refuses(
        "Dlp", Map.of("domains", "example.net", "subject", Map.of("a", "(")), "regular expression");
    Making.refuses(
        "Dlp",
        Map.of(
            "domains",
            "example.net",
            "subject",
            Map.of("a", "x"),
            "explanations",
            Map.of("b", "why")),
        "which is no rule");
  }
}
