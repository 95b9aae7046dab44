package org.posthorn.app.transfer.intake;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.posthorn.storage.account.SourceKey;

/// A message of another program, not yet read. `sizeBytes` is what it takes there, for the
/// progress; `label` is what people call it.
public record SourceMessage(
    String label,
    SourceKey key,
    List<String> flags,
    long internalMillis,
    long sizeBytes,
    Opener opener) {
  /// Opens the message as IMAP would give it: lines end with CRLF, no NUL.
  public interface Opener {
    InputStream open() throws IOException;
  }

  public SourceMessage {
    flags = List.copyOf(flags);
  }
}
