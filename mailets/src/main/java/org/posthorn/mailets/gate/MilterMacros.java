package org.posthorn.mailets.gate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.AddressText;
import org.posthorn.message.MailAddress;

/// What is known about a client and its mail, under the names that Sendmail gave it. Used by one
/// thread.
final class MilterMacros {
  private final Map<String, String> values = new LinkedHashMap<>();

  MilterMacros(String hostname) {
    values.put("j", hostname);
    values.put("v", "Posthorn");
    values.put("{mail_mailer}", "esmtp");
    values.put("{rcpt_mailer}", "esmtp");
  }

  void client(Visitor visitor) {
    String address = AddressText.of(visitor.remote());
    values.put("i", visitor.connection());
    values.put("_", "[" + address + "]");
    values.put("{daemon_name}", visitor.port());
    values.put("{client_addr}", address);
    values.putIfAbsent("{client_name}", "[" + address + "]");
    visitor.helo().ifPresent(helo -> values.put("s", helo));
    put("{tls_version}", visitor.tls().map(tls -> tls.replaceFirst(" .*", "")));
    put("{cipher}", visitor.tls().map(tls -> tls.substring(tls.indexOf(' ') + 1)));
    put("{auth_authen}", visitor.login().map(MailAddress::toString));
    // Milters ask for it to see whether somebody has logged in; how is not known here.
    put("{auth_type}", visitor.login().map(_ -> "SASL"));
  }

  void mail(IncomingMail mail) {
    String sender = mail.sender().map(MailAddress::toString).orElse("");
    values.put("{mail_addr}", sender);
    values.put("f", sender);
    put("{mail_host}", mail.sender().map(address -> address.domain().toString()));
    Optional.ofNullable(mail.attributes().get("rdns.name"))
        .ifPresent(name -> values.put("{client_name}", name));
  }

  void recipient(MailAddress address) {
    values.put("{rcpt_addr}", address.toString());
    values.put("{rcpt_host}", address.domain().toString());
  }

  void content(long sizeBytes, int recipients) {
    values.put("{msg_size}", String.valueOf(sizeBytes));
    values.put("{nrcpts}", String.valueOf(recipients));
  }

  /// Those that a milter is told at a step.
  Map<String, String> at(MilterStep step, MilterWire.Terms terms) {
    Map<String, String> told = new LinkedHashMap<>();
    for (String name : step.symbols(terms)) {
      Optional.ofNullable(values.get(name)).ifPresent(value -> told.put(name, value));
    }
    return told;
  }

  private void put(String name, Optional<String> value) {
    value.ifPresentOrElse(known -> values.put(name, known), () -> values.remove(name));
  }
}
