package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5464.
class MetadataTest {
  @Test
  void keepsAndTellsNotes() {
    Talk.loggedIn(
        house -> {},
        """
        C: a SETMETADATA INBOX (/private/filters/values/small "SMALLER 5000" /private/filters/values/boss {18+}
        C: FROM "b@example.x" /private/filters/values/deep/er "x")
        S: a OK Set
        C: b GETMETADATA INBOX (DEPTH 1) (/private/filters/values)
        S: ~\\* METADATA INBOX \\(/private/filters/values/boss "FROM .+b@example.x.+" /private/filters/values/small "SMALLER 5000"\\)
        S: b OK Told
        C: c GETMETADATA (MAXSIZE 12 DEPTH infinity) INBOX /private/filters
        S: * METADATA INBOX (/private/filters/values/deep/er "x" /private/filters/values/small "SMALLER 5000")
        S: c OK [METADATA LONGENTRIES 18] Some values are longer
        C: d SETMETADATA INBOX (/private/filters/values/small NIL)
        S: d OK Set
        C: e GETMETADATA INBOX /private/filters/values/small
        S: * METADATA INBOX (/private/filters/values/small NIL)
        S: e OK Told
        C: f GETMETADATA INBOX /private/*
        S: f BAD An entry is a path below /private or /shared
        C: g GETMETADATA INBOX /other/comment
        S: g BAD An entry is a path below /private or /shared
        C: h GETMETADATA Nowhere /private/comment
        S: h NO [NONEXISTENT] No such mailbox
        C: i SETMETADATA "" (/private/vendor/x "y")
        S: i OK Set
        C: j GETMETADATA "" (/private/vendor/x /shared/admin)
        S: * METADATA "" (/private/vendor/x "y" /shared/admin NIL)
        S: j OK Told
        C: k SETMETADATA "" (/shared/comment "y")
        S: k NO [NOPERM] You have no right to note things for all
        """);
  }

  @Test
  void keepsNotesWithTheMailbox() {
    Talk.loggedIn(
        house -> {},
        """
        C: a SETMETADATA Archive (/shared/comment "old")
        S: a OK Set
        C: b RENAME Archive Old
        S: b OK Renamed
        C: c GETMETADATA Old /shared/comment
        S: * METADATA Old (/shared/comment "old")
        S: c OK Told
        C: d DELETE Old
        S: d OK Deleted
        C: e CREATE Old
        S: ~e OK .*
        C: f GETMETADATA Old /shared/comment
        S: * METADATA Old (/shared/comment NIL)
        S: f OK Told
        C: g SETMETADATA INBOX (/private/comment "in")
        S: g OK Set
        C: h RENAME INBOX Before
        S: h OK Renamed
        C: i GETMETADATA Before /private/comment
        S: * METADATA Before (/private/comment "in")
        S: i OK Told
        C: j GETMETADATA INBOX /private/comment
        S: * METADATA INBOX (/private/comment "in")
        S: j OK Told
        """);
  }

  @Test
  void refusesTooMuch() {
    String long17 = "x".repeat(17 << 10);
    var many = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      many.append(i == 0 ? "" : " ").append("/private/a/%d \"x\"".formatted(i));
    }
    Talk.loggedIn(
        house -> {},
        """
        C: a SETMETADATA INBOX (/private/comment {17408+}
        C: %s)
        S: a NO [METADATA MAXSIZE 16384] The value is too long
        C: b SETMETADATA INBOX (%s)
        S: b OK Set
        C: c SETMETADATA INBOX (%s)
        S: c OK Set
        C: d SETMETADATA INBOX (/private/comment "one too many")
        S: d NO [METADATA TOOMANY] There is no room for more
        C: e GETMETADATA INBOX /private/comment
        S: * METADATA INBOX (/private/comment NIL)
        S: e OK Told
        """
            .formatted(long17, many, many.toString().replace("/a/", "/b/")));
  }

  /// RFC 6154 §4: it is the use that the mailbox has, and is set when the mailbox is made.
  @Test
  void tellsTheUseOfAMailbox() {
    Talk.loggedIn(
        house -> {},
        """
        C: a GETMETADATA Sent /private/specialuse
        S: ~\\* METADATA Sent \\(/private/specialuse ".+Sent"\\)
        S: a OK Told
        C: b GETMETADATA INBOX /private/specialuse
        S: * METADATA INBOX (/private/specialuse NIL)
        S: b OK Told
        C: c SETMETADATA Sent (/private/specialuse {5+}
        C: \\Junk)
        S: c NO [USEATTR] The use of a mailbox is set when it is made
        C: d SETMETADATA Sent (/private/SpecialUse NIL)
        S: d NO [USEATTR] The use of a mailbox is set when it is made
        C: e SETMETADATA INBOX (/private/specialuse {11+}
        C: \\Nonsense x)
        S: e NO [USEATTR] The use of a mailbox is set when it is made
        C: f SETMETADATA Sent (/private/specialuse {5+}
        C: \\\\sent /private/comment "x")
        S: f OK Set
        C: g GETMETADATA (DEPTH infinity) Sent /private
        S: ~\\* METADATA Sent \\(/private/comment "x" /private/specialuse ".+Sent"\\)
        S: g OK Told
        C: h SETMETADATA INBOX (/private/specialuse NIL)
        S: h OK Set
        """);
  }
}
