package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Bounces to addresses that the server made itself (SRS, VERP), and what others try with them.
class ReturnPathTest {
  private static final MailAddress EVE = MailAddress.of("eve@example.net");
  private static final Domain OURS = Domain.of("example.org");

  private final SmtpHouse house = new SmtpHouse(8192);

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void aBounceOfASentOnMailGoesToItsSender() {
    play("", ours(), "250 2.1.5 Recipient ok");
    SmtpHouse.Taken taken = house.onlyMail();
    assertThat(taken.sender()).isEmpty();
    assertThat(taken.recipients())
        .singleElement()
        .satisfies(one -> assertThat(one.address()).isEqualTo(EVE));
  }

  @Test
  void theCaseOfLettersDoesNotMatter() {
    play("", ours().toString().toLowerCase(java.util.Locale.ROOT), "250 2.1.5 Recipient ok");
    assertThat(house.onlyMail().recipients().getFirst().address()).isEqualTo(EVE);
  }

  @Test
  void quotedAndInternationalSendersComeBack() {
    MailAddress quoted = MailAddress.of("\"ann \\\"x\\\" jones\"@example.net");
    play("", returnPath(quoted).toString(), "250 2.1.5 Recipient ok");
    assertThat(house.onlyMail().recipients().getFirst().address()).isEqualTo(quoted);
  }

  /// Otherwise whoever has seen the address could send through us to whom it stands for.
  @Test
  void nothingButABounceFindsBack() {
    refused(
        "spammer@example.com",
        ours().toString(),
        "550 5.7.1 This address takes nothing but bounces");
  }

  @Test
  void aForgedReturnPathOpensNoRelay() {
    String ours = ours().toString();
    List<String> forged =
        List.of(
            ours.replace("eve", "victim"),
            ours.replace("example.net", "example.com"),
            "SRS0=aaaaaaaa=aa=example.net=eve@example.org",
            "srs0+aaaa=aa=example.net=eve@example.org",
            "SRS1=aaaaaaaa=example.net==HHH=TT=example.com=eve@example.org",
            "SRS0=@example.org",
            "BV=aaaaaaaa=aa=news=example.net=eve@example.org");
    for (String each : forged) {
      refused("", each, "550 5.1.1 This is no return path of ours");
      refused("spammer@example.com", each, "550 5.1.1 This is no return path of ours");
    }
    refused(
        "",
        ours.replace("@example.org", "@elsewhere.example"),
        "550 5.7.1 We do not relay for strangers");
  }

  @Test
  void aBounceOfAListMailIsTakenWhoeverSendsIt() {
    MailAddress path = house.rooms().spool().returnPaths().forOne("news", EVE, OURS).orElseThrow();
    play("mailer-daemon@example.net", path.toString(), "250 2.1.5 Recipient ok");
    assertThat(house.onlyMail().recipients().getFirst().address()).isEqualTo(path);
  }

  /// It catches what is for nobody, and a return path of ours is for somebody.
  @Test
  void aCatchAllTakesNoReturnPaths() {
    house
        .rooms()
        .directory()
        .domains()
        .configure(
            OURS,
            settings -> settings.withCatchAll(Optional.of(MailAddress.of("ann@example.org"))));
    MailAddress path = house.rooms().spool().returnPaths().forOne("news", EVE, OURS).orElseThrow();
    refused("", path.toString().replace("eve", "x"), "550 5.1.1 This is no return path of ours");
    play("", path, "250 2.1.5 Recipient ok");
    assertThat(house.onlyMail().recipients().getFirst().address()).isEqualTo(path);
  }

  private MailAddress ours() {
    return returnPath(EVE);
  }

  private MailAddress returnPath(MailAddress sender) {
    Optional<MailAddress> path = house.rooms().spool().returnPaths().sendingOn(sender, OURS);
    return path.orElseThrow();
  }

  private void play(String sender, MailAddress recipient, String answer) {
    play(sender, recipient.toString(), answer);
  }

  private void play(String sender, String recipient, String answer) {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<%s>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<%s>
        S: %s
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        C: Subject: Undelivered
        C:
        C: Sorry
        C: .
        S: ~250 2\\.0\\.0 Accepted as [0-9a-z]+
        C: QUIT
        S: 221 2.0.0 Bye
        -- closed
        """
            .formatted(sender, recipient.replace("\\", "\\\\"), answer));
  }

  private void refused(String sender, String recipient, String answer) {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<%s>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<%s>
        S: %s
        C: QUIT
        S: 221 2.0.0 Bye
        -- closed
        """
            .formatted(sender, recipient.replace("\\", "\\\\"), answer));
    assertThat(house.mails()).isEmpty();
  }
}
