package org.posthorn.smtp.outbound;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Pace;

/// Some mail for other servers, and which way it goes.
public record OutboundRoute(
    /// Domains of recipients: `example.org`, `*.example.org` for all below it, or `*`. Default:
    // all.
    List<String> recipients,
    /// Senders by their address or domain, as in `MAIL FROM`: `ann@example.org`, `example.org`,
    /// `*.example.org`, `<>` for reports. Default: all.
    List<String> senders,
    /// Where to: `mx` (the default), a `host` or `host:port` that takes it, `lmtp:host:port`,
    /// `lmtp:/path/of/socket`, or `refuse`: it goes back to its sender.
    String to,
    /// For a host: `none`, `opportunistic`, `starttls` (required) or `implicit`; with the last two
    // it
    /// must show a certificate for its name. Default: `opportunistic`, but `starttls` where there
    /// are `credentials`, and `implicit` for port 465.
    Optional<Smarthost.Tls> tls,
    /// For a host: the login, an entry of `outbound.credentials`.
    Optional<String> credentials,
    /// For `refuse`: what the sender is told.
    Optional<String> reason,
    /// Name that we introduce ourselves with on this route. Default: that of `outbound.identity`.
    Optional<String> helloName,
    /// Addresses of this machine that mail sets out from on this route. Default: those of
    /// `outbound.identity`.
    List<String> sourceAddresses,
    /// How much at once and how fast, for each destination: a host, or a domain of `to: mx`.
    Limits limits,
    /// Whether a server that knows no MT-PRIORITY gets the priority of urgent and less urgent mail
    /// as a header field, `MT-Priority` (RFC 6758), for those behind it. Only where they are known
    /// to heed it: others would show it to everybody.
    boolean tunnelPriority) {

  /// How much and how fast.
  public record Limits(
      /// How many connections at the same time. 1 to 1,000. Default: what
      /// `spool.outgoing-per-destination` allows.
      Optional<Integer> connections,
      /// How many mails in each `per`. 1 to 10,000. Default: any number.
      Optional<Integer> mails,
      /// See `mails`. 1s to 1d.
      Duration per,
      /// How long to wait between the start of one mail and the next. Up to 1h.
      Duration pause,
      /// How many recipients one mail has at most: more go in another transaction. 1 to 100.
      int recipientsPerMail,
      /// How many mails go over one connection. 1 to 1000. Default: `outbound.connections.mails`.
      Optional<Integer> mailsPerConnection) {
    public Limits {
      within("connections", connections.orElse(1), 1_000);
      within("mails", mails.orElse(1), 10_000);
      within("recipients-per-mail", recipientsPerMail, SmtpClient.RECIPIENTS_MAX);
      within("mails-per-connection", mailsPerConnection.orElse(1), 1_000);
      if (per.toSeconds() < 1 || per.toDays() > 1) {
        throw new IllegalArgumentException("per must be 1s to 1d");
      }
      if (pause.isNegative() || pause.toHours() > 1) {
        throw new IllegalArgumentException("pause must be 0s to 1h");
      }
    }

    public static Limits defaults() {
      return new Limits(
          Optional.empty(),
          Optional.empty(),
          Duration.ofMinutes(1),
          Duration.ZERO,
          SmtpClient.RECIPIENTS_MAX,
          Optional.empty());
    }

    private static void within(String key, int value, int max) {
      if (value < 1 || value > max) {
        throw new IllegalArgumentException(key + " must be 1 to " + max + ", not " + value);
      }
    }

    Pace pace() {
      return new Pace(connections.orElse(0), mails.orElse(0), per, pause);
    }
  }

  public OutboundRoute {
    recipients = List.copyOf(recipients);
    senders = List.copyOf(senders);
    sourceAddresses = List.copyOf(sourceAddresses);
    recipients.forEach(OutboundRoute::requireDomains);
    senders.forEach(OutboundRoute::requireSender);
    helloName.ifPresent(name -> require(Domain.parse(name).isPresent(), "hello-name", name));
    HostPort.sources(sourceAddresses);
    NextHop next = NextHop.parse(to, tls, credentials, reason);
    boolean isHost = next instanceof NextHop.Host;
    if (!isHost && (tls.isPresent() || credentials.isPresent())) {
      throw new IllegalArgumentException(
          "tls and credentials belong to a host; `to` is '" + to + "': name one there");
    }
    if (reason.isPresent() && !(next instanceof NextHop.Refused)) {
      throw new IllegalArgumentException("reason belongs to `to: refuse`");
    }
  }

  public static OutboundRoute defaults() {
    return new OutboundRoute(
        List.of(),
        List.of(),
        "mx",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Limits.defaults(),
        false);
  }

  /// The short form.
  static OutboundRoute of(String domain, String host) {
    OutboundRoute usual = defaults();
    return new OutboundRoute(
        List.of(domain),
        List.of(),
        host,
        usual.tls,
        usual.credentials,
        usual.reason,
        usual.helloName,
        usual.sourceAddresses,
        usual.limits,
        usual.tunnelPriority);
  }

  NextHop next() {
    return NextHop.parse(to, tls, credentials, reason);
  }

  /// Whether it is for mail to every domain.
  boolean isForAll() {
    return recipients.isEmpty() || recipients.contains("*");
  }

  /// Whether it is for mail of a sender; made once and asked for each mail.
  Predicate<Optional<MailAddress>> ofSenders() {
    return senders.stream().map(OutboundRoute::ofSender).reduce(Predicate::or).orElse(_ -> true);
  }

  private static Predicate<Optional<MailAddress>> ofSender(String pattern) {
    if (pattern.equals("<>")) {
      return Optional::isEmpty;
    }
    if (pattern.equals("*")) {
      return Optional::isPresent;
    }
    if (pattern.contains("@")) {
      Optional<MailAddress> wanted = MailAddress.parse(pattern);
      return wanted::equals;
    }
    if (pattern.startsWith("*.")) {
      String end = "." + Domain.of(pattern.substring(2)).ascii();
      return sender -> sender.isPresent() && sender.get().domain().ascii().endsWith(end);
    }
    Domain domain = Domain.of(pattern);
    return sender -> sender.isPresent() && sender.get().domain().equals(domain);
  }

  private static void requireDomains(String pattern) {
    String name = pattern.startsWith("*.") ? pattern.substring(2) : pattern;
    if (!pattern.equals("*") && Domain.parse(name).isEmpty()) {
      throw new IllegalArgumentException(
          "recipients must be domains such as example.org, *.example.org or *, not '"
              + pattern
              + "'");
    }
  }

  private static void requireSender(String pattern) {
    if (pattern.contains("@")) {
      require(MailAddress.parse(pattern).isPresent(), "senders", pattern);
    } else if (!pattern.equals("<>") && !pattern.equals("*")) {
      String name = pattern.startsWith("*.") ? pattern.substring(2) : pattern;
      require(Domain.parse(name).isPresent(), "senders", pattern);
    }
  }

  private static void require(boolean right, String key, String value) {
    if (!right) {
      String wanted =
          key.equals("senders") ? "addresses, domains or <>" : "a name such as mx.example.org";
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s must be %s, not '%s'", key, wanted, value));
    }
  }
}
