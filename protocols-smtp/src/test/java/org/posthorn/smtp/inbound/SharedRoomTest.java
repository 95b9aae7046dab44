package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedRoomTest {
  private static final long MB = 1024 * 1024;

  private final SharedRoom room = SharedRoom.forHeaders();

  @Test
  void oneClientGetsAQuarter() {
    SharedRoom.Share one = room.share(client(1));
    assertThat(one.hold(12 * MB)).isTrue();
    assertThat(one.hold(13 * MB)).isFalse();
    assertThat(room.share(client(1)).hold(MB)).isFalse();
    assertThat(room.share(client(2)).hold(MB)).isTrue();
  }

  /// Four that took a quarter each would have it all.
  @Test
  void howeverManyTakeWhatTheyCanThereIsRoomForWhoComesNext() {
    List<SharedRoom.Share> held = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      SharedRoom.Share share = room.share(client(i));
      held.add(share);
      while (share.hold(2 * MB)) {
        share = room.share(client(i));
        held.add(share);
      }
    }
    assertThat(room.share(client(200)).hold(MB)).isTrue();
    held.forEach(SharedRoom.Share::close);
    assertThat(room.takenBytes()).isBetween(1L, MB);
  }

  /// Whoever lets others have a header of many megabytes does not lock it out as soon as another
  /// client is there.
  @Test
  void whatIsLongerThanThereIsRoomForIsTakenBesideOthers() {
    assertThat(room.share(client(1)).hold(8 * MB)).isTrue();
    SharedRoom.Share large = room.share(client(2));
    assertThat(large.hold(large.mostBytes())).isTrue();
  }

  private static InetAddress client(int number) {
    return InetAddress.ofLiteral("192.0.2." + number);
  }
}
