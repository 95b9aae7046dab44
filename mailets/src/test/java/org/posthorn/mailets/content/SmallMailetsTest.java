package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.Part;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Mailets that count, note and attach.
final class SmallMailetsTest {
  @Nested
  final class CountTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("Count", Map.of("name", "test.count"));
    }

    @Test
    void countsMailsRecipientsOrBytes() {
      var services = new TestServices();
      Mail mail = Making.mail("Subject: hi\n\nbody\n", "a@x.example", "b@x.example");
      for (String what : new String[] {"mails", "recipients", "bytes"}) {
        Mailet count =
            Making.mailet("Count", Map.of("name", "test." + what, "what", what), services);
        assertThat(count.service(mail)).isEqualTo(new Outcome.Continue(mail));
        assertThat(count.service(mail)).isEqualTo(new Outcome.Continue(mail));
      }
      assertThat(services.metrics().counted("test.mails")).isEqualTo(2);
      assertThat(services.metrics().counted("test.recipients")).isEqualTo(4);
      assertThat(services.metrics().counted("test.bytes"))
          .isEqualTo(2 * mail.message().sizeBytes());
    }
  }

  @Nested
  final class ContactNotesTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("ContactNotes", Map.of());
    }

    @Test
    void notesToWhomAUserWrites() {
      Mail mail =
          submitted(
              Making.mail(
                  "To: Bob <bob@x.example>, =?utf-8?q?C=C3=A9?= <ce@x.example>\nCc: bob@x.example\n\nhi\n",
                  "bob@x.example",
                  "ce@x.example",
                  "hidden@x.example"));
      JsonNode contacts = contacts(Making.goesOn(mailet(), mail));
      assertThat(contacts.path("user").asString()).isEqualTo("ann@example.org");
      assertThat(contacts.path("people").toString())
          .isEqualTo("[\"Bob <bob@x.example>\",\"Cé <ce@x.example>\",\"hidden@x.example\"]");
      assertThat(contacts.path("whole").asBoolean()).isTrue();
    }

    @Test
    void notesNothingOfStrangersAndNoMoreThanNotesMayHave() {
      Mail stranger = Making.mail("To: bob@x.example\n\nhi\n", "bob@x.example");
      assertThat(Making.goesOn(mailet(), stranger.withAttribute("contacts", "forged")).attributes())
          .isEmpty();
      var to = new StringBuilder("To: x@x.example");
      for (int i = 0; i < 1_000; i++) {
        to.append(",\n person").append(i).append("@x.example");
      }
      Mail crowd = submitted(Making.mail(to + "\n\nhi\n", "bob@x.example"));
      JsonNode contacts = contacts(Making.goesOn(mailet(), crowd));
      assertThat(contacts.path("whole").asBoolean()).isFalse();
      assertThat(contacts.path("people").size()).isBetween(50, 300);
    }

    private static JsonNode contacts(Mail mail) {
      return JsonMapper.shared().readTree(mail.attributes().get("contacts"));
    }

    private static Mail submitted(Mail mail) {
      Origin from = mail.origin();
      return new Mail(
          mail.id(),
          mail.sender(),
          mail.recipients(),
          mail.message(),
          new Origin(
              from.remote(),
              from.helo(),
              Optional.of(MailAddress.of("ann@example.org")),
              from.protocol(),
              from.connection(),
              from.received()),
          mail.attributes());
    }
  }

  @Nested
  final class CalendarToAttachmentTest implements MailetContract {
    private static final String CALENDAR = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n";

    @Override
    public Mailet mailet() {
      return Making.mailet("CalendarToAttachment", Map.of());
    }

    @Test
    void attachesTheEntryByteForByte() {
      Mail mail =
          Making.mail(
              "Subject: Lunch\nContent-Type: text/calendar; method=REQUEST;\n charset=utf-8\n"
                  + "Content-Transfer-Encoding: 8bit\nX-More: 1\n\n"
                  + CALENDAR,
              "ann@example.org");
      Mail made = Making.goesOn(mailet(), mail);
      Part root = made.message().structure().root();
      assertThat(root.type() + "/" + root.subtype()).isEqualTo("multipart/mixed");
      Part part = root.children().getFirst();
      assertThat(root.children()).hasSize(1);
      assertThat(part.type() + "/" + part.subtype()).isEqualTo("text/calendar");
      assertThat(part.parameters())
          .containsEntry("method", "REQUEST")
          .containsEntry("charset", "utf-8");
      assertThat(part.encoding()).contains("8bit");
      assertThat(part.disposition().orElseThrow().parameters())
          .containsEntry("filename", "invite.ics");
      assertThat(made.message().toString()).contains(CALENDAR.replace("\n", "\r\n"));
      assertThat(Making.fields(made, "Subject")).containsExactly("Lunch");
      assertThat(Making.fields(made, "X-More")).containsExactly("1");
      assertThat(Making.goesOn(mailet(), made)).isEqualTo(made);
      Mail plain = Making.mail("Subject: hi\n\nbody\n", "ann@example.org");
      assertThat(Making.goesOn(mailet(), plain)).isEqualTo(plain);
    }
  }
}
