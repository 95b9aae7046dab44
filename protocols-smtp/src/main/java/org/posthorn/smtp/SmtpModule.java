package org.posthorn.smtp;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.inbound.InboundRooms;
import org.posthorn.smtp.inbound.InboundRules;
import org.posthorn.smtp.inbound.ReceivedTls;
import org.posthorn.smtp.inbound.Role;
import org.posthorn.smtp.inbound.SendingBrake;
import org.posthorn.smtp.inbound.SharedRoom;
import org.posthorn.smtp.inbound.SmtpServer;
import org.posthorn.smtp.inbound.UrlTexts;
import org.posthorn.spool.ServerName;
import org.posthorn.spool.Spool;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.directory.OwnNames;
import org.posthorn.storage.remember.Memories;

/// Binds [SmtpPorts], [SendingBrake] and [ReceivedTls]. Needs [UrlTexts] beside the store and the
/// spool.
public final class SmtpModule extends AbstractModule {
  private final SmtpConfig config;

  public SmtpModule(SmtpConfig config) {
    this.config = config;
  }

  @Provides
  @Singleton
  SmtpPorts ports(
      Directory directory,
      Logins logins,
      Accounts accounts,
      ContentStore contents,
      Spool spool,
      UrlTexts urls,
      InstantSource clock,
      GatesInForce gates,
      SendingBrake brake,
      ReceivedTls receivedTls,
      ServerName name) {
    directory.serveUnder(new OwnNames(ownNames(name), postmaster()));
    spool.watchRefusals(brake::failed);
    var rooms =
        new InboundRooms(
            directory,
            logins,
            accounts,
            contents,
            spool,
            urls,
            clock,
            gates,
            Optional.of(brake),
            Optional.of(receivedTls),
            SharedRoom.forHeaders(),
            SharedRoom.forRecipients());
    List<SmtpPorts.SmtpPort> ports = new ArrayList<>();
    add(ports, "mx", Role.MX, config.mx(), rooms);
    add(ports, "submission", Role.SUBMISSION, config.submission(), rooms);
    add(ports, "submissions", Role.SUBMISSION, config.submissions(), rooms);
    add(ports, "lmtp", Role.LMTP, config.lmtp(), rooms);
    return new SmtpPorts(ports);
  }

  /// As whoever gets mail of ours sees it, and as whoever brings mail does.
  private Set<Domain> ownNames(ServerName name) {
    return Stream.of(name.value(), config.hostname())
        .flatMap(text -> Domain.parse(text).stream())
        .collect(Collectors.toSet());
  }

  private Optional<MailAddress> postmaster() {
    return config.postmaster().flatMap(MailAddress::parse);
  }

  @Provides
  @Singleton
  static ReceivedTls receivedTls(Memories memories, InstantSource clock) {
    return new ReceivedTls(memories, clock);
  }

  @Provides
  @Singleton
  SendingBrake brake(Memories memories, Services services, InstantSource clock) {
    return new SendingBrake(config.sending(), postmaster(), memories, services::tell, clock);
  }

  private void add(
      List<SmtpPorts.SmtpPort> ports,
      String name,
      Role role,
      SmtpConfig.Port port,
      InboundRooms rooms) {
    if (port.enabled()) {
      var server = new SmtpServer(rules(role, port), rooms);
      ports.add(new SmtpPorts.SmtpPort(name, port.listener(), server));
    }
  }

  private InboundRules rules(Role role, SmtpConfig.Port port) {
    return new InboundRules(
        role,
        Domain.of(config.hostname()),
        port.logins(),
        port.plainTextLogins(),
        postmaster(),
        role == Role.MX ? config.greetingDelay() : Duration.ZERO,
        config.limits(),
        config.extensions());
  }
}
