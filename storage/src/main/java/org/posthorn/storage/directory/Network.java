package org.posthorn.storage.directory;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.posthorn.message.AddressText;

/// Neighbours who count as one where passwords are guessed: an IPv4 /24 or an IPv6 /56. `prefix`
/// begins with the bits that they share.
record Network(boolean isIpv6, long prefix) {
  static Network of(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean isIpv6 = bytes.length != 4;
    byte[] shared = Arrays.copyOf(bytes, sharedBytes(isIpv6));
    return new Network(isIpv6, ByteBuffer.wrap(Arrays.copyOf(shared, Long.BYTES)).getLong());
  }

  private static int sharedBytes(boolean isIpv6) {
    return isIpv6 ? 7 : 3;
  }

  byte[] bytes() {
    return Arrays.copyOf(
        ByteBuffer.allocate(Long.BYTES).putLong(prefix).array(), sharedBytes(isIpv6));
  }

  /// Such as `192.0.2.0/24`.
  @Override
  public String toString() {
    try {
      var first = InetAddress.getByAddress(Arrays.copyOf(bytes(), isIpv6 ? 16 : 4));
      return AddressText.of(first) + "/" + sharedBytes(isIpv6) * Byte.SIZE;
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
