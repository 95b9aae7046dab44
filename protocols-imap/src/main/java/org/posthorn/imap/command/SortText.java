package org.posthorn.imap.command;

import java.util.List;
import java.util.function.Function;
import org.posthorn.imap.wire.SortCriterion;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.mime.Envelope;
import org.posthorn.message.mime.Envelope.Address;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;

/// A text by which messages are put in order, as the bytes that a collation makes of it. That of
/// SUBJECT is the base subject.
record SortText(SortCriterion.Key key, Collation collation) implements Excerpt {
  @Override
  public byte[] of(Account account, Email email) {
    return collation.key(text(email.structure().envelope()));
  }

  private String text(Envelope envelope) {
    return switch (key) {
      case SUBJECT -> envelope.subject().map(it -> BaseSubject.of(it).text()).orElse("");
      case FROM -> first(envelope.from(), SortText::mailbox);
      case TO -> first(envelope.to(), SortText::mailbox);
      case CC -> first(envelope.cc(), SortText::mailbox);
      case DISPLAYFROM -> first(envelope.from(), SortText::display);
      case DISPLAYTO -> first(envelope.to(), SortText::display);
      case ARRIVAL, DATE, SIZE, RELEVANCY ->
          throw new IllegalArgumentException(key + " is no text");
    };
  }

  private static String first(List<Address> addresses, Function<Address, String> value) {
    return addresses.isEmpty() ? "" : value.apply(addresses.getFirst());
  }

  private static String mailbox(Address address) {
    return EncodedWord.decode(address.mailbox().orElse(""));
  }

  /// RFC 5957 §3.
  private static String display(Address address) {
    String name = EncodedWord.decode(address.name().orElse(""));
    if (!name.isEmpty()) {
      return name;
    }
    String host = address.host().orElse("");
    return address.mailbox().orElse("") + (host.isEmpty() ? "" : "@" + host);
  }
}
