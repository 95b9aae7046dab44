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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.intake.SourceFolder;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/// The list in an export of ours of what the files are: `manifest.json`. It may be long, so it is
/// read from its beginning for each mailbox and never kept.
final class Manifest {
  static final String FILE = "manifest.json";
  static final int VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path root;
  private final List<SourceFolder> folders;
  private final List<String> subscriptions;

  /// `manifest.json` has `mailboxes`, `subscriptions`, then `messages`: in this order, so that the
  /// last, long one can be passed over.
  private record MailboxEntry(
      String name, @Nullable String specialUse, boolean subscribed, long messages) {}

  /// One message.
  record Entry(String file, String mailbox, List<String> flags, String internalDate) {
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

  private Manifest(Path root, List<SourceFolder> folders, List<String> subscriptions) {
    this.root = root;
    this.folders = folders;
    this.subscriptions = subscriptions;
  }

  static Optional<Manifest> in(Path root) throws IOException {
    if (!Files.isRegularFile(root.resolve(FILE))) {
      return Optional.empty();
    }
    var folders = new ArrayList<SourceFolder>();
    var subscriptions = new ArrayList<String>();
    read(
        root,
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
            default -> {
              return false;
            }
          }
          return true;
        });
    folders.sort(Comparator.comparing(folder -> !folder.name().equals("INBOX")));
    return Optional.of(new Manifest(root, folders, subscriptions));
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

  void each(String mailbox, Visitor visitor) throws IOException {
    read(
        root,
        (field, parser) -> {
          if (!field.equals("messages")) {
            parser.skipChildren();
            return true;
          }
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            Entry entry = parser.readValueAs(Entry.class);
            if (entry.mailbox().equals(mailbox)) {
              visitor.visit(entry);
            }
          }
          return false;
        });
  }

  /// Handles one field of the whole; false: that was all that is wanted.
  private interface Field {
    boolean read(String name, JsonParser parser) throws IOException;
  }

  private static void read(Path root, Field handler) throws IOException {
    Path file = root.resolve(FILE);
    Map<String, String> plain = new HashMap<>();
    try (InputStream in = Files.newInputStream(file);
        JsonParser parser = JSON.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException(file + " is no manifest");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.START_ARRAY) {
          if (!handler.read(name, parser)) {
            return;
          }
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
