package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 7377.
class MultiSearchTest {
  private static void fill(ImapHouse house) {
    house.letter("one", "\\Seen");
    house.letter("two");
    house.append("Archive", "Subject: three\r\n\r\nx\r\n");
    house.append("Archive", "Subject: four\r\n\r\nx\r\n");
    house.append("Trash", "Subject: two again\r\n\r\nx\r\n");
  }

  @Test
  void searchesSeveralMailboxes() {
    Talk.loggedIn(
        MultiSearchTest::fill,
        """
        C: a ESEARCH IN (personal) SUBJECT two
        S: ~\\* ESEARCH \\(TAG "a" MAILBOX INBOX UIDVALIDITY \\d+\\) UID ALL 2
        S: ~\\* ESEARCH \\(TAG "a" MAILBOX Trash UIDVALIDITY \\d+\\) UID ALL 1
        S: a OK Searched
        C: b ESEARCH IN (mailboxes (Archive Nowhere) inboxes) RETURN (COUNT MIN) UNSEEN
        S: ~\\* ESEARCH \\(TAG "b" MAILBOX Archive UIDVALIDITY \\d+\\) UID MIN 1 COUNT 2
        S: ~\\* ESEARCH \\(TAG "b" MAILBOX INBOX UIDVALIDITY \\d+\\) UID MIN 2 COUNT 1
        S: b OK Searched
        C: c CREATE Archive/2025
        S: ...
        S: ~c OK .*
        C: d CREATE Archive/2025/May
        S: ...
        S: ~d OK .*
        C: e APPEND Archive/2025 {4+}
        C: x: y
        S: ~e OK .*
        C: f APPEND Archive/2025/May {4+}
        C: x: y
        S: ~f OK .*
        C: g ESEARCH IN (subtree-one Archive mailboxes Archive) ALL
        S: ~\\* ESEARCH \\(TAG "g" MAILBOX Archive UIDVALIDITY \\d+\\) UID ALL 1:2
        S: ~\\* ESEARCH \\(TAG "g" MAILBOX Archive/2025 UIDVALIDITY \\d+\\) UID ALL 1
        S: g OK Searched
        C: h ESEARCH IN (subtree (Archive)) RETURN (PARTIAL -1:-1) ALL
        S: ~\\* ESEARCH \\(TAG "h" MAILBOX Archive UIDVALIDITY \\d+\\) UID PARTIAL \\(-1:-1 2\\)
        S: ~\\* ESEARCH \\(TAG "h" MAILBOX Archive/2025 UIDVALIDITY \\d+\\) UID PARTIAL \\(-1:-1 1\\)
        S: ~\\* ESEARCH \\(TAG "h" MAILBOX Archive/2025/May UIDVALIDITY \\d+\\) UID PARTIAL \\(-1:-1 1\\)
        S: h OK Searched
        C: i ESEARCH IN (personal) SUBJECT nothing
        S: i OK Searched
        C: j ESEARCH IN (selected) ALL
        S: j BAD Select a mailbox first
        C: k ESEARCH ALL
        S: k BAD Select a mailbox first
        C: l ESEARCH IN (everything) ALL
        S: l BAD Unknown kind of mailboxes
        C: m ESEARCH IN (personal) CHARSET KLINGON TEXT x
        S: m NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1)] No such charset here
        """
            .replace("{4+}\nC: x: y", "{6+}\nC: x: y\\r\\n"));
  }

  @Test
  void searchesTheSelectedMailboxToo() {
    Talk.selected(
        MultiSearchTest::fill,
        """
        C: a ESEARCH UNSEEN
        S: ~\\* ESEARCH \\(TAG "a" MAILBOX INBOX UIDVALIDITY \\d+\\) UID ALL 2
        S: a OK Searched
        C: b ESEARCH IN (selected mailboxes (INBOX Trash)) SUBJECT two
        S: ~\\* ESEARCH \\(TAG "b" MAILBOX INBOX UIDVALIDITY \\d+\\) UID ALL 2
        S: ~\\* ESEARCH \\(TAG "b" MAILBOX Trash UIDVALIDITY \\d+\\) UID ALL 1
        S: b OK Searched
        C: c ESEARCH RETURN (SAVE) SEEN
        S: c OK Searched
        C: d FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: d OK Fetched
        C: e ESEARCH IN (personal) RETURN (SAVE) SEEN
        S: e BAD Only what is found in the selected mailbox can be saved
        C: f ESEARCH RETURN (UPDATE COUNT) FLAGGED
        S: f OK Searched
        C: g STORE 1 +FLAGS (\\Flagged)
        S: * ESEARCH (TAG "f") UID ADDTO (0 1)
        S: * 1 FETCH (FLAGS (\\Seen \\Flagged \\Recent))
        S: g OK Stored
        """);
  }
}
