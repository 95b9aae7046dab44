package org.posthorn.smtp.outbound;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

/// A DNS server on loopback, by UDP and TCP on one port, that says whatever a test wants. Safe for
/// use by many threads.
final class ScriptedDns implements AutoCloseable {
  private static final int TRIES = 50;
  private static final int WIRE_MAX_BYTES = 65_535;

  /// What it says to a question: nothing, or packets. Called by many threads.
  @FunctionalInterface
  interface Script {
    List<Packet> answers(Message query, boolean overTcp) throws IOException;
  }

  /// `fromElsewhere`: not from the address that was asked (UDP).
  record Packet(Message message, boolean fromElsewhere) {}

  private final Script script;
  private final ServerSocket tcp;
  private final DatagramSocket udp;
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();

  private ScriptedDns(Script script, ServerSocket tcp, DatagramSocket udp) {
    this.script = script;
    this.tcp = tcp;
    this.udp = udp;
  }

  static ScriptedDns saying(Script script) throws IOException {
    for (int tries = TRIES; ; tries--) {
      var tcp = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
      try {
        var udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress());
        var server = new ScriptedDns(script, tcp, udp);
        Thread.ofPlatform().daemon().start(server::serveUdp);
        Thread.ofVirtual().start(server::serveTcp);
        return server;
      } catch (BindException e) {
        tcp.close();
        if (tries == 0) {
          throw e;
        }
      }
    }
  }

  /// The usual answer: these records, in one packet.
  static List<Packet> answer(Message query, Record... records) {
    Message reply = reply(query);
    for (Record record : records) {
      reply.addRecord(record, Section.ANSWER);
    }
    return packet(reply);
  }

  /// There is nothing, and that may be remembered for so long.
  static List<Packet> nothing(Message query, int rcode, long seconds) {
    Message reply = reply(query);
    reply.getHeader().setRcode(rcode);
    reply.addRecord(
        new SOARecord(Name.root, DClass.IN, seconds, Name.root, Name.root, 1, 60, 60, 60, seconds),
        Section.AUTHORITY);
    return packet(reply);
  }

  static List<Packet> packet(Message message) {
    return List.of(new Packet(message, /* fromElsewhere= */ false));
  }

  static Message reply(Message query) {
    var reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.RA);
    reply.addRecord(query.getQuestion(), Section.QUESTION);
    return reply;
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), udp.getLocalPort());
  }

  /// What it was asked, in order: `udp example.org. TXT`.
  List<String> asked() {
    return List.copyOf(asked);
  }

  private List<Packet> answers(byte[] question, boolean overTcp) throws IOException {
    var query = new Message(question);
    Record asks = query.getQuestion();
    asked.add(
        (overTcp ? "tcp " : "udp ")
            + asks.getName()
            + " "
            + org.xbill.DNS.Type.string(asks.getType()));
    return script.answers(query, overTcp);
  }

  private void serveUdp() {
    var buffer = new byte[WIRE_MAX_BYTES];
    while (!udp.isClosed()) {
      var packet = new DatagramPacket(buffer, buffer.length);
      try {
        udp.receive(packet);
        byte[] question = Arrays.copyOf(buffer, packet.getLength());
        SocketAddress from = packet.getSocketAddress();
        Thread.ofVirtual().start(() -> say(question, from));
      } catch (IOException _) {
        // The next one, or the end.
      }
    }
  }

  private void say(byte[] question, SocketAddress to) {
    try {
      for (Packet packet : answers(question, /* overTcp= */ false)) {
        byte[] bytes = packet.message.toWire(WIRE_MAX_BYTES);
        var datagram = new DatagramPacket(bytes, bytes.length, to);
        if (packet.fromElsewhere) {
          try (var other = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            other.send(datagram);
          }
        } else {
          udp.send(datagram);
        }
      }
    } catch (IOException _) {
      // Who asked is gone.
    }
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try {
        Socket client = tcp.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException _) {
        // The next one, or the end.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      var in = new DataInputStream(client.getInputStream());
      var out = new DataOutputStream(client.getOutputStream());
      while (true) {
        var question = new byte[in.readUnsignedShort()];
        in.readFully(question);
        for (Packet packet : answers(question, /* overTcp= */ true)) {
          byte[] bytes = packet.message.toWire(WIRE_MAX_BYTES);
          out.writeShort(bytes.length);
          out.write(bytes);
          out.flush();
        }
      }
    } catch (IOException _) {
      // It has gone.
    }
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
