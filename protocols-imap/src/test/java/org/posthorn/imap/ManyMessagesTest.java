package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.posthorn.imap.session.PlainTextLogins;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.QuotaLimits;
import org.posthorn.storage.account.UidSet;

/// Commands for more messages than one change takes.
class ManyMessagesTest {
  @Test
  void storesMovesAndExpungesThemInPieces() {
    try (var house = house(4_000)) {
      long version = house.account().version();
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + Talk.select("")
              + """
              C: a STORE 1:* +FLAGS.SILENT (\\Deleted)
              S: a OK Stored
              C: b COPY 1:* Trash
              S: ~b OK \\[COPYUID \\d+ 1:4000 1:4000] Copied
              C: c UID MOVE 1:3999 Archive
              S: ~\\* OK \\[COPYUID \\d+ 1:3999 1:3999] Moved UIDs
              S: ...
              S: c OK Moved
              C: d EXPUNGE
              S: * 1 EXPUNGE
              S: * 0 RECENT
              S: d OK Expunged
              C: e STATUS Archive (MESSAGES DELETED)
              S: * STATUS Archive (MESSAGES 3999 DELETED 3999)
              S: e OK Told
              """);
      // Three changes to store, one to copy, three to move, one to expunge.
      assertThat(house.account().version() - version).isEqualTo(8);
      assertThat(house.account().find(MailboxName.INBOX).orElseThrow().messages()).isZero();
    }
  }

  /// What was not sent yet is not marked as seen.
  @Test
  void marksAsSeenWhatItSendsInPieces() {
    try (var house = house(4_000)) {
      long version = house.account().version();
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + Talk.select("")
              + """
              C: a FETCH 1:* BODY[TEXT]
              S: * 1 FETCH (BODY[TEXT] {7}
              S: Hello
              S:  FLAGS (\\Seen \\Recent))
              S: ...
              S: * 4000 FETCH (BODY[TEXT] {7}
              S: Hello
              S:  FLAGS (\\Seen \\Recent))
              S: a OK Fetched
              C: b STATUS INBOX (UNSEEN)
              S: * STATUS INBOX (UNSEEN 0)
              S: b OK Told
              C: c FETCH 3000:* BODY[9]
              S: ...
              S: c OK Fetched
              """);
      assertThat(house.account().version() - version).isEqualTo(3);
    }
  }

  @Test
  void marksAllOfSeveralRuns() {
    try (var house = house(4_000)) {
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + Talk.select("")
              + """
              C: a FETCH 1:1900,2001:2500,2600:4000 BODY[TEXT]
              S: ...
              S: a OK Fetched
              C: b STATUS INBOX (UNSEEN)
              S: * STATUS INBOX (UNSEEN 199)
              S: b OK Told
              """);
    }
  }

  @Test
  void comesBackToManyThatAreGone() {
    var odd = new StringBuilder();
    for (int uid = 1; uid < 18_000; uid += 2) {
      odd.append(odd.isEmpty() ? "" : ",").append(uid);
    }
    try (var house = house(30_000)) {
      long version = house.account().version();
      var _ =
          house.change(draft ->
              draft.expunge(
                  draft.find(MailboxName.INBOX).orElseThrow().id(), UidSet.range(1, 29_999)));
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + """
              C: e ENABLE QRESYNC
              S: * ENABLED QRESYNC
              S: e OK Enabled
              """
              + Talk.select("")
              + """
              C: a UID FETCH %s (FLAGS) (CHANGEDSINCE %d VANISHED)
              S: * VANISHED (EARLIER) %s
              S: a OK Fetched
              C: b UID FETCH 29000:* (UID) (CHANGEDSINCE %d VANISHED)
              S: * VANISHED (EARLIER) 29000:29999
              S: b OK Fetched
              """
                  .formatted(odd, version, odd, version));
    }
  }

  /// RFC 3501 §6.4.7: all or nothing.
  @Test
  void takesBackWhatWasCopiedWhenTheRestHasNoRoom() {
    try (var house = house(21_000)) {
      var _ =
          house.change(draft -> {
            draft.setQuota(new QuotaLimits(0, 41_500));
            return draft;
          });
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + Talk.select("")
              + """
              C: a COPY 1:* Trash
              S: a NO [OVERQUOTA] There is no room for it
              C: b STATUS Trash (MESSAGES)
              S: * STATUS Trash (MESSAGES 0)
              S: b OK Told
              C: c GETQUOTA account
              S: * QUOTA account (MESSAGE 21000 41500 MAILBOX 6 5000)
              S: c OK Told
              """);
    }
  }

  /// RFC 5267 §4.3.1: the results are in memory.
  @Test
  void tellsChangesOfSoManyResultsTogether() {
    var script = new StringBuilder();
    for (int i = 0; i < 18; i++) {
      script.append("C: t%d SEARCH RETURN (UPDATE COUNT) ALL\n".formatted(i));
      script.append("S: * ESEARCH (TAG \"t%d\") COUNT 30000\n".formatted(i));
      if (i >= 16) {
        script.append("S: * NO [NOUPDATE \"t%d\"] Changes will not be told\n".formatted(i));
      }
      script.append("S: t%d OK Searched\n".formatted(i));
      if (i == 16) {
        script.append("C: c CANCELUPDATE \"t0\"\nS: c OK That is told no more\n");
        script.append("C: d SEARCH RETURN (UPDATE COUNT) ALL\n");
        script.append("S: * ESEARCH (TAG \"d\") COUNT 30000\nS: d OK Searched\n");
      }
    }
    try (var house = house(30_000)) {
      Talk.play(
          house, 8192, "S: ~.* Posthorn is here\n" + Talk.login("") + Talk.select("") + script);
    }
  }

  private static ImapHouse house(int messages) {
    var house = new ImapHouse(0, PlainTextLogins.LOOPBACK);
    NewEmail email = house.email("From: <bob@example.net>\r\n\r\nHello\r\n");
    var _ =
        house.change(draft -> {
          var inbox = draft.find(MailboxName.INBOX).orElseThrow().id();
          for (int i = 0; i < messages; i++) {
            draft.append(inbox, email);
          }
          return draft;
        });
    return house;
  }
}
