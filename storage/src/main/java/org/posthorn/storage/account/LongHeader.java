package org.posthorn.storage.account;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.AddressList;
import org.posthorn.message.mime.Envelope;
import org.posthorn.message.mime.Part;

/// The header of an email to very many: a structure does not keep all of their addresses, and the
/// first servers kept fewer and cut the last one off.
public final class LongHeader {
  /// Of a shorter header all addresses are kept, and so is a shorter list.
  private static final int BYTES_MIN = 4_000;

  private static final int ADDRESSES_MIN = 64;

  /// Of one name: whoever writes more is told of these.
  private static final int ADDRESSES_MAX = 5_000;

  private LongHeader() {}

  /// The envelope of the email, with the addresses that its header has.
  public static Envelope envelope(Account account, Email email) throws IOException {
    Envelope kept = email.structure().envelope();
    Part root = email.structure().root();
    long bytes = root.bodyStart() - root.headerStart();
    if (bytes < BYTES_MIN || bytes > Headers.BYTES_MAX || count(kept) < ADDRESSES_MIN) {
      return kept;
    }
    List<Headers.Placed> fields;
    try (InputStream header = account.open(email, root.headerStart(), bytes)) {
      fields = Headers.read(header.readAllBytes());
    }
    return new Envelope(
        kept.date(),
        kept.subject(),
        addresses(fields, "from", kept.from()),
        addresses(fields, "sender", kept.sender()),
        addresses(fields, "reply-to", kept.replyTo()),
        addresses(fields, "to", kept.to()),
        addresses(fields, "cc", kept.cc()),
        addresses(fields, "bcc", kept.bcc()),
        kept.inReplyTo(),
        kept.messageId());
  }

  private static int count(Envelope envelope) {
    return envelope.from().size()
        + envelope.sender().size()
        + envelope.replyTo().size()
        + envelope.to().size()
        + envelope.cc().size()
        + envelope.bcc().size();
  }

  private static List<Envelope.Address> addresses(
      List<Headers.Placed> fields, String name, List<Envelope.Address> kept) {
    List<Envelope.Address> found = new ArrayList<>();
    for (Headers.Placed placed : fields) {
      if (placed.field().name().equalsIgnoreCase(name) && found.size() < ADDRESSES_MAX) {
        found.addAll(AddressList.parse(placed.field().value()));
      }
    }
    return found.size() < kept.size() ? kept : found;
  }
}
