package org.posthorn.message.mime;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.EncodedWord;

/// One part of a message and where its bytes are. Offsets count from the first byte of the message.
/// `headerStart` to `bodyStart` is the header with its empty line; `bodyStart` to `bodyEnd` the
/// body, without the line break that belongs to the boundary.
///
/// `type` and `subtype` are lower case; `parameters` have lower-case names, RFC 2231 continuations
/// joined, in the order of the message; further names of a file are behind them
/// ([ParameterizedValue#isFurther]). `bodyLines` counts line breaks in the body as IMAP does.
/// `encoding` is lower case without comments. A part without Content-Type has the default's
/// parameter `charset=us-ascii`.
///
/// `children` are the parts of a multipart, none if no boundary was found; a message/rfc822 that
/// could be read has exactly one child, the message. A part that begins a message has its
/// `envelope`: the root, and the child of a message/rfc822.
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
  /// Of what says nothing of itself (RFC 2045 §5.2).
  static final Map<String, String> DEFAULT_PARAMETERS = Map.of("charset", "us-ascii");

  public Part {
    parameters = copyInOrder(parameters);
    languages = List.copyOf(languages);
    children = List.copyOf(children);
  }

  /// RFC 2183; `kind` is lower case.
  public record Disposition(String kind, Map<String, String> parameters) {
    public Disposition {
      parameters = copyInOrder(parameters);
    }
  }

  private static Map<String, String> copyInOrder(Map<String, String> parameters) {
    return parameters.size() < 2
        ? Map.copyOf(parameters)
        : Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  public long bodyBytes() {
    return bodyEnd - bodyStart;
  }

  /// Whether it is of this media type: `text/csv`, in any case.
  public boolean is(String mediaType) {
    return mediaType.equalsIgnoreCase(type + "/" + subtype);
  }

  /// What it says that it is written in; UTF-8 where it says nothing, or what nobody knows.
  public Charset charset() {
    return CharsetNames.find(parameters.getOrDefault("charset", "")).orElse(StandardCharsets.UTF_8);
  }

  /// The name under which a person would save it, decoded; empty where there is none.
  public Optional<String> fileName() {
    return disposition
        .map(one -> one.parameters().get("filename"))
        .or(() -> Optional.ofNullable(parameters.get("name")))
        .map(EncodedWord::decode);
  }

  /// All names that a reader's program may save it under, as they are written: where a name is
  /// given twice, in an old form and in a new one, programs differ in which they take.
  public Stream<String> fileNames() {
    return Stream.concat(
            disposition.stream().flatMap(one -> one.parameters().entrySet().stream()),
            parameters.entrySet().stream())
        .filter(one -> ParameterizedValue.isNameOfFile(one.getKey()))
        .map(Map.Entry::getValue);
  }

  public boolean isMultipart() {
    return type.equals("multipart");
  }

  public boolean isMessage() {
    return type.equals("message")
        && (subtype.equals("rfc822") || subtype.equals("global"))
        && children.size() == 1;
  }

  /// The parts that a person is shown: the children; of a multipart in which none was found, its
  /// whole body as one plain text without a header.
  public List<Part> shownParts() {
    return isMultipart() && children.isEmpty() ? List.of(bodyAsText()) : children;
  }

  private Part bodyAsText() {
    return new Part(
        bodyStart,
        bodyStart,
        bodyEnd,
        bodyLines,
        "text",
        "plain",
        DEFAULT_PARAMETERS,
        Optional.empty(),
        Optional.empty(),
        encoding.filter(name -> name.equals("8bit") || name.equals("binary")),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  void collect(List<Part> all) {
    all.add(this);
    children.forEach(child -> child.collect(all));
  }

  Part shiftedBy(long bytes) {
    List<Part> shifted = children.stream().map(child -> child.shiftedBy(bytes)).toList();
    return with(headerStart + bytes, bodyStart + bytes, bodyEnd + bytes, envelope, shifted);
  }

  Part withHeaderStart(long start) {
    return with(start, bodyStart, bodyEnd, envelope, children);
  }

  Part withEnvelope(Envelope other) {
    return with(headerStart, bodyStart, bodyEnd, Optional.of(other), children);
  }

  Part withChildren(List<Part> others) {
    return with(headerStart, bodyStart, bodyEnd, envelope, others);
  }

  Part withBodyEnd(long end) {
    return with(headerStart, bodyStart, end, envelope, children);
  }

  private Part with(
      long header, long body, long end, Optional<Envelope> newEnvelope, List<Part> parts) {
    return new Part(
        header,
        body,
        end,
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
        newEnvelope,
        parts);
  }
}
