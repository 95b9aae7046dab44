package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The packets of the milter protocol, version 6 (libmilter's `mfdef.h`): four bytes of length, a
/// letter, and what belongs to it. Used by one thread.
final class MilterWire {
  static final int VERSION = 6;

  /// Bytes of a body, or of a header field, that go in one packet: libmilter takes no more.
  static final int CHUNK_BYTES = 65_535;

  private static final int PACKET_MAX = 1 << 20;

  /// Add, change and insert header fields, replace the body, add recipients (with parameters too)
  /// and take them away, quarantine, change the sender, name the macros that are wanted: all there
  /// is.
  private static final int ACTIONS = 0x1ff;

  /// All steps and answers may be left out; but recipients that were refused are not told.
  private static final int STEPS = 0x1fffff & ~0x800;

  private final Remote remote;
  private Optional<Packet> again = Optional.empty();

  MilterWire(Remote remote) {
    this.remote = remote;
  }

  Remote remote() {
    return remote;
  }

  /// What a milter wants of the protocol: `unwanted` are the steps and answers that it leaves out,
  /// `symbols` the macros that it wants to be told at a step, by the number of the step.
  record Terms(int version, int unwanted, Map<Integer, List<String>> symbols) {
    Terms {
      symbols = Map.copyOf(symbols);
    }

    /// Whether it has said that it does without.
    boolean without(int flag) {
      return (unwanted & flag) != 0;
    }
  }

  /// What the other side sent. Its texts end with NUL; those of a message are read byte by byte.
  static final class Packet {
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

    /// The number it begins with.
    int number() throws IOException {
      if (data.length < Integer.BYTES) {
        throw new IOException("the milter sends too little with '" + kind + "'");
      }
      return ByteBuffer.wrap(data).getInt();
    }

    /// The texts from `start` on; at least `least` of them.
    List<String> texts(int start, int least) throws IOException {
      List<String> texts = new ArrayList<>();
      int from = start;
      for (int i = start; i < data.length; i++) {
        if (data[i] == 0) {
          texts.add(new String(data, from, i - from, ISO_8859_1));
          from = i + 1;
        }
      }
      if (from < data.length) {
        texts.add(new String(data, from, data.length - from, ISO_8859_1));
      }
      if (texts.size() < least) {
        throw new IOException("the milter sends too little with '" + kind + "'");
      }
      return texts;
    }
  }

  /// Comes to terms with the milter, or throws.
  Terms negotiate() throws IOException {
    send('O', ByteBuffer.allocate(12).putInt(VERSION).putInt(ACTIONS).putInt(STEPS).array());
    flush();
    Packet answer = next();
    if (answer.kind() != 'O' || answer.data().length < 12) {
      throw new IOException("the milter did not agree on anything");
    }
    ByteBuffer terms = ByteBuffer.wrap(answer.data());
    int version = terms.getInt();
    if (version < 2 || version > VERSION) {
      throw new IOException("the milter speaks version " + version + " of the protocol");
    }
    int actions = terms.getInt();
    int unwanted = terms.getInt();
    if ((actions & ~ACTIONS) != 0 || (unwanted & ~(STEPS | 0x800)) != 0) {
      throw new IOException("the milter wants what was not offered");
    }
    return new Terms(version, unwanted, symbols(terms));
  }

  /// Number of a step, and the names of macros between spaces, again and again.
  private static Map<Integer, List<String>> symbols(ByteBuffer rest) {
    Map<Integer, List<String>> symbols = new HashMap<>();
    while (rest.remaining() > Integer.BYTES) {
      int step = rest.getInt();
      var names = new StringBuilder();
      while (rest.hasRemaining()) {
        byte b = rest.get();
        if (b == 0) {
          break;
        }
        names.append((char) b);
      }
      symbols.put(step, List.of(names.toString().strip().split("[ ,]+")));
    }
    return symbols;
  }

  /// The next packet, or the one that was given back.
  Packet next() throws IOException {
    if (again.isPresent()) {
      Packet packet = again.get();
      again = Optional.empty();
      return packet;
    }
    int length = remote.in().readInt();
    if (length < 1 || length > PACKET_MAX) {
      throw new IOException("the milter sends a packet of " + length + " bytes");
    }
    char kind = (char) remote.in().readUnsignedByte();
    byte[] data = new byte[length - 1];
    remote.in().readFully(data);
    return new Packet(kind, data);
  }

  void giveBack(Packet packet) {
    again = Optional.of(packet);
  }

  /// Tells macros before the step that they belong to.
  void macros(char step, Map<String, String> values) throws IOException {
    if (values.isEmpty()) {
      return;
    }
    var data = new ByteArrayOutputStream();
    data.write(step);
    values.forEach((name, value) -> {
      data.writeBytes(text(name));
      data.writeBytes(text(value));
    });
    send('D', data.toByteArray());
  }

  void send(char kind, byte... data) throws IOException {
    send(kind, data, data.length);
  }

  void send(char kind, byte[] data, int length) throws IOException {
    remote.out().writeInt(length + 1);
    remote.out().writeByte(kind);
    remote.out().write(data, 0, length);
  }

  void flush() throws IOException {
    remote.out().flush();
  }

  /// Ended by NUL.
  static byte[] text(String text) {
    return (text.replace("\0", "") + '\0').getBytes(UTF_8);
  }
}
