package org.posthorn.app;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// A DNS server on loopback that knows one zone, in the form of RFC 1035 §5, and nothing else.
final class NameServer implements AutoCloseable {
  /// A TXT record as commands show it.
  static final Pattern TXT = Pattern.compile("(?ms)^\\S+\\. IN TXT (\\(.*?\\)|\"[^\"]*\")$");

  private final DatagramSocket socket;
  private final List<Record> zone = new CopyOnWriteArrayList<>();

  NameServer(String text) throws IOException {
    add(text);
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::serve);
  }

  /// From now on it knows these too.
  void add(String text) throws IOException {
    try (Master master =
        new Master(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), Name.root, 60)) {
      for (Record next = master.nextRecord(); next != null; next = master.nextRecord()) {
        zone.add(next);
      }
    }
  }

  /// From now on it knows the TXT records that a command has shown.
  void publish(String shown) throws IOException {
    add(
        TXT.matcher(shown)
            .results()
            .map(found -> found.group().replace(" IN TXT", " 60 IN TXT"))
            .collect(Collectors.joining("\n", "", "\n")));
  }

  String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  private void serve() {
    byte[] buffer = new byte[1_500];
    while (!socket.isClosed()) {
      var packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        byte[] reply = answer(new Message(Arrays.copyOf(buffer, packet.getLength()))).toWire(4_096);
        socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
      } catch (IOException _) {
        // The next one, or the end.
      }
    }
  }

  private Message answer(Message query) {
    Record question = query.getQuestion();
    var reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.RA);
    reply.addRecord(question, Section.QUESTION);
    List<Record> named =
        zone.stream().filter(record -> record.getName().equals(question.getName())).toList();
    named.stream()
        .filter(record -> record.getType() == question.getType())
        .forEach(record -> reply.addRecord(record, Section.ANSWER));
    if (named.isEmpty()) {
      reply.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    return reply;
  }

  @Override
  public void close() {
    socket.close();
  }
}
