package org.posthorn.mailet;

import java.net.InetAddress;
import java.util.Optional;
import org.posthorn.message.MailAddress;

/// A client that is connected, as far as it is known. `port` is what it came to: `mx`, `submission`
/// (also with TLS from the first byte), `lmtp`; `connection` the id on the log lines; `helo` what
/// it calls itself; `login` who it is, if it has logged in; `tls` protocol and cipher, if there is
/// TLS.
public record Visitor(
    InetAddress remote,
    String port,
    String connection,
    Optional<String> helo,
    Optional<MailAddress> login,
    Optional<String> tls) {}
