package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {
  /// A server of which one thread asks for more than there is, and that would then go on.
  public static final class Greedy {
    private Greedy() {}

    public static void main(String[] arguments) throws InterruptedException {
      OutOfMemory.endsTheProcess();
      Thread.ofVirtual().start(Greedy::take).join();
      System.exit(0);
    }

    private static void take() {
      List<byte[]> taken = new ArrayList<>();
      while (!taken.contains(new byte[0])) {
        taken.add(new byte[1 << 20]);
      }
    }
  }

  @Test
  void aThreadOfTheServerThatDiesOfItEndsTheProcess() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                java,
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Greedy.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isEqualTo(3);
    } finally {
      process.destroyForcibly();
    }
  }
}
