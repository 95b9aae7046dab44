package org.posthorn.mailets.smime;

import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.content.Fields;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.AddressList;
import org.posthorn.message.mime.Envelope;

/// Finds who a message says it is from.
final class Author {
  private Author() {}

  /// The one address in the one `From`; absent if there are none or several, so that nobody can
  /// show another one to people than to us.
  static Optional<MailAddress> of(Message message) {
    List<HeaderField> fields =
        message.headers().stream().filter(field -> field.is("From")).toList();
    if (fields.size() != 1) {
      return Optional.empty();
    }
    List<Envelope.Address> all = AddressList.parse(fields.getFirst().value());
    return all.size() == 1 ? Fields.address(all.getFirst()) : Optional.empty();
  }
}
