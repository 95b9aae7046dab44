package org.posthorn.app.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.config.ConfigTree.Element;

/// Makes records from a [ConfigTree]. A component `messageMaxBytes` is the key `message-max-bytes`,
/// and takes a size such as `50MB`; what the tree leaves out comes from the record's `defaults()`.
/// Collects every problem before it gives up, and remembers where each value came from.
///
/// Two rules save the operator work: a component called `listener` has no block of its own, so its
/// keys stand beside its neighbours (`smtp.mx.port`); and the first `hostname` counts for all
/// blocks that name no other.
///
/// This is the one place that looks into records by reflection, so that a module declares a setting
/// by declaring a component and nothing else. Used by one thread.
public final class RecordMapper {
  private static final String DEFAULT = "default";
  private static final String LIFTED = "listener";
  private static final String HOSTNAME = "hostname";
  private static final String ENABLED = "enabled";

  private final List<ConfigProblem> problems = new ArrayList<>();
  private final List<Setting> settings = new ArrayList<>();
  private @Nullable Object hostname;
  private @Nullable String hostnamePlace;

  /// A finished configuration and the list of its values.
  public record Mapped<R>(R config, List<Setting> settings) {}

  private RecordMapper() {}

  /// Throws [ConfigException] with all that is wrong.
  public static <R extends Record> Mapped<R> map(ConfigTree tree, Class<R> type, R defaults) {
    var mapper = new RecordMapper();
    Object config = mapper.record(type, tree.root(), defaults, "");
    if (config == null || !mapper.problems.isEmpty()) {
      throw new ConfigException(mapper.problems);
    }
    return new Mapped<>(type.cast(config), List.copyOf(mapper.settings));
  }

  private @Nullable Object record(
      Class<?> type, @Nullable Element element, @Nullable Object defaults, String path) {
    return record(type, keys(type), element, defaults, path);
  }

  private @Nullable Object record(
      Class<?> type,
      Set<String> known,
      @Nullable Element element,
      @Nullable Object defaults,
      String path) {
    if (element != null && !element.isBlock() && !element.isNothing()) {
      return wrong(element, path, "expected a block of keys, found " + element.describe());
    }
    Map<String, Element> children =
        element == null || element.isNothing() ? Map.of() : element.children();
    refuseUnknown(known, formerKeys(type), children, path);
    return filled(type, children, element, defaults, path);
  }

