package org.posthorn.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class DeflateWireTest {
  /// What a client has sent, packet by packet; an empty one is a silence.
  private static final class Packets implements Wire {
    private final Deque<byte[]> incoming = new ArrayDeque<>();
    private final ByteArrayOutputStream outgoing = new ByteArrayOutputStream();

    @Override
    public int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException {
      byte[] packet = incoming.poll();
      if (packet == null) {
        return -1;
      }
      if (packet.length == 0) {
        throw new SocketTimeoutException();
      }
      int count = Math.min(length, packet.length);
      System.arraycopy(packet, 0, target, offset, count);
      if (count < packet.length) {
        incoming.push(Arrays.copyOfRange(packet, count, packet.length));
      }
      return count;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      outgoing.write(bytes, offset, length);
    }

    @Override
    public void endOutput() {}
  }

  private final Packets packets = new Packets();
  private final DeflateWire wire = new DeflateWire(packets, new BufferPool(512));
  private final Deflater client = new Deflater(Deflater.DEFAULT_COMPRESSION, true);

  @Test
  void readsWhatAClientCompressesAlsoAfterItWasSilent() throws IOException {
    var random = new Random(7);
    var said = new ByteArrayOutputStream();
    for (int i = 0; i < 300; i++) {
      byte[] text =
          ("a" + i + " UID FETCH " + random.nextInt(1000) + " (FLAGS)\r\n").getBytes(UTF_8);
      if (i % 50 == 0) {
        text = new byte[100_000];
        random.nextBytes(text);
      }
      said.writeBytes(text);
      packets.incoming.add(compressed(text, Deflater.SYNC_FLUSH));
      if (random.nextBoolean()) {
        packets.incoming.add(new byte[0]);
      }
    }
    assertThat(readAll(random)).isEqualTo(said.toByteArray());
  }

  /// A silence in mid-block.
  @Test
  void forgetsNothingThatIsNotFlushed() throws IOException {
    byte[] text = "x".repeat(1000).getBytes(UTF_8);
    byte[] packed = compressed(text, Deflater.SYNC_FLUSH);
    for (byte b : packed) {
      packets.incoming.add(new byte[] {b});
      packets.incoming.add(new byte[0]);
    }
    assertThat(readAll(new Random(1))).isEqualTo(text);
  }

  @Test
  void writesWhatAClientReadsAlsoAfterItWasSilent() throws Exception {
    var random = new Random(8);
    var said = new ByteArrayOutputStream();
    byte[] target = new byte[10];
    for (int i = 0; i < 100; i++) {
      byte[] text =
          ("* " + i + " FETCH (FLAGS ())\r\n").repeat(1 + random.nextInt(500)).getBytes(UTF_8);
      said.writeBytes(text);
      wire.write(text, 0, text.length);
      if (random.nextBoolean()) {
        // A second of silence; then a byte comes, or more silence.
        packets.incoming.add(new byte[0]);
        packets.incoming.add(compressed(new byte[] {1}, Deflater.SYNC_FLUSH));
        assertThat(wire.read(target, 0, target.length, 60_000)).isEqualTo(1);
      }
    }
    byte[] packed = packets.outgoing.toByteArray();
    assertThat(packed.length).isLessThan(said.size() / 5);
    assertThat(inflated(packed, said.size())).isEqualTo(said.toByteArray());
  }

  @Test
  void endsWithWhatIsNoCompression() {
    packets.incoming.add("a NOOP\r\n".getBytes(UTF_8));
    assertThatIOException().isThrownBy(() -> readAll(new Random(1)));
  }

  /// Empty blocks come for ever and say nothing.
  @Test
  void waitsOnlyAsLongAsItIsToldTo() {
    for (int i = 0; i < 50_000; i++) {
      packets.incoming.add(new byte[] {0, 0, 0, (byte) 0xff, (byte) 0xff});
    }
    assertThatIOException()
        .isThrownBy(() -> {
          byte[] target = new byte[10];
          while (wire.read(target, 0, 10, 1) >= 0) {}
        })
        .isInstanceOf(SocketTimeoutException.class);
  }

  /// The same where the compression is to end.
  @Test
  void waitsForItsEndOnlyAsLongAsItIsToldTo() throws IOException {
    byte[] target = new byte[10];
    packets.incoming.add(compressed(new byte[] {1}, Deflater.SYNC_FLUSH));
    assertThat(wire.read(target, 0, 10, 1000)).isEqualTo(1);
    for (int i = 0; i < 50_000; i++) {
      packets.incoming.add(new byte[] {0, 0, 0, (byte) 0xff, (byte) 0xff});
    }
    assertThatIOException()
        .isThrownBy(() -> wire.readPlain(target, 0, 10, 1))
        .isInstanceOf(SocketTimeoutException.class);
  }

  /// Whether the client ends its stream or just stops.
  @Test
  void endsTheCompressionInBothDirections() throws Exception {
    byte[] last = "a UNAUTHENTICATE\r\n".getBytes(UTF_8);
    byte[] target = new byte[100];
    for (boolean ends : new boolean[] {false, true}) {
      var those = new Packets();
      var other = new DeflateWire(those, new BufferPool(512));
      client.reset();
      those.incoming.add(compressed(last, Deflater.SYNC_FLUSH));
      assertThat(other.read(target, 0, 100, 1000)).isEqualTo(last.length);
      other.write(last, 0, last.length);
      other.finishOutput();
      if (ends) {
        client.finish();
        those.incoming.add(compressed(new byte[0], Deflater.NO_FLUSH));
      }
      those.incoming.add("b NOOP\r\n".getBytes(UTF_8));
      var plain = new ByteArrayOutputStream();
      for (int count = 0; count >= 0; count = other.readPlain(target, 0, 100, 1000)) {
        plain.write(target, 0, count);
      }
      assertThat(plain.toString(UTF_8)).isEqualTo("b NOOP\r\n");
      assertThat(inflated(those.outgoing.toByteArray(), last.length)).isEqualTo(last);
    }
  }

  private byte[] readAll(Random random) throws IOException {
    var all = new ByteArrayOutputStream();
    byte[] target = new byte[4096];
    while (true) {
      int count = wire.read(target, 0, 1 + random.nextInt(target.length), 60_000);
      if (count < 0) {
        return all.toByteArray();
      }
      all.write(target, 0, count);
    }
  }

  private byte[] compressed(byte[] bytes, int flush) {
    client.setInput(bytes);
    byte[] packed = new byte[bytes.length + 1000];
    int count = client.deflate(packed, 0, packed.length, flush);
    return Arrays.copyOf(packed, count);
  }

  private static byte[] inflated(byte[] packed, int length) throws DataFormatException {
    var inflater = new Inflater(true);
    inflater.setInput(packed);
    byte[] bytes = new byte[length];
    int count = 0;
    while (count < length) {
      int more = inflater.inflate(bytes, count, length - count);
      if (more == 0) {
        break;
      }
      count += more;
    }
    inflater.end();
    return Arrays.copyOf(bytes, count);
  }
}
