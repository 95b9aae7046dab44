package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.account.Rights;

/// Mailboxes of others (RFC 2342, RFC 4314).
class ShareTest {
  private final ShareHouse house = new ShareHouse();

  @AfterEach
  void close() {
    house.close();
  }

  /// RFC 4314 §3, LIST-MYRIGHTS (RFC 8440).
  @Test
  void givesAndTakesRights() {
    house.play(
        "ann bob",
        """
        C: a SETACL Archive bob lrs
        S: a OK Done
        C: b SETACL Archive $TEAM ktd
        S: b OK Done
        C: c SETACL Archive -cyd +e
        S: c OK Done
        C: d GETACL archive
        S: d NO [NONEXISTENT] No such mailbox
        C: e GETACL Archive
        S: * ACL Archive ann@example.org lrswipkxteacd $team@example.org ktecd -cyd@example.org ed bob@example.org lrs
        S: e OK Listed
        C: f SETACL Archive bob +w-
        S: f BAD There is no such right
        C: g SETACL Archive bob lRs
        S: g BAD There is no such right
        C: h SETACL Archive bob -s
        S: h OK Done
        C2: a MYRIGHTS "Other Users/ann/Archive"
        S2: * MYRIGHTS "Other Users/ann/Archive" lrktecd
        S2: a OK Listed
        C2: b LIST "" "Other Users/*" RETURN (MYRIGHTS)
        S2: * LIST (\\NonExistent \\HasChildren) "/" "Other Users/ann"
        S2: * LIST (\\HasNoChildren) "/" "Other Users/ann/Archive"
        S2: * MYRIGHTS "Other Users/ann/Archive" lrktecd
        S2: b OK Listed
        C2: c GETACL "Other Users/ann/Archive"
        S2: c NO [NOPERM] You have no right to do that
        C2: d MYRIGHTS "Other Users/ann"
        S2: d NO [NONEXISTENT] No such mailbox
        C2: e GETACL "Other Users/ann"
        S2: e NO [NONEXISTENT] No such mailbox
        C: i DELETEACL Archive bob
        S: i OK Done
        C: j DELETEACL Archive $team
        S: j OK Done
        C2: f MYRIGHTS "Other Users/ann/Archive"
        S2: f NO [NONEXISTENT] No such mailbox
        C2: g LIST "" "Other Users/*"
        S2: g OK Listed
        C: k LISTRIGHTS Archive BOB
        S: * LISTRIGHTS Archive BOB "" l r s w i p k x t e a c d
        S: k OK Listed
        C: l LISTRIGHTS Archive ann
        S: * LISTRIGHTS Archive ann lrswipkxteacd
        S: l OK Listed
        C: m SETACL Archive ann lrs
        S: m NO [CANNOT] The owner has all rights
        C: n SETACL Archive nobody lrs
        S: n NO [CANNOT] To such a name no rights can be given
        C: o SETACL Archive dan@example.net lrs
        S: o NO [CANNOT] To such a name no rights can be given
        C: p SETACL Archive "" lrs
        S: p BAD Whom do you mean?
        """);
  }

