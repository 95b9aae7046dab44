package org.example.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.RandomMails;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;

final class OutsideTest {
  private static Mail mail(String from, String text) {
    return new RandomMails(1, HeapMessage::of)
        .next()
        .withSender(Optional.of(MailAddress.of(from)))
        .withMessage(HeapMessage.of(text));
  }

  private static Mail after(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Continue.class);
    return ((Outcome.Continue) outcome).mail();
  }

  @Nested
  final class CrmLookupTest implements MailetContract {
    private final TestServices services = new TestServices();

    @Override
    public Mailet mailet() {
      return TestParameters.mailet(
          new CrmLookup(), Map.of("url", "https://crm.example/customer?mail="), services);
    }

    @Test
    void notesACustomerLeavesOthersAndWaitsForACrmThatIsDown() {
      services
          .http()
          .with("https://crm.example/customer?mail=ann%40example.org", 200, "gold\n")
          .with("https://crm.example/customer?mail=bob%40example.org", 404, "no such")
          .with("https://crm.example/customer?mail=eve%40example.org", 503, "busy");
      Mailet mailet = mailet();
      assertThat(after(mailet.service(mail("ann@example.org", "\n"))).attributes())
          .containsEntry("example.customer", "gold");
      assertThat(after(mailet.service(mail("bob@example.org", "\n"))).attributes())
          .doesNotContainKey("example.customer");
      assertThat(mailet.service(mail("eve@example.org", "\n"))).isInstanceOf(Outcome.Retry.class);
      assertThat(mailet.service(mail("cy@example.org", "\n"))).isInstanceOf(Outcome.Retry.class);
    }
  }

  @Nested
  final class CountDomainsTest implements MailetContract {
    private final TestServices services = new TestServices();

    @Override
    public Mailet mailet() {
      return TestParameters.mailet(new CountDomains(), Map.of(), services);
    }

    @Test
    void countsAMailOnce() {
      Mailet mailet = mailet();
      Mail mail = mail("ann@example.org", "\n");
      var _ = mailet.service(mail);
      var _ = mailet.service(mail);
      assertThat(services.store("example.domains").find("domain/example.org")).contains("1");
    }
  }

  @Nested
  final class SealSubjectTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return TestParameters.mailet(
          new SealSubject(), Map.of("key", "0123456789abcdef"), new TestServices());
    }

    @Test
    void theSubjectIsGoneAndItsSealIsTheSameForTheSameSubject() {
      String one = sealed("Subject: schön\n\nhello\n");
      assertThat(one).matches("Subject: Sealed [A-Za-z0-9_-]{16}\r\n\r\nhello\r\n");
      assertThat(sealed("Subject: =?utf-8?q?sch=C3=B6n?=\n\nhello\n")).isEqualTo(one);
      assertThat(sealed("X: y\n\n")).isEqualTo("X: y\r\n\r\n");
    }

    private String sealed(String text) {
      return after(mailet().service(mail("ann@example.org", text))).message().toString();
    }

    @Test
    void aShortKeyIsRefused() {
      assertThatThrownBy(() ->
              TestParameters.mailet(new SealSubject(), Map.of("key", "x"), new TestServices()))
          .hasMessageContaining("16 characters at least");
    }
  }
}
