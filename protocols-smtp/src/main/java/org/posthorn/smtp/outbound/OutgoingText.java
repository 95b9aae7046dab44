package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.posthorn.mailet.Message;

/// The message of a mail as one server takes it.
sealed interface OutgoingText permits OutgoingText.AsItIs, SevenBit {
  /// What the message has or is that keeps it from becoming so.
  Optional<String> obstacle();

  /// As it goes out (RFC 1870 §3), unless there is an obstacle.
  long sizeBytes();

  void writeTo(OutputStream out) throws IOException;

  record AsItIs(Message message) implements OutgoingText {
    @Override
    public Optional<String> obstacle() {
      return Optional.empty();
    }

    @Override
    public long sizeBytes() {
      return message.sizeBytes();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      try (InputStream bytes = message.open()) {
        bytes.transferTo(out);
      }
    }
  }
}
