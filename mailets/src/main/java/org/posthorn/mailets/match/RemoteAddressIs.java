package org.posthorn.mailets.match;

import java.net.InetAddress;
import java.util.List;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Mail that came from one of these IP addresses or networks: `RemoteAddressIs(192.0.2.7,
/// 198.51.100.0/24, 2001:db8::/32)`. Mail that the server made itself came from nowhere.
public final class RemoteAddressIs implements MatcherFactory {
  @Override
  public String name() {
    return "RemoteAddressIs";
  }

  @Override
  public Matcher create(Parameters parameters, Services services) {
    List<Network> networks =
        parameters.texts("networks").stream().map(RemoteAddressIs::network).toList();
    if (networks.isEmpty()) {
      throw new ParameterException("parameter 'networks' is missing");
    }
    return Whole.matcher(mail ->
        mail.origin()
            .remote()
            .map(remote -> networks.stream().anyMatch(network -> network.contains(remote)))
            .orElse(false));
  }

  /// The first `bits` of the address are the network's.
  private record Network(InetAddress address, int bits) {
    boolean contains(InetAddress other) {
      byte[] ours = address.getAddress();
      byte[] theirs = other.getAddress();
      if (ours.length != theirs.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit % 8);
        if (((ours[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  private static Network network(String text) {
    int slash = text.indexOf('/');
    try {
      InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
      int all = address.getAddress().length * 8;
      int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
      if (bits >= 0 && bits <= all) {
        return new Network(address, bits);
      }
    } catch (IllegalArgumentException _) {
      // Said below.
    }
    throw new ParameterException(
        "parameter 'networks' is '"
            + text
            + "', but should be an IP address or a network such as 192.0.2.0/24");
  }
}
