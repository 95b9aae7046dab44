package org.posthorn.mailet;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import org.posthorn.message.MailAddress;

/// How a mail came to us. Only the server makes one. `remote` is absent for mail that the server
/// made itself; `login` is who submitted it; `protocol` is the word of RFC 3848 for `Received:`
/// (`ESMTPSA`, `LMTP`, …) or `local`; `connection` is the id on the log lines.
public record Origin(
    Optional<InetAddress> remote,
    String helo,
    Optional<MailAddress> login,
    String protocol,
    String connection,
    Instant received) {}
