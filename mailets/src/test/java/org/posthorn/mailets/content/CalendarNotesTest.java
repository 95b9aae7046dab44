package org.posthorn.mailets.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.mailets.content.Making.goesOn;
import static org.posthorn.mailets.content.Making.mail;

import java.nio.charset.Charset;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;

/// What is noted of invitations as calendar programs write them.
final class CalendarNotesTest implements MailetContract {
  @Override
  public Mailet mailet() {
    return Making.mailet("CalendarNotes", Map.of());
  }

  private static String invitation(String calendar) {
    return """
    Content-Type: multipart/alternative; boundary=o

    --o
    Content-Type: text/plain

    come
    --o
    Content-Type: text/calendar; charset=utf-8; method=REQUEST

    %s
    --o--
    """
        .formatted(calendar);
  }

  private Map<String, String> notes(String calendar) {
    return goesOn(mailet(), mail(invitation(calendar))).attributes();
  }

  @Test
  void notesWhatTheEventSays() {
    assertThat(
            notes(
                """
                BEGIN:VCALENDAR
                PRODID:-//Test//
                METHOD:Request
                BEGIN:VTIMEZONE
                TZID:Berlin
                BEGIN:STANDARD
                DTSTART:19701025T030000
                END:STANDARD
                END:VTIMEZONE
                BEGIN:VEVENT
                BEGIN:VALARM
                SUMMARY:not this
                END:VALARM
                UID:040000008200E00074C5B7101A82E008-a-very-long-one-that-is-fol
                 ded
                SUMMARY;LANGUAGE=de:Gr\u00fc\u00dfe\\, alle\\nhier
                ORGANIZER;CN="Ann: the boss";SENT-BY="mailto:x@example.org":MAILTO:ann@example.org
                DTSTART;TZID=Berlin:20261201T100000
                DTEND;TZID=Berlin:20261201T110000
                DTSTAMP:20261127T080000Z
                SEQUENCE:2
                RECURRENCE-ID;TZID=Berlin:20261201T090000
                END:VEVENT
                BEGIN:VEVENT
                UID:another
                LOCATION:x
                END:VEVENT
                END:VCALENDAR
                """))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "calendar.method",
                "REQUEST",
                "calendar.component",
                "VEVENT",
                "calendar.uid",
                "040000008200E00074C5B7101A82E008-a-very-long-one-that-is-folded",
                "calendar.summary",
                "Gr\u00fc\u00dfe, alle hier",
                "calendar.organizer",
                "ann@example.org",
                "calendar.start",
                "20261201T100000",
                "calendar.end",
                "20261201T110000",
                "calendar.dtstamp",
                "20261127T080000Z",
                "calendar.sequence",
                "2",
                "calendar.recurrence-id",
                "20261201T090000"));
  }

  /// As RFC 5545 §3.1 allows it; and in UTF-16, whose line breaks are two bytes each.
  @ParameterizedTest
  @ValueSource(strings = {"utf-8", "utf-16", "iso-8859-1"})
  void aCharacterMayBeFoldedInTheMiddle(String name) {
    Charset charset = Charset.forName(name);
    String text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Gr\u00fc\u00dfe\r\n  an alle\r\n";
    byte[] whole = text.getBytes(charset);
    String folded = new String(whole, ISO_8859_1).replace("\u00c3", "\u00c3\r\n ");
    Mail mail =
        mail(
            "Content-Type: text/calendar; charset=%s\nContent-Transfer-Encoding: base64\n\n%s\n"
                .formatted(name, Base64.getEncoder().encodeToString(folded.getBytes(ISO_8859_1))));
    assertThat(goesOn(mailet(), mail).attributes())
        .containsEntry("calendar.summary", "Gr\u00fc\u00dfe an alle");
  }

  @Test
  void whatIsNoCalendarGetsNoNotesAndForgedOnesGo() {
    assertThat(notes("hello")).isEmpty();
    assertThat(notes("BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR")).isEmpty();
    assertThat(goesOn(mailet(), mail("\nx\n").withAttribute("calendar.uid", "old")).attributes())
        .isEmpty();
  }

  @Test
  void hostileCalendarsTakeNoRoomAndNoTime() {
    String deep = "BEGIN:A\n".repeat(50_000);
    assertThat(notes(deep)).isEmpty();
    String wide = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:" + "x\n ".repeat(50_000) + "\nEND:VEVENT\n";
    assertThat(notes(wide).getOrDefault("calendar.uid", "").length()).isLessThanOrEqualTo(300);
  }
}