  /// RFC 4314 §4: each right, and nothing without it.
  @Test
  void asksForRights() {
    house.letter("ann", "Archive", "one");
    house.letter("ann", "Archive", "two", "\\Deleted");
    house.share("ann", "Archive", "bob", "l");
    house.play(
        "bob",
        """
        C: a SELECT "Other Users/ann/Archive"
        S: a NO [NOPERM] You have no right to do that
        C: b STATUS "Other Users/ann/Archive" (MESSAGES)
        S: b NO [NOPERM] You have no right to do that
        C: c APPEND "Other Users/ann/Archive" {1+}
        C: x
        S: c NO [NOPERM] You have no right to do that
        C: d CREATE "Other Users/ann/Archive/2026"
        S: d NO [NOPERM] You have no right to do that
        C: e DELETE "Other Users/ann/Archive"
        S: e NO [NOPERM] You have no right to do that
        C: f RENAME "Other Users/ann/Archive" "Other Users/ann/Old"
        S: f NO [NOPERM] You have no right to do that
        C: g CREATE "Other Users/ann/New"
        S: g NO [NONEXISTENT] No such mailbox
        C: h GETQUOTAROOT "Other Users/ann/Archive"
        S: h NO [NOPERM] You have no right to do that
        C: i CREATE Shared
        S: i NO [CANNOT] Shared is where the mail of others is
        C: j SELECT "Other Users/nobody"
        S: j NO [NONEXISTENT] No such mailbox
        C: k SELECT "Shared/ann/Archive"
        S: k NO [NONEXISTENT] No such mailbox
        """);
    house.share("ann", "Archive", "bob", "r");
    house.play(
        "bob",
        """
        C: a SELECT "Other Users/ann/Archive"
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * OK [PERMANENTFLAGS ()] Flags that are kept
        S: ...
        S: a OK [READ-ONLY] Selected
        C: b STORE 1 +FLAGS (\\Flagged)
        S: b NO [NOPERM] You have no right to change these flags
        C: c EXPUNGE
        S: c NO [NOPERM] You have no right to do that here
        C: d MOVE 1 INBOX
        S: d NO [NOPERM] You have no right to do that here
        C: e FETCH 1 (BODY[TEXT])
        S: * 1 FETCH (BODY[TEXT] {13}
        S: Body of one
        S: )
        S: e OK Fetched
        C: f FETCH 1 (FLAGS)
        S: * 1 FETCH (FLAGS (\\Recent))
        S: f OK Fetched
        C: g LIST "" "Other Users/*"
        S: g OK Listed
        C: h CLOSE
        S: h OK Closed
        """);
    house.share("ann", "Archive", "bob", "lrwte");
    house.play(
        "bob",
        """
        C: a SELECT "Other Users/ann/Archive"
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Draft \\*)] Flags that are kept
        S: ...
        S: a OK [READ-WRITE] Selected
        C: b STORE 1 +FLAGS (\\Flagged \\Seen)
        S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
        S: b OK Stored
        C: c EXPUNGE
        S: * 2 EXPUNGE
        S: * 1 RECENT
        S: c OK Expunged
        """);
  }

  /// RFC 3501 §6.4.7: all or nothing, whatever the reason.
  @Test
  void takesBackWhatWasCopiedWhenAMessageCannotBe() {
    house.share("ann", "Archive", "bob@example.org", "lrswipkxte");
    house.letters("bob", "INBOX", 501);
    long lost = house.letter("bob", "INBOX", "lost");
    house.letter("ann", "Archive", "there before");
    house.lose("bob", "INBOX", lost);
    house.playUnverified(
        "bob",
        """
        C: s SELECT INBOX
        S: ...
        S: s OK [READ-WRITE] Selected
        C: a COPY 1:* "Other Users/ann/Archive"
        S: a NO [CORRUPTION] A message could not be read
        C: b STATUS "Other Users/ann/Archive" (MESSAGES)
        S: * STATUS "Other Users/ann/Archive" (MESSAGES 1)
        S: b OK Told
        """);
  }

  /// RFC 4314 §4, COPY and APPEND: flags that may not be set are lost, and nothing else.
  @Test
  void copiesBetweenAccounts() {
    house.letter("bob", "INBOX", "one", "\\Seen", "\\Flagged", "\\Deleted");
    house.letter("bob", "INBOX", "two", "red");
    house.share("ann", "Archive", "bob", "lrwi");
    house.play(
        "bob ann",
        """
        C: a SELECT INBOX
        S: ...
        S: a OK [READ-WRITE] Selected
        C: b COPY 1:2 "Other Users/ann/Archive"
        S: ~b OK \\[COPYUID \\d+ 1:2 1:2] Copied
        C: c MOVE 2 "Other Users/ann/Archive"
        S: ~\\* OK \\[COPYUID \\d+ 2 3] Moved UIDs
        S: * 2 EXPUNGE
        S: * 1 RECENT
        S: c OK Moved
        C: d APPEND "Other Users/ann/Archive" (\\Seen \\Draft) {5+}
        C: A: b
        S: ~d OK \\[APPENDUID \\d+ 4] Appended
        C: e COPY 1 "Other Users/ann/Sent"
        S: e NO [TRYCREATE] No such mailbox
        C2: a EXAMINE Archive
        S2: ...
        S2: a OK [READ-ONLY] Selected
        C2: b FETCH 1:* (FLAGS BODY.PEEK[HEADER])
        S2: * 1 FETCH (FLAGS (\\Flagged \\Recent) BODY[HEADER] {16}
        S2: Subject: one
        S2:
        S2: )
        S2: * 2 FETCH (FLAGS (red \\Recent) BODY[HEADER] {16}
        S2: Subject: two
        S2:
        S2: )
        S2: * 3 FETCH (FLAGS (red \\Recent) BODY[HEADER] {16}
        S2: Subject: two
        S2:
        S2: )
        S2: ...
        S2: b OK Fetched
        """);
  }

