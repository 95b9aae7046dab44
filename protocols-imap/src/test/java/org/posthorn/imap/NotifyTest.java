package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5465.
class NotifyTest {
  private static final String OTHER_LOGS_IN =
      "S2: ~\\* OK .*\nC2: l LOGIN ann secret\nS2: ~l OK .*\n";

  /// §5.1 to §5.3, §6.1.1: between commands, with what is fetched of new messages.
  @Test
  void tellsOfTheSelectedMailboxBetweenCommands() {
    Talk.bothSelected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C: a NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange))
        S: a OK As you wish
        C2: b STORE 1 +FLAGS.SILENT (\\Flagged)
        S2: b OK Stored
        S: * 1 FETCH (FLAGS (\\Flagged))
        C2: c APPEND INBOX {14+}
        C2: Subject: x
        C2:
        C2:
        S2: ...
        S2: ~c OK .*
        S: * 3 EXISTS
        S: ~\\* \\d RECENT
        S: * 3 FETCH (UID 3 BODY[HEADER.FIELDS (SUBJECT)] {14}
        S: Subject: x
        S:
        S: )
        C2: d STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: d OK Stored
        S: * 1 FETCH (FLAGS (\\Flagged \\Deleted))
        C2: e EXPUNGE
        S2: * 1 EXPUNGE
        S2: ~\\* \\d RECENT
        S2: e OK Expunged
        S: * 1 EXPUNGE
        C: f APPEND INBOX {14+}
        C: Subject: y
        C:
        C:
        S: * 3 EXISTS
        S: ~\\* \\d RECENT
        S: ~f OK .*
        """);
  }

  /// §6.1.2: EXPUNGE waits for a command that allows it.
  @Test
  void delaysExpunges() {
    Talk.bothSelected(
        house -> {
          house.letter("one", "\\Deleted");
          house.letter("two");
        },
        """
        C: a NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))
        S: a OK As you wish
        C2: b EXPUNGE
        S2: * 1 EXPUNGE
        S2: ~\\* \\d RECENT
        S2: b OK Expunged
        C2: c STORE 1 +FLAGS.SILENT (\\Seen)
        S2: c OK Stored
        S: * 2 FETCH (FLAGS (\\Seen))
        C: d NOOP
        S: * 1 EXPUNGE
        S: d OK Done
        """);
  }

  /// §3.1: no SELECTED is SELECTED NONE; what the client does itself is answered.
  @Test
  void tellsNothingThatIsNotWanted() {
    Talk.bothSelected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C: a NOTIFY NONE
        S: a OK As you wish
        C2: b STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: b OK Stored
        C: c NOOP
        S: c OK Done
        C: d EXPUNGE
        S: * 1 EXPUNGE
        S: d OK Expunged
        C: e NOTIFY SET (SELECTED (MessageNew MessageExpunge))
        S: e OK As you wish
        C2: f UID STORE 2 +FLAGS.SILENT (\\Seen)
        S2: * 1 EXPUNGE
        S2: ~\\* \\d RECENT
        S2: f OK Stored
        C: g NOOP
        S: g OK Done
        """);
  }

  /// §3.1, §5.1 to §5.3: STATUS tells of others.
  @Test
  void tellsOfOtherMailboxes() {
    Talk.loggedIn(
        house -> house.append("Archive", "Subject: x\r\n\r\n"),
        OTHER_LOGS_IN
            + """
            C: a NOTIFY SET STATUS (MAILBOXES (Archive Nowhere) (MessageNew MessageExpunge FlagChange))
            S: ~\\* STATUS Archive \\(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \\d+ HIGHESTMODSEQ \\d+\\)
            S: a OK As you wish
            C2: b APPEND Archive {14+}
            C2: Subject: x
            C2:
            C2:
            S2: ~b OK .*
            S: ~\\* STATUS Archive \\(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \\d+\\)
            C2: c APPEND INBOX {14+}
            C2: Subject: x
            C2:
            C2:
            S2: ~c OK .*
            C2: d SELECT Archive
            S2: ...
            S2: ~d OK .*
            C2: e STORE 1 +FLAGS.SILENT (\\Seen)
            S2: e OK Stored
            S: ~\\* STATUS Archive \\(UIDVALIDITY \\d+ UNSEEN 1\\)
            C: f ENABLE CONDSTORE
            S: * ENABLED CONDSTORE
            S: f OK Enabled
            C2: g STORE 1 +FLAGS.SILENT (\\Deleted)
            S2: g OK Stored
            S: ~\\* STATUS Archive \\(UIDVALIDITY \\d+ UNSEEN 1 HIGHESTMODSEQ \\d+\\)
            C2: h EXPUNGE
            S2: * 1 EXPUNGE
            S2: ~\\* \\d RECENT
            S2: h OK Expunged
            S: ~\\* STATUS Archive \\(MESSAGES 1 UIDNEXT 3 UIDVALIDITY \\d+ HIGHESTMODSEQ \\d+\\)
            """);
  }

  /// §5.4, §5.5, §6: names and subscriptions, by all ways to say which.
  @Test
  void tellsOfNamesAndSubscriptions() {
    Talk.loggedIn(
        _ -> {},
        OTHER_LOGS_IN
            + """
            C: a NOTIFY SET (SUBTREE Lists (MailboxName)) (PERSONAL (SubscriptionChange))
            S: a OK As you wish
            C2: b CREATE Lists/a
            S2: ~b OK .*
            S: * LIST (\\HasChildren) "/" Lists
            S: * LIST (\\HasNoChildren) "/" Lists/a
            S: * LIST (\\HasChildren) "/" Lists
            C2: c CREATE Elsewhere
            S2: ~c OK .*
            C2: d RENAME Lists/a Lists/b
            S2: d OK Renamed
            S: * LIST (\\HasNoChildren) "/" Lists/b ("OLDNAME" (Lists/a))
            C2: e SUBSCRIBE Elsewhere
            S2: e OK Subscribed
            S: * LIST (\\HasNoChildren \\Subscribed) "/" Elsewhere
            C2: f DELETE Lists/b
            S2: f OK Deleted
            S: * LIST (\\NonExistent \\HasNoChildren) "/" Lists/b
            S: * LIST (\\HasNoChildren) "/" Lists
            C: g CREATE Lists/mine
            S: ~g OK .*
            C: h NOOP
            S: h OK Done
            """);
  }

  /// §5.6, §5.7.
  @Test
  void tellsOfNotes() {
    Talk.loggedIn(
        _ -> {},
        OTHER_LOGS_IN
            + """
            C: a NOTIFY SET (PERSONAL (MailboxMetadataChange ServerMetadataChange))
            S: a OK As you wish
            C2: b SETMETADATA INBOX (/shared/comment "x" /private/comment "y")
            S2: ~b OK .*
            S: * METADATA INBOX /shared/comment
            S: * METADATA INBOX /private/comment
            C2: c SETMETADATA "" (/private/comment "y")
            S2: ~c OK .*
            S: * METADATA "" /private/comment
            """);
  }

  /// §4: the same in IDLE.
  @Test
  void tellsTheSameInIdle() {
    Talk.loggedIn(
        _ -> {},
        OTHER_LOGS_IN
            + """
            C: a NOTIFY SET (SUBSCRIBED (MessageNew MessageExpunge)) (INBOXES (MessageNew MessageExpunge))
            S: a OK As you wish
            C: b IDLE
            S: + Idling
            C2: c APPEND INBOX {14+}
            C2: Subject: x
            C2:
            C2:
            S2: ~c OK .*
            S: ~\\* STATUS INBOX \\(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \\d+\\)
            C: DONE
            S: b OK Done
            """);
  }

  @Test
  void refusesWhatMakesNoSense() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a NOTIFY SET (SELECTED (MessageNew))
        S: a BAD MessageNew and MessageExpunge go together
        C: b NOTIFY SET (PERSONAL (FlagChange))
        S: b BAD FlagChange needs MessageNew and MessageExpunge
        C: c NOTIFY SET (PERSONAL (MessageNew (UID) MessageExpunge))
        S: c BAD Only of the selected mailbox new messages are fetched
        C: d NOTIFY SET (SELECTED (MailboxName))
        S: d BAD Of the selected mailbox only messages are told
        C: e NOTIFY SET (SELECTED NONE) (SELECTED-DELAYED NONE)
        S: e BAD SELECTED stands there twice
        C: f NOTIFY SET (PERSONAL (AnnotationChange))
        S: f NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)] Such events are not told here
        C: g NOTIFY SET (EVERYTHING (MailboxName))
        S: g BAD Unknown choice of mailboxes
        C: h NOTIFY SET (PERSONAL NONE)
        S: h OK As you wish
        """);
  }
}
