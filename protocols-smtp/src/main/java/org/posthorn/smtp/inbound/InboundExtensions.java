package org.posthorn.smtp.inbound;

import java.time.Duration;
import java.util.List;
import org.posthorn.net.Network;

/// What we offer clients beyond taking their mail.
public record InboundExtensions(
    /// How long a user's mail program may have us hold a mail before it sets out (RFC 4865), at
    // most
    /// 366d; 0s, and it is not offered.
    Duration holdMax,
    /// Whether users who have logged in are told by VRFY and EXPN which addresses there are. Nobody
    /// else ever is.
    boolean verifyForUsers,
    /// Networks of proxies, such as `10.0.0.0/8`, that may say with XCLIENT for whom they speak.
    List<String> xclientNetworks,
    /// Networks of servers that may ask for more urgency than strangers: with MT-PRIORITY (RFC
    // 6710),
    /// or with the header field MT-Priority where they cannot (RFC 6758).
    List<String> priorityNetworks) {
  private static final int HOLD_DAYS_MAX = 366;

  public InboundExtensions {
    if (holdMax.isNegative() || holdMax.toDays() > HOLD_DAYS_MAX) {
      throw new IllegalArgumentException("hold-max must be 0s to 366d");
    }
    xclientNetworks = List.copyOf(xclientNetworks);
    xclientNetworks.forEach(Network::of);
    priorityNetworks = List.copyOf(priorityNetworks);
    priorityNetworks.forEach(Network::of);
  }

  public static InboundExtensions defaults() {
    return new InboundExtensions(Duration.ofDays(30), true, List.of(), List.of());
  }
}
