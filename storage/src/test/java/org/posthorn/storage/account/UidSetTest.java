package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

final class UidSetTest {
  @Test
  void aSetIsWrittenAsImapWritesIt() {
    assertThat(UidSet.of(7, 1, 2, 3, 3, 9, 10)).hasToString("1:3,7,9:10");
    assertThat(UidSet.NONE).hasToString("");
    assertThat(UidSet.range(5, 8)).hasToString("5:8");
    assertThat(UidSet.range(5, 4)).isEqualTo(UidSet.NONE);
  }

  @Test
  void setsAreJoined() {
    assertThat(UidSet.of(1, 5).union(UidSet.of(5, 2))).isEqualTo(UidSet.of(1, 2, 5));
    assertThat(UidSet.NONE.union(UidSet.of(2))).isEqualTo(UidSet.of(2));
  }

  @Test
  void everySetIsReadBackAsWritten() {
    var random = new Random(11);
    for (int i = 0; i < 200; i++) {
      UidSet set = UidSet.of(random.longs(random.nextInt(50), 1, 100).toArray());
      var row = new RowWriter(1);
      set.writeTo(row);
      assertThat(UidSet.readFrom(new RowReader(row.toBytes()))).isEqualTo(set);
    }
    var most = new RowWriter(1);
    UidSet.of(1, 0xFFFF_FFFFL).writeTo(most);
    assertThat(UidSet.readFrom(new RowReader(most.toBytes())))
        .isEqualTo(UidSet.of(1, 0xFFFF_FFFFL));
  }
}