  /// A mailbox that is made below another one has its rights (RFC 4314 §4, CREATE).
  @Test
  void makesMailboxesInAnotherAccount() {
    house.share("ann", "INBOX", "bob", "lrk");
    house.play(
        "bob",
        """
        C: a CREATE "Other Users/ann/Plans/2026"
        S: ~a OK \\[MAILBOXID \\(\\w+\\)] Created
        C: b LIST "" "Other Users/*"
        S: * LIST (\\HasChildren) "/" "Other Users/ann"
        S: * LIST (\\HasChildren) "/" "Other Users/ann/Plans"
        S: * LIST (\\HasNoChildren) "/" "Other Users/ann/Plans/2026"
        S: b OK Listed
        C: c DELETE "Other Users/ann/Plans/2026"
        S: c NO [NOPERM] You have no right to do that
        C: d RENAME Archive "Other Users/ann/Archived"
        S: d NO [CANNOT] A mailbox stays with its owner
        C: e SUBSCRIBE "Other Users/ann/Plans"
        S: e OK Subscribed
        C: f LIST (SUBSCRIBED) "" "Other*"
        S: * LIST (\\HasChildren \\Subscribed) "/" "Other Users/ann/Plans"
        S: f OK Listed
        C: g STATUS "Other Users/ann/Plans" (MESSAGES)
        S: * STATUS "Other Users/ann/Plans" (MESSAGES 0)
        S: g OK Told
        """);
  }

  /// What happens in a shared mailbox is told to all who have it selected, and who may read it no
  /// longer is shown out.
  @Test
  void tellsAllWhoSeeAMailbox() {
    house.letter("support", "INBOX", "help");
    house.share("support", "INBOX", "$team", "lrswite");
    house.play(
        "bob cyd ann",
        """
        C: a SELECT Shared/support
        S: ...
        S: a OK [READ-WRITE] Selected
        C2: a SELECT Shared/support
        S2: ...
        S2: a OK [READ-WRITE] Selected
        C: b STORE 1 +FLAGS (\\Answered)
        S: * 1 FETCH (FLAGS (\\Answered \\Recent))
        S: b OK Stored
        C2: b NOOP
        S2: * 1 FETCH (FLAGS (\\Answered \\Recent))
        S2: b OK Done
        C3: a SELECT Shared/support
        S3: a NO [NONEXISTENT] No such mailbox
        C: c LIST "" Shared/*
        S: * LIST (\\HasNoChildren) "/" Shared/support
        S: c OK Listed
        """);
    house
        .directory()
        .groups()
        .remove(
            ShareHouse.address("team@example.org"), List.of(ShareHouse.address("cyd@example.org")));
    house.play(
        "bob cyd",
        """
        C: a SELECT Shared/support
        S: ...
        S: a OK [READ-WRITE] Selected
        C2: a SELECT Shared/support
        S2: a NO [NONEXISTENT] No such mailbox
        """);
  }

