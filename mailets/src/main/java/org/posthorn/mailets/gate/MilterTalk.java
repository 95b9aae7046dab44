package org.posthorn.mailets.gate;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;

/// One conversation with a milter, as Sendmail's libmilter speaks it: packets of a length, a letter
/// and what belongs to it. What the milter says it has no use for is not sent. Used by one thread.
final class MilterTalk {
  private static final int VERSION = 6;

  /// Add header fields, change them, quarantine.
  private static final int ACTIONS = 0x01 | 0x10 | 0x20;

  /// A milter may leave out any step or answer.
  private static final int STEPS = 0x1fffff;

  private static final int NO_CONNECT = 0x01;
  private static final int NO_HELO = 0x02;
  private static final int NO_MAIL = 0x04;
  private static final int NO_RCPT = 0x08;
  private static final int NO_BODY = 0x10;
  private static final int NO_HEADERS = 0x20;
  private static final int NO_END_OF_HEADERS = 0x40;
  private static final int NO_DATA = 0x200;
  private static final int SILENT_HEADER = 0x80;
  private static final int SILENT_CONNECT = 0x1000;
  private static final int SILENT_HELO = 0x2000;
  private static final int SILENT_MAIL = 0x4000;
  private static final int SILENT_RCPT = 0x8000;
  private static final int SILENT_DATA = 0x10000;
  private static final int SILENT_END_OF_HEADERS = 0x40000;
  private static final int SILENT_BODY = 0x80000;
  private static final int LEADING_SPACE = 0x100000;

  private static final int CHUNK_BYTES = 65_535;
  private static final int PACKET_MAX = 1 << 20;

  /// Progress and changes that one answer may consist of.
  private static final int PACKETS_MAX = 10_000;

  private final Remote remote;
  private final String hostname;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final Set<String> ignored = new LinkedHashSet<>();
  private Optional<String> quarantine = Optional.empty();
  private int unwanted;
  private boolean skipsBody;

  /// What ends the conversation before its end, and how.
  sealed interface Answer {
    record Accept() implements Answer {}

    record Reject() implements Answer {}

    record TempFail() implements Answer {}

    record Discard() implements Answer {}

    record Reply(String text) implements Answer {}
  }

  MilterTalk(Remote remote, String hostname) {
    this.remote = remote;
    this.hostname = hostname;
  }

  Map<String, String> headers() {
    return Map.copyOf(headers);
  }

  Set<String> ignored() {
    return Set.copyOf(ignored);
  }

  Optional<String> quarantine() {
    return quarantine;
  }

  /// Empty: there was nothing to say against it.
  Optional<Answer> about(Visitor visitor, IncomingMail mail, Message message) throws IOException {
    negotiate();
    Optional<Answer> end = envelope(visitor, mail);
    if (end.isEmpty()) {
      end = message(message);
    }
    send('Q');
    remote.out().flush();
    return end;
  }

  private void negotiate() throws IOException {
    send('O', ByteBuffer.allocate(12).putInt(VERSION).putInt(ACTIONS).putInt(STEPS).array());
    remote.out().flush();
    Packet answer = packet();
    if (answer.kind() != 'O' || answer.data().length < 12) {
      throw new IOException("the milter did not agree on anything");
    }
    ByteBuffer terms = ByteBuffer.wrap(answer.data());
    terms.getInt();
    int actions = terms.getInt();
    unwanted = terms.getInt();
    if ((actions & ~ACTIONS) != 0) {
      throw new IOException("the milter wants to make changes that are not offered");
    }
  }

  private Optional<Answer> envelope(Visitor visitor, IncomingMail mail) throws IOException {
    macros('C', Map.of("j", hostname, "{daemon_name}", "posthorn", "v", "Posthorn"));
    Optional<Answer> end = step('C', connect(visitor), NO_CONNECT, SILENT_CONNECT);
    if (end.isEmpty()) {
      if (visitor.tls().isPresent()) {
        macros('H', Map.of("{tls_version}", visitor.tls().get()));
      }
      end = step('H', text(visitor.helo().orElse("")), NO_HELO, SILENT_HELO);
    }
    if (end.isEmpty()) {
      String sender = mail.sender().map(MailAddress::toString).orElse("");
      macros('M', mailMacros(visitor, sender));
      end = step('M', text("<" + sender + ">"), NO_MAIL, SILENT_MAIL);
    }
    for (Recipient recipient : mail.recipients()) {
      if (end.isEmpty()) {
        String address = recipient.address().toString();
        macros('R', Map.of("{rcpt_addr}", address));
        end = step('R', text("<" + address + ">"), NO_RCPT, SILENT_RCPT);
      }
    }
    return end;
  }

  private static Map<String, String> mailMacros(Visitor visitor, String sender) {
    Map<String, String> macros = new LinkedHashMap<>();
    macros.put("i", visitor.connection());
    macros.put("{mail_addr}", sender);
    visitor.login().ifPresent(login -> macros.put("{auth_authen}", login.toString()));
    return macros;
  }

  private static byte[] connect(Visitor visitor) {
    String address = visitor.remote().getHostAddress();
    boolean six = visitor.remote() instanceof Inet6Address;
    var data = new ByteArrayOutputStream();
    data.writeBytes(text("[" + address + "]"));
    data.write(six ? '6' : '4');
    data.writeBytes(new byte[] {0, 0});
    data.writeBytes(text(six ? "IPv6:" + address : address));
    return data.toByteArray();
  }

