package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.content.Making.fields;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;
import static org.posthorn.mailets.content.Making.refuses;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.EncodedWord;

/// Mailets that change or read header fields.
final class HeaderMailetsTest {
  @Nested
  final class SetHeaderTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("SetHeader", Map.of("name", "X-A", "value", "n\u00fc"));
    }

    @Test
    void leavesExactlyOneField() {
      Mail mail = goesOn(mailet(), mail("x-a: 1\nB: 2\nX-A: 3\n\nbody\n"));
      assertThat(fields(mail, "X-A")).hasSize(1);
      assertThat(EncodedWord.decode(fields(mail, "X-A").getFirst())).isEqualTo("n\u00fc");
      assertThat(mail.message().toString()).endsWith("B: 2\r\n\r\nbody\r\n");
    }

    @Test
    void leavesWhatIsThereIfAskedTo() {
      Mailet missing =
          Making.mailet("SetHeader", Map.of("name", "X-A", "value", "mine", "when", "missing"));
      assertThat(fields(goesOn(missing, mail("X-a: theirs\n\n")), "X-A")).containsExactly("theirs");
      assertThat(fields(goesOn(missing, mail("B: 2\n\n")), "X-A")).containsExactly("mine");
    }

    @Test
    void refusesWhatIsNoField() {
      refuses("SetHeader", Map.of("name", "X A", "value", "1"), "not a header field");
      refuses("SetHeader", Map.of("name", "X", "value", "1\nBcc: b"), "not a header field");
    }
  }

  @Nested
  final class RemoveHeadersByPrefixTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("RemoveHeadersByPrefix", Map.of("prefixes", List.of("X-Int", "sub")));
    }

    @Test
    void takesAllThatBeginSoInAnyCase() {
      Mail mail =
          goesOn(
              mailet(), mail("x-internal-a: 1\n 2\nTo: b\nX-INT: 3\nX-In: 4\nSubject: s\n\nb\n"));
      assertThat(mail.message().toString()).isEqualTo("To: b\r\nX-In: 4\r\n\r\nb\r\n");
      refuses("RemoveHeadersByPrefix", Map.of("prefixes", List.of("")), "would take all");
    }
  }

  @Nested
  final class SubjectPrefixTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("SubjectPrefix", Map.of("prefix", "[team]"));
    }

    @Test
    void standsThereOnce() {
      assertThat(subject("hello")).isEqualTo("[team] hello");
      assertThat(subject("Re: hello")).isEqualTo("[team] Re: hello");
      for (String has :
          List.of(
              "[team] hello",
              "Re: [team] hello",
              "RE: AW[2]: Re(3): Fwd:  [Team] hello",
              "=?utf-8?q?R=65=3A_=5Bteam=5D_gr=C3=BC=C3=9Fe?=")) {
        assertThat(subject(has)).isEqualTo(has);
      }
      assertThat(subject("about [team]")).isEqualTo("[team] about [team]");
      assertThat(subject("Re: ".repeat(2_000))).startsWith("[team] Re: Re:");
    }

    @Test
    void keepsWhatIsEncodedAndDoesWithoutASubject() {
      String subject = subject("=?utf-8?q?gr=C3=BC=C3=9Fe?=");
      assertThat(EncodedWord.decode(subject)).isEqualTo("[team] gr\u00fc\u00dfe");
      assertThat(fields(goesOn(mailet(), mail("To: b\n\n")), "Subject")).containsExactly("[team]");
      Mailet umlaut = Making.mailet("SubjectPrefix", Map.of("prefix", "[B\u00fcro]"));
      Mail once = goesOn(umlaut, mail("Subject: a\n\n"));
      assertThat(EncodedWord.decode(fields(once, "Subject").getFirst())).isEqualTo("[B\u00fcro] a");
      assertThat(fields(goesOn(umlaut, once), "Subject")).isEqualTo(fields(once, "Subject"));
    }

    @Test
    void readsAsBeforeBehindTheTag() {
      Mailet umlaut = Making.mailet("SubjectPrefix", Map.of("prefix", "[B\u00fcro]"));
      for (String encoded :
          List.of(
              "=?utf-8?q?gr=C3=BC=C3=9Fe?=",
              "=?utf-8?q?" + "gr=C3=BC=C3=9Fe_".repeat(30) + "x?=",
              "B\u00fcro\tund Haus")) {
        Mail tagged = goesOn(umlaut, mail("Subject: " + encoded + "\n\n"));
        assertThat(EncodedWord.decode(fields(tagged, "Subject").getFirst()))
            .isEqualTo("[B\u00fcro] " + EncodedWord.decode(encoded));
        assertThat(EncodedWord.decode(subject(encoded)))
            .isEqualTo("[team] " + EncodedWord.decode(encoded));
      }
    }

    private String subject(String before) {
      List<String> all = fields(goesOn(mailet(), mail("Subject: " + before + "\n\n")), "Subject");
      assertThat(all).hasSize(1);
      return all.getFirst();
    }
  }

  @Nested
  final class AddMessageIdTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("AddMessageId", Map.of());
    }

    @Test
    void addsTheSameOneEachTime() {
      Mail mail = goesOn(mailet(), mail("Message-ID:\nTo: b\n\n"));
      assertThat(fields(mail, "Message-ID")).containsExactly("<m1.1795348800@mail.example.org>");
      assertThat(fields(goesOn(mailet(), mail), "Message-ID"))
          .isEqualTo(fields(mail, "Message-ID"));
      assertThat(fields(goesOn(mailet(), mail("message-id: <a@b>\n\n")), "Message-ID"))
          .containsExactly("<a@b>");
    }
  }

  @Nested
  final class ExpiresTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("Expires", Map.of("after", "7d", "at-most", "30d"));
    }

    @Test
    void setsAndLimits() {
      assertThat(expires("To: b")).containsExactly("Sun, 29 Nov 2026 12:00:00 +0000");
      assertThat(expires("Expires: soon")).containsExactly("Sun, 29 Nov 2026 12:00:00 +0000");
      assertThat(expires("Expires: Wed, 25 Nov 2026 10:00:00 +0100"))
          .containsExactly("Wed, 25 Nov 2026 10:00:00 +0100");
      assertThat(expires("Expires: Fri, 01 Jan 2038 00:00:00 +0000"))
          .containsExactly("Tue, 22 Dec 2026 12:00:00 +0000");
      refuses("Expires", Map.of(), "is needed");
    }

    private List<String> expires(String field) {
      return fields(goesOn(mailet(), mail(field + "\n\n")), "Expires");
    }
  }

  @Nested
  final class AttributesToHeadersTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet(
          "AttributesToHeaders", Map.of("fields", Map.of("X-Note", "test.note", "X-B", "b")));
    }

    @Test
    void writesNotesAndTakesForgeriesOut() {
      Mail mail = mail("X-B: forged\nx-note: forged\n\n").withAttribute("test.note", "a\r\nBcc: c");
      Mail written = goesOn(mailet(), mail);
      assertThat(fields(written, "X-Note")).containsExactly("a  Bcc: c");
      assertThat(fields(written, "X-B")).isEmpty();
      assertThat(fields(written, "Bcc")).isEmpty();
      refuses("AttributesToHeaders", Map.of("fields", Map.of("X B", "b")), "not a header field");
    }
  }

  @Nested
  final class LogHeadersTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("LogHeaders", Map.of("names", List.of("Subject", "X-Long")));
    }

    @Test
    void changesNothing() {
      Mail mail = mail("Subject: a\n\n");
      assertThat(mailet().service(mail)).isEqualTo(new Outcome.Continue(mail));
    }
  }
}
