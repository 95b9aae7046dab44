package org.posthorn.mailets.person;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.directory.Vacation;

/// The answer of somebody who is away, as a message (RFC 3834 §3, RFC 5230 §5).
record AwayLetter(User user, Vacation vacation) {
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(76, "\r\n".getBytes(StandardCharsets.US_ASCII));
  private static final int SUBJECT_MAX = 200;
  private static final int REFERENCES_MAX = 10;
  private static final String ID = "<[!-~&&[^<>]]{1,250}>";

  byte[] about(Mail mail, MailAddress to, Instant now) {
    String messageId = "<%s.%s@%s>".formatted(mail.id(), vacation.id(), user.login().domain());
    var header = new StringBuilder();
    header.append(HeaderText.line("From", from()));
    header.append(HeaderText.line("To", "<" + to + ">"));
    header.append(HeaderText.line("Subject", subject(mail)));
    header.append(HeaderText.line("Date", MailDate.format(now)));
    header.append(HeaderText.line("Message-ID", messageId));
    field(mail, "Message-ID")
        .filter(id -> id.matches(ID))
        .ifPresent(id ->
            header
                .append(HeaderText.line("In-Reply-To", id))
                .append(HeaderText.line("References", references(mail, id))));
    header.append("Auto-Submitted: auto-replied\r\n");
    header.append("MIME-Version: 1.0\r\n");
    return (header + body()).getBytes(StandardCharsets.UTF_8);
  }

  private String from() {
    String name =
        HeaderText.withoutControls(user.fullName())
            .replaceAll("[\"\\\\<>@,;:()\\[\\]]", " ")
            .strip();
    String phrase = name.chars().allMatch(c -> c < 128) ? '"' + name + '"' : name;
    return name.isEmpty() ? "<" + user.login() + ">" : phrase + " <" + user.login() + ">";
  }

  private String subject(Mail mail) {
    if (!vacation.subject().isBlank()) {
      return vacation.subject().strip();
    }
    String theirs =
        HeaderText.withoutControls(EncodedWord.decode(field(mail, "Subject").orElse(""))).strip();
    String shown = theirs.length() <= SUBJECT_MAX ? theirs : theirs.substring(0, SUBJECT_MAX);
    return ("Auto: " + shown).strip();
  }

  /// The last of theirs, and their own.
  private static String references(Mail mail, String id) {
    String[] theirs =
        field(mail, "References").or(() -> field(mail, "In-Reply-To")).orElse("").split("\\s+", -1);
    var all = new StringBuilder();
    for (int i = Math.max(0, theirs.length - REFERENCES_MAX); i < theirs.length; i++) {
      if (theirs[i].matches(ID)) {
        all.append(theirs[i]).append(' ');
      }
    }
    return all + id;
  }

  private String body() {
    if (vacation.html().isBlank()) {
      return part("plain", vacation.text());
    }
    String boundary = "away-" + vacation.id();
    return "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n--%s\r\n%s--%s\r\n%s--%s--\r\n"
        .formatted(
            boundary,
            boundary,
            part("plain", vacation.text()),
            boundary,
            part("html", vacation.html()),
            boundary);
  }

  private static String part(String subtype, String text) {
    String lines = text.strip().replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n";
    return "Content-Type: text/"
        + subtype
        + "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + LINES.encodeToString(lines.getBytes(StandardCharsets.UTF_8))
        + "\r\n";
  }

  private static Optional<String> field(Mail mail, String name) {
    return mail.message().headers().stream()
        .filter(field -> field.is(name))
        .findFirst()
        .map(field -> field.value().strip());
  }
}
