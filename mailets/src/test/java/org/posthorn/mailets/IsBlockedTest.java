package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherContract;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailets.person.IsBlocked;
import org.posthorn.message.Domain;
import org.posthorn.storage.directory.DomainSettings;

/// Senders whom people do not want.
final class IsBlockedTest implements MatcherContract {
  private final MailHouse house = new MailHouse();

  @AfterEach
  void close() {
    house.close();
  }

  @Override
  public Matcher matcher() {
    return new IsBlocked(house.directory).create(new NoParameters(), house.services);
  }

  private void block(String who, String sender) {
    var _ =
        house
            .directory
            .personal()
            .change(
                house.directory.user(MailHouse.address(who + "@example.org")).orElseThrow(),
                one -> one.blocking(sender));
  }

  @Test
  void onlyWhoHasBlockedTheSenderIsChosen() {
    block("ann", "Sender@EXAMPLE.net");
    Mail mail = house.mail("Subject: x\n\n", "ann@example.org", "bob@example.org");
    assertThat(matcher().match(mail))
        .containsExactly(Recipient.of(MailHouse.address("ann@example.org")));
    Mail other = mail.withSender(Optional.of(MailHouse.address("x@example.net")));
    assertThat(matcher().match(other)).isEmpty();
    block("bob", "@example.net");
    assertThat(matcher().match(other))
        .containsExactly(Recipient.of(MailHouse.address("bob@example.org")));
  }

  @Test
  void whatADomainBlocksIsBlockedUnderItsOtherNameToo() {
    Domain example = Domain.of("example.org");
    house
        .directory
        .domains()
        .create(
            Domain.of("other.example"), DomainSettings.STANDARD.withAliasOf(Optional.of(example)));
    var _ = house.directory.personal().change(example, one -> one.blocking("sender@example.net"));
    assertThat(matcher().match(house.mail("Subject: x\n\n", "ann@other.example"))).hasSize(1);
  }

  /// Whose mail waits, and would come later.
  @Test
  void whoIsDisabledHasBlockedTheSenderToo() {
    block("gone", "sender@example.net");
    assertThat(matcher().match(house.mail("Subject: x\n\n", "gone@example.org"))).hasSize(1);
  }

  @Test
  void fromCountsToo() {
    block("ann", "eve@example.com");
    Mail mail = house.mail("From: Eve <eve@example.com>\n\n", "ann@example.org");
    assertThat(matcher().match(mail)).hasSize(1);
    block("ann", "@spam.example");
    Mail quoted = house.mail("From: \"eve x\"@spam.example\n\n", "ann@example.org");
    assertThat(matcher().match(quoted)).as("a name in quotes").hasSize(1);
  }

  @Test
  void aDomainBlocksForAll() {
    var _ =
        house
            .directory
            .personal()
            .change(Domain.of("example.org"), one -> one.blocking("sender@example.net"));
    Mail mail = house.mail("Subject: x\n\n", "ann@example.org", "team@example.org");
    assertThat(matcher().match(mail)).hasSize(2);
  }
}
