package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.posthorn.imap.ImapHouse;
import org.posthorn.imap.wire.SearchKey;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.UidSet;

class ConditionsTest {
  private static final int MESSAGES = 4_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// `$` names what was saved, and takes no memory of its own however often it is named.
  @Test
  void whatWasSavedIsThereOnce() throws Exception {
    UidSet odd = UidSet.of(LongStream.range(0, MESSAGES / 2).map(i -> 2 * i + 1).toArray());
    try (var house = filled();
        var conditions = new Conditions(house.inbox(), odd, house.search(), TextOrder.DEFAULT)) {
      var saved = new SearchKey.Numbers(new SequenceSet(List.of(), true));
      long before = THREADS.getCurrentThreadAllocatedBytes();
      Condition thousand = conditions.of(new SearchKey.And(Collections.nCopies(1_000, saved)));
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
      assertThat(thousand.check().passes(0)).isTrue();
      assertThat(thousand.check().passes(1)).isFalse();
      assertThat(thousand.check().passes(MESSAGES - 2)).isTrue();
    }
  }

  /// What the index says of a text is kept for each key.
  @Test
  void textKeysTakeNoMoreMemoryThanThereIs() throws Exception {
    try (var house = new ImapHouse()) {
      house.append("INBOX", "A: b\r\n\r\n" + "many words\r\n".repeat(8_000));
      var pool = new KeyMemory.Pool(4_000);
      assertThatThrownBy(() -> search(house, 1_000, pool))
          .isInstanceOf(MailboxException.LimitReached.class)
          .hasMessageContaining("no memory for so much at a time");
      for (int i = 0; i < 3; i++) {
        assertThat(search(house, 200, pool)).isFalse();
      }
    }
  }

  private static boolean search(ImapHouse house, int keys, KeyMemory.Pool pool) throws IOException {
    SearchKey key = new SearchKey.Body("none0");
    for (int i = 1; i < keys; i++) {
      key = new SearchKey.Or(key, new SearchKey.Body("none" + i));
    }
    try (var conditions =
        new Conditions(
            house.inbox(), UidSet.NONE, house.search(), TextOrder.DEFAULT, new KeyMemory(pool))) {
      return conditions.search(key).check().passes(0);
    }
  }

  private static ImapHouse filled() {
    var house = new ImapHouse();
    NewEmail email = house.email("A: b\r\n\r\n");
    var _ =
        house.change(draft -> {
          var inbox = draft.find(MailboxName.INBOX).orElseThrow().id();
          for (int i = 0; i < MESSAGES; i++) {
            draft.append(inbox, email);
          }
          return draft;
        });
    return house;
  }
}
