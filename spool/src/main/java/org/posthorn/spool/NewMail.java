package org.posthorn.spool;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.Wishes;

/// A mail that is handed to the spool. `prefix` are header lines with CRLF that we put on top of
/// the content (`Received:` and such); `dropHeaders` are byte ranges of the content that must not
/// go on (a forged Authentication-Results); `attributes` are notes for the chain.
public record NewMail(
    Optional<MailAddress> sender,
    List<Recipient> recipients,
    StoredContent content,
    String prefix,
    List<Range> dropHeaders,
    Options options,
    Origin origin,
    Map<String, String> attributes) {
  /// The note with which a gate wants a mail held, durably taken, until an operator releases it;
  /// its value says why.
  public static final String QUARANTINE = "posthorn.quarantine";

  /// The note with which a gate says, when the mail begins, that the client is a server of ours
  /// whose results it takes over: it gets to see them, and what is to go of them goes afterwards.
  public static final String RELAYED = "auth.relayed";

  /// Bytes from `start` (inclusive) to `end` (exclusive).
  public record Range(long start, long end) {}

  /// What the sender asked for with MAIL: `smtpUtf8` (RFC 6531), `eightBit` (BODY=8BITMIME), RET
  /// and ENVID of RFC 3461, and what is asked for less often.
  public record Options(
      boolean smtpUtf8,
      boolean eightBit,
      Optional<Boolean> returnFull,
      Optional<String> envelopeId,
      Wishes wishes) {
    public static final Options NONE =
        new Options(false, false, Optional.empty(), Optional.empty());

    public Options(
        boolean smtpUtf8,
        boolean eightBit,
        Optional<Boolean> returnFull,
        Optional<String> envelopeId) {
      this(smtpUtf8, eightBit, returnFull, envelopeId, Wishes.NONE);
    }

    Options withPriority(int priority) {
      return priority == wishes.priority()
          ? this
          : new Options(smtpUtf8, eightBit, returnFull, envelopeId, wishes.withPriority(priority));
    }
  }

  public NewMail {
    recipients = List.copyOf(recipients);
    dropHeaders = List.copyOf(dropHeaders);
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /// Without notes for the chain.
  public NewMail(
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      StoredContent content,
      String prefix,
      List<Range> dropHeaders,
      Options options,
      Origin origin) {
    this(sender, recipients, content, prefix, dropHeaders, options, origin, Map.of());
  }

  /// How it came to us, as the queue keeps it.
  public Arrival arrival() {
    return Rows.arrival(origin, options);
  }
}
