package org.posthorn.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;

/// A mail that was never taken: its message is in memory, nothing of it in the store or the queue.
public final class RehearsedMail {
  private RehearsedMail() {}

  /// `message` has CRLF line breaks. `remote` and `login` are from where and from whom it would
  /// have come.
  public static Mail of(
      byte[] message,
      Optional<MailAddress> sender,
      List<MailAddress> recipients,
      Optional<InetAddress> remote,
      Optional<MailAddress> login,
      Instant now) {
    ContentStore contents = new InMemoryContentStore();
    try {
      return new Mail(
          new MailId("rehearsed"),
          sender,
          recipients.stream().map(Recipient::of).toList(),
          new SpooledMessage(
              contents,
              contents.write(new ByteArrayInputStream(message)),
              "",
              List.of(),
              NewMail.Options.NONE),
          new Origin(
              remote,
              "rehearsal",
              login,
              login.isPresent() ? "ESMTPSA" : "ESMTPS",
              "rehearsal",
              now),
          Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
