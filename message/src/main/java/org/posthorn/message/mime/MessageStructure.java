package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.List;

/// What clients ask for again and again, computed once when the message comes in: the tree of parts
/// with byte offsets, the envelope, a preview of the text, the ids that make threads.
///
/// `preview` is at most 200 characters of the first text part (RFC 8970 §3.1), decoded;
/// `hasAttachment` is whether a person would see a paper clip. `references` are the message ids of
/// References with their angle brackets, in their order; of very many the first and the last 39.
public record MessageStructure(
    long sizeBytes, Part root, String preview, boolean hasAttachment, List<String> references) {
  public MessageStructure {
    references = List.copyOf(references);
  }

  /// The root's envelope.
  public Envelope envelope() {
    return root.envelope().orElseThrow();
  }

  /// All parts from the root on, each before what is in it: also multiparts, and the messages
  /// inside of messages.
  public List<Part> parts() {
    List<Part> all = new ArrayList<>();
    root.collect(all);
    return List.copyOf(all);
  }

  /// The message ids that tie the message to others: its own first (if it has one), then those of
  /// In-Reply-To, then the first of References and the others from the last back; at most 20.
  public List<String> related() {
    return References.related(envelope(), references);
  }

  /// The structure of the same message with `prefixBytes` of header lines before it: they belong to
  /// the root's header, which still begins at 0. The envelope stays as it is; use [#behind] for
  /// lines that it shows.
  public MessageStructure shiftedBy(long prefixBytes) {
    return prefixBytes == 0
        ? this
        : new MessageStructure(
            sizeBytes + prefixBytes,
            root.shiftedBy(prefixBytes).withHeaderStart(0),
            preview,
            hasAttachment,
            references);
  }

  /// The structure of the same message behind whole header lines (with CRLF), of which the envelope
  /// shows what it can (a Subject that was put above the message's own is the one that counts).
  public MessageStructure behind(String headerLines) {
    byte[] bytes = headerLines.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Envelope added = StructureScanner.scan(bytes).envelope();
    MessageStructure shifted = shiftedBy(bytes.length);
    return new MessageStructure(
        shifted.sizeBytes,
        shifted.root.withEnvelope(added.over(envelope())),
        preview,
        hasAttachment,
        references);
  }
}
