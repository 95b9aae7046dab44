package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5256, RFC 5957, RFC 5267 §3.
class SortTest {
  private static void fill(ImapHouse house) {
    letter(house, "\"Zoe\" <b@example.net>", "x@a", "Re: banana", "Mon, 2 Mar 2026 10:00:00 +0000");
    letter(house, "\"adam\" <C@example.net>", "Y@a", "apple", "Mon, 2 Mar 2026 12:00:00 +0500");
    letter(house, "a@example.net", "x@a", "[list] Banana (fwd)", "Sun, 1 Mar 2026 23:59:00 +0000");
    letter(house, "=?utf-8?Q?=C3=84da?= <a@example.net>", "", "éclair", "nonsense");
    house.append("INBOX", "X-Nothing: here\r\n\r\n");
  }

  private static void letter(ImapHouse house, String from, String to, String subject, String date) {
    house.append(
        "INBOX",
        "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\n\r\nx\r\n"
            .formatted(from, to, subject, date));
  }

  @Test
  void sortsByEveryKey() {
    Talk.selected(
        SortTest::fill,
        """
        C: a SORT (SUBJECT) UTF-8 ALL
        S: * SORT 5 2 1 3 4
        S: a OK Sorted
        C: b SORT (REVERSE SUBJECT) US-ASCII ALL
        S: * SORT 4 1 3 2 5
        S: b OK Sorted
        C: c SORT (DATE) UTF-8 ALL
        S: * SORT 3 2 1 4 5
        S: c OK Sorted
        C: d SORT (FROM REVERSE DATE) UTF-8 ALL
        S: * SORT 5 4 3 1 2
        S: d OK Sorted
        C: e SORT (TO SUBJECT) UTF-8 1:4
        S: * SORT 4 1 3 2
        S: e OK Sorted
        C: f SORT (SIZE) UTF-8 ALL
        S: * SORT 5 4 2 1 3
        S: f OK Sorted
        C: g SORT (ARRIVAL) UTF-8 ALL
        S: * SORT 1 2 3 4 5
        S: g OK Sorted
        C: h SORT (REVERSE ARRIVAL CC) UTF-8 ALL
        S: * SORT 1 2 3 4 5
        S: h OK Sorted
        C: i SORT (DISPLAYFROM) UTF-8 ALL
        S: * SORT 5 3 2 4 1
        S: i OK Sorted
        C: j SORT (REVERSE DISPLAYTO) UTF-8 1:4
        S: * SORT 2 1 3 4
        S: j OK Sorted
        C: k UID SORT (SUBJECT) UTF-8 SUBJECT banana
        S: * SORT 1 3
        S: k OK Sorted
        C: l SORT (SUBJECT) UTF-8 ANSWERED
        S: * SORT
        S: l OK Sorted
        C: m SORT (SUBJECT) UTF-8 MODSEQ 1 1:2
        S: ~\\* OK \\[HIGHESTMODSEQ \\d+] Noted
        S: ~\\* SORT 2 1 \\(MODSEQ \\d+\\)
        S: m OK Sorted
        """);
  }

  @Test
  void refusesWhatIsNoSort() {
    Talk.selected(
        SortTest::fill,
        """
        C: a SORT (SUBJECT) KLINGON ALL
        S: a NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1)] No such charset here
        C: b SORT () UTF-8 ALL
        S: b BAD Expected an atom
        C: c SORT (REVERSE) UTF-8 ALL
        S: c BAD Expected a space
        C: d SORT (COLOUR) UTF-8 ALL
        S: d BAD Unknown thing to sort by
        C: e SORT (DATE) UTF-8
        S: e BAD Expected a space
        C: f SORT (%sDATE) UTF-8 ALL
        S: f BAD [LIMIT] Too many arguments
        C: g THREAD KNITTED UTF-8 ALL
        S: g BAD Unknown way to make threads
        C: h THREAD REFERENCES KLINGON ALL
        S: h NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1)] No such charset here
        """
            .formatted("DATE ".repeat(30)));
  }

  /// RFC 5267 §3.
  @Test
  void tellsWhatIsAskedForInItsOrder() {
    Talk.selected(
        SortTest::fill,
        """
        C: a SORT RETURN () (SUBJECT) UTF-8 ALL
        S: * ESEARCH (TAG "a") ALL 5,2,1,3:4
        S: a OK Sorted
        C: b UID SORT RETURN (MIN MAX COUNT) (SUBJECT) UTF-8 ALL
        S: * ESEARCH (TAG "b") UID MIN 5 MAX 4 COUNT 5
        S: b OK Sorted
        C: c SORT RETURN (ALL) (REVERSE DATE) UTF-8 1:3
        S: * ESEARCH (TAG "c") ALL 1,2,3
        S: c OK Sorted
        C: d SORT RETURN (SAVE PARTIAL 2:3) (SUBJECT) UTF-8 ALL
        S: * ESEARCH (TAG "d") PARTIAL (2:3 2,1)
        S: d OK Sorted
        C: e FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 2)
        S: e OK Fetched
        C: f SORT (DATE) UTF-8 $
        S: * SORT 2 1
        S: f OK Sorted
        """
            .replace("S: * ESEARCH (TAG \"c\") ALL 1,2,3", "S: * ESEARCH (TAG \"c\") ALL 1:3"));
  }
}
