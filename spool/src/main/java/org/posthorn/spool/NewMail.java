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
import org.posthorn.storage.story.StoryEvent;

/// A mail that is handed to the spool. `prefix` are header lines with CRLF that we put on top of
/// the content (`Received:` and such); `dropHeaders` are byte ranges of the content that must not
/// go on (a forged Authentication-Results); `attributes` are notes for the chain; `written` is what
/// the client called whom it means, for the story.
public record NewMail(
    Optional<MailAddress> sender,
    List<Recipient> recipients,
    StoredContent content,
    String prefix,
    List<Range> dropHeaders,
    Options options,
    Origin origin,
    Map<String, String> attributes,
    StoryEvent.Written written) {
  /// The note with which a gate wants a mail held, durably taken, until an operator releases it;
  /// its value says why.
  public static final String QUARANTINE = "posthorn.quarantine";

  /// The note with which a gate says, when the mail begins, that the client is a server of ours
  /// whose results it takes over: it gets to see them, and what is to go of them goes afterwards.
  public static final String RELAYED = "auth.relayed";

  private static final String MESSAGE_ID = "message-id:";

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

  /// As it was written.
  public NewMail(
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      StoredContent content,
      String prefix,
      List<Range> dropHeaders,
      Options options,
      Origin origin,
      Map<String, String> attributes) {
    this(
        sender,
        recipients,
        content,
        prefix,
        dropHeaders,
        options,
        origin,
        attributes,
        StoryEvent.Written.SAME);
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

  /// The Message-ID; empty if none. One that we have put above the message is not in its structure.
  public String messageId() {
    return content
        .structure()
        .envelope()
        .messageId()
        .or(() ->
            prefix
                .lines()
                .filter(line -> line.regionMatches(true, 0, MESSAGE_ID, 0, MESSAGE_ID.length()))
                .map(line -> line.substring(MESSAGE_ID.length()))
                .findFirst())
        .map(String::strip)
        .orElse("");
  }

  /// With what the client called whom it means.
  public NewMail writtenAs(StoryEvent.Written other) {
    return new NewMail(
        sender, recipients, content, prefix, dropHeaders, options, origin, attributes, other);
  }

  /// Why it is to be held until an operator releases it.
  Optional<String> quarantine() {
    return Optional.ofNullable(attributes.get(QUARANTINE));
  }

  /// How it came to us, as the queue keeps it.
  public Arrival arrival() {
    return Rows.arrival(origin, options);
  }
}
