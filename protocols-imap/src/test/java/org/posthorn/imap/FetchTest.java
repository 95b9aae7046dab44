package org.posthorn.imap;

import org.junit.jupiter.api.Test;

class FetchTest {
  private static final String MULTIPART =
      """
      From: "Bob \\"B\\" Smith" <bob@example.net>
      Sender: sender@example.net
      To: Ann <ann@example.org>, cat@example.org
      Cc: Friends: dan@example.org, Eve <eve@example.org>;
      Subject: =?utf-8?Q?caf=C3=A9?=
       and more
      Date: Mon, 2 Mar 2026 10:00:00 +0000
      Message-ID: <m1@example.net>
      In-Reply-To: <m0@example.net>
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary="b1"

      preamble
      --b1
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: quoted-printable

      caf=C3=A9
      --b1
      Content-Type: message/rfc822
      Content-Description: forwarded

      From: inner@example.net
      Subject: inner
      Content-Type: multipart/alternative; boundary=b2

      --b2

      plain
      --b2
      Content-Type: text/html

      <p>html</p>
      --b2--
      --b1
      Content-Type: application/octet-stream; name="a.bin"
      Content-Disposition: attachment; filename="a.bin"
      Content-Transfer-Encoding: base64
      Content-ID: <c1@example.net>
      Content-Language: en, de
      Content-Location: http://example.net/a

      AAEC
      --b1--
      epilogue
      """
          .replace("\n", "\r\n");

  /// RFC 3516 §4.2, §4.3.
  @Test
  void fetchesPartsWithoutTheirEncoding() {
    Talk.selected(
        house -> {
          house.append("INBOX", MULTIPART);
          house.append("INBOX", "Content-Transfer-Encoding: x-own\r\n\r\nabc");
        },
        """
        C: a FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1] BINARY.PEEK[3] BINARY.SIZE[3] BINARY.PEEK[9])
        S: * 1 FETCH (BINARY[1] {5}
        S: café BINARY.SIZE[1] 5 BINARY[3] ~{3}
        S: \\0\\x01\\x02 BINARY.SIZE[3] 3 BINARY[9] NIL)
        S: a OK Fetched
        C: b FETCH 1 (BINARY.PEEK[1]<1.2> BINARY.PEEK[2.1.1])
        S: * 1 FETCH (BINARY[1]<1> {2}
        S: af BINARY[2.1.1] NIL)
        S: b OK Fetched
        C: c FETCH 1:2 (UID BINARY.PEEK[1])
        S: * 1 FETCH (UID 1 BINARY[1] {5}
        S: café)
        S: c NO [UNKNOWN-CTE] A part has an encoding we do not know
        C: d FETCH 1 BINARY[1]
        S: * 1 FETCH (BINARY[1] {5}
        S: café FLAGS (\\Seen \\Recent))
        S: d OK Fetched
        C: e FETCH 2 BINARY[1]
        S: * 2 FETCH (FLAGS (\\Seen \\Recent))
        S: e NO [UNKNOWN-CTE] A part has an encoding we do not know
        """);
  }

  @Test
  void saysThatAnEncodingIsNotKnownBeforeItTellsTheRest() {
    String large = "large".repeat(4_000);
    Talk.selected(
        house ->
            house.append(
                "INBOX",
                """
                Content-Type: multipart/mixed; boundary=b

                --b

                %s
                --b
                Content-Transfer-Encoding: x-own

                abc
                --b--
                """
                    .formatted(large)
                    .replace("\n", "\r\n")),
        """
        C: a FETCH 1 (BINARY.PEEK[1] BINARY.PEEK[2])
        S: a NO [UNKNOWN-CTE] A part has an encoding we do not know
        C: b FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[3])
        S: * 1 FETCH (BINARY.SIZE[1] 20000 BINARY[3] NIL)
        S: b OK Fetched
        """);
  }

