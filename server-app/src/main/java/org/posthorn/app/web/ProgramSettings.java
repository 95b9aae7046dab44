package org.posthorn.app.web;

import com.google.common.xml.XmlEscapers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// How mail programs find their settings: Thunderbird's autoconfig and Autodiscover of Microsoft's
/// programs (the plain form, POX). Says nothing about who is a user.
final class ProgramSettings {
  /// Possessive throughout: anybody may send a body in which one part could take what the next one
  /// is for in any number of ways.
  private static final Pattern ADDRESS =
      Pattern.compile("<(?:\\w++:)?+EMailAddress>\\s*+([^<&]++)</(?:\\w++:)?+EMailAddress>");

  /// What mail programs use, the best first.
  private static final List<Known> KNOWN =
      List.of(
          new Known("imaps", "imap", true),
          new Known("imap", "imap", false),
          new Known("pop3s", "pop3", true),
          new Known("pop3", "pop3", false),
          new Known("submissions", "smtp", true),
          new Known("submission", "smtp", false));

  private static final String PLAIN = "      <authentication>password-cleartext</authentication>\n";

  private final String hostname;
  private final Supplier<List<ListenerStatus>> listeners;
  private final boolean plainPasswords;

  private record Known(String listener, String protocol, boolean tls) {}

  private record Offer(String protocol, int port, boolean tls) {
    boolean sends() {
      return protocol.equals("smtp");
    }
  }

  /// `plainPasswords`: whether programs may log in with PLAIN. Where they may not, nothing is said
  /// of the way: there is no word for SCRAM in these settings.
  ProgramSettings(
      String hostname, Supplier<List<ListenerStatus>> listeners, boolean plainPasswords) {
    this.hostname = hostname;
    this.listeners = listeners;
    this.plainPasswords = plainPasswords;
  }

  private List<Offer> offers() {
    List<ListenerStatus> open = ListenerStatus.forPrograms(listeners.get());
    return KNOWN.stream()
        .flatMap(known ->
            open.stream()
                .filter(listener -> listener.name().equals(known.listener()))
                .map(listener -> new Offer(known.protocol(), listener.port(), known.tls())))
        .toList();
  }

  WebAnswer autoconfig(Domain domain) {
    var servers = new StringBuilder();
    for (Offer offer : offers()) {
      String element = offer.sends() ? "outgoingServer" : "incomingServer";
      servers.append(
          """
              <%1$s type="%2$s">
                <hostname>%3$s</hostname>
                <port>%4$d</port>
                <socketType>%5$s</socketType>
                <username>%%EMAILADDRESS%%</username>
          %6$s    </%1$s>
          """
              .formatted(
                  element,
                  offer.protocol(),
                  escaped(hostname),
                  offer.port(),
                  offer.tls() ? "SSL" : "STARTTLS",
                  plainPasswords ? PLAIN : ""));
    }
    return WebAnswer.xml(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <clientConfig version="1.1">
          <emailProvider id="%1$s">
            <domain>%1$s</domain>
            <displayName>%1$s</displayName>
            <displayShortName>%1$s</displayShortName>
        %2$s  </emailProvider>
        </clientConfig>
        """
            .formatted(escaped(domain.toString()), servers));
  }

  /// Whose settings are asked for.
  static Optional<MailAddress> asked(String body) {
    Matcher found = ADDRESS.matcher(body);
    return found.find() ? MailAddress.parse(found.group(1).strip()) : Optional.empty();
  }

  WebAnswer autodiscover(MailAddress user) {
    var protocols = new StringBuilder();
    for (Offer offer : offers()) {
      protocols.append(
          """
                <Protocol>
                  <Type>%s</Type>
                  <Server>%s</Server>
                  <Port>%d</Port>
                  <LoginName>%s</LoginName>
                  <DomainRequired>off</DomainRequired>
                  <SPA>off</SPA>
                  <SSL>%s</SSL>
                  <Encryption>%s</Encryption>
                  <AuthRequired>on</AuthRequired>
                </Protocol>
          """
              .formatted(
                  offer.protocol().toUpperCase(Locale.ROOT),
                  escaped(hostname),
                  offer.port(),
                  escaped(user.toString()),
                  offer.tls() ? "on" : "off",
                  offer.tls() ? "SSL" : "TLS"));
    }
    return WebAnswer.xml(
        """
        <?xml version="1.0" encoding="utf-8"?>
        <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
          <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
            <Account>
              <AccountType>email</AccountType>
              <Action>settings</Action>
        %s    </Account>
          </Response>
        </Autodiscover>
        """
            .formatted(protocols));
  }

  private static String escaped(String text) {
    return XmlEscapers.xmlContentEscaper().escape(text);
  }
}