  private @Nullable Object filled(
      Class<?> type,
      Map<String, Element> children,
      @Nullable Element element,
      @Nullable Object defaults,
      String path) {
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    boolean whole = true;
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      Object fallback = defaults == null ? null : read(component, defaults);
      String key = key(component);
      if (element != null && element.isNothing() && isSwitch(component)) {
        settings.add(new Setting(joined(path, key), "false", element.place()));
        values[i] = false;
        continue;
      }
      values[i] =
          isLifted(component)
              ? filled(component.getType(), children, element, fallback, path)
              : component(component, children.get(key), fallback, element, joined(path, key));
      whole &= values[i] != null;
    }
    return whole ? construct(type, values, children, element, path) : null;
  }

  private @Nullable Object component(
      RecordComponent component,
      @Nullable Element element,
      @Nullable Object given,
      @Nullable Element parent,
      String path) {
    Object fallback = given == null ? emptyOf(component.getType()) : given;
    if (element == null && component.getName().equals(HOSTNAME) && hostname != null) {
      return hostname;
    }
    if (element == null && fallback == null && !component.getType().isRecord()) {
      String place = parent == null ? DEFAULT : parent.place();
      problems.add(new ConfigProblem(place, path, "is missing; " + expectation(component)));
      return null;
    }
    if (element == null && !component.getType().isRecord()) {
      settings.add(new Setting(path, show(fallback, isSize(component)), DEFAULT));
      if (path.equals(HOSTNAME)) {
        hostname = fallback;
      }
      return fallback;
    }
    Object value = value(component.getGenericType(), element, fallback, path, isSize(component));
    if (path.equals(HOSTNAME)) {
      hostname = value;
      hostnamePlace = element == null ? null : element.place();
    }
    return value;
  }

  private @Nullable Object value(
      Type type,
      @Nullable Element element,
      @Nullable Object fallback,
      String path,
      boolean isSize) {
    Class<?> raw = rawType(type);
    if (raw.isRecord()) {
      Object defaults = fallback == null ? ownDefaults(raw) : fallback;
      return record(raw, element, defaults, path);
    }
    if (element == null) {
      throw new IllegalStateException("No value for " + path);
    }
    if (raw == Optional.class) {
      return optional(argument(type, 0), element, fallback, path, isSize);
    }
    if (raw == List.class) {
      return list(argument(type, 0), element, path, isSize);
    }
    if (raw == Map.class) {
      return block(argument(type, 1), element, fallback, path, isSize);
    }
    if (!element.isText()) {
      return wrong(
          element, path, "expected " + expectation(raw, isSize) + ", found " + element.describe());
    }
    return scalar(raw, element, path, isSize);
  }

  private @Nullable Object optional(
      Type inner, Element element, @Nullable Object fallback, String path, boolean isSize) {
    if (element.isNothing()) {
      settings.add(new Setting(path, "", element.place()));
      return Optional.empty();
    }
    Object inside = fallback instanceof Optional<?> o ? o.orElse(null) : null;
    Class<?> raw = rawType(inner);
    if (raw.isRecord() && element.isBlock()) {
      return optionalBlock(raw, element, inside == null ? ownDefaults(raw) : inside, path);
    }
    Object value = value(inner, element, inside, path, isSize);
    return value == null ? null : Optional.of(value);
  }

  /// A block that is off where it is nothing, and, as others with a switch are, by `enabled:
  /// false`.
  private @Nullable Object optionalBlock(
      Class<?> type, Element element, @Nullable Object defaults, String path) {
    Set<String> known = keys(type);
    boolean hasOwnSwitch = !known.add(ENABLED);
    Object value = record(type, known, element, defaults, path);
    Element said = hasOwnSwitch ? null : element.children().get(ENABLED);
    Object on =
        said == null ? true : value(boolean.class, said, null, joined(path, ENABLED), false);
    if (value == null || on == null) {
      return null;
    }
    return on.equals(true) ? Optional.of(value) : Optional.empty();
  }

  private @Nullable Object list(Type inner, Element element, String path, boolean isSize) {
    if (element.isNothing()) {
      return List.of();
    }
    // A single value is a list of one.
    List<Element> items = element.isList() ? element.items() : List.of(element);
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Object value = value(inner, items.get(i), null, path + "[" + i + "]", isSize);
      if (value != null) {
        values.add(value);
      }
    }
    return values.size() == items.size() ? List.copyOf(values) : null;
  }

  private @Nullable Object block(
      Type inner, Element element, @Nullable Object fallback, String path, boolean isSize) {
    if (element.isNothing()) {
      return Map.of();
    }
    if (!element.isBlock()) {
      return wrong(element, path, "expected a block of keys, found " + element.describe());
    }
    Map<String, Object> values = new LinkedHashMap<>();
    boolean whole = true;
    for (Map.Entry<String, Element> entry : element.children().entrySet()) {
      Object inside = fallback instanceof Map<?, ?> before ? before.get(entry.getKey()) : null;
      Object value = value(inner, entry.getValue(), inside, joined(path, entry.getKey()), isSize);
      if (value == null) {
        whole = false;
      } else {
        values.put(entry.getKey(), value);
      }
    }
    // Insertion order is kept: the order of a chain's blocks means something to its reader.
    return whole ? java.util.Collections.unmodifiableMap(values) : null;
  }

  private @Nullable Object scalar(Class<?> raw, Element element, String path, boolean isSize) {
    String text;
    try {
      text = element.text(path);
    } catch (ConfigException e) {
      problems.addAll(e.problems());
      return null;
    }
    Optional<?> value = parsed(raw, text, isSize);
    if (value.isEmpty()) {
      // What was looked up may be a secret, so the text shown is what the file says.
      return wrong(
          element, path, "expected " + expectation(raw, isSize) + ", found " + element.describe());
    }
    settings.add(new Setting(path, shown(path, element.raw()), element.place()));
    return value.get();
  }

  /// A secret that somebody wrote into the file is not repeated.
  private static String shown(String path, String raw) {
    boolean secret = path.matches("(.*[.-])?(password|secret|token)") && !raw.contains("${");
    return secret ? "(hidden)" : raw;
  }

  private static Optional<?> parsed(Class<?> raw, String text, boolean isSize) {
    try {
      if (raw == String.class) {
        return Optional.of(text);
      } else if (raw == boolean.class || raw == Boolean.class) {
        return switch (text) {
          case "true" -> Optional.of(true);
          case "false" -> Optional.of(false);
          default -> Optional.empty();
        };
      } else if (raw == int.class || raw == Integer.class) {
        return isSize
            ? Units.bytes(text).map(Math::toIntExact)
            : Optional.of(Integer.valueOf(text.replace("_", "")));
      } else if (raw == long.class || raw == Long.class) {
        return isSize ? Units.bytes(text) : Optional.of(Long.valueOf(text.replace("_", "")));
      } else if (raw == double.class || raw == Double.class) {
        return Optional.of(Double.valueOf(text));
      } else if (raw == Duration.class) {
        return Units.duration(text);
      } else if (raw.isEnum()) {
        return Arrays.stream(raw.getEnumConstants())
            .filter(constant -> Names.constant((Enum<?>) constant).equalsIgnoreCase(text))
            .findFirst();
      }
    } catch (NumberFormatException | ArithmeticException _) {
      return Optional.empty();
    }
    throw new IllegalStateException("A configuration record cannot hold a " + raw);
  }

  private static Set<String> keys(Class<?> type) {
    var keys = new TreeSet<String>();
    for (RecordComponent component : type.getRecordComponents()) {
      if (isLifted(component)) {
        keys.addAll(keys(component.getType()));
      } else {
        keys.add(key(component));
      }
    }
    return keys;
  }

  /// What can be switched off is off where its block is said to be nothing (`~`).
  private static boolean isSwitch(RecordComponent component) {
    return component.getName().equals(ENABLED) && component.getType() == boolean.class;
  }

  private static boolean isLifted(RecordComponent component) {
    return component.getName().equals(LIFTED) && component.getType().isRecord();
  }

  private void refuseUnknown(
      Set<String> known, Map<String, String> former, Map<String, Element> children, String path) {
    for (Map.Entry<String, Element> child : children.entrySet()) {
      if (former.containsKey(child.getKey())) {
        String now = joined(path, former.get(child.getKey()));
        problems.add(
            new ConfigProblem(
                child.getValue().place(),
                joined(path, child.getKey()),
                "is called " + now + " now; write it there"));
      } else if (!known.contains(child.getKey())) {
        String advice =
            Spelling.nearest(child.getKey(), known)
                .map(name -> "; did you mean " + joined(path, name) + "?")
                .orElse("; known here: " + String.join(", ", known));
        problems.add(
            new ConfigProblem(
                child.getValue().place(), joined(path, child.getKey()), "unknown key" + advice));
      }
    }
  }

  private @Nullable Object construct(
      Class<?> type,
      @Nullable Object[] values,
      Map<String, Element> children,
      @Nullable Element element,
      String path) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refusal) {
        String words = String.valueOf(refusal.getMessage());
        problems.add(new ConfigProblem(place(words, children, element, path), path, words));
        return null;
      }
      throw new IllegalStateException("Cannot make " + type, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot make " + type, e);
    }
  }

  /// Of the key that the words begin with, if somebody has set it: the rest of the block may stand
  /// elsewhere.
  private String place(
      String words, Map<String, Element> children, @Nullable Element element, String path) {
    String named = words.split("[ :]", 2)[0];
    for (Map.Entry<String, Element> child : children.entrySet()) {
      if (named.equals(child.getKey()) || named.equals(joined(path, child.getKey()))) {
        return child.getValue().place();
      }
    }
    if (named.equals(HOSTNAME) && hostnamePlace != null) {
      return hostnamePlace;
    }
    return element == null ? DEFAULT : element.place();
  }

  private @Nullable Object wrong(Element element, String path, String text) {
    problems.add(new ConfigProblem(element.place(), path, text));
    return null;
  }

  static @Nullable Object read(RecordComponent component, Object from) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(from);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read " + component, e);
    }
  }

  /// Keys that a record had in earlier versions, and where they are now, from its `formerKeys()`.
  private static Map<String, String> formerKeys(Class<?> type) {
    try {
      Map<String, String> keys = new LinkedHashMap<>();
      Map<?, ?> told = (Map<?, ?>) type.getMethod("formerKeys").invoke(null);
      told.forEach((old, now) -> keys.put((String) old, (String) now));
      return keys;
    } catch (NoSuchMethodException _) {
      return Map.of();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read the former keys of " + type, e);
    }
  }

  static @Nullable Object ownDefaults(Class<?> type) {
    try {
      return type.getMethod("defaults").invoke(null);
    } catch (NoSuchMethodException _) {
      return null;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot read the defaults of " + type, e);
    }
  }

  private static @Nullable Object emptyOf(Class<?> raw) {
    if (raw == Optional.class) {
      return Optional.empty();
    }
    if (raw == List.class) {
      return List.of();
    }
    return raw == Map.class ? Map.of() : null;
  }

  private static String expectation(RecordComponent component) {
    return "give " + expectation(rawType(component.getGenericType()), isSize(component));
  }

  private static String expectation(Class<?> raw, boolean isSize) {
    if (isSize) {
      return "a size, for example 50MB";
    } else if (raw == boolean.class || raw == Boolean.class) {
      return "true or false";
    } else if (raw == int.class || raw == long.class || raw == Integer.class || raw == Long.class) {
      return "a whole number, for example 100";
    } else if (raw == double.class || raw == Double.class) {
      return "a number, for example 0.5";
    } else if (raw == Duration.class) {
      return "a time, for example 30s, 10m, 2h or 5d";
    } else if (raw.isEnum()) {
      return "one of "
          + Arrays.stream(raw.getEnumConstants())
              .map(constant -> Names.constant((Enum<?>) constant))
              .collect(Collectors.joining(", "));
    }
    return "a text";
  }

  static String show(@Nullable Object value, boolean isSize) {
    return switch (value) {
      case null -> "";
      case Optional<?> optional -> optional.map(inside -> show(inside, isSize)).orElse("");
      case Duration time -> Units.write(time);
      case Long number when isSize -> Units.write(number);
      case Integer number when isSize -> Units.write(number.longValue());
      case Enum<?> constant -> Names.constant(constant);
      case List<?> list ->
          list.stream().map(item -> show(item, isSize)).collect(Collectors.joining(", ", "[", "]"));
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> entry.getKey() + ": " + show(entry.getValue(), isSize))
              .collect(Collectors.joining(", ", "{", "}"));
      case Record block -> showRecord(block);
      default -> value.toString();
    };
  }

  private static String showRecord(Record block) {
    return Arrays.stream(block.getClass().getRecordComponents())
        .map(c -> key(c) + ": " + show(read(c, block), isSize(c)))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String key(RecordComponent component) {
    return Names.key(component.getName());
  }

  private static boolean isSize(RecordComponent component) {
    return component.getName().endsWith("Bytes");
  }

  private static Class<?> rawType(Type type) {
    return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  private static String joined(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
