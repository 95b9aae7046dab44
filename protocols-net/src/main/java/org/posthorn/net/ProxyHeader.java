package org.posthorn.net;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads the PROXY header of a load balancer, version 1 (a line) or 2 (binary), as HAProxy's
/// `proxy-protocol.txt` describes it; takes not one byte more, for TLS may follow. Used by one
/// thread.
final class ProxyHeader {
  private static final byte[] SIGNATURE_2 = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
  private static final byte[] START_1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);

  /// With CRLF.
  private static final int LINE_MAX = 107;

  /// Addresses and additional fields of version 2 that we are willing to skip.
  private static final int BODY_MAX = 4096;

  private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");
  private static final int PORT_MAX = 65_535;

  private static final int IPV4 = 1;
  private static final int IPV6 = 2;

  private final WireInput.Source source;
  private final long deadlineNanos;

  private ProxyHeader(WireInput.Source source, Duration limit) {
    this.source = source;
    this.deadlineNanos = System.nanoTime() + limit.toNanos();
  }

  /// The client's address; empty where the balancer itself is the client (its health check) or does
  /// not know. Throws `IOException` when there is no such header.
  static Optional<InetAddress> read(WireInput.Source source, Duration limit) throws IOException {
    return new ProxyHeader(source, limit).header();
  }

  private Optional<InetAddress> header() throws IOException {
    byte[] start = take(SIGNATURE_2.length);
    if (Arrays.equals(start, SIGNATURE_2)) {
      return version2();
    }
    if (Arrays.equals(start, 0, START_1.length, START_1, 0, START_1.length)) {
      return version1(new String(start, StandardCharsets.ISO_8859_1));
    }
    throw new IOException("No PROXY header");
  }

  /// `PROXY TCP4 192.0.2.1 198.51.100.1 56324 25`.
  private Optional<InetAddress> version1(String start) throws IOException {
    var line = new StringBuilder(start);
    while (line.charAt(line.length() - 1) != '\n') {
      if (line.length() == LINE_MAX) {
        throw new IOException("PROXY header is too long");
      }
      line.append((char) (take(1)[0] & 0xff));
    }
    if (line.charAt(line.length() - 2) != '\r') {
      throw new IOException("PROXY header does not end in CRLF");
    }
    String[] words = line.substring(0, line.length() - 2).split(" ", -1);
    if (words.length > 1 && words[1].equals("UNKNOWN")) {
      return Optional.empty();
    }
    boolean version4 = words.length == 6 && words[1].equals("TCP4");
    boolean version6 = words.length == 6 && words[1].equals("TCP6");
    if (!version4 && !version6) {
      throw new IOException("PROXY header of an unknown kind");
    }
    for (String address : List.of(words[2], words[3])) {
      if (version6 != address.contains(":") || !Network.isAddress(address)) {
        throw new IOException("PROXY header without an address of its kind");
      }
    }
    if (!isPort(words[4]) || !isPort(words[5])) {
      throw new IOException("PROXY header without a port");
    }
    return Optional.of(Network.address(words[2]));
  }

  private static boolean isPort(String text) {
    return PORT.matcher(text).matches() && Integer.parseInt(text) <= PORT_MAX;
  }

  /// Version and command, family, length; addresses and ports; additional fields.
  private Optional<InetAddress> version2() throws IOException {
    byte[] head = take(4);
    int length = ((head[2] & 0xff) << 8) | (head[3] & 0xff);
    if ((head[0] & 0xf0) != 0x20 || (head[0] & 0x0f) > 1) {
      throw new IOException("PROXY header of an unknown version");
    }
    if (length > BODY_MAX) {
      throw new IOException("PROXY header is too long");
    }
    byte[] body = take(length);
    boolean local = (head[0] & 0x0f) == 0;
    int family = (head[1] & 0xff) >> 4;
    int addressBytes = family == IPV4 ? 4 : 16;
    if (local || (family != IPV4 && family != IPV6)) {
      return Optional.empty();
    }
    if (body.length < 2 * addressBytes + 4) {
      throw new IOException("PROXY header is too short");
    }
    return Optional.of(InetAddress.getByAddress(Arrays.copyOf(body, addressBytes)));
  }

  private byte[] take(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int have = 0; have < count; ) {
      long left = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
      if (left <= 0) {
        throw new SocketTimeoutException("The PROXY header took too long");
      }
      int more = source.read(bytes, have, count - have, (int) left);
      if (more < 0) {
        throw new EOFException("Closed in the PROXY header");
      }
      have += more;
    }
    return bytes;
  }
}
