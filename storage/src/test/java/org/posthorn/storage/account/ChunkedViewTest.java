package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ChunkedViewTest {
  private static final long MOST = 0xFFFF_FFFFL;

  @Test
  void oneFlagAmongManyCopiesOneChunk() {
    Spine before = spine(100_000);
    Spine after = before.withFlags(new int[] {50_000}, new Flags[] {Flags.of("\\Seen")}, 7);
    int other = 0;
    for (int i = 0; i < before.chunkCount(); i++) {
      other += before.chunk(i) == after.chunk(i) ? 0 : 1;
    }
    assertThat(other).isEqualTo(1);
    assertThat(after.placement(50_000).flags().seen()).isTrue();
    assertThat(after.placement(50_000).modSeq()).isEqualTo(7);
    assertThat(before.placement(50_000).flags().seen()).isFalse();
  }

  @Test
  void anAppendLeavesOlderViewsAsTheyWere() {
    var lines = new ArrayList<Spine>();
    lines.add(Spine.EMPTY);
    for (int i = 1; i <= 1_500; i++) {
      lines.add(lines.getLast().appended(List.of(placement(i))));
    }
    for (int size = 0; size <= 1_500; size += 37) {
      Spine spine = lines.get(size);
      assertThat(spine.size()).isEqualTo(size);
      assertThat(IntStream.range(0, size).mapToLong(spine::uid).sum())
          .isEqualTo((long) size * (size + 1) / 2);
    }
  }

  @Test
  void whatIsAppendedAfterAChangeThatCameToNothingIsRight() {
    Spine base = spine(10);
    Spine lost = base.appended(List.of(placement(11), placement(12)));
    Spine kept = base.appended(List.of(placement(20)));
    assertThat(lost.size()).isEqualTo(12);
    assertThat(kept.uid(10)).isEqualTo(20);
    assertThat(base.size()).isEqualTo(10);
  }

  @Test
  void smallRestsAreJoined() {
    Spine spine = spine(10_000);
    int[] most = IntStream.range(0, 10_000).filter(i -> i % 100 != 0).toArray();
    Spine left = spine.without(most);
    assertThat(left.size()).isEqualTo(100);
    assertThat(left.chunkCount()).isLessThanOrEqualTo(2);
    assertThat(left.uid(99)).isEqualTo(9_901);
  }

  @Test
  void uidsAreFoundOrTheNextHigherOne() {
    var random = new Random(5);
    var uids = new ArrayList<Long>();
    long uid = 0;
    for (int i = 0; i < 3_000; i++) {
      uid += 1 + random.nextInt(4);
      uids.add(uid);
    }
    uids.add(MOST - 1);
    uids.add(MOST);
    Spine spine = Spine.EMPTY.appended(uids.stream().map(ChunkedViewTest::placement).toList());
    long[] all = uids.stream().mapToLong(Long::longValue).toArray();
    for (long wanted = 0; wanted < uid + 3; wanted++) {
      assertThat(spine.indexOf(wanted)).isEqualTo(Arrays.binarySearch(all, wanted));
    }
    assertThat(spine.indexOf(MOST)).isEqualTo(3_001);
    assertThat(spine.indexOf(MOST - 2)).isEqualTo(-3_001);
    assertThat(spine.uid(3_001)).isEqualTo(MOST);
    assertThat(Spine.EMPTY.indexOf(1)).isEqualTo(-1);
  }

  @Test
  void theDifferenceOfSharedChunksCostsNothing() {
    Spine before = spine(100_000);
    Spine after =
        before
            .withFlags(new int[] {3, 99_999}, new Flags[] {Flags.of("a"), Flags.of("b")}, 9)
            .without(new int[] {70_000})
            .appended(List.of(placement(200_000)));
    MailboxView.Difference news = view(after, 200_001).since(view(before, 100_001));
    assertThat(news.expunged()).isEqualTo(UidSet.of(70_001));
    assertThat(news.changedIndexes()).containsExactly(3, 99_998);
    assertThat(news.firstAdded()).isEqualTo(99_999);
    MailboxView.Difference none = view(after, 200_001).since(view(after, 200_001));
    assertThat(none.expunged().isEmpty()).isTrue();
    assertThat(none.changedIndexes()).isEmpty();
    assertThat(none.firstAdded()).isEqualTo(100_000);
  }

  @Test
  void theFirstUnseenAndTheKeywordsAreFound() {
    Spine spine = spine(2_000);
    int[] all = IntStream.range(0, 2_000).toArray();
    var seen = new Flags[2_000];
    Arrays.fill(seen, Flags.of("\\Seen"));
    seen[1_500] = Flags.of("zebra", "Apple");
    Spine marked = spine.withFlags(all, seen, 3);
    assertThat(view(spine, 2_001).firstUnseen()).isZero();
    assertThat(view(marked, 2_001).firstUnseen()).isEqualTo(1_500);
    assertThat(view(marked, 2_001).keywords()).containsExactly("Apple", "zebra");
    assertThat(view(marked.without(new int[] {1_500}), 2_001).firstUnseen()).isEqualTo(-1);
    assertThat(view(Spine.EMPTY, 1).firstUnseen()).isEqualTo(-1);
  }

  @Test
  void indexesOutsideAreRefused() {
    assertThatThrownBy(() -> spine(3).uid(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> spine(3).uid(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aMessageTakesAFewTensOfBytes() {
    assertThat(spine(100_000).memoryBytes() / 100_000).isLessThan(50);
  }

  private static Spine spine(int size) {
    var builder = new Spine.Builder();
    for (int i = 1; i <= size; i++) {
      builder.add(placement(i));
    }
    return builder.build();
  }

  private static Placement placement(long uid) {
    return new Placement(uid, uid, Flags.NONE, 1, 100, 1_000, 2_000);
  }

  private static MailboxView view(Spine spine, long uidNext) {
    return new ChunkedView(
        new MailboxRow(
                1,
                MailboxName.INBOX,
                Optional.empty(),
                1,
                uidNext,
                9,
                spine.size(),
                0,
                0,
                0,
                0,
                1,
                OptionalInt.empty())
            .info(true),
        spine);
  }
}
