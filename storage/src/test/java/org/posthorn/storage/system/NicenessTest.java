package org.posthorn.storage.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the system says of threads that were made nice; it knows the rest of them as before.
final class NicenessTest {
  private static final Pattern SLICE = Pattern.compile("(?m)^se\\.slice\\s*:\\s*(\\d+)$");
  private static final Pattern VERSION = Pattern.compile("^(\\d+)\\.(\\d+)");

  /// What `/proc` says of the calling thread.
  private record Seen(int nice, int policy, Optional<Long> sliceNanos) {
    static Seen now() throws IOException {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      // The name, which may have spaces, is the second of them; proc(5) counts from one.
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      Path sched = Path.of("/proc/thread-self/sched");
      Matcher slice = SLICE.matcher(Files.exists(sched) ? Files.readString(sched) : "");
      return new Seen(
          Integer.parseInt(afterName[19 - 3]),
          Integer.parseInt(afterName[41 - 3]),
          slice.find() ? Optional.of(Long.parseLong(slice.group(1))) : Optional.empty());
    }
  }

  @BeforeEach
  void onLinux() {
    assumeTrue(Files.exists(Path.of("/proc/thread-self/stat")));
  }

  @Test
  void aThreadThatMayWaitLetsOthersGoFirst() throws Exception {
    Seen before = Seen.now();
    Seen behind = after(Niceness::behind);
    assertThat(behind.nice()).isEqualTo(5);
    assertThat(behind.policy()).isEqualTo(before.policy());
    if (hasSlices() && behind.sliceNanos().isPresent()) {
      assertThat(behind.sliceNanos()).contains(100_000_000L);
    }
    assertThat(Seen.now()).isEqualTo(before);
  }

  @Test
  void whatComputesWithoutEndComesLast() throws Exception {
    Seen last = after(Niceness::last);
    assertThat(last.nice()).isEqualTo(19);
    if (hasSlices() && last.sliceNanos().isPresent()) {
      assertThat(last.sliceNanos()).contains(100_000_000L);
    }
  }

  @Test
  void noThreadIsNoTrouble() throws Exception {
    Seen before = Seen.now();
    Niceness.behind(0);
    Niceness.last(Integer.MAX_VALUE);
    assertThat(Seen.now()).isEqualTo(before);
  }

  /// Since Linux 6.12 a thread says how long it wants to compute at one go.
  private static boolean hasSlices() {
    Matcher version = VERSION.matcher(System.getProperty("os.version"));
    return version.find()
        && Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2)) >= 6_012;
  }

  /// On a thread of its own, since there is no way back.
  private static Seen after(IntConsumer act) throws Exception {
    Callable<Seen> work =
        () -> {
          act.accept(Niceness.thread());
          return Seen.now();
        };
    var seen = new FutureTask<>(work);
    Thread.ofPlatform().start(seen).join();
    return seen.get();
  }
}
