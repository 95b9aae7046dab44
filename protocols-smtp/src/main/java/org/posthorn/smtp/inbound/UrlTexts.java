package org.posthorn.smtp.inbound;

import java.io.IOException;
import java.io.InputStream;
import org.posthorn.message.MailAddress;

/// Where the texts are that a client names by an IMAP URL, instead of sending them (RFC 4468). Safe
/// for use by many threads.
@FunctionalInterface
public interface UrlTexts {
  /// What a URL stands for in a message that `login` submits.
  Found find(String url, MailAddress login) throws IOException;

  /// What became of a URL.
  sealed interface Found {
    /// The reader closes `bytes`.
    record Text(long sizeBytes, InputStream bytes) implements Found {}

    /// It is of a kind or of a server that nothing is fetched from.
    record NotTrusted() implements Found {}

    /// Nobody vouches for it to this login.
    record Denied() implements Found {}

    /// It leads nowhere.
    record Gone() implements Found {}
  }

  /// Where there are none.
  static UrlTexts none() {
    return (_, _) -> new Found.NotTrusted();
  }
}
