package org.posthorn.mailets.smime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.files.DataFolder;

/// A folder with keys and messages, and the mailets over it. Used by one test.
record Desk(Path folder, TestServices services) {
  static Desk in(Path folder) {
    return new Desk(folder, new TestServices());
  }

  Mailet mailet(String name, Object... parameters) {
    Map<String, Object> named = new HashMap<>();
    for (int i = 0; i < parameters.length; i += 2) {
      named.put(parameters[i].toString(), parameters[i + 1]);
    }
    return TestParameters.mailet(
        ShippedSmime.all(new DataFolder(folder)).stream()
            .filter(factory -> factory.name().equals(name))
            .findFirst()
            .orElseThrow(),
        named,
        services);
  }

  /// From somebody who has logged in.
  static Mail mail(Message message, String... recipients) {
    return new Mail(
        new MailId("m1"),
        Optional.of(MailAddress.of("ann@example.org")),
        Arrays.stream(recipients).map(each -> Recipient.of(MailAddress.of(each))).toList(),
        message,
        new Origin(
            Optional.empty(),
            "client.example",
            Optional.of(MailAddress.of("ann@example.org")),
            "ESMTPSA",
            "c1",
            Notary.START),
        Map.of());
  }

  static Mail mail(String message) {
    return mail(HeapMessage.of(message), "bob@example.net");
  }

  static Mail goesOn(Mailet mailet, Mail mail) {
    Outcome outcome = mailet.service(mail);
    assertThat(outcome).isInstanceOf(Outcome.Continue.class);
    return ((Outcome.Continue) outcome).mail();
  }

  /// A message in a file, for openssl.
  Path file(String name, Mail mail) {
    try (InputStream in = mail.message().open()) {
      return Files.write(folder.resolve(name), in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What openssl has written, as a message with fields of ours above it.
  static Mail received(String openssl) {
    return mail("From: Ann <ann@example.org>\nSubject: hello\nTo: bob@example.net\n" + openssl);
  }

  static String text(Mail mail) {
    try (InputStream in = mail.message().open()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> fields(Mail mail, String name) {
    return mail.message().headers().stream()
        .filter(field -> field.is(name))
        .map(HeaderField::value)
        .toList();
  }
}
