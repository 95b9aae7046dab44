package org.posthorn.app.config;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.configuration2.BaseHierarchicalConfiguration;
import org.apache.commons.configuration2.interpol.ConfigurationInterpolator;
import org.apache.commons.configuration2.interpol.Lookup;
import org.apache.commons.configuration2.tree.ImmutableNode;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// The configuration before anybody knows what it means: blocks, lists and texts, each with the
/// place where it was written. What the command line sets lies over what the file says.
///
/// Kept as a tree of Commons Configuration, whose interpolation reads `${env:NAME}` (an environment
/// variable) and `${file:PATH}` (the text of a file, for secrets; relative to the configuration
/// file).
public final class ConfigTree {
  private static final String PLACE = "place";
  private static final String KIND = "kind";
  private static final String ITEM = "item";
  private static final String COMMAND_LINE = "--set";

  /// One with dots in it stands in double quotes.
  private static final Pattern KEY = Pattern.compile("\"[^\"]+\"|[^\".=\\s]+");

  private static final Pattern ASSIGNMENT =
      Pattern.compile("((?:%1$s)(?:\\.(?:%1$s))*)\\s*=(.*)".formatted(KEY), Pattern.DOTALL);

  private enum Kind {
    MAP,
    LIST,
    TEXT,
    NOTHING
  }

  private final BaseHierarchicalConfiguration configuration = new BaseHierarchicalConfiguration();

  private ConfigTree(ImmutableNode root, Map<String, Lookup> lookups) {
    configuration.getNodeModel().setRootNode(root);
    var interpolator = new ConfigurationInterpolator();
    interpolator.registerLookups(lookups);
    configuration.setInterpolator(interpolator);
  }

  /// Reads `file`, if any, and lays `assignments` (`smtp.mx.port=2525`, the value in YAML) over it.
  /// `environment` gives the value of an environment variable or null.
  public static ConfigTree read(
      Optional<Path> file,
      List<String> assignments,
      Function<String, @Nullable String> environment) {
    ImmutableNode root = node("", "default", Kind.MAP).create();
    if (file.isPresent()) {
      root = parse(text(file.get()), file.get().getFileName().toString());
    }
    for (String assignment : assignments) {
      root = laid(assigned(assignment), root);
    }
    Path directory =
        file.map(Path::toAbsolutePath).map(Path::getParent).orElse(Path.of("").toAbsolutePath());
    return new ConfigTree(
        root,
        Map.of(
            "env", name -> required(environment.apply(name), "environment variable " + name),
            "file", name -> secret(directory.resolve(name))));
  }

  /// A text that comes with the program; nothing is looked up in it.
  public static ConfigTree ofText(String yaml, String name) {
    return new ConfigTree(parse(yaml, name), Map.of());
  }

  /// All of it, for somebody who knows what it means.
  public <T> T shaped(Shape<T> shape) {
    return root().shaped(shape, "");
  }

  Element root() {
    return new Element(configuration.getNodeModel().getNodeHandler().getRootNode());
  }

  /// A block, a list or a text, and where it stands.
  final class Element {
    private final ImmutableNode node;

    private Element(ImmutableNode node) {
      this.node = node;
    }

    String place() {
      return (String) requireNonNull(node.getAttributes().get(PLACE));
    }

    boolean isBlock() {
      return kind() == Kind.MAP;
    }

    boolean isList() {
      return kind() == Kind.LIST;
    }

    boolean isText() {
      return kind() == Kind.TEXT;
    }

    /// `key:` with nothing after it, or `~`.
    boolean isNothing() {
      return kind() == Kind.NOTHING;
    }

    /// Children by name, in the order of the file.
    Map<String, Element> children() {
      Map<String, Element> children = new LinkedHashMap<>();
      for (ImmutableNode child : node.getChildren()) {
        children.put(child.getNodeName(), new Element(child));
      }
      return children;
    }

