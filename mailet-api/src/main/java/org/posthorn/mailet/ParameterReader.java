package org.posthorn.mailet;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes a record of parameters ([Parameter]) of what the operator wrote, and says what could be
/// written. For servers and tests; a plugin is given the finished record. Used by one thread.
public final class ParameterReader {
  private final ArrayDeque<String> unnamed;
  private final Written written;

  /// What the operator can write: for the operator and for messages. `otherwise` and `example` may
  /// be empty; `kind` is such as `a size such as 500KB or 50MB`; `parts` are what a block has, and
  /// none of what is no block.
  public record Description(
      String name,
      String kind,
      boolean isProcessor,
      boolean required,
      String otherwise,
      String example,
      String text,
      List<Description> parts) {
    public Description {
      parts = List.copyOf(parts);
    }

    /// Of what is no block.
    public Description(
        String name,
        String kind,
        boolean isProcessor,
        boolean required,
        String otherwise,
        String example,
        String text) {
      this(name, kind, isProcessor, required, otherwise, example, text, List.of());
    }
  }

  private ParameterReader(Written written) {
    this.written = written;
    this.unnamed = new ArrayDeque<>(written.unnamed());
  }

  /// Throws [ParameterException] with the first thing that is wrong.
  public static <P extends Record> P read(Class<P> type, Written written) {
    return new ParameterReader(written).record(type);
  }

