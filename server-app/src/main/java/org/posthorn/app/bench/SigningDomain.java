package org.posthorn.app.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.DkimSigner;
import org.posthorn.senderauth.dkim.SigningKey;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

/// The domain that sends in a measurement, with all that makes receivers believe it: it signs its
/// mail with RSA of 2048 bits, and answers questions of the DNS on a port of the loopback. Safe for
/// use by many threads.
final class SigningDomain implements AutoCloseable {
  private static final Domain DOMAIN = Domain.of("example.net");
  private static final int RSA_BITS = 2048;
  private static final int TTL_SECONDS = 3600;
  private static final Record SOA =
      new SOARecord(
          Name.root,
          DClass.IN,
          TTL_SECONDS,
          Name.root,
          Name.root,
          1,
          TTL_SECONDS,
          TTL_SECONDS,
          TTL_SECONDS,
          TTL_SECONDS);
  private static final int QUESTION_MAX_BYTES = 1_500;
  private static final int ANSWER_MAX_BYTES = 4_096;

  /// Under a selector of its own: the server remembers the keys of earlier measurements.
  private final SigningKey key =
      SigningKey.generate("bench" + System.currentTimeMillis(), Algorithm.RSA_SHA256, RSA_BITS);

  private final List<Record> zone = zone(key);
  private final DatagramSocket socket;

  private SigningDomain(DatagramSocket socket) {
    this.socket = socket;
  }

  static SigningDomain answeringOn(int port) throws IOException {
    var domain = new SigningDomain(new DatagramSocket(port, InetAddress.getLoopbackAddress()));
    Thread.ofPlatform().daemon().name("bench-dns").start(domain::serve);
    return domain;
  }

  InetSocketAddress address() {
    return new InetSocketAddress(socket.getLocalAddress(), socket.getLocalPort());
  }

  String keyName() {
    return place(key);
  }

  /// The message with its signature on top, its lines folded as mail programs fold them.
  byte[] signed(byte[] message) throws IOException {
    String value =
        DkimSigner.sign(new ByteArrayInputStream(message), DOMAIN, List.of(key), Instant.now())
            .getFirst();
    byte[] field =
        ("DKIM-Signature: " + value.replace(" ", "\r\n ") + "\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] signed = Arrays.copyOf(field, field.length + message.length);
    System.arraycopy(message, 0, signed, field.length, message.length);
    return signed;
  }

  private static List<Record> zone(SigningKey key) {
    String text =
        """
        example.net. IN TXT "v=spf1 include:_spf.example.net -all"
        _spf.example.net. IN TXT "v=spf1 ip4:192.0.2.0/24 ip4:127.0.0.0/8 ip6:::1 -all"
        _dmarc.example.net. IN TXT "v=DMARC1; p=reject"
        1.0.0.127.in-addr.arpa. IN PTR bench.example.net.
        bench.example.net. IN A 127.0.0.1
        %s. IN TXT ( %s )
        """
            .formatted(place(key), pieces(key.record()));
    var records = new ArrayList<Record>();
    try (var master =
        new Master(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)),
            Name.root,
            TTL_SECONDS)) {
      for (Record next = master.nextRecord(); next != null; next = master.nextRecord()) {
        records.add(next);
      }
      return List.copyOf(records);
    } catch (IOException e) {
      throw new IllegalStateException("The zone of a measurement cannot be read", e);
    }
  }

  private static String place(SigningKey key) {
    return key.selector() + "._domainkey.example.net";
  }

  /// Strings of at most 255 bytes, as the DNS wants them.
  private static String pieces(String text) {
    int half = text.length() / 2;
    return '"' + text.substring(0, half) + "\" \"" + text.substring(half) + '"';
  }

  private void serve() {
    var buffer = new byte[QUESTION_MAX_BYTES];
    while (!socket.isClosed()) {
      var packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        byte[] answer =
            answer(new Message(Arrays.copyOf(buffer, packet.getLength()))).toWire(ANSWER_MAX_BYTES);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException _) {
        // No question, or the end.
      }
    }
  }

  private Message answer(Message query) {
    Record question = query.getQuestion();
    var answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.RA);
    answer.addRecord(question, Section.QUESTION);
    List<Record> named =
        zone.stream().filter(record -> record.getName().equals(question.getName())).toList();
    if (named.isEmpty()) {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    named.stream()
        .filter(record -> record.getType() == question.getType())
        .forEach(record -> answer.addRecord(record, Section.ANSWER));
    if (answer.getSection(Section.ANSWER).isEmpty()) {
      // How long it may be remembered that there is nothing (RFC 2308 §5).
      answer.addRecord(SOA, Section.AUTHORITY);
    }
    return answer;
  }

  @Override
  public void close() {
    socket.close();
  }
}
