package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.mime.Part;

/// Matchers that look at the parts of a message, by its structure and not by its bytes.
final class PartMatchers {
  private PartMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(
        hasAttachment(),
        hasMimeType(),
        partHasMimeType(),
        hasMimeParameter(),
        isSigned(),
        isEncrypted(),
        linesOver());
  }

  /// Messages with what mail programs show a paper clip for: `HasAttachment`. Pictures within the
  /// text and signatures are none. Messages with more parts than can be looked through are among
  /// them.
  private static MatcherFactory<?> hasAttachment() {
    return Shipped.ofMails(
        "HasAttachment",
        "Messages for which mail programs show a paper clip.",
        NoParameters.class,
        _ -> mail -> FullStructure.mayHaveAttachment(mail.message()));
  }

  record Types(
      @Parameter(
              value = "MIME types in any case; image/* is all of a kind.",
              min = 1,
              example = "text/calendar, image/*")
          List<String> types) {
    Types {
      for (String type : types) {
        if (!type.matches("[^/\\s*]+/([^/\\s*]+|\\*)")) {
          throw new ParameterException(
              "parameter 'types' is '%s', but should be such as text/html or image/*"
                  .formatted(type));
        }
      }
    }
  }

  /// Messages that are of one of these types as a whole: `HasMimeType(multipart/report)`.
  private static MatcherFactory<?> hasMimeType() {
    return Shipped.ofMails(
        "HasMimeType",
        "Messages that are of one of these types as a whole.",
        Types.class,
        settings -> {
          Predicate<Part> fits = fits(settings);
          return mail -> fits.test(mail.message().structure().root());
        });
  }

  /// Messages with a part of one of these types, at whatever depth:
  /// `PartHasMimeType(text/calendar)`. Messages with more parts than can be looked through are
  /// among them.
  private static MatcherFactory<?> partHasMimeType() {
    return Shipped.ofMails(
        "PartHasMimeType",
        "Messages with a part of one of these types, also in messages within them.",
        Types.class,
        settings -> {
          Predicate<Part> fits = fits(settings);
          return mail -> FullStructure.mayHave(mail.message(), fits);
        });
  }

  private static Predicate<Part> fits(Types settings) {
    Set<String> types =
        settings.types.stream()
            .map(type -> type.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    return part -> types.contains(mimeType(part)) || types.contains(part.type() + "/*");
  }

  private static String mimeType(Part part) {
    return part.type() + "/" + part.subtype();
  }

  record TypeParameter(
      @Parameter(value = "The name of the parameter.", example = "report-type") String name,
      @Parameter(value = "What it is, in any case.", example = "disposition-notification")
          Optional<String> value) {}

  /// Messages whose Content-Type has a parameter, or has it with a value:
  /// `HasMimeParameter(report-type, disposition-notification)`.
  private static MatcherFactory<?> hasMimeParameter() {
    return Shipped.ofMails(
        "HasMimeParameter",
        "Messages whose Content-Type has a parameter, or has it with a value.",
        TypeParameter.class,
        settings -> {
          String name = settings.name.toLowerCase(Locale.ROOT);
          return mail ->
              Optional.ofNullable(mail.message().structure().root().parameters().get(name))
                  .filter(found -> settings.value.map(found::equalsIgnoreCase).orElse(true))
                  .isPresent();
        });
  }

  /// Messages that are signed as a whole, with S/MIME or OpenPGP: `IsSigned`. Whether the signature
  /// holds is not looked at; DKIM is none.
  private static MatcherFactory<?> isSigned() {
    return Shipped.ofMails(
        "IsSigned",
        "Messages that are signed as a whole (S/MIME, OpenPGP), validly or not.",
        NoParameters.class,
        _ ->
            mail -> {
              Part root = mail.message().structure().root();
              return mimeType(root).equals("multipart/signed")
                  || smimeType(root).filter("signed-data"::equals).isPresent();
            });
  }

  /// Messages that are encrypted as a whole, with S/MIME or OpenPGP: `IsEncrypted`.
  private static MatcherFactory<?> isEncrypted() {
    return Shipped.ofMails(
        "IsEncrypted",
        "Messages that are encrypted as a whole (S/MIME, OpenPGP).",
        NoParameters.class,
        _ ->
            mail -> {
              Part root = mail.message().structure().root();
              return mimeType(root).equals("multipart/encrypted")
                  || smimeType(root).filter(type -> type.endsWith("enveloped-data")).isPresent();
            });
  }

  /// Of an S/MIME message (RFC 8551 §3.2.2); one that does not say is an encrypted one.
  private static Optional<String> smimeType(Part part) {
    return switch (mimeType(part)) {
      case "application/pkcs7-mime", "application/x-pkcs7-mime" ->
          Optional.of(
              part.parameters()
                  .getOrDefault("smime-type", "enveloped-data")
                  .toLowerCase(Locale.ROOT));
      default -> Optional.empty();
    };
  }

  record Lines(@Parameter(value = "How many may be.", example = "10000") int count) {}

  /// Messages with more lines in their body: `LinesOver(10000)`.
  private static MatcherFactory<?> linesOver() {
    return Shipped.ofMails(
        "LinesOver",
        "Messages with more than so many lines in their body.",
        Lines.class,
        settings -> mail -> mail.message().structure().root().bodyLines() > settings.count);
  }
}