    List<Element> items() {
      return node.getChildren().stream().map(Element::new).toList();
    }

    /// As it was written.
    String raw() {
      return String.valueOf(node.getValue());
    }

    /// With `${…}` looked up. Throws [ConfigException] when there is nothing to find.
    String text(String key) {
      try {
        return String.valueOf(configuration.getInterpolator().interpolate(node.getValue()));
      } catch (IllegalArgumentException e) {
        throw new ConfigException(place(), key, String.valueOf(e.getMessage()));
      }
    }

    /// All of it, for somebody who knows what it means. Throws [ConfigException].
    <T> T shaped(Shape<T> shape, String key) {
      return switch (kind()) {
        case TEXT -> shape.text(text(key), place());
        case NOTHING -> shape.text("", place());
        case LIST ->
            shape.list(items().stream().map(item -> item.shaped(shape, key)).toList(), place());
        case MAP -> {
          Map<String, T> entries = new LinkedHashMap<>();
          children().forEach((name, child) -> entries.put(name, child.shaped(shape, key)));
          yield shape.block(entries, place());
        }
      };
    }

    String describe() {
      return switch (kind()) {
        case MAP ->
            place().equals(COMMAND_LINE)
                ? "a block of keys; a key with dots in it stands in double quotes, as in --set"
                    + " 'outbound.static-routes.\"example.org\"=192.0.2.1:25'"
                : "a block of keys";
        case LIST -> "a list";
        case TEXT -> "\"" + raw() + "\"";
        case NOTHING -> "nothing";
      };
    }

    private Kind kind() {
      return ConfigTree.kind(node);
    }
  }

