package org.posthorn.mailets.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailets.match.Mailbag;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.extract.DocumentTexts;
import org.posthorn.storage.extract.FakeExtractor;

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
        "Subject: hi\\n\\nmy card\\n1234 5678-12345678\\n | ann@x.example | rule card (text): Card",
        "Subject: 1234567812345678\\n\\nhello\\n | ann@x.example | rule card (subject): Card",
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

  /// Only what an operator let go does.
  @Test
  void whatIsOnlyNotedSwitchesOffNoRuleOfALaterStep() {
    Map<String, Object> rules =
        new HashMap<>(
            Map.of(
                "domains",
                "example.net",
                "subject",
                Map.of("offer", "offer"),
                "content",
                Map.of("card", "[0-9]{16}")));
    rules.put("unreadable", "hold");
    Mailet holds = Making.mailet("Dlp", rules);
    rules.put("unreadable", "note");
    rules.put("then", "note");
    Mailet notes = Making.mailet("Dlp", rules);
    Mail offer = Making.mail("Subject: offer\n\n\n", "ann@x.example");
    Mail archive = with("application/x", "a.7z", bytes("7z¼¯'\034", ISO_8859_1));
    for (Mail mail : List.of(offer, archive)) {
      Mail noted = Making.goesOn(notes, Making.goesOn(notes, mail));
      var parked = (Outcome.Park) holds.service(noted);
      assertThat(parked.mail().attributes().get("dlp.rules"))
          .isEqualTo(noted.attributes().get("dlp.rules"))
          .doesNotContain(",");
      assertThat(Making.goesOn(holds, Making.goesOn(notes, parked.mail())))
          .as("was let go")
          .isEqualTo(parked.mail());
    }
  }

  private static final String BOX =
      """
      Subject: hi
      Content-Type: multipart/mixed; boundary=b

      --b

      hello
      --b
      Content-Type: %s; name="%s"
      Content-Transfer-Encoding: base64

      %s
      --b--
      """;

  private static Mail with(String type, String name, byte[] file) {
    return Making.mail(
        BOX.formatted(type, name, Base64.getMimeEncoder().encodeToString(file).replace("\r", "")),
        "ann@x.example");
  }

  private static byte[] bytes(String text, Charset charset) {
    return text.getBytes(charset);
  }

  /// Whatever a mail program calls them.
  @Test
  void findsItInAttachedListsAndMessages() {
    byte[] list = bytes("name;card\nann;1234567812345678\n", ISO_8859_1);
    for (String type : List.of("text/csv", "application/octet-stream", "image/png")) {
      var parked = (Outcome.Park) mailet().service(with(type, "list.csv", list));
      assertThat(parked.reason()).startsWith("DLP: rule card (list.csv): Card");
    }
    byte[] wide = bytes("\uFEFFann\t1234567812345678\n", UTF_16LE);
    assertThat(mailet().service(with("application/x", "list.tsv", wide)))
        .isInstanceOf(Outcome.Park.class);
    byte[] mail = bytes("Subject: inner\n\n1234567812345678\n", ISO_8859_1);
    Mail forwarded =
        Making.mail(
            BOX.replace("Content-Transfer-Encoding: base64\n", "")
                .formatted("message/rfc822", "a.eml", new String(mail, ISO_8859_1)),
            "ann@x.example");
    assertThat(mailet().service(forwarded)).isInstanceOf(Outcome.Park.class);
  }

  @Test
  void looksAtTextsOnlyWhereThatIsSaid() {
    Mailet texts =
        Making.mailet(
            "Dlp",
            Map.of(
                "domains",
                "example.net",
                "content",
                Map.of("card", "[0-9]{16}"),
                "attachments",
                "false"));
    Mail mail = with("application/octet-stream", "a", bytes("1234567812345678", ISO_8859_1));
    assertThat(texts.service(mail)).isEqualTo(new Outcome.Continue(mail));
    assertThat(texts.service(with("text/plain", "a", bytes("1234567812345678", ISO_8859_1))))
        .isInstanceOf(Outcome.Park.class);
  }

  /// So that one mail does not keep those that read documents from all others.
  @Test
  void afterThreeDocumentsThatCannotBeReadTheOthersAreNotTried(@TempDir Path folder)
      throws IOException {
    Path starts = folder.resolve("starts");
    var program = Optional.of(FakeExtractor.program(folder.resolve("program"), starts));
    var message = new StringBuilder("Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 6; i++) {
      message.append("--b\nContent-Type: application/pdf; name=").append(i);
      message.append(".pdf\n\n%PDF-").append(i < 5 ? "die #" + i : "1234567812345678");
      message.append("\n");
    }
    try (var texts = new DocumentTexts(program, FakeExtractor.CONFIG)) {
      Mailet mailet = TestParameters.mailet(ShippedContent.dlp(texts), RULES, new TestServices());
      Mail noted = Making.goesOn(mailet, Making.mail(message + "--b--\n", "ann@x.example"));
      assertThat(noted.attributes()).containsEntry("dlp.rules", "unreadable");
      assertThat(FakeExtractor.starts(starts)).isEqualTo(6);
    }
  }

  /// A picture has no text, an archive may have any.
  @ParameterizedTest
  @CsvSource({
    "PK\\3\\4, program that reads documents is not installed",
    "7z¼¯'\\34, cannot be looked into",
    "Rar!\\32\\7, cannot be looked into",
    "'-----BEGIN PGP MESSAGE-----', cannot be looked into",
    "GIF89a\\0\\1, ",
  })
  void saysWhatItCannotLookInto(String head, @Nullable String why) {
    Mail mail = with("application/x", "a.bin\r\nX: y", bytes(head.translateEscapes(), ISO_8859_1));
    Mail noted = Making.goesOn(mailet(), mail);
    if (why == null) {
      assertThat(noted).isEqualTo(mail);
    } else {
      assertThat(noted.attributes()).containsEntry("dlp.rules", "unreadable");
      assertThat(noted.attributes().get("dlp.explanation"))
          .startsWith("could not look into a.bin")
          .contains(why)
          .doesNotContain("\n");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "message/rfc822; name=a.eml | base64 | Subject: a\\n\\nb | a message that is encoded",
        "application/octet-stream; name=a.eml | base64 |"
            + " Received: from x\\n by y\\nSubject: a\\nMIME-Version: 1.0\\n\\nb | a message",
        "text/plain; name=a.eml | 7bit | Subject: a\\nMIME-Version: 1.0\\n\\nb | a message",
        "text/plain | x-uuencode | begin 644 a | encoding",
        "application/x; name=a | x-uuencode | begin 644 a | encoding",
        "message/rfc822; name=a | x-uuencode | begin 644 a | encoding",
        "text/plain | 7bit | Hi,\\n-----BEGIN PGP MESSAGE-----\\n\\nhQEM | encrypted",
        "application/x; name=a.asc | 7bit | \\n\\n-----BEGIN PGP MESSAGE-----\\n\\n | encrypted",
        "text/plain | 7bit | -----BEGIN PGP SIGNED MESSAGE-----\\nreadable |",
        "text/plain | 7bit | Subject: this\\nTo: all of you\\n\\nMy words |",
        "text/plain; name=a.log | 7bit | Subject: this\\nis no mail\\n |",
        "message/delivery-status | 7bit | Reporting-MTA: dns; a\\n |"
      })
  void saysWhichMailItCannotLookInto(
      String type, String encoding, String body, @Nullable String why) {
    String text = body.translateEscapes();
    byte[] bytes = bytes(text, ISO_8859_1);
    String header =
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: "
            + type
            + "\nContent-Transfer-Encoding: "
            + encoding
            + "\n\n";
    String content = encoding.equals("base64") ? Base64.getEncoder().encodeToString(bytes) : text;
    Mail mail = Making.mail(header + content + "\n--b--\n", "ann@x.example");
    Mail noted = Making.goesOn(mailet(), mail);
    if (why == null) {
      assertThat(noted).isEqualTo(mail);
    } else {
      assertThat(noted.attributes()).containsEntry("dlp.rules", "unreadable");
      assertThat(noted.attributes().get("dlp.explanation")).contains(why);
    }
  }

  /// Though not all of it can be looked into.
  @Test
  void readsTheTextOfAMessageThatIsEncoded() {
    byte[] mail = bytes("Subject: inner\n\n1234567812345678\n", ISO_8859_1);
    assertThat(mailet().service(with("message/rfc822", "a.eml", mail)))
        .isInstanceOf(Outcome.Park.class);
  }

  @Test
  void holdsWhatItCannotLookIntoWhereThatIsSaid() {
    Map<String, ?> rule =
        Map.of("domains", "example.net", "content", Map.of("card", "[0-9]{16}"), "then", "note");
    Map<String, Object> holding = new HashMap<>(rule);
    holding.put("unreadable", "hold");
    Mail archive = with("application/x", "a.7z", bytes("7z¼¯'\034", ISO_8859_1));
    var parked = (Outcome.Park) Making.mailet("Dlp", holding).service(archive);
    assertThat(parked.reason()).contains("a.7z: of a form that cannot be looked into");
    assertThat(Making.mailet("Dlp", holding).service(parked.mail()))
        .as("was let go")
        .isEqualTo(new Outcome.Continue(parked.mail()));
    Map<String, Object> passing = new HashMap<>(rule);
    passing.put("unreadable", "pass");
    assertThat(Making.mailet("Dlp", passing).service(archive))
        .isEqualTo(new Outcome.Continue(archive));
    for (String type :
        List.of("application/pkcs7-mime; smime-type=enveloped-data", "application/pkcs7-mime")) {
      Mail sealed = with(type, "smime.p7m", bytes("0\200", ISO_8859_1));
      assertThat(Making.mailet("Dlp", holding).service(sealed)).isInstanceOf(Outcome.Park.class);
    }
    Mail pgp =
        Making.mail(BOX.replace("mixed", "encrypted").formatted("a/b", "c", ""), "a@x.example");
    assertThat(Making.mailet("Dlp", holding).service(pgp)).isInstanceOf(Outcome.Park.class);
  }

  @Test
  void aLongListOfRecipientsHidesNoAttachment() {
    Mail mail = with("application/x", "list.csv", bytes("1234567812345678", ISO_8859_1));
    Mail crowded = Making.mail(Mailbag.crowd() + mail.message(), "ann@x.example");
    assertThat(mailet().service(crowded)).isInstanceOf(Outcome.Park.class);
    String many = "--b\nContent-Type: image/gif; name=a.gif\n\nx\n".repeat(30_000);
    Mail parts =
        Making.mail("Content-Type: multipart/mixed; boundary=b\n\n" + many, "ann@x.example");
    assertThat(Making.goesOn(mailet(), parts).attributes().get("dlp.explanation"))
        .contains("too many parts");
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
        "Dlp",
        Map.of("domains", "example.net", "subject", Map.of("a", "x"), "unreadable", "hold"),
        "no rule under 'content'");
    Making.refuses(
        "Dlp",
        Map.of("domains", "example.net", "subject", Map.of("unreadable", "x")),
        "cannot be called");
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
