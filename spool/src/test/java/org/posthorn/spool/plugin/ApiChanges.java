package org.posthorn.spool.plugin;

import japicmp.cmp.JApiCmpArchive;
import japicmp.cmp.JarArchiveComparator;
import japicmp.cmp.JarArchiveComparatorOptions;
import japicmp.model.JApiClass;
import japicmp.model.JApiCompatibility;
import japicmp.model.JApiCompatibilityChange;
import japicmp.model.JApiCompatibilityChangeType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/// What an API has become other than it was, as far as a plugin that was built against the old one
/// would break.
final class ApiChanges {
  /// What was added to these is nothing to a plugin that was built before: the server implements
  /// them.
  private final Set<String> oursToImplement;

  private final List<String> problems = new ArrayList<>();

  private ApiChanges(Set<String> oursToImplement) {
    this.oursToImplement = oursToImplement;
  }

  /// In words, one for each; nothing when all is well.
  static List<String> between(Path before, Path now, Set<String> oursToImplement) {
    var options = new JarArchiveComparatorOptions();
    options.getIgnoreMissingClasses().setIgnoreAllMissingClasses(true);
    var changes = new ApiChanges(oursToImplement);
    new JarArchiveComparator(options)
        .compare(
            new JApiCmpArchive(before.toFile(), "before"), new JApiCmpArchive(now.toFile(), "now"))
        .forEach(changes::look);
    return List.copyOf(changes.problems);
  }

  private void look(JApiClass type) {
    String name = type.getFullyQualifiedName().replace('$', '.');
    note(name, type);
    type.getMethods().forEach(method -> note(name + "." + method.getName() + "()", method, name));
    type.getConstructors().forEach(one -> note("a constructor of " + name, one));
    type.getFields().forEach(field -> note(name + "." + field.getName(), field));
    type.getInterfaces().forEach(one -> note(name + " as " + one.getFullyQualifiedName(), one));
    note("the superclass of " + name, type.getSuperclass());
  }

  private void note(String what, JApiCompatibility thing) {
    note(what, thing, "");
  }

  private void note(String what, JApiCompatibility thing, String owner) {
    for (JApiCompatibilityChange change : thing.getCompatibilityChanges()) {
      boolean breaksImplementors =
          change.getType() == JApiCompatibilityChangeType.METHOD_ADDED_TO_INTERFACE
              && !oursToImplement.contains(owner);
      if (!change.isBinaryCompatible() || breaksImplementors) {
        problems.add(what + ": " + change.getType().name().toLowerCase(Locale.ROOT));
      }
    }
  }

  /// The classes of some folders as one jar, the same bytes for the same classes.
  static void pack(Path jar, List<Path> folders) throws IOException {
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Path folder : folders) {
        try (Stream<Path> files = Files.walk(folder)) {
          files
              .filter(file -> file.toString().endsWith(".class"))
              .sorted()
              .forEach(file -> add(out, folder, file));
        }
      }
    }
  }

  private static void add(JarOutputStream out, Path folder, Path file) {
    try {
      var entry = new JarEntry(folder.relativize(file).toString().replace('\\', '/'));
      entry.setTime(0);
      out.putNextEntry(entry);
      Files.copy(file, out);
      out.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