  private Optional<Answer> message(Message message) throws IOException {
    Optional<Answer> end = step('T', new byte[0], NO_DATA, SILENT_DATA);
    try (InputStream bytes = message.open()) {
      byte[] header = bytes.readNBytes((int) message.structure().root().bodyStart());
      for (String[] field : fields(header)) {
        if (end.isEmpty()) {
          end = step('L', header(field), NO_HEADERS, SILENT_HEADER);
        }
      }
      if (end.isEmpty()) {
        end = step('N', new byte[0], NO_END_OF_HEADERS, SILENT_END_OF_HEADERS);
      }
      byte[] chunk = bytes.readNBytes(CHUNK_BYTES);
      while (end.isEmpty() && chunk.length > 0 && !skipsBody) {
        end = step('B', chunk, NO_BODY, SILENT_BODY);
        chunk = bytes.readNBytes(CHUNK_BYTES);
      }
    }
    if (end.isEmpty()) {
      send('E');
      remote.out().flush();
      end = answer();
    }
    return end;
  }

  private byte[] header(String[] field) {
    boolean whole = (unwanted & LEADING_SPACE) != 0;
    String value = whole ? field[1] : field[1].replaceFirst("^ ", "");
    var data = new ByteArrayOutputStream();
    data.writeBytes((field[0] + '\0').getBytes(StandardCharsets.ISO_8859_1));
    data.writeBytes((value + '\0').getBytes(StandardCharsets.ISO_8859_1));
    return data.toByteArray();
  }

  /// Name and value of each field, the value as it stands there, its lines ended by LF.
  private static List<String[]> fields(byte[] header) {
    String unfolded =
        new String(header, StandardCharsets.ISO_8859_1).replace("\r\n", "\n").stripTrailing();
    return Arrays.stream(unfolded.split("\n(?![ \t])", -1))
        .filter(field -> field.indexOf(':') > 0)
        .map(field -> field.split(":", 2))
        .toList();
  }

  /// Tells the milter something, unless it has no use for it, and hears what it says to that.
  private Optional<Answer> step(char kind, byte[] data, int no, int silent) throws IOException {
    if ((unwanted & no) != 0) {
      return Optional.empty();
    }
    send(kind, data);
    if ((unwanted & silent) != 0) {
      return Optional.empty();
    }
    remote.out().flush();
    return answer();
  }

  private Optional<Answer> answer() throws IOException {
    for (int i = 0; i < PACKETS_MAX; i++) {
      Packet packet = packet();
      switch (packet.kind()) {
        case 'c' -> {
          return Optional.empty();
        }
        case 's' -> {
          skipsBody = true;
          return Optional.empty();
        }
        case 'a' -> {
          return Optional.of(new Answer.Accept());
        }
        case 'r' -> {
          return Optional.of(new Answer.Reject());
        }
        case 't' -> {
          return Optional.of(new Answer.TempFail());
        }
        case 'd' -> {
          return Optional.of(new Answer.Discard());
        }
        case 'y' -> {
          return Optional.of(new Answer.Reply(packet.texts(0)[0]));
        }
        default -> change(packet);
      }
    }
    throw new IOException("the milter never comes to an end");
  }

  private void change(Packet packet) throws IOException {
    switch (packet.kind()) {
      case 'p' -> {}
      case 'h' -> add(packet.texts(0));
      case 'i' -> add(packet.texts(Integer.BYTES));
      case 'q' -> quarantine = Optional.of(packet.texts(0)[0]);
      case 'm' -> ignored.add("change of a header field");
      default -> throw new IOException("the milter says '" + packet.kind() + "'");
    }
  }

  private void add(String[] field) {
    if (field.length > 1) {
      headers.put(field[0], field[1].replaceAll("\\s*\n\\s*", " ").strip());
    }
  }

  /// What the milter sent; its texts end with NUL.
  private static final class Packet {
    private final char kind;
    private final byte[] data;

    Packet(char kind, byte[] data) {
      this.kind = kind;
      this.data = data;
    }

    char kind() {
      return kind;
    }

    byte[] data() {
      return data;
    }

    String[] texts(int from) {
      int start = Math.min(from, data.length);
      return new String(data, start, data.length - start, StandardCharsets.UTF_8).split("\0", -1);
    }
  }

  private Packet packet() throws IOException {
    DataInputStream in = remote.in();
    int length = in.readInt();
    if (length < 1 || length > PACKET_MAX) {
      throw new IOException("the milter sends a packet of " + length + " bytes");
    }
    char kind = (char) in.readUnsignedByte();
    byte[] data = new byte[length - 1];
    in.readFully(data);
    return new Packet(kind, data);
  }

  private void macros(char about, Map<String, String> values) throws IOException {
    var data = new ByteArrayOutputStream();
    data.write(about);
    values.forEach((name, value) -> {
      data.writeBytes(text(name));
      data.writeBytes(text(value));
    });
    send('D', data.toByteArray());
  }

  private void send(char kind, byte... data) throws IOException {
    remote.out().writeInt(data.length + 1);
    remote.out().writeByte(kind);
    remote.out().write(data);
  }

  private static byte[] text(String text) {
    return (text.replace("\0", "") + '\0').getBytes(StandardCharsets.UTF_8);
  }
}
