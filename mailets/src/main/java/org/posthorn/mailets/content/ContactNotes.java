package org.posthorn.mailets.content;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;
import tools.jackson.databind.json.JsonMapper;

/// Notes to whom a user of ours writes, in the note `contacts`, for an address book: a program that
/// `ToHttp` tells of it. JSON: `user`, `people` (`Bob <bob@example.net>`, each address once, of To,
/// Cc and Bcc, then the recipients that stand in none of them), `whole`. Only mail of somebody who
/// has logged in gets the note.
///
/// ```yaml
/// - match: IsAuthenticated
///   mailet: ContactNotes
/// ```
final class ContactNotes implements Mailet {
  private static final String NOTE = "contacts";
  private static final List<String> FIELDS = List.of("To", "Cc", "Bcc");

  /// Notes have little room; who has so many contacts in one mail has a list.
  private static final int BYTES_MAX = 4_000;

  private static final int NAME_MAX = 100;

  private ContactNotes() {}

  @Override
  public Outcome service(Mail mail) {
    Optional<MailAddress> login = mail.origin().login();
    if (login.isEmpty()) {
      return new Outcome.Continue(mail.withoutAttribute(NOTE));
    }
    Set<String> people = new LinkedHashSet<>(people(mail).values());
    Set<String> some = new LinkedHashSet<>();
    int bytes = 0;
    for (String person : people) {
      bytes += person.getBytes(StandardCharsets.UTF_8).length + 8;
      if (bytes > BYTES_MAX) {
        break;
      }
      some.add(person);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("user", login.get().toString());
    json.put("people", some);
    json.put("whole", some.size() == people.size());
    return new Outcome.Continue(
        mail.withAttribute(NOTE, JsonMapper.shared().writeValueAsString(json)));
  }

  private static Map<MailAddress, String> people(Mail mail) {
    Map<MailAddress, String> people = new LinkedHashMap<>();
    for (HeaderField field : mail.message().headers()) {
      if (FIELDS.stream().anyMatch(field::is)) {
        for (var each : AddressList.parse(field.value())) {
          if (each.mailbox().isPresent() && each.host().isPresent()) {
            MailAddress.parse(each.mailbox().get() + "@" + each.host().get())
                .ifPresent(address -> people.putIfAbsent(address, named(each.name(), address)));
          }
        }
      }
    }
    mail.addresses().forEach(address -> people.putIfAbsent(address, address.toString()));
    return people;
  }

  private static String named(Optional<String> name, MailAddress address) {
    String shown = Fields.oneLine(EncodedWord.decode(name.orElse("")));
    if (shown.isEmpty()) {
      return address.toString();
    }
    return shown.substring(0, Math.min(shown.length(), NAME_MAX)) + " <" + address + ">";
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  static MailetFactory<NoParameters> factory() {
    return new Made<>(
        "ContactNotes",
        "Notes to whom a user of ours writes.",
        NoParameters.class,
        (_, _) -> new ContactNotes());
  }
}
