package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.posthorn.imap.ImapHouse;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.SearchKey;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.UidSet;

class ConditionsTest {
  private static final int MESSAGES = 4_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// `$` names what was saved, and takes no memory of its own however often it is named.
  @Test
  void whatWasSavedIsThereOnce() throws Exception {
    try (var house = new ImapHouse()) {
      fill(house);
      SelectedMailbox mailbox = house.inbox();
      UidSet odd = UidSet.of(LongStream.range(0, MESSAGES / 2).map(i -> 2 * i + 1).toArray());
      var conditions = new Conditions(mailbox, odd, house.search(), TextOrder.DEFAULT);
      var saved = new SearchKey.Numbers(new SequenceSet(List.of(), true));
      long before = THREADS.getCurrentThreadAllocatedBytes();
      Condition thousand = conditions.of(new SearchKey.And(Collections.nCopies(1_000, saved)));
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
      assertThat(thousand.check().passes(0)).isTrue();
      assertThat(thousand.check().passes(1)).isFalse();
      assertThat(thousand.check().passes(MESSAGES - 2)).isTrue();
    }
  }

  private static void fill(ImapHouse house) {
    NewEmail email = house.email("A: b\r\n\r\n");
    var _ =
        house.change(draft -> {
          var inbox = draft.find(MailboxName.INBOX).orElseThrow().id();
          for (int i = 0; i < MESSAGES; i++) {
            draft.append(inbox, email);
          }
          return draft;
        });
  }
}
