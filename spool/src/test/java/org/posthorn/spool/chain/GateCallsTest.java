package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateCallsTest {
  private final GateCalls calls = new GateCalls(10);

  /// Otherwise one whose DNS is slow could have them all.
  @Test
  void aClientLeavesOthersTheirs() {
    for (int i = 0; i < 5; i++) {
      assertThat(calls.begin(client(1))).isPresent();
    }
    assertThat(calls.begin(client(1))).isEmpty();
    assertThat(calls.begin(client(2))).isPresent();
    assertThat(calls.running()).isEqualTo(6);
  }

  @Test
  void whatWasGivenUpCountsUntilItsEnd() {
    var one = new GateCalls(1);
    Optional<GateCalls.Call> call = one.begin(client(1));
    call.orElseThrow().giveUp();
    assertThat(one.givenUp()).isEqualTo(1);
    assertThat(one.begin(client(2))).isEmpty();
    call.orElseThrow().end();
    assertThat(one.givenUp()).isZero();
    assertThat(one.begin(client(2))).isPresent();
  }

  @Test
  void whatHasEndedIsNotGivenUp() {
    GateCalls.Call call = calls.begin(client(1)).orElseThrow();
    call.end();
    call.giveUp();
    assertThat(calls.givenUp()).isZero();
  }

  @Test
  void complainsOnceAMinute() {
    assertThat(calls.mayComplain()).isTrue();
    assertThat(calls.mayComplain()).isFalse();
  }

  private static InetAddress client(int number) {
    return InetAddress.ofLiteral("192.0.2." + number);
  }
}
