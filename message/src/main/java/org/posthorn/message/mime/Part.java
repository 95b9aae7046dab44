package org.posthorn.message.mime;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One part of a message and where its bytes are. Offsets count from the first byte of the message.
/// `headerStart` to `bodyStart` is the header with its empty line; `bodyStart` to `bodyEnd` the
/// body, without the line break that belongs to the boundary.
///
/// `type` and `subtype` are lower case; `parameters` have lower-case names, RFC 2231 continuations
/// joined, in the order of the message. `bodyLines` counts line breaks in the body as IMAP does.
/// `children` are the parts of a multipart; a message/rfc822 has exactly one child, the message,
/// whose envelope is in `envelope`. The root's envelope is the message's.
public record Part(
    long headerStart,
    long bodyStart,
    long bodyEnd,
    long bodyLines,
    String type,
    String subtype,
    Map<String, String> parameters,
    Optional<String> id,
    Optional<String> description,
    Optional<String> encoding,
    Optional<String> md5,
    Optional<Disposition> disposition,
    List<String> languages,
    Optional<String> location,
    Optional<Envelope> envelope,
    List<Part> children) {

  /// RFC 2183.
  public record Disposition(String kind, Map<String, String> parameters) {}

  public long bodyBytes() {
    return bodyEnd - bodyStart;
  }

  public boolean isMultipart() {
    return type.equals("multipart");
  }

  public boolean isMessage() {
    return type.equals("message")
        && (subtype.equals("rfc822") || subtype.equals("global"))
        && children.size() == 1;
  }
}
