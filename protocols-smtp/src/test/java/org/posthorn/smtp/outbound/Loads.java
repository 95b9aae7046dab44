package org.posthorn.smtp.outbound;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.DnsServer;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.smtp.outbound.OutboundConfig.Connections;
import org.posthorn.smtp.outbound.OutboundConfig.Identity;
import org.posthorn.smtp.outbound.OutboundConfig.Resolvers;
import org.posthorn.smtp.outbound.OutboundConfig.Timeouts;
import org.posthorn.smtp.outbound.OutboundConfig.Trust;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.spool.NewMail;

/// What the tests carry, how they are configured, and their answers as lines to compare.
final class Loads {
  static final String MESSAGE = "Subject: x\r\n\r\nHello\r\n";

  private Loads() {}

  static Carrier.Load load(String domain, String message, String... recipients) {
    return new Carrier.Load(
        new MailId("m1"),
        Optional.of(MailAddress.of("ann@example.org")),
        Arrays.stream(recipients).map(one -> Recipient.of(MailAddress.of(one))).toList(),
        Domain.of(domain),
        Optional.empty(),
        new TextMessage(message),
        NewMail.Options.NONE);
  }

  static Carrier.Load through(Smarthost smarthost, String... recipients) {
    Carrier.Load load = load("example.net", MESSAGE, recipients);
    return new Carrier.Load(
        load.id(),
        load.sender(),
        load.recipients(),
        load.domain(),
        Optional.of(smarthost),
        load.message(),
        load.options());
  }

  static Carrier.Load with(Carrier.Load load, NewMail.Options options, List<Recipient> recipients) {
    return new Carrier.Load(
        load.id(),
        load.sender(),
        recipients,
        load.domain(),
        load.smarthost(),
        load.message(),
        options);
  }

  /// All mail goes to one server on loopback.
  static OutboundConfig to(int port) {
    return config(port, List.of(), Map.of("*", "127.0.0.1:" + port), false);
  }

  /// Mail goes where `dns` says, on loopback too.
  static OutboundConfig by(DnsServer dns, int port) {
    return config(port, List.of(dns.address()), Map.of(), true);
  }

  static OutboundConfig config(
      int port, List<String> dnsServers, Map<String, String> routes, boolean allowPrivate) {
    return new OutboundConfig(
        new Identity(Optional.of("client.example"), List.of(), List.of()),
        port,
        new Resolvers(dnsServers, Duration.ofSeconds(dnsServers.size() > 1 ? 10 : 3)),
        waiting(Duration.ofSeconds(60)),
        new Connections(Duration.ZERO, 10),
        Map.of("relay", new OutboundConfig.Login("ann", "secret")),
        Trust.defaults(),
        allowPrivate,
        List.of(),
        routes);
  }

  private static Timeouts waiting(Duration each) {
    return new Timeouts(each, each, each, each, each, Duration.ofSeconds(30));
  }

  /// Waits two seconds for everything.
  static OutboundConfig impatient(OutboundConfig config) {
    return changed(
        config,
        config.identity(),
        waiting(Duration.ofSeconds(2)),
        config.connections(),
        config.trust(),
        config.routes());
  }

  static OutboundConfig keeping(OutboundConfig config, Duration idle, boolean verify) {
    Trust trust = config.trust();
    return changed(
        config,
        config.identity(),
        config.timeouts(),
        new Connections(idle, config.connections().mails()),
        new Trust(
            trust.mtaSts(), trust.dnssec(), trust.trustAnchors(), trust.authoritiesFile(), verify),
        config.routes());
  }

  static OutboundConfig from(OutboundConfig config, String... sources) {
    Identity own = config.identity();
    return changed(
        config,
        new Identity(own.helloName(), own.ownNames(), List.of(sources)),
        config.timeouts(),
        config.connections(),
        config.trust(),
        config.routes());
  }

  static OutboundConfig trusting(OutboundConfig config, Trust trust) {
    return changed(
        config, config.identity(), config.timeouts(), config.connections(), trust, config.routes());
  }

  static OutboundConfig routed(OutboundConfig config, OutboundRoute... routes) {
    return changed(
        config,
        config.identity(),
        config.timeouts(),
        config.connections(),
        config.trust(),
        List.of(routes));
  }

  private static OutboundConfig changed(
      OutboundConfig config,
      Identity identity,
      Timeouts timeouts,
      Connections connections,
      Trust trust,
      List<OutboundRoute> routes) {
    return new OutboundConfig(
        identity,
        config.port(),
        config.dns(),
        timeouts,
        connections,
        config.credentials(),
        trust,
        config.allowPrivateDestinations(),
        routes,
        config.staticRoutes());
  }

  static DnsClient dns(DnsServer server) {
    return SmtpCarrier.dns(by(server, 25));
  }

  /// `bob@example.net: failed 5.1.1 (mx.example.net) 550 …`, in the order of the recipients.
  static String carry(OutboundConfig config, Carrier.Load load) {
    try (SmtpCarrier carrier = new SmtpCarrier(config, "client.example")) {
      return carry(carrier, load);
    }
  }

  static String carry(SmtpCarrier carrier, Carrier.Load load) {
    Map<Recipient, Answer> answers = carrier.carry(load);
    return load.recipients().stream()
        .map(recipient -> recipient.address() + ": " + text(answers, recipient))
        .collect(Collectors.joining("\n"));
  }

  private static String text(Map<Recipient, Answer> answers, Recipient recipient) {
    return switch (answers.get(recipient)) {
      case Answer.Delivered(var remote, var text, var passedOn, var _, var _) ->
          "delivered (" + remote + ") " + text + (passedOn ? " +dsn" : "");
      case Answer.Deferred(var status, var remote, var text, var _) ->
          "deferred " + status + " (" + remote.orElse("-") + ") " + text;
      case Answer.Failed(var status, var remote, var text, var _) ->
          "failed " + status + " (" + remote.orElse("-") + ") " + text;
      case null -> "no answer";
    };
  }
}
