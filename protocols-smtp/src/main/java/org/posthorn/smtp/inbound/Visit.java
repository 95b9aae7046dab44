package org.posthorn.smtp.inbound;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import org.posthorn.mailet.Origin;
import org.posthorn.message.MailAddress;

/// How a message comes to us. `name` is the host's name in the DNS where a proxy has told us;
/// `known`: it may be more urgent than others; `protocol` is the word of RFC 3848 and RFC 6531
/// §4.3, `tls` as `Connection` has it.
record Visit(
    InetAddress remote,
    Optional<String> name,
    String helo,
    Optional<MailAddress> login,
    boolean known,
    String protocol,
    Optional<String> tls,
    String connection) {
  Origin origin(Instant received) {
    return new Origin(Optional.of(remote), helo, login, protocol, connection, received);
  }
}
