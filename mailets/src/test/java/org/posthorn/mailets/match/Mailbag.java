package org.posthorn.mailets.match;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// The matchers that ship in a server of example.org, with `ann`, `full` (no room) and the alias
/// `info`; and mails to try them on. Safe for use by many threads.
public final class Mailbag {
  public final TestServices services = new TestServices();
  private final List<MatcherFactory<?>> factories;

  public Mailbag() {
    services
        .directory()
        .withPerson("ann@example.org", "")
        .withPerson("full@example.org", "")
        .withRoom("full@example.org", new org.posthorn.mailet.Directory.Room(0, 0, 10, 0))
        .withAlias("info@example.org", "ann@example.org");
    factories = ShippedMatchers.all();
  }

  List<String> names() {
    return factories.stream().map(MatcherFactory::name).toList();
  }

  Matcher matcher(String name, Map<String, ?> parameters) {
    MatcherFactory<?> factory =
        factories.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    return TestParameters.matcher(factory, parameters, services);
  }

  /// Who is chosen, by the part before the `@`.
  List<String> chosen(String name, Map<String, ?> parameters, Mail mail) {
    return matcher(name, parameters).match(mail).stream()
        .map(recipient -> recipient.address().localPart())
        .toList();
  }

  /// For matchers that look at the mail as a whole.
  boolean chooses(String name, Map<String, ?> parameters, Mail mail) {
    return !chosen(name, parameters, mail).isEmpty();
  }

  boolean chooses(String name, Mail mail) {
    return chooses(name, Map.of(), mail);
  }

  void refuses(String name, Map<String, ?> parameters, String why) {
    assertThatThrownBy(() -> matcher(name, parameters))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(why);
  }

  /// To `ann@example.org`, from `sender@example.net`.
  public static Mail mail(String text) {
    return mail(text, "ann@example.org");
  }

  public static Mail mail(String text, String... recipients) {
    return new Mail(
        new MailId("m1"),
        Optional.of(MailAddress.of("sender@example.net")),
        List.of(recipients).stream().map(MailAddress::of).map(Recipient::of).toList(),
        HeapMessage.of(text),
        origin(Optional.of("192.0.2.1"), "ESMTPS"),
        Map.of());
  }

  static Origin origin(Optional<String> remote, String protocol) {
    return new Origin(
        remote.map(InetAddress::ofLiteral),
        "client.example",
        remote.map(_ -> MailAddress.of("ann@example.org")),
        protocol,
        "c1",
        Instant.parse("2026-11-22T12:00:00Z"));
  }

  static Mail with(Mail mail, Origin origin) {
    return new Mail(
        mail.id(), mail.sender(), mail.recipients(), mail.message(), origin, mail.attributes());
  }

  static Mail with(Mail mail, String id) {
    return new Mail(
        new MailId(id),
        mail.sender(),
        mail.recipients(),
        mail.message(),
        mail.origin(),
        mail.attributes());
  }

  /// Header lines with more addresses than a structure keeps.
  public static String crowd() {
    var lines = new StringBuilder();
    for (String name : List.of("From", "To", "Cc", "Bcc")) {
      lines
          .append(name)
          .append(": ")
          .append("somebody@example.org,\n ".repeat(1_000))
          .append("x@example.org\n");
    }
    return lines.toString();
  }
}
