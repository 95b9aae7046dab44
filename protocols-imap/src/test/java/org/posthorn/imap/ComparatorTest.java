package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5255 §4.7.
class ComparatorTest {
  private static void fill(ImapHouse house) {
    letter(house, "b", "first Body");
    letter(house, "A", "second body");
    letter(house, "=?utf-8?Q?=C3=A4?=", "BODY third");
    letter(house, "=?utf-8?Q?=C3=84?=", "fourth");
    letter(house, "a", "fifth");
    letter(house, "Re: B", "x".repeat(9_000) + " Body far behind");
  }

  private static void letter(ImapHouse house, String subject, String body) {
    house.append(
        "INBOX",
        "From: %s@example.net\r\nSubject: %s\r\nMessage-ID: <%s@X>\r\n\r\n%s\r\n"
            .formatted(subject.length(), subject, body.length(), body));
  }

  @Test
  void comparesAsItIsAskedTo() {
    Talk.selected(
        ComparatorTest::fill,
        """
        C: a COMPARATOR
        S: * COMPARATOR i;unicode-casemap
        S: a OK Texts are compared so
        C: b SORT (SUBJECT) UTF-8 ALL
        S: * SORT 2 5 3 4 1 6
        S: b OK Sorted
        C: c COMPARATOR i;octet
        S: * COMPARATOR i;octet
        S: c OK Texts are compared so
        C: d SORT (SUBJECT) UTF-8 ALL
        S: * SORT 2 6 5 1 4 3
        S: d OK Sorted
        C: e SEARCH BODY Body
        S: * SEARCH 1 6
        S: e OK Searched
        C: f SEARCH SUBJECT {2+}
        C: ä
        S: * SEARCH 3
        S: f OK Searched
        C: g SEARCH TEXT BODY
        S: * SEARCH 3
        S: g OK Searched
        C: h THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (1)(2)(3)(4)(5)(6)
        S: h OK Made threads
        C: i COMPARATOR -I;Octet
        S: * COMPARATOR -i;octet
        S: i OK Texts are compared so
        C: j SORT (SUBJECT) UTF-8 ALL
        S: * SORT 3 4 1 5 6 2
        S: j OK Sorted
        C: k SORT (REVERSE SUBJECT) UTF-8 ALL
        S: * SORT 2 6 5 1 4 3
        S: k OK Sorted
        C: l COMPARATOR i;ascii-casemap
        S: * COMPARATOR i;ascii-casemap
        S: l OK Texts are compared so
        C: m SORT (SUBJECT) UTF-8 ALL
        S: * SORT 2 5 1 6 4 3
        S: m OK Sorted
        C: n SEARCH BODY body
        S: * SEARCH 1 2 3 6
        S: n OK Searched
        C: o SEARCH SUBJECT {2+}
        C: ä
        S: * SEARCH 3
        S: o OK Searched
        C: p SEARCH HEADER Message-ID 6@x
        S: * SEARCH 4 6
        S: p OK Searched
        C: q COMPARATOR default
        S: * COMPARATOR i;unicode-casemap
        S: q OK Texts are compared so
        C: r SEARCH SUBJECT {2+}
        C: ä
        S: * SEARCH 3 4
        S: r OK Searched
        """);
  }

  @Test
  void choosesByPatterns() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a COMPARATOR "cz;*" "i;basic"
        S: a NO [BADCOMPARATOR] There is no such comparator here
        C: b COMPARATOR "cz;*" "*"
        S: * COMPARATOR i;unicode-casemap (i;unicode-casemap i;ascii-casemap i;octet)
        S: b OK Texts are compared so
        C: c COMPARATOR "i;*casemap" "+i;o*"
        S: * COMPARATOR i;unicode-casemap (i;unicode-casemap i;ascii-casemap i;octet)
        S: c OK Texts are compared so
        C: d COMPARATOR "i;o*t" default
        S: * COMPARATOR i;octet (i;octet i;unicode-casemap)
        S: d OK Texts are compared so
        C: e COMPARATOR
        S: * COMPARATOR i;octet
        S: e OK Texts are compared so
        C: f COMPARATOR "what is that"
        S: f BAD That names no comparator
        C: g COMPARATOR i;ascii-numeric
        S: g NO [BADCOMPARATOR] There is no such comparator here
        C: h COMPARATOR ""
        S: h BAD That names no comparator
        C: i UNAUTHENTICATE
        S: i OK Who are you
        C: j COMPARATOR
        S: j BAD Log in first
        """);
  }
}
