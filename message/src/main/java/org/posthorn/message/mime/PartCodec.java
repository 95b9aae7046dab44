package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The stored form of a [Part] and all below it, version 1 of [StructureCodec]. A new field goes
/// behind the others, with a new version.
final class PartCodec {
  private static final int DEPTH_MAX = 1_000;

  /// Types that have a number instead of a name. Only ever append: the numbers are stored.
  private static final List<String> TYPES =
      List.of(
          "text/plain",
          "text/html",
          "multipart/alternative",
          "multipart/mixed",
          "multipart/related",
          "multipart/signed",
          "multipart/report",
          "application/octet-stream",
          "application/pdf",
          "image/png",
          "image/jpeg",
          "image/gif",
          "message/rfc822",
          "message/delivery-status",
          "text/rfc822-headers",
          "text/calendar",
          "application/pgp-signature",
          "application/pkcs7-signature");

  /// Both halves of each: their texts are the same in all structures in memory.
  private static final List<String[]> HALVES =
      TYPES.stream().map(type -> type.split("/", 2)).toList();

  private static final int HAS_DISPOSITION = 1;
  private static final int HAS_ENVELOPE = 2;
  private static final int HAS_DESCRIPTIONS = 4;

  private PartCodec() {}

  static void write(Part part, long parentBodyStart, CodecOutput out) {
    out.number(part.headerStart() - parentBodyStart);
    out.number(part.bodyStart() - part.headerStart());
    out.number(part.bodyBytes());
    out.number(part.bodyLines());
    writeType(part, out);
    out.texts(part.parameters());
    out.optional(part.encoding());
    boolean described = isDescribed(part);
    out.number(
        (part.disposition().isPresent() ? HAS_DISPOSITION : 0)
            + (part.envelope().isPresent() ? HAS_ENVELOPE : 0)
            + (described ? HAS_DESCRIPTIONS : 0));
    part.disposition().ifPresent(disposition -> writeDisposition(disposition, out));
    part.envelope().ifPresent(envelope -> writeEnvelope(envelope, out));
    if (described) {
      out.optional(part.id());
      out.optional(part.description());
      out.optional(part.md5());
      out.optional(part.location());
      out.texts(part.languages());
    }
    out.number(part.children().size());
    for (Part child : part.children()) {
      write(child, part.bodyStart(), out);
    }
  }

  private static boolean isDescribed(Part part) {
    return part.id().isPresent()
        || part.description().isPresent()
        || part.md5().isPresent()
        || part.location().isPresent()
        || !part.languages().isEmpty();
  }

  private static void writeType(Part part, CodecOutput out) {
    int number = TYPES.indexOf(part.type() + "/" + part.subtype());
    out.number(number + 1);
    if (number < 0) {
      out.text(part.type());
      out.text(part.subtype());
    }
  }

  private static void writeDisposition(Part.Disposition disposition, CodecOutput out) {
    out.text(disposition.kind());
    out.texts(disposition.parameters());
  }

  private static void writeEnvelope(Envelope envelope, CodecOutput out) {
    out.optional(envelope.date());
    out.optional(envelope.subject());
    for (List<Envelope.Address> addresses :
        List.of(
            envelope.from(),
            envelope.sender(),
            envelope.replyTo(),
            envelope.to(),
            envelope.cc(),
            envelope.bcc())) {
      out.number(addresses.size());
      addresses.forEach(address -> writeAddress(address, out));
    }
    out.optional(envelope.inReplyTo());
    out.optional(envelope.messageId());
  }

  private static void writeAddress(Envelope.Address address, CodecOutput out) {
    out.optional(address.name());
    out.optional(address.route());
    out.optional(address.mailbox());
    out.optional(address.host());
  }

  static Part read(CodecInput in, long parentBodyStart, int depth) {
    if (depth > DEPTH_MAX) {
      throw CodecInput.damaged();
    }
    long headerStart = parentBodyStart + in.number();
    long bodyStart = headerStart + in.number();
    long bodyEnd = bodyStart + in.number();
    long bodyLines = in.number();
    int typeNumber = (int) Math.min(in.number(), TYPES.size() + 1L);
    if (typeNumber > TYPES.size()) {
      throw CodecInput.damaged();
    }
    String type = typeNumber == 0 ? in.text() : HALVES.get(typeNumber - 1)[0];
    String subtype = typeNumber == 0 ? in.text() : HALVES.get(typeNumber - 1)[1];
    Map<String, String> parameters = in.textsByName();
    Optional<String> encoding = in.optional();
    long flags = in.number();
    Optional<Part.Disposition> disposition =
        (flags & HAS_DISPOSITION) == 0
            ? Optional.empty()
            : Optional.of(new Part.Disposition(in.text(), in.textsByName()));
    Optional<Envelope> envelope =
        (flags & HAS_ENVELOPE) == 0 ? Optional.empty() : Optional.of(readEnvelope(in));
    boolean described = (flags & HAS_DESCRIPTIONS) != 0;
    Optional<String> id = described ? in.optional() : Optional.empty();
    Optional<String> description = described ? in.optional() : Optional.empty();
    Optional<String> md5 = described ? in.optional() : Optional.empty();
    Optional<String> location = described ? in.optional() : Optional.empty();
    List<String> languages = described ? in.texts() : List.of();
    int childCount = in.count();
    List<Part> children = new ArrayList<>(childCount);
    for (int i = 0; i < childCount; i++) {
      children.add(read(in, bodyStart, depth + 1));
    }
    return new Part(
        headerStart,
        bodyStart,
        bodyEnd,
        bodyLines,
        type,
        subtype,
        parameters,
        id,
        description,
        encoding,
        md5,
        disposition,
        languages,
        location,
        envelope,
        children);
  }

  private static Envelope readEnvelope(CodecInput in) {
    return new Envelope(
        in.optional(),
        in.optional(),
        readAddresses(in),
        readAddresses(in),
        readAddresses(in),
        readAddresses(in),
        readAddresses(in),
        readAddresses(in),
        in.optional(),
        in.optional());
  }

  private static List<Envelope.Address> readAddresses(CodecInput in) {
    int count = in.count();
    List<Envelope.Address> addresses = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      addresses.add(
          new Envelope.Address(in.optional(), in.optional(), in.optional(), in.optional()));
    }
    return addresses;
  }
}
