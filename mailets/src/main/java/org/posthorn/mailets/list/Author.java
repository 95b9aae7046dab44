package org.posthorn.mailets.list;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.mailet.Mail;
import org.posthorn.mailets.content.Fields;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;
import org.posthorn.message.mime.Envelope;

/// Who wrote a mail, by its From; `name` is decoded, and empty where there is none.
record Author(MailAddress address, String name) {
  /// Empty where From is missing, or says several or none.
  static Optional<Author> of(Mail mail) {
    List<Author> all = all(mail);
    return from(mail).count() == 1 && all.size() == 1
        ? Optional.of(all.getFirst())
        : Optional.empty();
  }

  /// All whom From names, though it should be there only once.
  static List<Author> all(Mail mail) {
    return from(mail)
        .flatMap(field -> AddressList.parse(field.value()).stream())
        .flatMap(one -> author(one).stream())
        .toList();
  }

  private static Stream<HeaderField> from(Mail mail) {
    return mail.message().headers().stream().filter(field -> field.is("From"));
  }

  private static Optional<Author> author(Envelope.Address written) {
    String name = HeaderText.withoutControls(EncodedWord.decode(written.name().orElse(""))).strip();
    return Fields.address(written).map(address -> new Author(address, name));
  }

  /// The name, or what stands before the `@`.
  String called() {
    return name.isEmpty() ? address.localPart() : name;
  }
}
