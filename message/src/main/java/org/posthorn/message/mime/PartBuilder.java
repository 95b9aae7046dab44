package org.posthorn.message.mime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A part whose end has not been seen yet. Confined to its scanner.
final class PartBuilder {
  private static final int BOUNDARY_MAX = 512;
  private static final int LANGUAGES_MAX = 20;

  private final long headerStart;
  private final boolean message;
  private final boolean inDigest;
  private final Map<KnownField, CharSequence> values = new EnumMap<>(KnownField.class);
  private final List<Part> children = new ArrayList<>(0);
  private long bodyStart;
  private long breaksBefore;
  private String type = "text";
  private String subtype = "plain";
  private Map<String, String> parameters = Map.of();
  private Optional<Part.Disposition> disposition = Optional.empty();
  private Optional<Envelope> envelope = Optional.empty();
  private Optional<String> encoding = Optional.empty();
  private Optional<String> id = Optional.empty();
  private Optional<String> description = Optional.empty();
  private Optional<String> md5 = Optional.empty();
  private Optional<String> location = Optional.empty();
  private List<String> languages = List.of();
  private byte @Nullable [] boundary;

  /// `message` if it has the header of a message; `inDigest` if its default type is message/rfc822
  /// (RFC 2046 §5.1.5).
  PartBuilder(long headerStart, boolean message, boolean inDigest) {
    this.headerStart = headerStart;
    this.message = message;
    this.inDigest = inDigest;
  }

  long headerStart() {
    return headerStart;
  }

  long bodyStart() {
    return bodyStart;
  }

  /// The last delimiter has come, or no part may follow for other reasons.
  void close() {
    boundary = null;
  }

  /// Lets go of the raw header values, which [#startBody] has read.
  void forgetValues() {
    values.clear();
  }

  boolean isMessage() {
    return message;
  }

  boolean wants(KnownField field) {
    CharSequence before = values.get(field);
    return before == null
        ? message || !field.isOfMessages()
        : field.isOfAddresses() && before.length() < field.valueMax();
  }

  void put(KnownField field, String value) {
    values.merge(field, value, PartBuilder::nextLine);
  }

  /// Fields of one name each have a line: what is broken in one breaks no other.
  private static CharSequence nextLine(CharSequence before, CharSequence value) {
    StringBuilder lines =
        before instanceof StringBuilder several ? several : new StringBuilder(before);
    return lines.append('\n').append(value);
  }

  /// The header is complete; `breaks` line breaks came before the body. What is kept of the header
  /// is taken from the budgets now, so that outer parts come before inner ones.
  void startBody(long start, long breaks, Budget budget, Budget envelopes) {
    bodyStart = start;
    breaksBefore = breaks;
    readContentType(budget);
    if (message) {
      envelope = Optional.of(envelope(envelopes));
    }
    String named = readEncoding();
    encoding = named.isEmpty() ? Optional.empty() : budget.keep(named);
    String dispositionText = value(KnownField.CONTENT_DISPOSITION);
    if (dispositionText != null) {
      ParameterizedValue read = ParameterizedValue.parse(dispositionText);
      String kind = read.value().toLowerCase(Locale.ROOT);
      disposition = kind.isEmpty() ? Optional.empty() : budget.keep(read, kind);
    }
    id = budget.keep(value(KnownField.CONTENT_ID));
    description = budget.keep(value(KnownField.CONTENT_DESCRIPTION));
    md5 = budget.keep(value(KnownField.CONTENT_MD5));
    languages = languages(budget);
    location = budget.keep(value(KnownField.CONTENT_LOCATION));
  }

  private Envelope envelope(Budget budget) {
    return new Envelope(
        budget.keep(value(KnownField.DATE)),
        budget.keep(value(KnownField.SUBJECT)),
        budget.keepAddresses(value(KnownField.FROM)),
        budget.keepAddresses(value(KnownField.SENDER)),
        budget.keepAddresses(value(KnownField.REPLY_TO)),
        budget.keepAddresses(value(KnownField.TO)),
        budget.keepAddresses(value(KnownField.CC)),
        budget.keepAddresses(value(KnownField.BCC)),
        budget.keep(value(KnownField.IN_REPLY_TO)),
        budget.keep(value(KnownField.MESSAGE_ID)));
  }

