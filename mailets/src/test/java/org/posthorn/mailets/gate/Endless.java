package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A milter that comes to terms, says yes to all up to the end of the message, and then says the
/// same packet again and again; or one that says yes and stops reading at the content. One that has
/// but progress to say begins with that at once.
final class Endless implements AutoCloseable {
  private final ServerSocket listener;
  private final List<Socket> clients = new CopyOnWriteArrayList<>();
  private final byte[] packet;
  private final boolean deaf;
  private final int pauseMillis;

  Endless(String packet) throws IOException {
    this(packet, false, 0);
  }

  /// `pauseMillis`: how long it is silent between two packets.
  Endless(String packet, boolean deaf, int pauseMillis) throws IOException {
    this.listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    byte[] data = packet.getBytes(ISO_8859_1);
    this.packet = ByteBuffer.allocate(4 + data.length).putInt(data.length).put(data).array();
    this.deaf = deaf;
    this.pauseMillis = pauseMillis;
    Thread.ofVirtual().start(this::serve);
  }

  String at() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  private void serve() {
    try {
      Socket client = listener.accept();
      clients.add(client);
      var in = new DataInputStream(client.getInputStream());
      var out = new DataOutputStream(client.getOutputStream());
      boolean atOnce = packet.length <= 5 && !deaf;
      while (true) {
        byte[] heard = in.readNBytes(in.readInt());
        char letter = (char) heard[0];
        if (letter == 'O') {
          byte[] terms = ByteBuffer.allocate(13).put((byte) 'O').putInt(6).putInt(0x1ff).array();
          out.writeInt(terms.length);
          out.write(terms);
        } else if (letter == 'T' && deaf) {
          say(out, new byte[] {0, 0, 0, 1, 'c'});
          return;
        } else if (letter == 'E' || (atOnce && letter == 'C')) {
          while (true) {
            Thread.sleep(pauseMillis);
            out.write(packet);
          }
        } else if (letter != 'D') {
          say(out, new byte[] {0, 0, 0, 1, 'c'});
        }
      }
    } catch (IOException | InterruptedException _) {
      // The other side has had enough.
    }
  }

  private static void say(DataOutputStream out, byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
