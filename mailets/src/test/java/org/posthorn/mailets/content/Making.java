package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.extract.AttachmentsConfig;
import org.posthorn.storage.extract.DocumentTexts;
import org.posthorn.storage.files.DataFolder;

/// Mailets by name, and mails for them.
final class Making {
  static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private Making() {}

  static Mailet mailet(String name, Map<String, ?> parameters) {
    return mailet(name, parameters, new TestServices());
  }

  static Mailet mailet(String name, Map<String, ?> parameters, TestServices services) {
    return mailet(name, parameters, services, Path.of("."));
  }

  /// With a data directory.
  static Mailet mailet(String name, Map<String, ?> parameters, TestServices services, Path data) {
    return TestParameters.mailet(factory(name, data), parameters, services);
  }

  static void refuses(String name, Map<String, ?> parameters, String why) {
    assertThatThrownBy(() -> mailet(name, parameters))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(why);
  }

  private static MailetFactory<?> factory(String name, Path data) {
    var nothing = new DocumentTexts(Optional.empty(), AttachmentsConfig.off());
    return Stream.concat(
            ShippedContent.all(new DataFolder(data)).stream(),
            Stream.of(ShippedContent.dlp(nothing)))
        .filter(factory -> factory.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  static Mail mail(String message, String... recipients) {
    return mail(HeapMessage.of(message), recipients);
  }

  static Mail mail(HeapMessage message, String... recipients) {
    return new Mail(
        new MailId("m1"),
        Optional.of(MailAddress.of("sender@example.net")),
        Arrays.stream(recipients).map(each -> Recipient.of(MailAddress.of(each))).toList(),
        message,
        new Origin(Optional.empty(), "client.example", Optional.empty(), "ESMTPS", "c1", NOW),
        Map.of());
  }

  /// The mail that goes on to the next step.
  static Mail goesOn(Mailet mailet, Mail mail) {
    Outcome outcome = mailet.service(mail);
    assertThat(outcome).isInstanceOf(Outcome.Continue.class);
    return ((Outcome.Continue) outcome).mail();
  }

  static List<String> fields(Mail mail, String name) {
    return mail.message().headers().stream()
        .filter(field -> field.is(name))
        .map(HeaderField::value)
        .toList();
  }
}
