package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;

/// draft-ietf-mailmaint-imap-uidbatches.
class UidBatchesTest {
  private static void fill(ImapHouse house) {
    NewEmail email = house.email("Subject: x\r\n\r\n");
    long last =
        house.change(draft -> {
          var inbox = draft.find(MailboxName.INBOX).orElseThrow().id();
          long uid = 0;
          while (uid < 1_300) {
            uid = draft.append(inbox, email);
          }
          return uid;
        });
    assertThat(last).isEqualTo(1_300);
  }

  @Test
  void tellsRangesThatMeet() {
    Talk.bothSelected(
        UidBatchesTest::fill,
        """
        C: a UIDBATCHES 500
        S: * UIDBATCHES (TAG "a") 1300:801,800:301,300:1
        S: a OK Told
        C2: b STORE 1,800,1300 +FLAGS.SILENT (\\Deleted)
        S2: b OK Stored
        C2: c EXPUNGE
        S2: ...
        S2: c OK Expunged
        C: d UIDBATCHES 500
        S: * 1300 EXPUNGE
        S: * 800 EXPUNGE
        S: * 1 EXPUNGE
        S: * UIDBATCHES (TAG "d") 1299:799,798:299,298:1
        S: d OK Told
        C: e UIDBATCHES 1297
        S: * UIDBATCHES (TAG "e") 1299:1
        S: e OK Told
        C: f UIDBATCHES 4294967295 1:4294967295
        S: * UIDBATCHES (TAG "f") 1299:1
        S: f OK Told
        C: g ENABLE UIDONLY
        S: ...
        S: g OK Enabled
        C: h UIDBATCHES 500 2:2
        S: * UIDBATCHES (TAG "h") 798:299
        S: h OK Told
        C: i UIDBATCHES 500 3:9
        S: * UIDBATCHES (TAG "i") 298:1
        S: i OK Told
        C: j UIDBATCHES 500 4:5
        S: * UIDBATCHES (TAG "j")
        S: j OK Told
        """);
  }

  @Test
  void refusesWhatIsNoBatch() {
    Talk.selected(
        house -> {},
        """
        C: a UIDBATCHES 500
        S: * UIDBATCHES (TAG "a")
        S: a OK Told
        C: b UIDBATCHES 499
        S: b NO [TOOFEW] A batch has at least 500 messages
        C: c UIDBATCHES 500 20:10
        S: c BAD [CLIENTBUG] The first batch comes first
        C: d UIDBATCHES 500 10
        S: ~d BAD .*
        C: e UIDBATCHES
        S: ~e BAD .*
        C: f UIDBATCHES 500 0:2
        S: ~f BAD .*
        C: g UIDBATCHES 99999999999
        S: ~g BAD .*
        C: h UNSELECT
        S: h OK Closed
        C: i UIDBATCHES 500
        S: i BAD Select a mailbox first
        """);
  }
}
