package org.posthorn.app.transfer.file;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.app.transfer.intake.Oddities;

/// The mailboxes that are subscribed, as Dovecot (`subscriptions`, `.subscriptions`) or Courier
/// (`courierimapsubscribed`) keep them. Where there is no such file, all are.
public record Subscriptions(Optional<List<String>> list) {
  private static final int LINES_MAX = 100_000;
  private static final int FILE_MAX_BYTES = 16 << 20;

  public static Subscriptions of(Path root, SourceFiles files, Oddities oddities) {
    for (String name : List.of("subscriptions", ".subscriptions", "courierimapsubscribed")) {
      Optional<byte[]> found = files.beside(root.resolve(name), FILE_MAX_BYTES, oddities);
      if (found.isPresent()) {
        String text = new String(found.get(), StandardCharsets.UTF_8);
        return new Subscriptions(Optional.of(names(text.lines().limit(LINES_MAX).toList())));
      }
    }
    return new Subscriptions(Optional.empty());
  }

  public boolean has(String name) {
    return list.isEmpty()
        || list.get().stream()
            .anyMatch(n -> n.equals(name) || (name.equals("INBOX") && n.equalsIgnoreCase(name)));
  }

  public List<String> names() {
    return list.orElse(List.of());
  }

  /// The second form of Dovecot's file separates levels by tabs, the first one by what the server
  /// did: a dot, or a slash.
  private static List<String> names(List<String> lines) {
    boolean tabs = !lines.isEmpty() && lines.getFirst().startsWith("V\t");
    var names = new ArrayList<String>();
    for (String line : tabs ? lines.subList(1, lines.size()) : lines) {
      String bare = line.strip();
      if (bare.startsWith("INBOX.")) {
        bare = bare.substring("INBOX.".length());
      }
      if (!bare.isEmpty()) {
        String separator = tabs ? "\t" : bare.contains("/") ? "/" : "\\.";
        var levels = new ArrayList<String>();
        for (String level : bare.split(separator, -1)) {
          levels.add(DiskNames.decoded(level));
        }
        names.add(String.join("/", levels));
      }
    }
    return names;
  }
}
