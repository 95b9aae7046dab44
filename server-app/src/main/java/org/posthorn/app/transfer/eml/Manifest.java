package org.posthorn.app.transfer.eml;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.file.SourceFiles;
import org.posthorn.app.transfer.intake.NotTaken;
import org.posthorn.app.transfer.intake.SourceFolder;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/// The list in an export of ours of what the files are: `manifest.json`. It may be long, so it is
/// never kept: it is gone through once to count, and once more while the mailboxes are read in the
/// order in which they stand there. Only what stands elsewhere is looked for from the beginning.
/// Used by one thread.
final class Manifest implements AutoCloseable {
  static final String FILE = "manifest.json";
  static final int VERSION = 1;
  static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final SourceFiles files;
  private final List<SourceFolder> folders;
  private final List<String> subscriptions;
  private final Map<String, Long> messages;
  private final Set<String> asked = new HashSet<>();
  private @Nullable ManifestWalk walk;

  /// `manifest.json` has `mailboxes`, `subscriptions`, then `messages`: in this order, so that the
  /// last, long one can be passed over.
  private record MailboxEntry(
      String name, @Nullable String specialUse, boolean subscribed, long messages) {}

  /// One message.
  record Entry(String file, String mailbox, List<String> flags, String internalDate) {
    Entry {
      if (file == null || mailbox == null || flags == null || internalDate == null) {
        throw new IllegalArgumentException("a message is not described in full");
      }
    }

    long internalMillis() {
      try {
        return Instant.parse(internalDate).toEpochMilli();
      } catch (DateTimeException _) {
        return 0;
      }
    }
  }

  interface Visitor {
    void visit(Entry entry) throws IOException;
  }

  private Manifest(
      Path file,
      SourceFiles files,
      List<SourceFolder> folders,
      List<String> subscriptions,
      Map<String, Long> messages) {
    this.file = file;
    this.files = files;
    this.folders = folders;
    this.subscriptions = subscriptions;
    this.messages = messages;
  }

  static Optional<Manifest> in(Path root, SourceFiles files) throws IOException {
    Path file = root.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    var folders = new ArrayList<SourceFolder>();
    var subscriptions = new ArrayList<String>();
    var messages = new HashMap<String, Long>();
    read(
        file,
        files,
        (field, parser) -> {
          switch (field) {
            case "mailboxes" -> {
              while (parser.nextToken() == JsonToken.START_OBJECT) {
                MailboxEntry entry = parser.readValueAs(MailboxEntry.class);
                folders.add(folder(root, entry));
              }
            }
            case "subscriptions" -> {
              while (parser.nextToken() == JsonToken.VALUE_STRING) {
                subscriptions.add(parser.getString());
              }
            }
            case "messages" -> {
              while (parser.nextToken() == JsonToken.START_OBJECT) {
                messages.merge(parser.readValueAs(Entry.class).mailbox(), 1L, Long::sum);
              }
            }
            default -> parser.skipChildren();
          }
        });
    folders.sort(Comparator.comparing(folder -> !folder.name().equals("INBOX")));
    return Optional.of(new Manifest(file, files, folders, subscriptions, messages));
  }

  private static SourceFolder folder(Path root, MailboxEntry entry) {
    List<String> path = entry.name().equals("INBOX") ? List.of() : List.of(entry.name().split("/"));
    String use = entry.specialUse() == null ? "" : entry.specialUse();
    return new SourceFolder(path, use, entry.subscribed(), root, entry.messages(), 0);
  }

  List<SourceFolder> folders() {
    return folders;
  }

  List<String> subscriptions() {
    return subscriptions;
  }

  /// All messages of a mailbox in the order of the file.
  void each(String mailbox, Visitor visitor) throws IOException {
    long wanted = messages.getOrDefault(mailbox, 0L);
    long visited = 0;
    if (wanted > 0) {
      ManifestWalk here = walk == null ? new ManifestWalk(file, opened(file, files)) : walk;
      walk = here;
      here.skip(entry -> asked.contains(entry.mailbox()));
      for (; here.isAt(mailbox); here.advance()) {
        visitor.visit(here.entry());
        visited++;
      }
    }
    asked.add(mailbox);
    if (visited < wanted) {
      elsewhere(mailbox, visited, wanted, visitor);
    }
  }

  private void elsewhere(String mailbox, long visited, long wanted, Visitor visitor)
      throws IOException {
    try (var again = new ManifestWalk(file, opened(file, files))) {
      for (long found = 0; found < wanted; again.advance()) {
        again.skip(entry -> !entry.mailbox().equals(mailbox));
        if (found >= visited) {
          visitor.visit(again.entry());
        }
        found++;
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (walk != null) {
      walk.close();
    }
  }

  /// Handles one field of the whole.
  private interface Field {
    void read(String name, JsonParser parser) throws IOException;
  }

  private static InputStream opened(Path file, SourceFiles files) throws IOException {
    try {
      return files.read(file);
    } catch (NotTaken e) {
      throw new IOException(file + " is a link that leads elsewhere", e);
    }
  }

  private static void read(Path file, SourceFiles files, Field handler) throws IOException {
    Map<String, String> plain = new HashMap<>();
    try (InputStream in = opened(file, files);
        JsonParser parser = JSON.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException(file + " is no manifest");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.START_ARRAY) {
          handler.read(name, parser);
        } else {
          plain.put(name, parser.getString());
          check(file, plain);
        }
      }
    } catch (JacksonException e) {
      throw new IOException(file + " cannot be understood: " + e.getOriginalMessage(), e);
    }
  }

  private static void check(Path file, Map<String, String> plain) throws IOException {
    String version = plain.getOrDefault("version", Integer.toString(VERSION));
    if (!version.equals(Integer.toString(VERSION))) {
      throw new IOException(file + " is of version " + version + "; this program knows 1");
    }
  }
}
