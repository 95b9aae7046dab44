package org.posthorn.imap;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// NOTIFY of mailboxes of others, whose rights come and go (RFC 5465 §3.1, §5.4, §5.9).
class NotifySharedTest {
  private static final String LETTER =
      """
      {14+}
      C2: Subject: x
      C2:
      C2:
      """;

  private final ShareHouse house = new ShareHouse();

  @AfterEach
  void close() {
    house.close();
  }

  private void play(String users, String script) {
    house.play(users, script.replace("LETTER\n", LETTER));
  }

  @Test
  void tellsOfMailboxesOfOthersAsLongAsTheyMayBeSeen() {
    house.share("ann", "Archive", "bob", "lr");
    play(
        "bob ann",
        """
        C: a NOTIFY SET (SUBTREE "Other Users" (MessageNew MessageExpunge FlagChange MailboxName))
        S: a OK As you wish
        C2: a APPEND Archive LETTER
        S2: ~a OK .*
        S: ~\\* STATUS "Other Users/ann/Archive" \\(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \\d+\\)
        C2: b APPEND Sent LETTER
        S2: ~b OK .*
        C2: c DELETEACL Archive bob
        S2: c OK Done
        S: * LIST (\\NonExistent \\HasNoChildren \\NoAccess) "/" "Other Users/ann/Archive"
        C2: d APPEND Archive LETTER
        S2: ~d OK .*
        C2: e RENAME Archive Secret
        S2: e OK Renamed
        C: b NOOP
        S: b OK Done
        C2: f SETACL Secret bob lr
        S2: f OK Done
        S: * LIST (\\HasNoChildren) "/" "Other Users/ann/Secret"
        S: * LIST (\\NonExistent \\HasChildren) "/" "Other Users/ann"
        C2: g APPEND Secret LETTER
        S2: ~g OK .*
        S: ~\\* STATUS "Other Users/ann/Secret" \\(MESSAGES 3 UIDNEXT 4 UIDVALIDITY \\d+\\)
        """);
  }

  @Test
  void tellsOfWhoSharesForTheFirstTime() {
    play(
        "bob ann",
        """
        C: a NOTIFY SET (SUBTREE "Other Users" (MessageNew MessageExpunge MailboxName))
        S: a OK As you wish
        C2: a SETACL Archive bob lr
        S2: a OK Done
        S: * LIST (\\HasNoChildren) "/" "Other Users/ann/Archive"
        S: * LIST (\\NonExistent \\HasChildren) "/" "Other Users/ann"
        C2: b APPEND Archive LETTER
        S2: ~b OK .*
        S: ~\\* STATUS "Other Users/ann/Archive" \\(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \\d+\\)
        C: b IDLE
        S: + Idling
        C2: c SETACL Archive $team lrs
        S2: c OK Done
        C2: d DELETEACL Archive bob
        S2: d OK Done
        C2: e SETACL Sent anyone lr
        S2: e OK Done
        S: * LIST (\\HasNoChildren) "/" "Other Users/ann/Sent"
        S: * LIST (\\NonExistent \\HasChildren) "/" "Other Users/ann"
        C2: f SETACL Sent -bob l
        S2: f OK Done
        S: * LIST (\\NonExistent \\HasNoChildren \\NoAccess) "/" "Other Users/ann/Sent"
        S: * LIST (\\NonExistent \\HasChildren) "/" "Other Users/ann"
        C: DONE
        S: b OK Done
        """);
  }

  @Test
  void tellsOfMailboxesThatOthersMakeRenameAndDelete() {
    house.share("ann", "INBOX", "bob", "lrkx");
    play(
        "bob ann",
        """
        C: a NOTIFY SET (SUBTREE "Other Users" (MailboxName))
        S: a OK As you wish
        C2: a CREATE INBOX/Plans
        S2: ~a OK .*
        S: * LIST (\\HasNoChildren) "/" "Other Users/ann/INBOX/Plans"
        S: * LIST (\\NonExistent \\HasChildren) "/" "Other Users/ann/INBOX"
        C2: b RENAME INBOX/Plans INBOX/Ideas
        S2: b OK Renamed
        S: * LIST (\\HasNoChildren) "/" "Other Users/ann/INBOX/Ideas" ("OLDNAME" ("Other Users/ann/INBOX/Plans"))
        C: b CREATE "Other Users/ann/Mine"
        S: ~b OK .*
        C: c NOOP
        S: c OK Done
        C2: c DELETE INBOX/Ideas
        S2: c OK Deleted
        S: * LIST (\\NonExistent \\HasNoChildren) "/" "Other Users/ann/INBOX/Ideas"
        """);
  }

