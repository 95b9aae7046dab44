package org.posthorn.imap;

import static java.util.stream.Collectors.joining;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Messages with many recipients, many parts, or with none where there should be some.
class LargeStructureTest {
  @Test
  void tellsAllRecipients() {
    Talk.selected(
        house ->
            house.append(
                "INBOX",
                crlf("To: PPPPPP <p@q.example>,\n " + addresses("friend", 600) + "\n\nhello\n")),
        """
        C: a FETCH 1 ENVELOPE
        S: ~\\* 1 FETCH .*\\(NIL NIL "friend.number0599" "example.com"\\)\\) NIL NIL NIL NIL\\)\\)
        S: a OK Fetched
        C: b SEARCH TO number0528@example.com
        S: * SEARCH 1
        S: b OK Searched
        """);
  }

  /// A list that is longer than what is kept of it is read from the message.
  @Test
  void tellsAndSearchesAllOfVeryManyRecipients() {
    Talk.selected(
        house -> {
          house.append(
              "INBOX",
              crlf(
                  "From: a@b.example\nTo: %s\nCc: %s\n\nhello\n"
                      .formatted(addresses("friend", 4_000), addresses("cc", 4_000))));
          house.letter("two");
        },
        """
        C: e FETCH 1 ENVELOPE
        S: ~\\* 1 FETCH .*\\(NIL NIL "friend.number3999" "example.com"\\)\\) \\(\\(.*"cc.number3999" "example.com"\\)\\) NIL NIL NIL\\)\\)
        S: e OK Fetched
        C: a SEARCH TO number3999@example.com
        S: * SEARCH 1
        S: a OK Searched
        C: b SEARCH BCC number3999@example.com
        S: * SEARCH
        S: b OK Searched
        """);
  }

  @Test
  void fetchesEachOfManyAttachments() {
    Talk.selected(
        house -> house.append("INBOX", crlf(sent() + attachments(350) + "--x--\n")),
        """
        C: a FETCH 1 (BODY.PEEK[351] BINARY.PEEK[300] BODY.PEEK[352])
        S: * 1 FETCH (BODY[351] {8}
        S: ZmlsZQ== BINARY[300] {4}
        S: file BODY[352] NIL)
        S: a OK Fetched
        C: b FETCH 1 (PREVIEW BODY.PEEK[1])
        S: * 1 FETCH (PREVIEW "hello" BODY[1] {5}
        S: hello)
        S: b OK Fetched
        C: c SEARCH BODY hello
        S: * SEARCH 1
        S: c OK Searched
        """);
  }

  /// What lies beyond the limit does not get into the last part that is told.
  @Test
  void hasALimitForParts() {
    String small = "--x\nContent-Transfer-Encoding: base64\n\nZmlsZQ==\n";
    Talk.selected(
        house -> house.append("INBOX", crlf(MIXED + small.repeat(20_000) + "--x--\n")),
        """
        C: a FETCH 1 (BINARY.PEEK[1] BINARY.PEEK[1400] BODY.PEEK[20000])
        S: * 1 FETCH (BINARY[1] {4}
        S: file BINARY[1400] {4}
        S: file BODY[20000] NIL)
        S: a OK Fetched
        C: b SEARCH BODY Content-Transfer
        S: * SEARCH
        S: b OK Searched
        """);
  }

  /// RFC 2045 §5.2, RFC 3501 §6.4.4.
  @Test
  void takesAMultipartWithoutPartsForAText() {
    Talk.selected(
        house -> {
          house.append("INBOX", crlf("Content-Type: multipart/alternative\n\nzebra one\n"));
          house.append(
              "INBOX",
              crlf("Content-Type: multipart/mixed; boundary=y\n\n--x\n\nzebra two\n--x--\n"));
          house.append(
              "INBOX",
              crlf(
                  "Content-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed\n\nzebra three\n"));
        },
        """
        C: a FETCH 1 (BODYSTRUCTURE BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2] PREVIEW)
        S: * 1 FETCH (BODYSTRUCTURE (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 11 1 NIL NIL NIL NIL) "alternative" NIL NIL NIL NIL) BODY[1] {11}
        S: zebra one
        S:  BODY[1.MIME] {0}
        S:  BODY[2] NIL PREVIEW "zebra one")
        S: a OK Fetched
        C: b SEARCH BODY zebra
        S: * SEARCH 1 2 3
        S: b OK Searched
        C: c SEARCH TEXT "zebra two"
        S: * SEARCH 2
        S: c OK Searched
        C: d FETCH 3 BODY.PEEK[1.1]
        S: * 3 FETCH (BODY[1.1] {13}
        S: zebra three
        S: )
        S: d OK Fetched
        """);
  }

  private static final String MIXED = "Content-Type: multipart/mixed; boundary=x\n\n";

  private static String sent() {
    return "To: %s\nCc: %s\nBcc: %s\n%s--x\n\nhello\n"
        .formatted(addresses("to", 500), addresses("cc", 500), addresses("bcc", 500), MIXED);
  }

  private static String addresses(String name, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "%s.number%04d@example.com".formatted(name, i))
        .collect(joining(",\n "));
  }

  private static String attachments(int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            """
            --x
            Content-Type: application/pdf; name="f%d.pdf"
            Content-Disposition: attachment; filename="f%d.pdf"
            Content-Transfer-Encoding: base64

            ZmlsZQ==
            """
                .formatted(i, i))
        .collect(joining());
  }

  private static String crlf(String text) {
    return text.replace("\n", "\r\n");
  }
}
