package org.posthorn.mailet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// A real DNS server on loopback, with a zone that stands in the test. Names that begin with
/// `broken` fail, with `silent` get no answer.
public final class DnsServer implements AutoCloseable {
  /// How long it is remembered that something is not there: what is added later is found at once.
  private static final int NEGATIVE_SECONDS = 0;

  private final DatagramSocket socket;
  private volatile List<Record> zone;
  private volatile Optional<Consumer<Message>> signer = Optional.empty();

  private DnsServer(List<Record> zone) throws IOException {
    this.zone = zone;
    this.socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  /// The zone in the form of RFC 1035 §5, names without a dot at the end are below the root.
  public static DnsServer with(String zone) throws IOException {
    return new DnsServer(records(zone));
  }

  /// From now on it knows this, and nothing else.
  public void become(String zone) throws IOException {
    this.zone = records(zone);
  }

  /// From now on it knows this too.
  public void add(String more) throws IOException {
    zone = Stream.concat(zone.stream(), records(more).stream()).toList();
  }

  private static List<Record> records(String zone) throws IOException {
    try (Master master =
        new Master(
            new ByteArrayInputStream(zone.getBytes(StandardCharsets.UTF_8)), Name.root, 60)) {
      List<Record> records = new ArrayList<>();
      for (Record next = master.nextRecord(); next != null; next = master.nextRecord()) {
        records.add(next);
      }
      return records;
    }
  }

  /// From now on its answers go through this, which signs them.
  public DnsServer signing(Consumer<Message> by) {
    signer = Optional.of(by);
    return this;
  }

  public String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  private void serve() {
    byte[] buffer = new byte[1_500];
    while (!socket.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        Message query = new Message(Arrays.copyOf(buffer, packet.getLength()));
        if (!query.getQuestion().getName().toString().startsWith("silent")) {
          Message answer = answer(query);
          if (answer.getRcode() != Rcode.SERVFAIL) {
            signer.ifPresent(by -> by.accept(answer));
          }
          byte[] reply = answer.toWire(4_096);
          socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
        }
      } catch (IOException _) {
        // The next one, or the end.
      }
    }
  }

  private Message answer(Message query) throws IOException {
    Record question = query.getQuestion();
    Message reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.RA);
    reply.addRecord(question, Section.QUESTION);
    String asked = question.getName().toString();
    if (asked.startsWith("broken") || asked.contains("._tcp.mx.broken")) {
      reply.getHeader().setRcode(Rcode.SERVFAIL);
      return reply;
    }
    Name name = question.getName();
    Set<Name> seen = new HashSet<>();
    boolean known = false;
    while (seen.add(name)) {
      Name alias = null;
      for (Record record : zone) {
        if (!record.getName().equals(name)) {
          continue;
        }
        known = true;
        if (record.getType() == question.getType() || record.getType() == Type.CNAME) {
          reply.addRecord(record, Section.ANSWER);
        }
        if (record instanceof org.xbill.DNS.CNAMERecord cname) {
          alias = cname.getTarget();
        }
      }
      if (alias != null) {
        name = alias;
      }
    }
    if (!known) {
      reply.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    if (reply.getSection(Section.ANSWER).isEmpty()) {
      Name root = asked.endsWith("plain.example.") ? Name.fromString("plain.example.") : Name.root;
      reply.addRecord(
          new SOARecord(
              root, DClass.IN, NEGATIVE_SECONDS, root, root, 1, 60, 60, 60, NEGATIVE_SECONDS),
          Section.AUTHORITY);
    }
    return reply;
  }

  @Override
  public void close() {
    socket.close();
  }
}