  /// §3.1: what may be listed but not read. What is told of Drafts is behind all that has happened
  /// before, and was passed over.
  @Test
  void namesMailboxesThatMayNotBeRead() {
    house.share("ann", "Archive", "bob", "l");
    house.share("ann", "Sent", "bob", "r");
    house.share("ann", "Drafts", "bob", "lr");
    play(
        "bob ann",
        """
        C: a NOTIFY SET STATUS (MAILBOXES ("Other Users/ann/Archive" "Other Users/ann/Sent" "Other Users/ann/Drafts") (MessageNew MessageExpunge))
        S: ~\\* STATUS "Other Users/ann/Drafts" \\(MESSAGES 0 UIDNEXT 1 UIDVALIDITY \\d+\\)
        S: * LIST (\\HasNoChildren \\NoAccess) "/" "Other Users/ann/Archive"
        S: a OK As you wish
        C2: a APPEND Archive LETTER
        S2: ~a OK .*
        C2: b APPEND Sent LETTER
        S2: ~b OK .*
        C2: h APPEND Drafts LETTER
        S2: ~h OK .*
        S: ~\\* STATUS "Other Users/ann/Drafts" \\(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \\d+\\)
        C2: c SETACL Archive bob +r
        S2: c OK Done
        S: * LIST (\\HasNoChildren) "/" "Other Users/ann/Archive"
        C2: d APPEND Archive LETTER
        S2: ~d OK .*
        S: ~\\* STATUS "Other Users/ann/Archive" \\(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \\d+\\)
        C2: e SETACL Archive bob -r
        S2: e OK Done
        S: * LIST (\\HasNoChildren \\NoAccess) "/" "Other Users/ann/Archive"
        C2: f SETACL Archive bob -l
        S2: f OK Done
        S: * LIST (\\NonExistent \\HasNoChildren \\NoAccess) "/" "Other Users/ann/Archive"
        C2: g APPEND Archive LETTER
        S2: ~g OK .*
        C: c NOOP
        S: c OK Done
        """);
  }

  /// RFC 4314 §5.1.1: whoever has it selected gets nothing more of it by any command.
  @Test
  void endsSessionsThatMayNotReadWhatTheyHaveSelected() {
    for (String command :
        new String[] {
          "NOOP",
          "FETCH 1 (BODY[])",
          "SEARCH ALL",
          "COPY 1 INBOX",
          "STORE 1 +FLAGS (\\Seen)",
          "ESEARCH IN (selected) ALL",
          "APPEND INBOX CATENATE (URL \"/;UID=1\")"
        }) {
      house.share("ann", "Archive", "bob", "lrs");
      house.letter("ann", "Archive", "secret");
      play(
          "bob ann",
          """
          C: a SELECT "Other Users/ann/Archive"
          S: ...
          S: ~a OK .*
          C2: a SETACL Archive bob l
          S2: a OK Done
          C: b %s
          S: * BYE The mailbox was deleted, or may not be read any more
          """
              .formatted(command));
    }
  }

  @Test
  void endsIdleSessionsThatMayNotReadWhatTheyHaveSelected() {
    house.share("ann", "Archive", "bob", "lrs");
    play(
        "bob ann",
        """
        C: a SELECT "Other Users/ann/Archive"
        S: ...
        S: ~a OK .*
        C: b IDLE
        S: + Idling
        C2: a DELETEACL Archive bob
        S2: a OK Done
        S: * BYE The mailbox was deleted, or may not be read any more
        """);
  }

  @Test
  void leavesAMailboxThatMayNotBeReadAnyMore() {
    house.share("ann", "Archive", "bob", "lrs");
    play(
        "bob ann",
        """
        C: a SELECT "Other Users/ann/Archive"
        S: ...
        S: ~a OK .*
        C2: a DELETEACL Archive bob
        S2: a OK Done
        C: b CLOSE
        S: b OK Closed
        C: c NOOP
        S: c OK Done
        """);
  }
}
