package org.posthorn.app.transfer.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class GoneTest {
  private final Gone gone = new Gone();

  private void vanished(String uids) {
    gone.vanished(List.of("*", "VANISHED", List.of("EARLIER"), uids));
  }

  @Test
  void rangesAreGoneInWhateverOrder() {
    vanished("41,60:58,43:45");
    vanished("44:50,100:200,120:130");
    assertThat(gone.mayBe()).isTrue();
    assertThat(LongStream.rangeClosed(1, 300).filter(gone::has).boxed().toList())
        .isEqualTo(
            LongStream.rangeClosed(1, 300)
                .filter(uid ->
                    uid == 41
                        || (uid >= 43 && uid <= 50)
                        || (uid >= 58 && uid <= 60)
                        || (uid >= 100 && uid <= 200))
                .boxed()
                .toList());
  }

  @Test
  void whatIsNoNumberRemovesNothing() {
    vanished("x:50,7:*,0:30,-4:20,,99999999999999999999:80");
    assertThat(gone.mayBe()).isFalse();
    assertThat(LongStream.rangeClosed(0, 100).anyMatch(gone::has)).isFalse();
  }

  @Test
  void howeverManyRangesThereAreEachIsWhatItSays() {
    vanished(
        LongStream.range(0, 120_000)
                .mapToObj(i -> Long.toString(1_001 + 2 * i))
                .collect(Collectors.joining(","))
            + ",900000:900005");
    assertThat(gone.has(2)).isFalse();
    assertThat(gone.has(1_001)).isTrue();
    assertThat(gone.has(1_002)).isFalse();
    assertThat(gone.has(240_999)).isTrue();
    assertThat(gone.has(300_000)).isFalse();
    assertThat(gone.has(900_003)).isTrue();
  }

  @Test
  void otherResponsesSayNothing() {
    gone.vanished(List.of("*", "5", "EXPUNGE"));
    gone.vanished(List.of("*", "VANISHED"));
    assertThat(gone.mayBe()).isFalse();
  }
}
