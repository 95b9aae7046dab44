package org.posthorn.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireOutputTest {
  @Test
  void sendsWhatWasWrittenWhenItIsFlushed() throws IOException {
    var sink = new ByteArrayOutputStream();
    WireOutput output = WireOutput.of(sink);
    output.write("grüß ");
    output.write('!');
    output.write("[abc]".getBytes(US_ASCII), 1, 3);
    assertThat(output.transferFrom(new ByteArrayInputStream("stream".getBytes(US_ASCII))))
        .isEqualTo(6);
    assertThat(sink.size()).isZero();
    output.flush();
    assertThat(sink.toString(UTF_8)).isEqualTo("grüß !abcstream");
  }

  @Test
  void keepsTheOrderWhateverTheSizes() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      var sink = new ByteArrayOutputStream();
      var wanted = new ByteArrayOutputStream();
      var output = new WireOutput(sink::write, new BufferPool(1 + random.nextInt(20)));
      for (int j = 0; j < 20; j++) {
        byte[] bytes = new byte[random.nextInt(50)];
        random.nextBytes(bytes);
        wanted.writeBytes(bytes);
        switch (random.nextInt(4)) {
          case 0 -> output.transferFrom(new ByteArrayInputStream(bytes));
          case 1 -> {
            for (byte b : bytes) {
              output.write(b);
            }
          }
          case 2 -> {
            output.write(bytes, 0, bytes.length);
            output.flush();
          }
          default -> output.write(bytes, 0, bytes.length);
        }
      }
      output.flush();
      assertThat(sink.toByteArray()).as("seed %d", seed).isEqualTo(wanted.toByteArray());
    }
  }

  @Test
  void responsesOfTwoThreadsDoNotMix() throws IOException, InterruptedException {
    var sink = new ByteArrayOutputStream();
    var output = new WireOutput(sink::write, new BufferPool(64));
    var threads = new ArrayList<Thread>();
    for (String response : new String[] {"aaaaaaaaaaaaaaa\n", "bbbbbbbbbbbbbbb\n"}) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; i < 1000; i++) {
                    output.write(response);
                  }
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    output.flush();
    assertThat(sink.toString(US_ASCII).lines())
        .hasSize(2000)
        .allMatch(l -> l.matches("a{15}|b{15}"));
  }
}
