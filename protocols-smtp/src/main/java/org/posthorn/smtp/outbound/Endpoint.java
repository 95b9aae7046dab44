package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/// One address of a server, and how it is spoken to. Connections to equal endpoints can stand in
/// for each other.
record Endpoint(MailHost host, InetAddress address, Course.Manner manner) {
  SocketAddress socketAddress() {
    return host.isSocket()
        ? UnixDomainSocketAddress.of(host.name())
        : new InetSocketAddress(address, host.port());
  }

  /// For reports and logs: the name, which is what the other side's operators know it by. The path
  /// of a socket is nothing for strangers.
  String remote() {
    return host.isSocket() ? "localhost" : host.name();
  }
}
