package org.posthorn.app.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads the comments of a record's components from its source, where javac keeps none.
final class RecordComments {
  private static final Pattern COMPONENT = Pattern.compile("(\\w+)\\s*,?$");

  private final Path root;

  /// `root` is the folder with the modules.
  RecordComments(Path root) {
    this.root = root;
  }

  /// The comment before each component, by the component's name.
  Map<String, String> of(Class<?> type) throws IOException {
    String header = header(type);
    Map<String, String> comments = new LinkedHashMap<>();
    var comment = new StringBuilder();
    for (String line : header.lines().map(String::strip).toList()) {
      if (line.startsWith("//")) {
        comment.append(comment.isEmpty() ? "" : " ").append(line.replaceFirst("^/+\\s*", ""));
      } else if (!line.isEmpty()) {
        Matcher component = COMPONENT.matcher(line);
        if (component.find()) {
          comments.put(component.group(1), comment.toString());
        }
        comment.setLength(0);
      }
    }
    return comments;
  }

  /// The doc comment of the type itself, its first paragraph.
  String ofType(Class<?> type) throws IOException {
    String source = source(type);
    int at = start(type, source);
    String before = source.substring(0, at);
    var comment = new StringBuilder();
    for (String line : before.lines().toList().reversed()) {
      String bare = line.strip();
      if (bare.startsWith("///")) {
        comment.insert(0, bare.substring(3).strip() + " ");
      } else if (!bare.isEmpty() && !bare.startsWith("@")) {
        break;
      }
    }
    return comment.toString().strip();
  }

  /// What stands between the parentheses.
  private String header(Class<?> type) throws IOException {
    String source = source(type);
    int open = source.indexOf('(', start(type, source));
    boolean inComment = false;
    int depth = 0;
    for (int i = open; i < source.length(); i++) {
      char c = source.charAt(i);
      if (source.startsWith("//", i)) {
        inComment = true;
      } else if (c == '\n') {
        inComment = false;
      }
      if (!inComment) {
        depth += c == '(' ? 1 : 0;
        depth -= c == ')' ? 1 : 0;
        if (depth == 0) {
          return source.substring(open + 1, i);
        }
      }
    }
    throw new IllegalStateException("No end of " + type);
  }

  private static int start(Class<?> type, String source) {
    Matcher matcher =
        Pattern.compile("^[ \\w]*\\brecord " + type.getSimpleName() + "\\b", Pattern.MULTILINE)
            .matcher(source);
    if (!matcher.find()) {
      throw new IllegalStateException("No record " + type + " in its source");
    }
    return matcher.start();
  }

  private String source(Class<?> type) throws IOException {
    Class<?> outer = type;
    while (outer.getEnclosingClass() != null) {
      outer = outer.getEnclosingClass();
    }
    Path relative = Path.of("src/main/java", outer.getName().replace('.', '/') + ".java");
    try (Stream<Path> modules = Files.list(root)) {
      Optional<Path> file =
          modules.map(module -> module.resolve(relative)).filter(Files::exists).findFirst();
      return Files.readString(
          file.orElseThrow(() -> new IllegalStateException("No source of " + type)));
    }
  }
}
