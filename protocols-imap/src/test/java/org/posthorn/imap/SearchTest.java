package org.posthorn.imap;

import org.junit.jupiter.api.Test;

class SearchTest {
  private static void fill(ImapHouse house) {
    house.letter("one", "\\Seen", "Work");
    house.letter("two", "\\Deleted");
    house.append(
        "INBOX",
        """
        From: =?iso-8859-1?Q?J=F6rg?= <joerg@example.net>
        To: List <list@example.org>, ann@example.org
        Cc: cat@example.org
        Subject: =?utf-8?B?R3LDvMOfZQ==?= aus =?utf-8?Q?K=C3=B6ln?=
        Date: Thu, 5 Mar 2026 23:30:00 -0500
        X-Spam: no
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        Ein sch=F6ner Stra=DFenzug, der auf meh=
        reren Zeilen steht.
        --b
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64

        PGI+R2VoZWltZXIgU2NoYXR6PC9iPg==
        --b
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: base64

        PGI+R2VoZWltZXIgU2NoYXR6PC9iPg==
        --b--
        """
            .replace("\n", "\r\n"));
  }

  /// RFC 3501 §6.4.4.
  @Test
  void findsByFlagsNumbersAndSizes() {
    Talk.selected(
        SearchTest::fill,
        """
        C: a SEARCH ALL
        S: * SEARCH 1 2 3
        S: a OK Searched
        C: b SEARCH UNSEEN UNDELETED
        S: * SEARCH 3
        S: b OK Searched
        C: c UID SEARCH OR SEEN DELETED
        S: * SEARCH 1 2
        S: c OK Searched
        C: d SEARCH KEYWORD work
        S: * SEARCH 1
        S: d OK Searched
        C: e SEARCH UNKEYWORD Work NOT 3
        S: * SEARCH 2
        S: e OK Searched
        C: f SEARCH (2:* (NOT DELETED))
        S: * SEARCH 3
        S: f OK Searched
        C: g SEARCH UID 2,7
        S: * SEARCH 2
        S: g OK Searched
        C: h SEARCH LARGER 200
        S: * SEARCH 3
        S: h OK Searched
        C: i SEARCH SMALLER 149 NEW
        S: * SEARCH 2
        S: i OK Searched
        C: j SEARCH OLD
        S: * SEARCH
        S: j OK Searched
        C: k SEARCH RECENT ANSWERED
        S: * SEARCH
        S: k OK Searched
        """);
  }

  @Test
  void findsByDates() {
    Talk.selected(
        SearchTest::fill,
        """
        C: a SEARCH SENTSINCE 5-Mar-2026
        S: * SEARCH 3
        S: a OK Searched
        C: b SEARCH SENTON "2-Mar-2026"
        S: * SEARCH 1 2
        S: b OK Searched
        C: c SEARCH SENTBEFORE 2-Mar-2026
        S: * SEARCH
        S: c OK Searched
        C: d SEARCH ON 2-mar-2026
        S: * SEARCH 1 2 3
        S: d OK Searched
        C: e SEARCH BEFORE 2-Mar-2026
        S: * SEARCH
        S: e OK Searched
        C: f SEARCH SINCE 2-Mar-2026 SAVEDBEFORE 3-Mar-2026 SAVEDATESUPPORTED
        S: * SEARCH 1 2 3
        S: f OK Searched
        C: g SEARCH SINCE 31-Feb-2026
        S: g BAD No such day
        C: h SEARCH YOUNGER 1
        S: * SEARCH
        S: h OK Searched
        C: i SEARCH OLDER 1
        S: * SEARCH 1 2 3
        S: i OK Searched
        """);
  }

  @Test
  void findsText() {
    Talk.selected(
        SearchTest::fill,
        """
        C: a SEARCH FROM BOB
        S: * SEARCH 1 2
        S: a OK Searched
        C: b SEARCH CHARSET UTF-8 FROM {5+}
        C: j\\xC3\\x96RG
        S: * SEARCH 3
        S: b OK Searched
        C: c SEARCH SUBJECT "aus k"
        S: * SEARCH 3
        S: c OK Searched
        C: d SEARCH TO list@example.org CC cat
        S: * SEARCH 3
        S: d OK Searched
        C: e SEARCH HEADER X-Spam ""
        S: * SEARCH 3
        S: e OK Searched
        C: f SEARCH HEADER x-spam YES
        S: * SEARCH
        S: f OK Searched
        C: g SEARCH HEADER Message-ID <one@
        S: * SEARCH 1
        S: g OK Searched
        C: h SEARCH BODY "body of T"
        S: * SEARCH 2
        S: h OK Searched
        C: i SEARCH BODY mehreren
        S: * SEARCH 3
        S: i OK Searched
        C: j SEARCH CHARSET ISO-8859-1 BODY "SCH\\xD6NER"
        S: * SEARCH 3
        S: j OK Searched
        C: k SEARCH BODY "geheimer schatz"
        S: * SEARCH 3
        S: k OK Searched
        C: l SEARCH TEXT x-spam
        S: * SEARCH 3
        S: l OK Searched
        C: m SEARCH BODY x-spam
        S: * SEARCH
        S: m OK Searched
        C: n SEARCH BCC nobody
        S: * SEARCH
        S: n OK Searched
        C: o SEARCH CHARSET KLINGON TEXT x
        S: o NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1)] No such charset here
        """);
  }

  /// RFC 4731, RFC 7162 §3.1.5.
  @Test
  void returnsWhatIsAskedFor() {
    Talk.selected(
        SearchTest::fill,
        """
        C: a SEARCH RETURN (MIN MAX COUNT) ALL
        S: * ESEARCH (TAG "a") MIN 1 MAX 3 COUNT 3
        S: a OK Searched
        C: b UID SEARCH RETURN () NOT 2
        S: * ESEARCH (TAG "b") UID ALL 1,3
        S: b OK Searched
        C: c SEARCH RETURN (ALL) 1:3
        S: * ESEARCH (TAG "c") ALL 1:3
        S: c OK Searched
        C: d SEARCH RETURN (ALL COUNT MIN) ANSWERED
        S: * ESEARCH (TAG "d") COUNT 0
        S: d OK Searched
        C: e SEARCH MODSEQ 3
        S: ~\\* OK \\[HIGHESTMODSEQ \\d+] Noted
        S: ~\\* SEARCH 2 3 \\(MODSEQ (?<high>\\d+)\\)
        S: e OK Searched
        C: f SEARCH RETURN (MAX) MODSEQ "/flags/\\\\\\\\draft" all 1
        S: * ESEARCH (TAG "f") MAX 3 MODSEQ ${high}
        S: f OK Searched
        C: g SEARCH MODSEQ 999999
        S: * SEARCH
        S: g OK Searched
        C: h SEARCH RETURN (SOME) ALL
        S: h BAD Unknown return option
        """);
  }

  @Test
  void limitsNesting() {
    Talk.selected(
        SearchTest::fill,
        """
        C: a SEARCH %s
        S: a BAD [LIMIT] Too many arguments
        C: b SEARCH %sSEEN
        S: b BAD [LIMIT] Too many arguments
        C: c SEARCH %sSEEN
        S: * SEARCH 1
        S: c OK Searched
        C: d SEARCH XYZZY
        S: d BAD Unknown search key
        C: e SEARCH OR SEEN
        S: e BAD Expected a space
        """
            .formatted("(".repeat(60), "NOT ".repeat(60), "NOT ".repeat(40)));
  }
}
