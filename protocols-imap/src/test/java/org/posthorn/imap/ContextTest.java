package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5267 §4.
class ContextTest {
  private static void fill(ImapHouse house) {
    house.letter("delta", "\\Flagged");
    house.letter("alpha");
    house.letter("charlie", "\\Flagged");
    house.letter("bravo", "\\Deleted", "\\Flagged");
  }

  @Test
  void tellsWhatChangesInTheResultsOfASearch() {
    Talk.bothSelected(
        ContextTest::fill,
        """
        C: a UID SEARCH RETURN (UPDATE COUNT CONTEXT) FLAGGED
        S: * ESEARCH (TAG "a") UID COUNT 3
        S: a OK Searched
        C: b SEARCH RETURN (UPDATE ALL) FLAGGED
        S: * ESEARCH (TAG "b") ALL 1,3:4
        S: b OK Searched
        C: a SEARCH RETURN (UPDATE) SEEN
        S: a BAD Changes are told for a command of that tag already
        C2: c STORE 2 +FLAGS.SILENT (\\Flagged)
        S2: c OK Stored
        C2: d STORE 3 -FLAGS.SILENT (\\Flagged)
        S2: d OK Stored
        C: e NOOP
        S: * 2 FETCH (FLAGS (\\Flagged))
        S: * 3 FETCH (FLAGS ())
        S: * ESEARCH (TAG "a") UID REMOVEFROM (0 3)
        S: * ESEARCH (TAG "a") UID ADDTO (0 2)
        S: * ESEARCH (TAG "b") REMOVEFROM (0 3)
        S: * ESEARCH (TAG "b") ADDTO (0 2)
        S: e OK Done
        C2: f EXPUNGE
        S2: ...
        S2: f OK Expunged
        C: g NOOP
        S: * ESEARCH (TAG "a") UID REMOVEFROM (0 4)
        S: * ESEARCH (TAG "b") REMOVEFROM (0 4)
        S: * 4 EXPUNGE
        S: ...
        S: g OK Done
        C: h CANCELUPDATE "a" "b"
        S: h OK That is told no more
        C: i CANCELUPDATE "a"
        S: i BAD Nothing is told for that tag
        C2: j STORE 2 -FLAGS.SILENT (\\Flagged)
        S2: j OK Stored
        C: k NOOP
        S: * 2 FETCH (FLAGS ())
        S: k OK Done
        """);
  }

  /// RFC 5465 §7.
  @Test
  void fetchesOfNewMessagesWhatTheClientWantsToKnow() {
    Talk.bothSelected(
        ContextTest::fill,
        """
        C: a SEARCH RETURN (COUNT UPDATE (UID BODY[HEADER.FIELDS (SUBJECT)])) FLAGGED
        S: * ESEARCH (TAG "a") COUNT 3
        S: a OK Searched
        C2: b STORE 2 +FLAGS.SILENT (\\Flagged)
        S2: b OK Stored
        C2: c APPEND INBOX (\\Flagged) {16+}
        C2: Subject: e
        C2:
        C2: e
        S2: ...
        S2: ~c OK .*
        C2: d APPEND INBOX {16+}
        C2: Subject: f
        C2:
        C2: f
        S2: ...
        S2: ~d OK .*
        C: e NOOP
        S: * 6 EXISTS
        S: ...
        S: * 5 FETCH (UID 5 BODY[HEADER.FIELDS (SUBJECT)] {14}
        S: Subject: e
        S:
        S: )
        S: * ESEARCH (TAG "a") ADDTO (0 2,5)
        S: e OK Done
        """);
  }