  /// RFC 8970 §3.
  @Test
  void fetchesPreviews() {
    Talk.selected(
        house -> house.append("INBOX", MULTIPART),
        """
        C: a FETCH 1 (PREVIEW (LAZY) UID)
        S: * 1 FETCH (PREVIEW {5}
        S: café UID 1)
        S: a OK Fetched
        C: b FETCH 1 PREVIEW (LAZY)
        S: * 1 FETCH (PREVIEW {5}
        S: café)
        S: b OK Fetched
        """);
  }

  /// RFC 3501 §6.4.5.
  @Test
  void fetchesFlagsDatesAndSizes() {
    Talk.selected(
        house -> {
          house.letter("one", "\\Seen", "Work");
          house.letter("two");
        },
        """
        C: a FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (UID 1 FLAGS (\\Seen Work \\Recent) INTERNALDATE "02-Mar-2026 10:00:00 +0000" RFC822.SIZE 148)
        S: * 2 FETCH (UID 2 FLAGS (\\Recent) INTERNALDATE "02-Mar-2026 10:00:00 +0000" RFC822.SIZE 148)
        S: a OK Fetched
        C: b FETCH 2 FAST
        S: * 2 FETCH (FLAGS (\\Recent) INTERNALDATE "02-Mar-2026 10:00:00 +0000" RFC822.SIZE 148)
        S: b OK Fetched
        C: c UID FETCH 2:* FLAGS
        S: * 2 FETCH (UID 2 FLAGS (\\Recent))
        S: c OK Fetched
        C: d UID FETCH 5:7 FLAGS
        S: d OK Fetched
        C: e UID FETCH 9:* UID
        S: * 2 FETCH (UID 2)
        S: e OK Fetched
        C: f FETCH * UID
        S: * 2 FETCH (UID 2)
        S: f OK Fetched
        C: g FETCH 3 UID
        S: g BAD There is no message of that number
        C: h FETCH 2,1,1:2 UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 2)
        S: h OK Fetched
        C: i FETCH 1 (SAVEDATE EMAILID THREADID)
        S: ~\\* 1 FETCH \\(SAVEDATE "02-Mar-2026 10:00:00 \\+0000" EMAILID \\(E\\d+\\) THREADID (NIL|\\(T\\d+\\))\\)
        S: i OK Fetched
        """);
  }

  @Test
  void fetchesNothingFromAnEmptyMailbox() {
    Talk.selected(
        _ -> {},
        """
        C: a FETCH 1:* FLAGS
        S: a BAD There is no message of that number
        C: b UID FETCH 1:* FLAGS
        S: b OK Fetched
        """);
  }

  /// RFC 3501 §7.4.2.
  @Test
  void tellsTheEnvelope() {
    Talk.selected(
        house -> {
          house.append("INBOX", MULTIPART);
          house.append("INBOX", "X: y\r\n\r\n");
          house.append("INBOX", "Subject: gr\u00fcn\r\nFrom:\r\nTo: \r\n\r\n");
        },
        """
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE ("Mon, 2 Mar 2026 10:00:00 +0000" "=?utf-8?Q?caf=C3=A9?= and more" (("Bob \\\\"B\\\\" Smith" NIL "bob" "example.net")) ((NIL NIL "sender" "example.net")) (("Bob \\\\"B\\\\" Smith" NIL "bob" "example.net")) (("Ann" NIL "ann" "example.org")(NIL NIL "cat" "example.org")) ((NIL NIL "Friends" NIL)(NIL NIL "dan" "example.org")("Eve" NIL "eve" "example.org")(NIL NIL NIL NIL)) NIL "<m0@example.net>" "<m1@example.net>"))
        S: a OK Fetched
        C: b FETCH 2:3 (ENVELOPE)
        S: * 2 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))
        S: * 3 FETCH (ENVELOPE (NIL "=?utf-8?B?Z3LDvG4=?=" NIL NIL NIL NIL NIL NIL NIL NIL))
        S: b OK Fetched
        """);
  }

