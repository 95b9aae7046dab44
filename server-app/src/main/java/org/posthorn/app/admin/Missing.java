package org.posthorn.app.admin;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a body has to have and has not: JSON leaves out what it likes, and its record says by
/// [Nullable] what may be missing.
final class Missing {
  private Missing() {}

  /// The first field that is missing, as `members[2].address`.
  static Optional<String> in(Object body) {
    return fields(body, "").findFirst();
  }

  private static Stream<String> fields(Object body, String path) {
    return body instanceof Record
        ? Arrays.stream(body.getClass().getRecordComponents())
            .flatMap(component ->
                of(
                    component.getAnnotatedType(),
                    value(component, body),
                    path.isEmpty() ? component.getName() : path + "." + component.getName()))
        : Stream.empty();
  }

  private static Stream<String> of(AnnotatedType type, @Nullable Object value, String path) {
    return switch (value) {
      case null -> type.isAnnotationPresent(Nullable.class) ? Stream.empty() : Stream.of(path);
      case List<?> list -> {
        Iterator<?> each = list.iterator();
        yield IntStream.range(0, list.size())
            .boxed()
            .flatMap(i -> of(argument(type, 0), each.next(), path + "[" + i + "]"));
      }
      case Map<?, ?> map ->
          map.entrySet().stream()
              .flatMap(
                  entry -> of(argument(type, 1), entry.getValue(), path + "." + entry.getKey()));
      default -> fields(value, path);
    };
  }

  private static AnnotatedType argument(AnnotatedType type, int index) {
    return type instanceof AnnotatedParameterizedType generic
        ? generic.getAnnotatedActualTypeArguments()[index]
        : type;
  }

  private static @Nullable Object value(RecordComponent component, Object from) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(from);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read " + component, e);
    }
  }
}