  private void readContentType(Budget budget) {
    String text = value(KnownField.CONTENT_TYPE);
    if (text == null) {
      if (inDigest) {
        type = "message";
        subtype = "rfc822";
      } else {
        parameters = Part.DEFAULT_PARAMETERS;
      }
      return;
    }
    ParameterizedValue read = ParameterizedValue.parse(text);
    readType(read.value(), budget);
    if (type.equals("multipart")) {
      String mark = read.parameters().get("boundary");
      if (mark != null && !mark.isEmpty() && mark.length() <= BOUNDARY_MAX) {
        boundary = ("--" + mark.stripTrailing()).getBytes(StandardCharsets.UTF_8);
      }
    }
    parameters = budget.keep(read.parameters());
  }

  /// A type that is none leaves the default (RFC 2045 §5.2).
  private void readType(String text, Budget budget) {
    String lower = text.toLowerCase(Locale.ROOT);
    int slash = lower.indexOf('/');
    if (slash > 0) {
      String first = lower.substring(0, slash).strip();
      String second = lower.substring(slash + 1).strip();
      if (isToken(first) && isToken(second) && budget.takeType(first, second)) {
        type = first;
        subtype = second;
      }
    }
  }

  private static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 0x7F || "()<>@,;:\\\"/[]?=".indexOf(c) >= 0) {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= 127;
  }

  /// `--` and the boundary, if parts can follow.
  byte @Nullable [] delimiter() {
    return boundary;
  }

  boolean isDigest() {
    return type.equals("multipart") && subtype.equals("digest");
  }

  /// Whether its body is a message whose own structure can be seen: not one under base64, which RFC
  /// 2046 §5.2.1 forbids and which we leave closed.
  boolean holdsMessage() {
    return type.equals("message")
        && (subtype.equals("rfc822") || subtype.equals("global"))
        && !encoding().equals("base64")
        && !encoding().equals("quoted-printable");
  }

  /// Whether its body may be shown as text: a multipart's is, when no part comes in it.
  boolean isReadable() {
    return (type.equals("text") || type.equals("multipart"))
        && disposition.map(Part.Disposition::kind).filter("attachment"::equals).isEmpty();
  }

  String subtype() {
    return subtype;
  }

  String charset() {
    return parameters.getOrDefault("charset", "");
  }

  String encoding() {
    return encoding.orElse("");
  }

  private String readEncoding() {
    String text = value(KnownField.CONTENT_TRANSFER_ENCODING);
    return text == null ? "" : ParameterizedValue.parse(text).value().toLowerCase(Locale.ROOT);
  }

  @Nullable String value(KnownField field) {
    CharSequence found = values.get(field);
    return found == null ? null : found.toString();
  }

  void add(Part child) {
    children.add(child);
  }

  /// The finished part: its body ends at `end`, before which there were `breaks` line breaks.
  Part build(long end, long breaks) {
    long lastEnd = children.isEmpty() ? bodyStart : children.getLast().bodyEnd();
    long bodyEnd = Math.max(end, lastEnd);
    return new Part(
        headerStart,
        bodyStart,
        bodyEnd,
        bodyEnd == bodyStart ? 0 : Math.max(0, breaks - breaksBefore),
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

  private List<String> languages(Budget budget) {
    String text = value(KnownField.CONTENT_LANGUAGE);
    if (text == null) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    for (String language : text.split(",", LANGUAGES_MAX + 1)) {
      String tag = ParameterizedValue.parse(language).value();
      if (!tag.isEmpty() && found.size() < LANGUAGES_MAX) {
        found.add(tag);
      }
    }
    return budget.keep(found);
  }
}
