package org.posthorn.app.admin;

import java.util.Collection;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/// How the API reads and writes JSON: unknown properties, those that are there twice and fractions
/// of whole numbers are an error, so that nothing is ignored without a word.
final class Json {
  private final JsonMapper mapper =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  <T> T read(AdminRequest request, Class<T> type) {
    T body = mapper.readValue(request.body(), type);
    if (body == null) {
      throw Declined.badRequest("The body is missing");
    }
    Missing.in(body)
        .ifPresent(field -> {
          throw Declined.badRequest(
              "The body is not what this takes: \"%s\" is missing".formatted(field));
        });
    return body;
  }

  /// What is wrong with a body, without the names of classes.
  static String words(JacksonException e) {
    String place =
        e.getPath().stream()
            .map(each ->
                each.getPropertyName() == null
                    ? "[" + each.getIndex() + "]"
                    : "." + each.getPropertyName())
            .collect(Collectors.joining())
            .replaceFirst("^\\.", "");
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          "there is no \"%s\" here; there are %s".formatted(place, known(unknown));
      case MismatchedInputException other ->
          place.isEmpty()
              ? "it should be an object in JSON"
              : "\"%s\" should be %s".formatted(place, kind(other.getTargetType()));
      default -> e.getOriginalMessage();
    };
  }

  private static String kind(@Nullable Class<?> type) {
    if (type == null) {
      return "of another kind";
    }
    if (type.isEnum()) {
      return Stream.of(type.getEnumConstants())
          .map(String::valueOf)
          .collect(Collectors.joining(" or "));
    }
    if (Collection.class.isAssignableFrom(type)) {
      return "a list";
    }
    return switch (type.getSimpleName()) {
      case "String" -> "a text";
      case "boolean", "Boolean" -> "true or false";
      case "int", "long", "Integer", "Long" -> "a whole number";
      default -> "an object";
    };
  }

  private static String known(UnrecognizedPropertyException e) {
    return Stream.ofNullable(e.getKnownPropertyIds())
        .flatMap(Collection::stream)
        .map(String::valueOf)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  String write(Object value) {
    return mapper.writeValueAsString(value);
  }
}