  @Test
  void tellsTheStructure() {
    Talk.selected(
        house -> {
          house.append("INBOX", MULTIPART);
          house.letter("two");
        },
        """
        C: a FETCH 1 BODY
        S: * 1 FETCH (BODY (("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 9 0)("message" "rfc822" NIL NIL "forwarded" "7bit" 160 (NIL "inner" ((NIL NIL "inner" "example.net")) ((NIL NIL "inner" "example.net")) ((NIL NIL "inner" "example.net")) NIL NIL NIL NIL NIL) (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0)("text" "html" NIL NIL NIL "7bit" 11 0) "alternative") 11)("application" "octet-stream" ("name" "a.bin") "<c1@example.net>" NIL "base64" 4) "mixed"))
        S: a OK Fetched
        C: b FETCH 2 BODYSTRUCTURE
        S: * 2 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 13 1 NIL NIL NIL NIL))
        S: b OK Fetched
        """);
  }

  private static final String TWO_NAMES =
      """
      Content-Type: a/b; name=x; name=y
      Content-Disposition: attachment; filename=a; filename*=''b

      body\
      """
          .replace("\n", "\r\n");

  /// Matchers know the other ones.
  @Test
  void tellsOneNameOfEachKind() {
    Talk.selected(
        house -> house.append("INBOX", TWO_NAMES),
        """
        C: a FETCH 1 BODYSTRUCTURE
        S: * 1 FETCH (BODYSTRUCTURE ("a" "b" ("name" "x") NIL NIL "7bit" 4 NIL ("attachment" ("filename" "b")) NIL NIL))
        S: a OK Fetched
        """);
  }

  @Test
  void fetchesSections() {
    Talk.selected(
        house -> house.append("INBOX", MULTIPART),
        """
        C: a FETCH 1 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2.1] BODY.PEEK[2.2.MIME])
        S: * 1 FETCH (BODY[1] {9}
        S: caf=C3=A9 BODY[1.MIME] {88}
        S: Content-Type: text/plain; charset=utf-8
        S: Content-Transfer-Encoding: quoted-printable
        S:
        S:  BODY[2.1] {5}
        S: plain BODY[2.2.MIME] {27}
        S: Content-Type: text/html
        S:
        S: )
        S: a OK Fetched
        C: b FETCH 1 (BODY.PEEK[2.HEADER] BODY.PEEK[2.HEADER.FIELDS (subject X)] BODY.PEEK[3] BODY.PEEK[4])
        S: * 1 FETCH (BODY[2.HEADER] {93}
        S: From: inner@example.net
        S: Subject: inner
        S: Content-Type: multipart/alternative; boundary=b2
        S:
        S:  BODY[2.HEADER.FIELDS (subject X)] {18}
        S: Subject: inner
        S:
        S:  BODY[3] {4}
        S: AAEC BODY[4] NIL)
        S: b OK Fetched
        C: c FETCH 1 (BODY.PEEK[1.1] BODY.PEEK[1.TEXT] BODY.PEEK[2.3] BODY.PEEK[1]<2.4> BODY.PEEK[1]<9.4> BODY.PEEK[1]<4294967295.1>)
        S: * 1 FETCH (BODY[1.1] NIL BODY[1.TEXT] NIL BODY[2.3] NIL BODY[1]<2> {4}
        S: f=C3 BODY[1]<9> {0}
        S:  BODY[1]<4294967295> {0}
        S: )
        S: c OK Fetched
        C: d FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (From Sender To Cc Date Message-ID In-Reply-To MIME-Version Content-Type)]
        S: * 1 FETCH (BODY[HEADER.FIELDS.NOT (From Sender To Cc Date Message-ID In-Reply-To MIME-Version Content-Type)] {45}
        S: Subject: =?utf-8?Q?caf=C3=A9?=
        S:  and more
        S:
        S: )
        S: d OK Fetched
        C: e FETCH 1 BODY.PEEK[HEADER.FIELDS (Nothing "b c")]
        S: e BAD Not the name of a header field
        C: f FETCH 1 BODY.PEEK[HEADER.FIELDS (Nothing)]<0.1>
        S: * 1 FETCH (BODY[HEADER.FIELDS (Nothing)]<0> {1}
        S: \\r)
        S: f OK Fetched
        """);
  }

