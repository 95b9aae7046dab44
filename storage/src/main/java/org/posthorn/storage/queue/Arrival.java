package org.posthorn.storage.queue;

import java.net.InetAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.posthorn.message.MailAddress;

/// How and when a mail came to us and what its sender asked for: the same for all its recipients,
/// never changed. `remote` is absent for mail that the server made itself; `login` is who submitted
/// it; `returnFull` and `envelopeId` are RET and ENVID of RFC 3461.
public record Arrival(
    Optional<InetAddress> remote,
    String helo,
    Optional<MailAddress> login,
    String protocol,
    String connection,
    Instant received,
    boolean smtpUtf8,
    boolean eightBit,
    Optional<Boolean> returnFull,
    Optional<String> envelopeId,
    Wishes wishes) {
  public Arrival {
    received = received.truncatedTo(ChronoUnit.MILLIS);
  }

  /// With no special wishes.
  public Arrival(
      Optional<InetAddress> remote,
      String helo,
      Optional<MailAddress> login,
      String protocol,
      String connection,
      Instant received,
      boolean smtpUtf8,
      boolean eightBit,
      Optional<Boolean> returnFull,
      Optional<String> envelopeId) {
    this(
        remote,
        helo,
        login,
        protocol,
        connection,
        received,
        smtpUtf8,
        eightBit,
        returnFull,
        envelopeId,
        Wishes.NONE);
  }

  /// From when on the mail was on its way: then we had it, or then its sender wanted it to go.
  public Instant begins() {
    return wishes.holdUntil().filter(received::isBefore).orElse(received);
  }
}
