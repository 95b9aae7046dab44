package org.posthorn.imap;

import org.junit.jupiter.api.Test;

class MailboxesTest {
  /// RFC 3501 §6.3.8.
  @Test
  void listsMailboxes() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a LIST "" ""
        S: * LIST (\\Noselect) "/" ""
        S: a OK Listed
        C: b LIST "" *
        S: * LIST (\\HasNoChildren) "/" INBOX
        S: * LIST (\\HasNoChildren \\Archive) "/" Archive
        S: * LIST (\\HasNoChildren \\Drafts) "/" Drafts
        S: * LIST (\\HasNoChildren \\Junk) "/" Junk
        S: * LIST (\\HasNoChildren \\Sent) "/" Sent
        S: * LIST (\\HasNoChildren \\Trash) "/" Trash
        S: b OK Listed
        C: c LIST "" inb%
        S: c OK Listed
        C: d LIST "" inbox
        S: * LIST (\\HasNoChildren) "/" INBOX
        S: d OK Listed
        C: e LIST Dra f%ts
        S: * LIST (\\HasNoChildren \\Drafts) "/" Drafts
        S: e OK Listed
        C: f LIST "" Nowhere
        S: f OK Listed
        """);
  }

  /// RFC 3501 §6.3.3, §6.3.4, §6.3.5.
  @Test
  void createsDeletesAndRenames() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a CREATE a/b/c
        S: ~a OK \\[MAILBOXID \\(B\\d+\\)] Created
        C: b CREATE A/
        S: ~b OK .*
        C: c CREATE A
        S: c NO [ALREADYEXISTS] The mailbox exists already
        C: d CREATE inbox
        S: d NO [ALREADYEXISTS] The mailbox exists already
        C: e LIST "" %
        S: ...
        S: * LIST (\\HasNoChildren \\Trash) "/" Trash
        S: * LIST (\\HasChildren) "/" a
        S: e OK Listed
        C: f DELETE a/b
        S: f OK Deleted
        C: g LIST "" a*
        S: * LIST (\\HasChildren) "/" a
        S: * LIST (\\Noselect \\HasChildren) "/" a/b
        S: * LIST (\\HasNoChildren) "/" a/b/c
        S: g OK Listed
        C: h SELECT a/b
        S: h NO [NONEXISTENT] No such mailbox
        C: i DELETE INBOX
        S: i NO [CANNOT] INBOX cannot be deleted
        C: j RENAME a x/y
        S: j OK Renamed
        C: k LIST "" x*
        S: * LIST (\\HasChildren) "/" x
        S: * LIST (\\HasChildren) "/" x/y
        S: * LIST (\\Noselect \\HasChildren) "/" x/y/b
        S: * LIST (\\HasNoChildren) "/" x/y/b/c
        S: k OK Listed
        C: l RENAME nowhere z
        S: l NO [NONEXISTENT] No such mailbox
        C: m RENAME A x
        S: m NO [ALREADYEXISTS] The mailbox exists already
        C: n DELETE nowhere
        S: n NO [NONEXISTENT] No such mailbox
        C: o CREATE a//b
        S: o NO [CANNOT] A mailbox name has no empty component
        """);
  }

  /// RFC 3501 §6.3.5: INBOX stays and is empty.
  @Test
  void renamesInbox() {
    Talk.loggedIn(
        house -> house.letter("one"),
        """
        C: a RENAME INBOX Old
        S: a OK Renamed
        C: b STATUS Old (MESSAGES)
        S: * STATUS Old (MESSAGES 1)
        S: b OK Told
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: c OK Told
        """);
  }

  /// RFC 3501 §5.1.3.
  @Test
  void speaksModifiedUtf7() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a CREATE "Entw&APw-rfe"
        S: ~a OK .*
        C: b LIST "" Entw*
        S: * LIST (\\HasNoChildren) "/" Entw&APw-rfe
        S: b OK Listed
        C: c STATUS "Entw\\xC3\\xBCrfe" (MESSAGES)
        S: * STATUS Entw&APw-rfe (MESSAGES 0)
        S: c OK Told
        C: d CREATE "A & B"
        S: d BAD A mailbox name is not modified UTF-7
        C: e CREATE "A &- B"
        S: ~e OK .*
        C: f LIST "" "A *"
        S: * LIST (\\HasNoChildren) "/" "A &- B"
        S: f OK Listed
        C: g CREATE &AGE-
        S: g BAD A mailbox name is not modified UTF-7
        """);
  }

  /// RFC 6154.
  @Test
  void createsForASpecialUse() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a DELETE Junk
        S: a OK Deleted
        C: b CREATE Spam (USE (\\Junk))
        S: ~b OK .*
        C: c LIST (SPECIAL-USE) "" *
        S: * LIST (\\HasNoChildren \\Archive) "/" Archive
        S: * LIST (\\HasNoChildren \\Drafts) "/" Drafts
        S: * LIST (\\HasNoChildren \\Sent) "/" Sent
        S: * LIST (\\HasNoChildren \\Junk) "/" Spam
        S: * LIST (\\HasNoChildren \\Trash) "/" Trash
        S: c OK Listed
        C: d CREATE Odd (USE (\\Important))
        S: d NO [USEATTR] A mailbox has one use, of those we know
        C: e LIST "" Spam RETURN (SPECIAL-USE CHILDREN)
        S: * LIST (\\HasNoChildren \\Junk) "/" Spam
        S: e OK Listed
        """);
  }

  /// RFC 3501 §6.3.6, §6.3.7, §6.3.9.
  @Test
  void subscribes() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a CREATE p/q
        S: ~a OK .*
        C: b UNSUBSCRIBE Trash
        S: b OK Unsubscribed
        C: c SUBSCRIBE p/q
        S: c OK Subscribed
        C: d LSUB "" %
        S: * LSUB () "/" INBOX
        S: * LSUB () "/" Archive
        S: * LSUB () "/" Drafts
        S: * LSUB () "/" Junk
        S: * LSUB () "/" Sent
        S: * LSUB (\\Noselect) "/" p
        S: d OK Listed
        C: e LSUB "" p*
        S: * LSUB () "/" p/q
        S: e OK Listed
        C: f LSUB p/ %
        S: * LSUB () "/" p/q
        S: f OK Listed
        """);
  }

  /// RFC 5258, the examples of §5 in small.
  @Test
  void listsWithOptions() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a CREATE Fruit/Apple
        S: ~a OK .*
        C: b SUBSCRIBE Fruit/Apple
        S: b OK Subscribed
        C: c SUBSCRIBE Fruit/Peach
        S: ~c (OK|NO) .*
        C: d LIST (SUBSCRIBED) "" "Fruit*"
        S: * LIST (\\HasNoChildren \\Subscribed) "/" Fruit/Apple
        S: * LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Fruit/Peach
        S: d OK Listed
        C: e LIST (SUBSCRIBED RECURSIVEMATCH) "" Fruit
        S: * LIST (\\HasChildren) "/" Fruit ("CHILDINFO" ("SUBSCRIBED"))
        S: e OK Listed
        C: f LIST (SUBSCRIBED RECURSIVEMATCH) "" Fruit*
        S: * LIST (\\HasNoChildren \\Subscribed) "/" Fruit/Apple
        S: * LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Fruit/Peach
        S: f OK Listed
        C: g LIST (RECURSIVEMATCH) "" *
        S: g BAD RECURSIVEMATCH needs another option to match
        C: h LIST "" (INBOX "Fruit/%" "") RETURN (SUBSCRIBED CHILDREN)
        S: * LIST (\\HasNoChildren \\Subscribed) "/" INBOX
        S: * LIST (\\HasNoChildren \\Subscribed) "/" Fruit/Apple
        S: h OK Listed
        C: i LIST () "" (INBOX)
        S: * LIST (\\HasNoChildren) "/" INBOX
        S: i OK Listed
        C: j LIST (REMOTE) "" Sent
        S: * LIST (\\HasNoChildren \\Sent) "/" Sent
        S: j OK Listed
        C: k LIST (NONSENSE) "" *
        S: k BAD Unknown selection option
        """);
  }

  /// RFC 5819.
  @Test
  void listsWithStatus() {
    Talk.loggedIn(
        house -> house.letter("one"),
        """
        C: a LIST "" (INBOX Sent) RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
        S: * LIST (\\HasNoChildren \\Sent) "/" Sent
        S: * STATUS Sent (MESSAGES 0 UNSEEN 0)
        S: a OK Listed
        """);
  }

  /// RFC 3501 §6.3.10, RFC 8438, RFC 7889, RFC 9208.
  @Test
  void tellsTheStatus() {
    Talk.loggedIn(
        house -> {
          house.letter("one", "\\Deleted");
          house.letter("two", "\\Seen");
        },
        """
        C: a STATUS INBOX (MESSAGES RECENT UIDNEXT UNSEEN SIZE APPENDLIMIT DELETED DELETED-STORAGE)
        S: * STATUS INBOX (MESSAGES 2 RECENT 2 UIDNEXT 3 UNSEEN 1 SIZE 296 APPENDLIMIT 100000 DELETED 1 DELETED-STORAGE 148)
        S: a OK Told
        C: b STATUS INBOX (UIDVALIDITY HIGHESTMODSEQ MAILBOXID)
        S: ~\\* STATUS INBOX \\(UIDVALIDITY \\d+ HIGHESTMODSEQ \\d+ MAILBOXID \\(B\\d+\\)\\)
        S: b OK Told
        C: c STATUS Nowhere (MESSAGES)
        S: c NO [NONEXISTENT] No such mailbox
        C: d STATUS INBOX (NONSENSE)
        S: d BAD Unknown item of status
        """);
  }

  @Test
  void unselectsWhatItDeletes() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a SELECT Trash
        S: ...
        S: a OK [READ-WRITE] Selected
        C: b DELETE Trash
        S: b OK Deleted
        C: c FETCH 1 FLAGS
        S: c BAD Select a mailbox first
        """);
  }

  /// Clients that keep folders in files take these for the way out of theirs, and some then do
  /// nothing at all for whoever shares such a mailbox.
  @Test
  void makesNoWaysOutOfAFolder() {
    Talk.loggedIn(
        house -> {},
        """
        C: a CREATE ..
        S: a NO [CANNOT] No part of a mailbox name is "." or ".."
        C: b CREATE ../../etc
        S: b NO [CANNOT] No part of a mailbox name is "." or ".."
        C: c CREATE Archive/./x
        S: c NO [CANNOT] No part of a mailbox name is "." or ".."
        C: d RENAME Archive x/..
        S: d NO [CANNOT] No part of a mailbox name is "." or ".."
        C: e CREATE ...
        S: ~e OK .*
        C: f CREATE .x/y..
        S: ~f OK .*
        """);
  }

  /// RFC 6154 §3, and what else is wrong with a name.
  @Test
  void saysWhyAMailboxCannotBeMade() {
    Talk.loggedIn(
        house -> {},
        """
        C: a CREATE Old (USE (\\Archive))
        S: a NO [USEATTR] Another mailbox has this use
        C: b CREATE a//b
        S: b NO [CANNOT] A mailbox name has no empty component
        C: c CREATE /abs
        S: c NO [CANNOT] A mailbox name has no empty component
        C: d CREATE "a\tb"
        S: d NO [CANNOT] A mailbox name has no control characters
        C: e CREATE %s
        S: e NO [LIMIT] A component of a mailbox name has at most 255 bytes
        C: f CREATE a%s
        S: f NO [LIMIT] Mailboxes are nested at most 20 deep
        C: g DELETE INBOX
        S: g NO [CANNOT] INBOX cannot be deleted
        C: h RENAME Archive Archive/x
        S: h NO [CANNOT] Mailbox Archive cannot be moved below itself
        """
            .formatted("x".repeat(300), "/a".repeat(30)));
  }
}