  /// The second time from memory, and the third of a mailbox that has lost a message meanwhile.
  @Test
  void fetchesTheSameAgain() {
    Talk.selected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C: a FETCH 1:2 (ENVELOPE BODY BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[HEADER.FIELDS (To)]<4.6>)
        S: * 1 FETCH (ENVELOPE ("Mon, 2 Mar 2026 10:00:00 +0000" "one" (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) ((NIL NIL "ann" "example.org")) NIL NIL NIL "<one@example.net>") BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 13 1) BODY[HEADER.FIELDS (Subject)] {16}
        S: Subject: one
        S:
        S:  BODY[HEADER.FIELDS (To)]<4> {6}
        S: ann@ex)
        S: * 2 FETCH (ENVELOPE ("Mon, 2 Mar 2026 10:00:00 +0000" "two" (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) ((NIL NIL "ann" "example.org")) NIL NIL NIL "<two@example.net>") BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 13 1) BODY[HEADER.FIELDS (Subject)] {16}
        S: Subject: two
        S:
        S:  BODY[HEADER.FIELDS (To)]<4> {6}
        S: ann@ex)
        S: a OK Fetched
        C: b FETCH 1:2 (ENVELOPE BODY BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[HEADER.FIELDS (To)]<4.6>)
        S: * 1 FETCH (ENVELOPE ("Mon, 2 Mar 2026 10:00:00 +0000" "one" (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) ((NIL NIL "ann" "example.org")) NIL NIL NIL "<one@example.net>") BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 13 1) BODY[HEADER.FIELDS (Subject)] {16}
        S: Subject: one
        S:
        S:  BODY[HEADER.FIELDS (To)]<4> {6}
        S: ann@ex)
        S: * 2 FETCH (ENVELOPE ("Mon, 2 Mar 2026 10:00:00 +0000" "two" (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) (("Bob" NIL "bob" "example.net")) ((NIL NIL "ann" "example.org")) NIL NIL NIL "<two@example.net>") BODY ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 13 1) BODY[HEADER.FIELDS (Subject)] {16}
        S: Subject: two
        S:
        S:  BODY[HEADER.FIELDS (To)]<4> {6}
        S: ann@ex)
        S: b OK Fetched
        C: c STORE 1 +FLAGS.SILENT (\\Deleted)
        S: c OK Stored
        C: d EXPUNGE
        S: * 1 EXPUNGE
        S: * 1 RECENT
        S: d OK Expunged
        C: e FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (Subject)] {16}
        S: Subject: two
        S:
        S: )
        S: e OK Fetched
        """);
  }

  /// RFC 3501 §6.4.5: BODY[…] without PEEK sets \Seen and tells so.
  @Test
  void marksAsSeenWhatIsRead() {
    Talk.selected(
        house -> {
          house.letter("one");
          house.letter("two", "\\Seen");
        },
        """
        C: a FETCH 1:2 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {13}
        S: Body of one
        S:  FLAGS (\\Seen \\Recent))
        S: * 2 FETCH (BODY[TEXT] {13}
        S: Body of two
        S: )
        S: a OK Fetched
        C: b FETCH 1 (FLAGS RFC822.HEADER)
        S: * 1 FETCH (FLAGS (\\Seen \\Recent) RFC822.HEADER {135}
        S: ...
        S: )
        S: b OK Fetched
        C: c NOOP
        S: c OK Done
        """);
  }

  @Test
  void readsByTheOldNames() {
    Talk.selected(
        house -> house.letter("one"),
        """
        C: a FETCH 1 RFC822.TEXT
        S: * 1 FETCH (RFC822.TEXT {13}
        S: Body of one
        S:  FLAGS (\\Seen \\Recent))
        S: a OK Fetched
        C: b FETCH 1 RFC822
        S: * 1 FETCH (RFC822 {148}
        S: From: Bob <bob@example.net>
        S: ...
        S: Body of one
        S: )
        S: b OK Fetched
        C: c FETCH 1 FULL
        S: ~\\* 1 FETCH \\(FLAGS .* BODY \\("text" "plain" .*\\)\\)
        S: c OK Fetched
        """);
  }

  @Test
  void refusesItemsThatDoNotExist() {
    Talk.selected(
        house -> house.letter("one"),
        """
        C: a FETCH 1 (FLAGS NOTHING)
        S: a BAD Unknown item to fetch
        C: b FETCH 1 ()
        S: b BAD Expected a word
        C: c FETCH 1 BODY[MIME]
        S: c BAD MIME is of a part
        C: d FETCH 1 BODY[0]
        S: d BAD Expected a number above zero
        C: e FETCH 1 BODY[]<0.0>
        S: e BAD Expected a number above zero
        C: f FETCH 1 BODY.PEEK
        S: f BAD Expected '['
        """);
  }

  /// What is larger than any buffer comes whole and in parts.
  @Test
  void fetchesLargeMessages() {
    String header = "X-Long: " + "h".repeat(70_000) + "\r\nSubject: large\r\n\r\n";
    String body = ("0123456789".repeat(7) + "\r\n").repeat(400);
    Talk.selected(
        house -> house.append("INBOX", header + body),
        """
        C: a FETCH 1 (RFC822.SIZE BODY.PEEK[]<70010.16> BODY.PEEK[TEXT]<28728.72>)
        S: * 1 FETCH (RFC822.SIZE 98828 BODY[]<70010> {16}
        S: Subject: large
        S:  BODY[TEXT]<28728> {72}
        S: 0123456789012345678901234567890123456789012345678901234567890123456789
        S: )
        S: a OK Fetched
        """);
    Talk.selected(
        house -> house.append("INBOX", header + body),
        """
        C: a FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (Subject)]
        S: * 1 FETCH (BODY[HEADER.FIELDS.NOT (Subject)] {70012}
        S: X-Long: %s
        S:
        S: )
        S: a OK Fetched
        C: b FETCH 1 BODY.PEEK[HEADER.FIELDS (X-Long)]<70005.100>
        S: * 1 FETCH (BODY[HEADER.FIELDS (X-Long)]<70005> {7}
        S: hhh
        S:
        S: )
        S: b OK Fetched
        C: c FETCH 1 BODY.PEEK[TEXT]
        S: * 1 FETCH (BODY[TEXT] {28800}
        S: ...
        S: )
        S: c OK Fetched
        """
            .formatted("h".repeat(70_000)));
  }

  /// RFC 9394 §3.3.
  @Test
  void fetchesPartsOfWhatIsNamed() {
    Talk.selected(
        house -> {
          for (int i = 1; i <= 5; i++) {
            house.letter("m" + i);
          }
        },
        """
        C: a UID FETCH 2:9 (UID) (PARTIAL -1:-2)
        S: * 4 FETCH (UID 4)
        S: * 5 FETCH (UID 5)
        S: a OK Fetched
        C: b UID FETCH 1,3:5 UID (PARTIAL 2:3)
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: b OK Fetched
        C: c UID FETCH 1:5 UID (PARTIAL 7:9)
        S: c OK Fetched
        C: d UID FETCH 1:* UID (CHANGEDSINCE 3 PARTIAL 1:3)
        S: ~\\* OK \\[HIGHESTMODSEQ \\d+] Noted
        S: * 3 FETCH (UID 3 MODSEQ (4))
        S: d OK Fetched
        C: e FETCH 1:* UID (PARTIAL 1:3)
        S: e BAD Unknown modifier
        C: f UID FETCH 1:* UID (PARTIAL 1:3 PARTIAL 1:3)
        S: f BAD Unknown modifier
        """);
  }
}
