package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A milter that speaks the protocol on a socket of its own and does as it is told: what it says to
/// each letter, and what it has no use for. Writes down what it hears. A letter without an answer
/// is answered with `c`.
final class ToyMilter implements AutoCloseable {
  /// Answers that are none.
  static final String HANG_UP = "hang up";

  static final String SILENT = "silent";

  /// It takes its time before the next one.
  static final String PAUSE = "pause";

  private static final long PAUSE_NANOS = 300_000_000;

  private final ServerSocketChannel listener;
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final Map<Character, List<byte[]>> answers = new LinkedHashMap<>();
  private final Thread listening;
  private final List<SocketChannel> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger clients = new AtomicInteger();
  private final AtomicInteger gone = new AtomicInteger();
  private int unwanted;
  private byte[] symbols = new byte[0];

  ToyMilter() throws IOException {
    this(Optional.empty());
  }

  ToyMilter(Optional<Path> socket) throws IOException {
    this.listener =
        socket.isPresent()
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open();
    SocketAddress address =
        socket.isPresent()
            ? UnixDomainSocketAddress.of(socket.get())
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    listener.bind(address);
    this.listening = Thread.ofVirtual().start(this::listen);
  }

  /// Says these packets, each a letter and its data, when it hears `letter`.
  ToyMilter says(char letter, String... packets) {
    List<byte[]> bytes = new ArrayList<>();
    for (String packet : packets) {
      bytes.add(packet.getBytes(ISO_8859_1));
    }
    answers.put(letter, bytes);
    return this;
  }

  /// Leaves out steps and answers; `letters` are those of the steps that it does not answer.
  ToyMilter without(int flags, String letters) {
    unwanted = flags;
    letters.chars().forEach(letter -> says((char) letter, SILENT));
    return this;
  }

  ToyMilter wants(int step, String macros) {
    byte[] names = (macros + '\0').getBytes(ISO_8859_1);
    symbols =
        ByteBuffer.allocate(symbols.length + 4 + names.length)
            .put(symbols)
            .putInt(step)
            .put(names)
            .array();
    return this;
  }

  int port() throws IOException {
    return ((InetSocketAddress) listener.getLocalAddress()).getPort();
  }

  String at() throws IOException {
    return "127.0.0.1:" + port();
  }

  /// The letters of a text.
  static List<Character> letters(String text) {
    return text.chars().mapToObj(letter -> (char) letter).toList();
  }

  /// What was said to it, without the first packet.
  List<String> heard() {
    return heard;
  }

  int clients() {
    return clients.get();
  }

  /// Those whose connection is closed.
  int gone() {
    return gone.get();
  }

  /// Those that have not gone.
  int connected() {
    return (int) open.stream().filter(SocketChannel::isOpen).count();
  }

  /// The number and two texts of a change.
  static String change(char letter, int number, String name, String value) {
    byte[] bytes = ByteBuffer.allocate(4).putInt(number).array();
    return letter + new String(bytes, ISO_8859_1) + name + '\0' + value + '\0';
  }

  private void listen() {
    try {
      while (true) {
        SocketChannel client = listener.accept();
        clients.incrementAndGet();
        open.add(client);
        Thread.ofVirtual()
            .start(() -> {
              serve(client);
              gone.incrementAndGet();
            });
      }
    } catch (IOException _) {
      // Closed.
    }
  }

  private void serve(SocketChannel client) {
    try (client;
        var in = new DataInputStream(Channels.newInputStream(client));
        var out = new DataOutputStream(Channels.newOutputStream(client))) {
      while (true) {
        byte[] packet = in.readNBytes(in.readInt());
        String said = new String(packet, ISO_8859_1);
        if (said.startsWith("O")) {
          if (!negotiate(out)) {
            return;
          }
          continue;
        }
        heard.add(said);
        boolean isAnswered = "DAQK".indexOf(said.charAt(0)) < 0;
        if ((isAnswered || answers.containsKey(said.charAt(0))) && !answer(out, said.charAt(0))) {
          return;
        }
      }
    } catch (EOFException _) {
      // The client is gone.
    } catch (IOException e) {
      if (client.isOpen()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// False: it hangs up.
  private boolean negotiate(DataOutputStream out) throws IOException {
    if (answers.containsKey('O')) {
      return answer(out, 'O');
    }
    byte[] terms =
        ByteBuffer.allocate(12 + symbols.length)
            .putInt(6)
            .putInt(0x1ff)
            .putInt(unwanted)
            .put(symbols)
            .array();
    send(out, ("O" + new String(terms, ISO_8859_1)).getBytes(ISO_8859_1));
    return true;
  }

  /// False: it hangs up.
  private boolean answer(DataOutputStream out, char letter) throws IOException {
    for (byte[] packet : answers.getOrDefault(letter, List.of(new byte[] {'c'}))) {
      String text = new String(packet, ISO_8859_1);
      if (text.equals(HANG_UP)) {
        return false;
      }
      if (text.equals(PAUSE)) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } else if (!text.equals(SILENT)) {
        send(out, packet);
      }
    }
    return true;
  }

  private static void send(DataOutputStream out, byte[] packet) throws IOException {
    var whole = ByteBuffer.allocate(4 + packet.length).putInt(packet.length).put(packet);
    out.write(whole.array());
    out.flush();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    try {
      listening.join(); // Until then it may take one more client.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    for (SocketChannel client : open) {
      client.close();
    }
  }
}
