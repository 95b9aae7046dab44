package org.posthorn.imap.wire;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.Surrogate;
import org.posthorn.message.mime.Envelope;
import org.posthorn.message.mime.ParameterizedValue;
import org.posthorn.message.mime.Part;

/// ENVELOPE, BODY and BODYSTRUCTURE (RFC 3501 §7.4.2).
public final class StructureWriter {
  private static final Envelope EMPTY =
      new Envelope(
          Optional.empty(),
          Optional.empty(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Optional.empty(),
          Optional.empty());
  private static final String EMPTY_BODY = "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)";

  private final ImapWriter writer;

  public StructureWriter(ImapWriter writer) {
    this.writer = writer;
  }

  public void envelope(Envelope envelope) {
    writer.raw('(').nstring(envelope.date().map(this::readable));
    writer.raw(' ').nstring(envelope.subject().map(this::readable));
    addresses(envelope.from());
    addresses(envelope.sender().isEmpty() ? envelope.from() : envelope.sender());
    addresses(envelope.replyTo().isEmpty() ? envelope.from() : envelope.replyTo());
    addresses(envelope.to());
    addresses(envelope.cc());
    addresses(envelope.bcc());
    writer.raw(' ').nstring(envelope.inReplyTo().map(this::readable));
    writer.raw(' ').nstring(envelope.messageId().map(this::readable)).raw(')');
  }

  /// With `extended`, BODYSTRUCTURE; without, BODY.
  public void body(Part part, boolean extended) {
    if (part.isMultipart()) {
      multipart(part, extended);
    } else {
      singlePart(part, extended);
    }
  }

  private void multipart(Part part, boolean extended) {
    writer.raw('(');
    for (Part child : part.shownParts()) {
      body(child, extended);
    }
    writer.raw(' ').string(readable(part.subtype()));
    if (extended) {
      writer.raw(' ');
      parameters(part.parameters());
      extension(part);
    }
    writer.raw(')');
  }

  private void singlePart(Part part, boolean extended) {
    boolean message = part.type().equals("message") && isMessageSubtype(part.subtype());
    writer
        .raw('(')
        .string(readable(part.type()))
        .raw(' ')
        .string(readable(part.subtype()))
        .raw(' ');
    parameters(part.parameters());
    writer
        .raw(' ')
        .nstring(part.id().map(this::readable))
        .raw(' ')
        .nstring(part.description().map(this::readable));
    writer.raw(' ').string(readable(part.encoding().orElse("7bit")));
    writer.raw(' ').number(part.bodyBytes());
    if (message) {
      message(part, extended);
    }
    if (message || part.type().equals("text")) {
      writer.raw(' ').number(part.bodyLines());
    }
    if (extended) {
      writer.raw(' ').nstring(part.md5().map(this::readable));
      extension(part);
    }
    writer.raw(')');
  }

  /// A message that was not looked into (it is encoded, or too deep) has an empty one inside, for
  /// clients expect one.
  private void message(Part part, boolean extended) {
    writer.raw(' ');
    if (!part.isMessage()) {
      envelope(EMPTY);
      writer.raw(' ').text(EMPTY_BODY);
      return;
    }
    Part inner = part.children().getFirst();
    envelope(inner.envelope().or(part::envelope).orElse(EMPTY));
    writer.raw(' ');
    body(inner, extended);
  }

  private void extension(Part part) {
    writer.raw(' ');
    if (part.disposition().isPresent()) {
      Part.Disposition disposition = part.disposition().get();
      writer.raw('(').string(readable(disposition.kind())).raw(' ');
      parameters(disposition.parameters());
      writer.raw(')');
    } else {
      writer.nil();
    }
    writer.raw(' ');
    languages(part.languages());
    writer.raw(' ').nstring(part.location().map(this::readable));
  }

  private void languages(List<String> languages) {
    if (languages.size() <= 1) {
      writer.nstring(languages.stream().findFirst().map(this::readable));
      return;
    }
    char before = '(';
    for (String language : languages) {
      writer.raw(before).string(readable(language));
      before = ' ';
    }
    writer.raw(')');
  }

  private void parameters(Map<String, String> parameters) {
    char before = '(';
    for (var parameter : parameters.entrySet()) {
      if (ParameterizedValue.isFurther(parameter.getKey())) {
        continue;
      }
      writer
          .raw(before)
          .string(readable(parameter.getKey()))
          .raw(' ')
          .string(readable(parameter.getValue()));
      before = ' ';
    }
    if (before == '(') {
      writer.nil();
    } else {
      writer.raw(')');
    }
  }

  private void addresses(List<Envelope.Address> addresses) {
    writer.raw(' ');
    if (addresses.isEmpty()) {
      writer.nil();
      return;
    }
    writer.raw('(');
    for (Envelope.Address one : addresses) {
      Envelope.Address address = readable(one);
      writer.raw('(').nstring(address.name().map(this::readable)).raw(' ').nstring(address.route());
      writer.raw(' ').nstring(address.mailbox()).raw(' ').nstring(address.host()).raw(')');
    }
    writer.raw(')');
  }

  /// Text outside ASCII becomes encoded words for a client that did not ask for UTF-8 (RFC 6855
  /// §8).
  private String readable(String text) {
    return writer.utf8() || isAscii(text) ? text : EncodedWord.encode(text);
  }

  /// An address that cannot be written in ASCII becomes one that nobody can have, named as the true
  /// one (RFC 6858).
  private Envelope.Address readable(Envelope.Address address) {
    boolean ascii =
        isAscii(address.mailbox().orElse(""))
            && isAscii(address.host().orElse(""))
            && isAscii(address.route().orElse(""));
    if (writer.utf8() || ascii) {
      return address;
    }
    String name =
        address.name().orElse("")
            + " <"
            + address.mailbox().orElse("")
            + "@"
            + address.host().orElse("")
            + ">";
    return new Envelope.Address(
        Optional.of(name.strip()),
        Optional.empty(),
        Optional.of(Surrogate.NO_LOCAL_PART),
        Optional.of(Surrogate.NO_DOMAIN));
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static boolean isMessageSubtype(String subtype) {
    return subtype.equals("rfc822") || subtype.equals("global");
  }
}