  @Test
  void tellsThePlacesOfNewMessagesInASort() {
    Talk.bothSelected(
        ContextTest::fill,
        """
        C: a UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 FLAGGED
        S: * ESEARCH (TAG "a") UID ALL 4,3,1
        S: a OK Sorted
        C2: b STORE 2 +FLAGS.SILENT (\\Flagged)
        S2: b OK Stored
        C2: c STORE 3 -FLAGS.SILENT (\\Flagged)
        S2: c OK Stored
        C: d NOOP
        S: ...
        S: * ESEARCH (TAG "a") UID REMOVEFROM (2 3)
        S: * ESEARCH (TAG "a") UID ADDTO (1 2)
        S: d OK Done
        C2: e APPEND INBOX (\\Flagged) {27+}
        C2: Subject: carrot\\r\\n\\r\\nHello\\r\\n
        S2: ...
        S2: ~e OK .*
        C: f NOOP
        S: * 5 EXISTS
        S: ...
        S: * ESEARCH (TAG "a") UID ADDTO (3 5)
        S: f OK Done
        """
            .replace("{27+}", "{18+}")
            .replace("Subject: carrot\\r\\n\\r\\nHello\\r\\n", "Subject: carrot\\r\\n"));
  }

  @Test
  void refusesToTellTooMuch() {
    var script = new StringBuilder();
    for (int i = 0; i < 21; i++) {
      script.append("C: t%d SEARCH RETURN (UPDATE COUNT) SEEN\n".formatted(i));
      script.append("S: * ESEARCH (TAG \"t%d\") COUNT 0\n".formatted(i));
      if (i == 20) {
        script.append("S: * NO [NOUPDATE \"t20\"] Changes will not be told\n");
      }
      script.append("S: t%d OK Searched\n".formatted(i));
    }
    Talk.selected(ContextTest::fill, script.toString());
  }

  /// `$` means what it did when the command came, also where its own results are saved.
  @Test
  void takesWhatWasSavedAsItWas() {
    Talk.bothSelected(
        ContextTest::fill,
        """
        C: s SEARCH RETURN (SAVE) 1:2
        S: s OK Searched
        C: a UID SEARCH RETURN (UPDATE SAVE ALL) NOT $ FLAGGED
        S: * ESEARCH (TAG "a") UID ALL 3:4
        S: a OK Searched
        C: b UID SEARCH RETURN (UPDATE ALL) OR 1,$ 2 FLAGGED
        S: * ESEARCH (TAG "b") UID ALL 1,3:4
        S: b OK Searched
        C: c SEARCH RETURN (SAVE) ANSWERED
        S: c OK Searched
        C2: d STORE 2:3 +FLAGS.SILENT (x)
        S2: ...
        S2: d OK Stored
        C: e NOOP
        S: ...
        S: * 2 FETCH (FLAGS (x))
        S: * 3 FETCH (FLAGS (\\Flagged x))
        S: e OK Done
        C2: f STORE 2,4 +FLAGS.SILENT (\\Flagged)
        S2: f OK Stored
        C: g NOOP
        S: * 2 FETCH (FLAGS (\\Flagged x))
        S: * ESEARCH (TAG "b") UID ADDTO (0 2)
        S: g OK Done
        C2: h STORE 4 -FLAGS.SILENT (\\Flagged)
        S2: h OK Stored
        C: i NOOP
        S: * 4 FETCH (FLAGS (\\Deleted))
        S: * ESEARCH (TAG "a") UID REMOVEFROM (0 4)
        S: * ESEARCH (TAG "b") UID REMOVEFROM (0 4)
        S: i OK Done
        """);
  }

  /// Numbers mean the messages that had them when the command came.
  @Test
  void takesNumbersAsTheyWere() {
    Talk.bothSelected(
        ContextTest::fill,
        """
        C: a UID SEARCH RETURN (UPDATE ALL) 3:* UNSEEN
        S: * ESEARCH (TAG "a") UID ALL 3:4
        S: a OK Searched
        C2: b EXPUNGE
        S2: ...
        S2: b OK Expunged
        C2: c STORE 2:3 +FLAGS.SILENT (\\Seen)
        S2: c OK Stored
        C: d NOOP
        S: * ESEARCH (TAG "a") UID REMOVEFROM (0 4)
        S: * 4 EXPUNGE
        S: ...
        S: * ESEARCH (TAG "a") UID REMOVEFROM (0 3)
        S: d OK Done
        """);
  }
}
