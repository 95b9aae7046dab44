package org.posthorn.mailets.content;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;

/// Sends the mail to those who stand in its header instead of to its recipients. Where nobody
/// stands there, or too many do, the recipients stay. Only for mail that you trust: who can hand it
/// in chooses where the server sends.
///
/// ```yaml
/// - match: RecipientIs(scanner@example.org)
///   mailet: RecipientsFromHeader
///   headers: [X-Deliver-To]
/// ```
final class RecipientsFromHeader implements Mailet {
  private final Settings settings;

  private RecipientsFromHeader(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    Map<MailAddress, Recipient> known = new HashMap<>();
    mail.recipients().forEach(recipient -> known.putIfAbsent(recipient.address(), recipient));
    Map<MailAddress, Recipient> found = new LinkedHashMap<>();
    for (HeaderField field : mail.message().headers()) {
      if (settings.headers.stream().anyMatch(field::is)) {
        for (MailAddress address : addresses(field.value())) {
          Recipient recipient = known.get(address);
          found.putIfAbsent(address, recipient == null ? Recipient.of(address) : recipient);
        }
      }
    }
    return new Outcome.Continue(
        mail.recipients().isEmpty() || found.isEmpty() || found.size() > settings.limit
            ? mail
            : mail.withRecipients(List.copyOf(found.values())));
  }

  private static List<MailAddress> addresses(String value) {
    return AddressList.parse(value).stream()
        .flatMap(address -> Fields.address(address).stream())
        .toList();
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "The fields that are read.",
              otherwise = "To, Cc",
              min = 1,
              example = "[X-Deliver-To]")
          List<String> headers,
      @Parameter(
              value = "With more addresses than these the recipients stay as they are.",
              otherwise = "100",
              min = 1,
              max = 1_000)
          int limit) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "RecipientsFromHeader",
        "Sends the mail to those in its header instead.",
        Settings.class,
        (settings, _) -> new RecipientsFromHeader(settings));
  }
}
