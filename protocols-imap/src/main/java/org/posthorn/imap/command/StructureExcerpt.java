package org.posthorn.imap.command;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.imap.wire.FetchItem.Simple;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.StructureWriter;
import org.posthorn.net.WireOutput;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.LongHeader;

/// An envelope or a structure of parts as FETCH tells it.
record StructureExcerpt(Simple item, boolean utf8) implements Excerpt {
  /// Longer ones are made of the message each time.
  private static final int BYTES_MAX = 4_096;

  /// Nothing is handed to it.
  private static final WireOutput NOWHERE = WireOutput.of(OutputStream.nullOutputStream());

  /// Empty for what is neither.
  static Optional<StructureExcerpt> of(FetchItem item, boolean utf8) {
    return item instanceof Simple simple
            && (simple == Simple.ENVELOPE
                || simple == Simple.BODY
                || simple == Simple.BODYSTRUCTURE)
        ? Optional.of(new StructureExcerpt(simple, utf8))
        : Optional.empty();
  }

  @Override
  public byte @Nullable [] of(Account account, Email email) throws IOException {
    var writer = new ImapWriter(NOWHERE, utf8);
    write(item, account, email, writer);
    byte[] bytes = writer.pending();
    return bytes.length > BYTES_MAX ? null : bytes;
  }

  /// What stands behind the item's name.
  static void write(Simple item, Account account, Email email, ImapWriter writer)
      throws IOException {
    var structures = new StructureWriter(writer);
    if (item == Simple.ENVELOPE) {
      structures.envelope(LongHeader.envelope(account, email));
    } else {
      structures.body(email.structure().root(), item == Simple.BODYSTRUCTURE);
    }
  }
}