  /// Each reader has an own `\\Seen`, and MODSEQs say when it changed.
  @Test
  void keepsWhatEachReaderHasSeen() {
    house.letter("support", "INBOX", "one", "\\Seen");
    house.letter("support", "INBOX", "two");
    house.share("support", "INBOX", "$team", "lrswite");
    house.play(
        "bob cyd",
        """
        C: a SELECT Shared/support (CONDSTORE)
        S: ...
        S: a OK [READ-WRITE] Selected
        C2: a SELECT Shared/support
        S2: ...
        S2: * OK [UNSEEN 1] First unseen
        S2: ...
        S2: a OK [READ-WRITE] Selected
        C: b FETCH 1 (BODY[TEXT])
        S: * 1 FETCH (BODY[TEXT] {13}
        S: Body of one
        S:  FLAGS (\\Seen \\Recent) MODSEQ (5))
        S: b OK Fetched
        C: c SEARCH UNSEEN
        S: * SEARCH 2
        S: c OK Searched
        C: d STORE 2 +FLAGS (\\Seen \\Flagged)
        S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Flagged \\Recent) MODSEQ (6))
        S: d OK Stored
        C: e STORE 1 (UNCHANGEDSINCE 4) -FLAGS.SILENT (\\Seen)
        S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) MODSEQ (5))
        S: e OK [MODIFIED 1] Some messages had changed and were left alone
        C: f STATUS Shared/support (UNSEEN HIGHESTMODSEQ)
        S: * STATUS Shared/support (UNSEEN 0 HIGHESTMODSEQ 6)
        S: f OK Told
        C2: b NOOP
        S2: * 2 FETCH (FLAGS (\\Flagged \\Recent))
        S2: b OK Done
        C2: c STATUS Shared/support (UNSEEN)
        S2: * STATUS Shared/support (UNSEEN 2)
        S2: c OK Told
        C2: d STORE 1:2 FLAGS (\\Seen)
        S2: * 1 FETCH (FLAGS (\\Seen \\Recent))
        S2: * 2 FETCH (FLAGS (\\Seen \\Recent))
        S2: d OK Stored
        C: g STORE 1 -FLAGS (\\Seen)
        S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) MODSEQ (7))
        S: * 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (8))
        S: g OK Stored
        C2: e FETCH 1 (FLAGS)
        S2: * 1 FETCH (FLAGS (\\Seen \\Recent))
        S2: e OK Fetched
        C: h COPY 1:2 INBOX
        S: ~h OK \\[COPYUID \\d+ 1:2 1:2] Copied
        C: i SELECT INBOX
        S: ...
        S: ~i OK .*
        C: j FETCH 1:2 (FLAGS)
        S: * 1 FETCH (FLAGS (\\Recent))
        S: * 2 FETCH (FLAGS (\\Seen \\Recent))
        S: j OK Fetched
        """);
    assertThat(house.account("support").mailboxes().getFirst().unseen()).isEqualTo(1);
  }

  /// Nobody who is called the same one day has the rights of who is gone.
  @Test
  void keepsRightsWithTheUser() {
    house.share("ann", "Archive", "bob", "lr");
    house
        .directory()
        .users()
        .rename(ShareHouse.address("bob@example.org"), ShareHouse.address("rob@example.org"));
    var archive =
        house.account("ann").mailboxes().stream()
            .filter(box -> box.name().value().equals("Archive"))
            .findFirst()
            .orElseThrow();
    assertThat(house.account("ann").acl(archive.id()).entries())
        .containsOnlyKeys("rob@example.org")
        .containsValue(Rights.parse("lr"));
    house.directory().users().delete(ShareHouse.address("rob@example.org"));
    assertThat(house.account("ann").acl(archive.id()).isEmpty()).isTrue();
  }

  /// RFC 5464 with RFC 4314: private notes are each reader's own.
  @Test
  void keepsNotesOfEachReader() {
    house.share("ann", "Archive", "bob", "lr");
    house.play(
        "ann bob",
        """
        C: a SETMETADATA Archive (/private/comment "mine" /shared/comment "ours")
        S: a OK Set
        C2: a GETMETADATA "Other Users/ann/Archive" (/private/comment /Shared/Comment)
        S2: * METADATA "Other Users/ann/Archive" (/private/comment NIL /Shared/Comment "ours")
        S2: a OK Told
        C2: b SETMETADATA "Other Users/ann/Archive" (/private/comment "bob's")
        S2: b OK Set
        C2: c SETMETADATA "Other Users/ann/Archive" (/shared/comment "bob's")
        S2: c NO [NOPERM] You have no right to note things for all
        C: b LIST "" Archive RETURN (METADATA (/private/comment /shared/x))
        S: * LIST (\\HasNoChildren \\Archive) "/" Archive
        S: * METADATA Archive (/private/comment "mine" /shared/x NIL)
        S: b OK Listed
        C2: d GETMETADATA "Other Users/ann" /shared/comment
        S2: d NO [NONEXISTENT] No such mailbox
        """);
  }
}
