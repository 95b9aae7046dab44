package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.content.Making.fields;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;
import static org.posthorn.mailets.content.Making.refuses;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;

/// Mailets that change notes and recipients, or tell somebody.
final class EnvelopeMailetsTest {
  @Nested
  final class SetAttributeTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("SetAttribute", Map.of("name", "example.branch", "value", "berlin"));
    }

    @Test
    void leavesTheNote() {
      assertThat(goesOn(mailet(), mail("\n")).attributes())
          .containsExactly(Map.entry("example.branch", "berlin"));
      refuses("SetAttribute", Map.of("name", " ", "value", "x"), "1 to 200 characters");
    }
  }

  @Nested
  final class RemoveAttributeTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet(
          "RemoveAttribute", Map.of("names", List.of("a"), "prefixes", List.of("test.")));
    }

    @Test
    void takesThemOff() {
      Mail mail =
          mail("\n").withAttribute("a", "1").withAttribute("ab", "2").withAttribute("test.x", "3");
      assertThat(goesOn(mailet(), mail).attributes()).containsExactly(Map.entry("ab", "2"));
      assertThat(
              goesOn(Making.mailet("RemoveAttribute", Map.of("prefixes", List.of(""))), mail)
                  .attributes())
          .isEmpty();
      refuses("RemoveAttribute", Map.of(), "is needed");
    }
  }

  @Nested
  final class RecipientsFromHeaderTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("RecipientsFromHeader", Map.of("limit", "3"));
    }

    @Test
    void readsThemWithGroupsAndEachOnce() {
      Mail mail =
          mail(
              "To: \"B, b\" <bob@example.org>, g: eve@example.org;\nCc: BOB@example.org, x@\n\n",
              "ann@example.org");
      assertThat(goesOn(mailet(), mail).addresses().stream().map(MailAddress::toString))
          .contains("bob@example.org", "eve@example.org")
          .doesNotContain("ann@example.org");
    }

    @Test
    void leavesTheRecipientsWhereNobodyOrTooManyStand() {
      Mail nobody = mail("To: undisclosed-recipients:;\n\n", "ann@example.org");
      assertThat(goesOn(mailet(), nobody)).isEqualTo(nobody);
      Mail many = mail("To: a@x.org, b@x.org, c@x.org, d@x.org\n\n", "ann@example.org");
      assertThat(goesOn(mailet(), many)).isEqualTo(many);
    }

    @Test
    void keepsWhatTheSenderAskedFor() {
      Recipient asked =
          new Recipient(
              MailAddress.of("ann@example.org"),
              Optional.empty(),
              java.util.Set.of(Recipient.Notify.NEVER));
      Mail mail = mail("To: ann@example.org\n\n").withRecipients(List.of(asked));
      assertThat(goesOn(mailet(), mail).recipients()).containsExactly(asked);
    }
  }

  @Nested
  final class SplitRecipientsTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("SplitRecipients", Map.of("at-most", "3"));
    }

    @Test
    void makesMailsThatDiffer() {
      String[] all =
          IntStream.range(0, 8).mapToObj(i -> "u" + i + "@example.org").toArray(String[]::new);
      List<Outcome.Split.Part> parts = ((Outcome.Split) mailet().service(mail("\n", all))).parts();
      assertThat(parts.stream().map(part -> part.recipients().size())).containsExactly(3, 3, 2);
      var notes = new HashSet<Map<String, String>>();
      parts.forEach(part -> notes.add(((Outcome.Continue) part.outcome()).mail().attributes()));
      assertThat(notes).hasSize(3);
    }

    @Test
    void makesOneForEachDomain() {
      Mail mail = mail("\n", "a@one.example", "b@TWO.example", "c@two.example", "d@One.example");
      assertThat(parts(Map.of("by-domain", "true"), mail))
          .containsExactly(List.of("a", "d"), List.of("b", "c"));
      assertThat(parts(Map.of("by-domain", "true", "at-most", "1"), mail)).hasSize(4);
      Mail one = mail("\n", "a@one.example", "b@one.example");
      assertThat(Making.mailet("SplitRecipients", Map.of("by-domain", "true")).service(one))
          .isEqualTo(new Outcome.Continue(one));
      Making.refuses("SplitRecipients", Map.of(), "'at-most' and 'by-domain'");
    }

    private static List<List<String>> parts(Map<String, String> parameters, Mail mail) {
      return ((Outcome.Split) Making.mailet("SplitRecipients", parameters).service(mail))
          .parts().stream()
              .map(part -> part.recipients().stream().map(r -> r.address().localPart()).toList())
              .toList();
    }
  }

  @Nested
  final class CopyTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("Copy", Map.of("processor", "archive"));
    }

    @Test
    void goesOnAndSendsASilentCopyOnce() {
      Mail mail = mail("\n", "ann@example.org");
      List<Outcome.Split.Part> parts = ((Outcome.Split) mailet().service(mail)).parts();
      Mail original = ((Outcome.Continue) parts.getFirst().outcome()).mail();
      assertThat(original.withoutAttribute("copied.archive")).isEqualTo(mail);
      var copy = (Outcome.Route) parts.getLast().outcome();
      assertThat(parts.getLast().recipients()).isEmpty();
      assertThat(copy.processor()).isEqualTo("archive");
      assertThat(copy.mail().addresses()).isEqualTo(mail.addresses());
      assertThat(copy.mail().recipients().getFirst().notifications())
          .containsExactly(Recipient.Notify.NEVER);
      assertThat(mailet().service(copy.mail())).isEqualTo(new Outcome.Continue(copy.mail()));
    }

    /// As what a step requeued, or an operator runs again from the start.
    @Test
    void aMailThatComesRoundIsNotCopiedAgain() {
      Mail mail = mail("\n", "ann@example.org");
      Mail original = original(mailet(), mail);
      assertThat(mailet().service(original)).isEqualTo(new Outcome.Continue(original));
      Mailet other = Making.mailet("Copy", Map.of("processor", "second-server"));
      assertThat(original(other, original).attributes())
          .containsOnlyKeys("copied.archive", "copied.second-server");
    }

    private static Mail original(Mailet mailet, Mail mail) {
      List<Outcome.Split.Part> parts = ((Outcome.Split) mailet.service(mail)).parts();
      return ((Outcome.Continue) parts.getFirst().outcome()).mail();
    }
  }

  @Nested
  final class NotifyTest implements MailetContract {
    private final TestServices services = new TestServices();

    @Override
    public Mailet mailet() {
      return Making.mailet(
          "Notify",
          Map.of("to", "postmaster@example.org", "subject", "Gro\u00df", "text", "Look:\nhere"),
          services);
    }

    @Test
    void tellsOnceForEachMailAndNothingOfItsText() {
      Mail mail = mail("Subject: =?utf-8?q?=C3=A4?=\n\nsecret\n", "ann@example.org");
      mailet().service(mail);
      assertThat(goesOn(mailet(), mail)).isEqualTo(mail);
      assertThat(services.submitted()).hasSize(1);
      var note = services.submitted().getFirst();
      assertThat(note.sender()).isEmpty();
      assertThat(note.message().toString())
          .contains("Auto-Submitted: auto-generated", "Look:\r\nhere\r\n", "=C3=A4")
          .contains("ann@example.org")
          .doesNotContain("secret");
      assertThat(note.message().structure().root().subtype()).isEqualTo("plain");
    }

    @Test
    void tellsNothingAboutWhatTheServerMade() {
      Mail ours =
          new Mail(
              mail("\n").id(),
              Optional.empty(),
              List.of(Recipient.of(MailAddress.of("ann@example.org"))),
              mail("\n").message(),
              new Origin(Optional.empty(), "h", Optional.empty(), "local", "notice", Making.NOW),
              Map.of());
      mailet().service(ours);
      assertThat(services.submitted()).isEmpty();
    }
  }

  @Nested
  final class NotifySenderTest implements MailetContract {
    private final TestServices services = new TestServices();

    @Override
    public Mailet mailet() {
      return Making.mailet("NotifySender", Map.of("subject", "It waits", "text", "So."), services);
    }

    @Test
    void writesToTheEnvelopeSenderAsAnAnswer() {
      mailet().service(mail("From: eve@x.org\nMessage-ID: <1@x>\n\nbody\n", "ann@example.org"));
      var note = services.submitted().getFirst();
      assertThat(note.recipients().getFirst().address())
          .isEqualTo(MailAddress.of("sender@example.net"));
      assertThat(note.message().toString())
          .contains("In-Reply-To: <1@x>", "References: <1@x>", "Auto-Submitted: auto-replied");
    }

    @Test
    void writesToNobodyWhoMustNotBeAnswered() {
      for (String field :
          List.of(
              "Auto-Submitted: auto-replied",
              "Precedence: Bulk",
              "List-Id: <x.y>",
              "X-Autoreply: yes",
              "Content-Type: multipart/report; boundary=b",
              "X-Auto-Response-Suppress: All")) {
        mailet().service(mail(field + "\n\n", "ann@example.org"));
      }
      Mail plain = mail("\n", "ann@example.org");
      mailet().service(plain.withSender(Optional.empty()));
      for (String machine : List.of("owner-l@x.org", "l-request@x.org", "MAILER-DAEMON@x.org")) {
        mailet().service(plain.withSender(MailAddress.parse(machine)));
      }
      mailet().service(plain.withAttribute("auth.spf", "fail"));
      assertThat(services.submitted()).isEmpty();
      mailet().service(mail("Auto-Submitted: no\n\n", "ann@example.org"));
      assertThat(services.submitted()).hasSize(1);
    }

    @Test
    void takesNoLineFromOutsideIntoItsHeader() {
      mailet().service(mail("Message-ID: <1@x> <2@x>\nSubject: a\u0085b\n\n", "ann@example.org"));
      var message = services.submitted().getFirst().message();
      assertThat(message.toString()).doesNotContain("In-Reply-To");
      assertThat(fields(mail(message), "Subject")).containsExactly("It waits");
    }
  }
}
