package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_ARGUMENTS;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.net.Connection;
import org.posthorn.smtp.wire.SmtpCommand.Asked;
import org.posthorn.smtp.wire.SmtpCommand.Hold;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.storage.queue.Wishes;

/// The extensions that are announced on one port, and what becomes of the rarer ones that a client
/// uses: what is not announced is refused. Safe for use by many threads.
final class Offer {
  private static final SmtpReply NOT_OFFERED =
      SmtpReply.of(555, INVALID_ARGUMENTS, "Parameter not offered here");
  private static final SmtpReply LATE =
      SmtpReply.of(501, INVALID_ARGUMENTS, "The time to deliver it by is over before it sets out");

  private final InboundRules rules;

  Offer(InboundRules rules) {
    this.rules = rules;
  }

  /// The lines of an answer to EHLO, without STARTTLS and AUTH.
  List<String> lines(Connection connection, boolean xclient, Instant now) {
    InboundLimits limits = rules.limits();
    var lines = new ArrayList<String>();
    lines.addAll(List.of("PIPELINING", "SIZE " + limits.messageMaxBytes(), "8BITMIME", "SMTPUTF8"));
    lines.addAll(List.of("ENHANCEDSTATUSCODES", "CHUNKING", "BINARYMIME", "DSN"));
    lines.addAll(List.of("DELIVERBY", "MT-PRIORITY"));
    lines.add(
        "LIMITS MAILMAX=%d RCPTMAX=%d".formatted(limits.messagesMax(), limits.recipientsMax()));
    if (connection.encrypted()) {
      lines.add("REQUIRETLS");
    }
    if (holds()) {
      Duration most = rules.extensions().holdMax();
      Instant last = now.plus(most).truncatedTo(ChronoUnit.SECONDS);
      lines.add("FUTURERELEASE " + most.toSeconds() + " " + last);
    }
    if (xclient) {
      lines.add(
          "XCLIENT NAME ADDR PORT PROTO HELO%s DESTADDR DESTPORT"
              .formatted(rules.logins() ? " LOGIN" : ""));
    }
    return lines;
  }

  /// Why a client may not ask for this, or nothing.
  Optional<SmtpReply> refusal(Asked asked, boolean encrypted, Instant now) {
    if ((asked.requireTls() && !encrypted) || (asked.hold().isPresent() && !holds())) {
      return Optional.of(NOT_OFFERED);
    }
    Duration most = rules.extensions().holdMax();
    boolean tooLong =
        asked
            .hold()
            .filter(hold -> Duration.between(now, time(hold, now)).compareTo(most) > 0)
            .isPresent();
    if (tooLong) {
      return Optional.of(
          SmtpReply.of(
              501, INVALID_ARGUMENTS, "Mail is held for at most " + most.toSeconds() + " s"));
    }
    return isLateWhenItSetsOut(asked, now) ? Optional.of(LATE) : Optional.empty();
  }

  /// Whoever holds it that long can neither deliver it in time nor tell in time that it is late.
  private static boolean isLateWhenItSetsOut(Asked asked, Instant now) {
    Optional<Instant> setsOut = asked.hold().map(hold -> time(hold, now)).filter(now::isBefore);
    return setsOut.isPresent()
        && asked.deliverBy().filter(by -> !now.plus(by.time()).isAfter(setsOut.get())).isPresent();
  }

  /// The priority that counts (RFC 6710 §4.1): only whom we know may be more urgent than others.
  static int priority(Asked asked, boolean known) {
    int wanted = asked.priority().orElse(0);
    return known ? wanted : Math.min(wanted, 0);
  }

  /// What the queue is told. What the message says in its header is what a server had to put there
  /// because the next one knew no better: TLS (RFC 8689 §3) and priority (RFC 6758); the priority
  /// counts only from whom we know.
  static Wishes wishes(Asked asked, boolean known, HeaderCheck.Findings header, Instant now) {
    Wishes.Tls tls =
        asked.requireTls()
            ? Wishes.Tls.REQUIRED
            : header.tlsOptional() ? Wishes.Tls.OPTIONAL : Wishes.Tls.USUAL;
    return new Wishes(
        tls,
        asked.priority().isEmpty() && known ? header.priority().orElse(0) : priority(asked, known),
        asked.hold().map(hold -> time(hold, now)).filter(now::isBefore),
        asked
            .deliverBy()
            .map(by -> new Wishes.DeliverBy(now.plus(by.time()), by.returned(), by.traced())));
  }

  private static Instant time(Hold hold, Instant now) {
    return switch (hold) {
      case Hold.For(Duration time) -> now.plus(time);
      case Hold.Until(Instant time) -> time;
    };
  }

  private boolean holds() {
    return rules.role() == Role.SUBMISSION && rules.extensions().holdMax().isPositive();
  }
}