  /// In the order of the record's components.
  public static List<Description> describe(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents()).map(ParameterReader::description).toList();
  }

  private <P extends Record> P record(Class<P> type) {
    refuseUnknown(type);
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = value(components[i]);
    }
    if (!unnamed.isEmpty()) {
      throw new ParameterException("it has no use for the argument '" + unnamed.getFirst() + "'");
    }
    return construct(type, components, values);
  }

  private Object value(RecordComponent component) {
    String name = name(component);
    Parameter parameter = annotation(component);
    Class<?> raw = component.getType();
    if (raw == List.class) {
      List<?> items = items(name, parameter);
      return enough(component, items.size(), members(component, items));
    } else if (raw == Map.class) {
      Map<String, Object> block = block(component);
      return enough(component, block.size(), block);
    }
    Optional<Object> given = written(name, parameter).map(one -> made(component, name, one));
    if (raw == Optional.class) {
      return given;
    }
    return given.orElseThrow(() -> missing(component));
  }

  private List<Object> members(RecordComponent component, List<?> items) {
    List<Object> members = new ArrayList<>();
    for (Object item : items) {
      String place = isBlock(component) ? name(component) + "." + (members.size() + 1) : "";
      members.add(made(component, place.isEmpty() ? name(component) : place, item));
    }
    return List.copyOf(members);
  }

  /// One value: a text, or a block that is a record again.
  private Object made(RecordComponent component, String place, @Nullable Object value) {
    return isBlock(component)
        ? inside(component, place, value)
        : scalar(component, place, one(component, place, value));
  }

  @SuppressWarnings("unchecked") // It was asked for.
  private Object inside(RecordComponent component, String place, @Nullable Object value) {
    if (!(value instanceof Map<?, ?> entries)) {
      throw wrong(place, value, kindOfOne(component));
    }
    Map<String, Object> named = new LinkedHashMap<>();
    entries.forEach((key, item) -> named.put(String.valueOf(key), item));
    try {
      return read(
          (Class<? extends Record>) typeOf(component),
          new Written(named, List.of(), written.processors()));
    } catch (ParameterException e) {
      throw new ParameterException("in '%s': %s".formatted(place, e.getMessage()));
    }
  }

  private static Object enough(RecordComponent component, int count, Object value) {
    if (count < annotation(component).min()) {
      throw missing(component);
    }
    return value;
  }

  private static ParameterException missing(RecordComponent component) {
    return new ParameterException(
        "parameter '%s' is missing: %s. It should be %s"
            .formatted(
                name(component),
                annotation(component).value().replaceFirst("\\.$", ""),
                kind(component)));
  }

  private Optional<Object> written(String name, Parameter parameter) {
    return Optional.<Object>ofNullable(written.named().get(name))
        .or(() -> Optional.ofNullable(unnamed.poll()))
        .or(() -> Optional.of(parameter.otherwise()).filter(text -> !text.isEmpty()));
  }

  private List<?> items(String name, Parameter parameter) {
    Object value = written.named().get(name);
    if (value != null) {
      return value instanceof List<?> list ? list : List.of(value);
    }
    List<String> left = List.copyOf(unnamed);
    unnamed.clear();
    return left.isEmpty() && !parameter.otherwise().isEmpty()
        ? listed(parameter.otherwise())
        : left;
  }

  private static List<String> listed(String otherwise) {
    return Arrays.stream(otherwise.split(",", -1)).map(String::strip).toList();
  }

  private Map<String, Object> block(RecordComponent component) {
    String name = name(component);
    Object value = written.named().get(name);
    if (value == null) {
      return Map.of();
    } else if (!(value instanceof Map<?, ?> entries)) {
      throw wrong(name, value, kind(component));
    } else {
      Map<String, Object> block = new LinkedHashMap<>();
      entries.forEach((key, item) -> {
        String inside = name + "." + key;
        block.put(String.valueOf(key), made(component, inside, item));
      });
      return Collections.unmodifiableMap(block);
    }
  }

  private static String one(RecordComponent component, String name, @Nullable Object value) {
    if (value == null || value instanceof List || value instanceof Map) {
      throw wrong(name, value, kindOfOne(component));
    }
    return value.toString();
  }

  private static ParameterException wrong(String name, @Nullable Object value, String expected) {
    String found =
        switch (value) {
          case null -> "empty";
          case List<?> _ -> "a list";
          case Map<?, ?> _ -> "a block of names and values";
          default -> "'" + value + "'";
        };
    return new ParameterException(
        "parameter '%s' is %s, but should be %s".formatted(name, found, expected));
  }

  private Object scalar(RecordComponent component, String name, String text) {
    Object value =
        parsed(component, text).orElseThrow(() -> wrong(name, text, kindOfOne(component)));
    if (value instanceof ProcessorName processor
        && !written.processors().contains(processor.value())) {
      throw new ParameterException(
          "parameter '%s' names the processor %s, but there are only %s"
              .formatted(
                  name,
                  processor,
                  written.processors().stream().sorted().collect(Collectors.joining(", "))));
    }
    return value;
  }

  /// Empty when it is not what is expected, or out of bounds.
  private static Optional<Object> parsed(RecordComponent component, String text) {
    ParameterKind kind = kindOf(component);
    Parameter parameter = annotation(component);
    return kind.parse(text.strip())
        .filter(value ->
            isOneOfMany(component) || kind.isWithin(value, parameter.min(), parameter.max()));
  }

  private static boolean isOneOfMany(RecordComponent component) {
    return component.getType() == List.class || component.getType() == Map.class;
  }

  /// Before all else: a misspelt parameter is not one that is missing.
  private void refuseUnknown(Class<? extends Record> type) {
    List<String> known = describe(type).stream().map(Description::name).toList();
    for (String name : written.named().keySet()) {
      if (!known.contains(name)) {
        throw new ParameterException(
            "parameter '%s' is not known: it has %s"
                .formatted(name, known.isEmpty() ? "no parameters" : String.join(", ", known)));
      }
    }
  }

  private static <P extends Record> P construct(
      Class<P> type, RecordComponent[] components, @Nullable Object[] values) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<P> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw switch (e.getCause()) {
        case ParameterException refusal -> refusal;
        case IllegalArgumentException refusal ->
            new ParameterException(String.valueOf(refusal.getMessage()));
        case null, default ->
            new IllegalStateException(
                "Cannot make a %s: %s".formatted(type.getName(), e.getCause()), e);
      };
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot make a " + type.getName(), e);
    }
  }

  private static Description description(RecordComponent component) {
    Parameter parameter = annotation(component);
    requireFitting(component, parameter.otherwise());
    boolean required =
        parameter.otherwise().isEmpty()
            && (isOneOfMany(component)
                ? parameter.min() > 0
                : component.getType() != Optional.class);
    return new Description(
        name(component),
        kind(component),
        typeOf(component) == ProcessorName.class,
        required,
        parameter.otherwise(),
        example(component),
        parameter.value(),
        parts(component));
  }

  /// Whoever leaves it out would be told of something that he did not write.
  private static void requireFitting(RecordComponent component, String otherwise) {
    if (otherwise.isEmpty() || component.getType() == Map.class) {
      return;
    }
    List<String> values =
        component.getType() == List.class ? listed(otherwise) : List.of(otherwise);
    if (isBlock(component)
        || values.stream().anyMatch(value -> parsed(component, value).isEmpty())) {
      throw new IllegalStateException(
          "The component %s of %s is '%s' otherwise, but that should be %s"
              .formatted(
                  component.getName(),
                  component.getDeclaringRecord().getName(),
                  otherwise,
                  kind(component)));
    }
  }

  /// What stands there, or a block of what must be in it.
  private static String example(RecordComponent component) {
    String said = annotation(component).example();
    if (!said.isEmpty() || !isBlock(component)) {
      return said;
    }
    String block =
        parts(component).stream()
            .filter(part -> part.required() || !part.example().isEmpty())
            .map(part -> part.name() + ": " + (part.example().isEmpty() ? "…" : part.example()))
            .collect(Collectors.joining(", ", "{", "}"));
    if (component.getType() == List.class) {
      return "[" + block + "]";
    }
    return component.getType() == Map.class ? "{name: " + block + "}" : block;
  }

  @SuppressWarnings("unchecked") // It was asked for.
  private static List<Description> parts(RecordComponent component) {
    return isBlock(component) ? describe((Class<? extends Record>) typeOf(component)) : List.of();
  }

  /// In words: `a number from 1 to 10`, `a text, or several`.
  private static String kind(RecordComponent component) {
    String one = kindOfOne(component);
    if (isBlock(component) && component.getType() == List.class) {
      return "one or several of " + one;
    }
    if (component.getType() == List.class) {
      return one + ", or several";
    }
    return component.getType() == Map.class ? "names, each with " + one : one;
  }

  /// Whether its value, or each of them, is a record of parameters again.
  private static boolean isBlock(RecordComponent component) {
    Class<?> type = typeOf(component);
    return type.isRecord()
        && type.getRecordComponents().length > 0
        && Arrays.stream(type.getRecordComponents())
            .allMatch(inside -> inside.isAnnotationPresent(Parameter.class));
  }

  private static String kindOfOne(RecordComponent component) {
    if (isBlock(component)) {
      return "a block with "
          + Arrays.stream(typeOf(component).getRecordComponents())
              .map(inside -> name(inside) + " (" + kind(inside) + ")")
              .collect(Collectors.joining(", "));
    }
    ParameterKind kind = kindOf(component);
    Parameter parameter = annotation(component);
    return isOneOfMany(component) ? kind.words() : kind.words(parameter.min(), parameter.max());
  }

  private static ParameterKind kindOf(RecordComponent component) {
    try {
      return ParameterKind.of(typeOf(component), component.getName().endsWith("Bytes"));
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "The component %s of %s: %s"
              .formatted(
                  component.getName(), component.getDeclaringRecord().getName(), e.getMessage()),
          e);
    }
  }

  /// Of the value, or of each member of a list or a block.
  private static Class<?> typeOf(RecordComponent component) {
    Type type = component.getGenericType();
    if (type instanceof ParameterizedType outer) {
      Type[] inside = outer.getActualTypeArguments();
      type = inside[inside.length - 1];
    }
    return (Class<?>) (type instanceof ParameterizedType outer ? outer.getRawType() : type);
  }

  private static Parameter annotation(RecordComponent component) {
    Parameter parameter = component.getAnnotation(Parameter.class);
    if (parameter == null) {
      throw new IllegalStateException(
          "The component %s of %s needs a @Parameter that says what it is for"
              .formatted(component.getName(), component.getDeclaringRecord().getName()));
    }
    return parameter;
  }

  /// `maxSizeBytes` is written `max-size`.
  private static String name(RecordComponent component) {
    String name = component.getName();
    String bare = name.endsWith("Bytes") ? name.substring(0, name.length() - 5) : name;
    var words = new ArrayList<String>();
    for (String word : bare.split("(?=[A-Z])", -1)) {
      words.add(word.toLowerCase(Locale.ROOT));
    }
    return String.join("-", words);
  }
}