  private static ImmutableNode parse(String yaml, String name) {
    try {
      Optional<Node> document =
          new Compose(
                  LoadSettings.builder()
                      .setSchema(new CoreSchema())
                      .setLabel(name)
                      .setAllowDuplicateKeys(true)
                      .build())
              .composeReader(new StringReader(yaml));
      if (document.isEmpty() || isNull(document.get())) {
        return node("", name, Kind.MAP).create();
      }
      if (!(document.get() instanceof MappingNode)) {
        throw new ConfigException(
            name + ":1", "", "expected keys and values, for example: hostname: mail.example.org");
      }
      return convert("", document.get(), name, true);
    } catch (MarkedYamlEngineException e) {
      String place = e.getProblemMark().map(m -> name + ":" + (m.getLine() + 1)).orElse(name);
      throw new ConfigException(place, "", "not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new ConfigException(name, "", "not YAML: " + e.getMessage());
    }
  }

  /// Of two blocks each key counts, those of `over` first; of all else it is `over` as a whole: a
  /// list that is set is all of the list.
  private static ImmutableNode laid(ImmutableNode over, ImmutableNode under) {
    if (kind(over) != Kind.MAP || kind(under) != Kind.MAP) {
      return over;
    }
    Map<String, ImmutableNode> children = new LinkedHashMap<>();
    under.getChildren().forEach(child -> children.put(child.getNodeName(), child));
    over.getChildren()
        .forEach(child -> children.merge(child.getNodeName(), child, (low, top) -> laid(top, low)));
    return over.replaceChildren(children.values());
  }

  private static Kind kind(ImmutableNode node) {
    return (Kind) requireNonNull(node.getAttributes().get(KIND));
  }

  private static ImmutableNode assigned(String assignment) {
    Matcher words = ASSIGNMENT.matcher(assignment.strip());
    if (!words.matches()) {
      throw new ConfigException(
          COMMAND_LINE, assignment, "expected key=value, for example --set smtp.mx.port=2525");
    }
    List<String> path =
        KEY.matcher(words.group(1)).results().map(key -> key.group().replace("\"", "")).toList();
    ImmutableNode node = value(path.getLast(), words.group(2));
    for (String key : path.reversed().subList(1, path.size())) {
      node = node(key, COMMAND_LINE, Kind.MAP).addChild(node).create();
    }
    return node("", COMMAND_LINE, Kind.MAP).addChild(node).create();
  }

  private static ImmutableNode value(String name, String yaml) {
    try {
      return new Compose(LoadSettings.builder().setSchema(new CoreSchema()).build())
          .composeReader(new StringReader(yaml))
          .map(node -> convert(name, node, COMMAND_LINE, false))
          .orElseGet(() -> node(name, COMMAND_LINE, Kind.TEXT).value("").create());
    } catch (YamlEngineException _) {
      // A value that is no YAML, such as `*`, is meant as it stands.
      return node(name, COMMAND_LINE, Kind.TEXT).value(yaml).create();
    }
  }

  private static ImmutableNode convert(String name, Node node, String file, boolean withLines) {
    String place =
        withLines
            ? node.getStartMark().map(m -> file + ":" + (m.getLine() + 1)).orElse(file)
            : file;
    if (node.isRecursive()) {
      throw new ConfigException(place, name, "contains itself");
    }
    return switch (node) {
      case MappingNode mapping -> block(name, place, mapping, file, withLines);
      case SequenceNode list -> {
        ImmutableNode.Builder builder = node(name, place, Kind.LIST);
        for (Node item : list.getValue()) {
          builder.addChild(convert(ITEM, item, file, withLines));
        }
        yield builder.create();
      }
      case ScalarNode scalar when isNull(scalar) -> node(name, place, Kind.NOTHING).create();
      case ScalarNode scalar -> node(name, place, Kind.TEXT).value(scalar.getValue()).create();
      default -> throw new ConfigException(place, name, "is no text, list or block");
    };
  }

  private static ImmutableNode block(
      String name, String blockPlace, MappingNode mapping, String file, boolean withLines) {
    Map<String, ImmutableNode> children = new LinkedHashMap<>();
    for (NodeTuple entry : mapping.getValue()) {
      Node key = entry.getKeyNode();
      String place =
          withLines ? file + ":" + key.getStartMark().map(m -> m.getLine() + 1).orElse(1) : file;
      if (!(key instanceof ScalarNode scalar)) {
        throw new ConfigException(place, name, "a key must be a plain text");
      }
      ImmutableNode child =
          convert(scalar.getValue(), entry.getValueNode(), file, withLines)
              .setAttribute(PLACE, place);
      if (children.put(scalar.getValue(), child) != null) {
        throw new ConfigException(place, scalar.getValue(), "is there twice; remove one");
      }
    }
    ImmutableNode.Builder builder = node(name, blockPlace, Kind.MAP);
    children.values().forEach(builder::addChild);
    return builder.create();
  }

  private static ImmutableNode.Builder node(String name, String place, Kind kind) {
    return new ImmutableNode.Builder()
        .name(name)
        .addAttribute(PLACE, place)
        .addAttribute(KIND, kind);
  }

  private static boolean isNull(Node node) {
    return Tag.NULL.equals(node.getTag());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException _) {
      throw new ConfigException(file.toString(), "", "there is no such file");
    } catch (CharacterCodingException _) {
      throw new ConfigException(file.toString(), "", "is not UTF-8; save it as that");
    } catch (AccessDeniedException _) {
      throw new ConfigException(
          file.toString(), "", "you may not read it; run this as a user who may");
    } catch (IOException e) {
      throw new ConfigException(
          file.toString(),
          "",
          Files.isDirectory(file)
              ? "is a folder; name the file in it"
              : "cannot be read: " + e.getMessage());
    }
  }

  private static String secret(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).stripTrailing();
    } catch (IOException _) {
      throw new IllegalArgumentException("there is no readable file " + file);
    }
  }

  private static String required(@Nullable String value, String what) {
    if (value == null) {
      throw new IllegalArgumentException("there is no " + what);
    }
    return value;
  }
}
