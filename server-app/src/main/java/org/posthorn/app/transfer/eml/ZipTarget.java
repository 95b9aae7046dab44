package org.posthorn.app.transfer.eml;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.file.ExportTarget;
import org.posthorn.app.transfer.file.OwnDirectory;
import org.posthorn.app.transfer.frame.Frame;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.databind.json.JsonMapper;

/// A zip of folders with `.eml` files, the bytes of the messages as they are, and a `manifest.json`
/// that says flags and dates. What is too much for one zip goes on in a second: `mail.2.zip`.
public final class ZipTarget implements ExportTarget {
  /// A zip keeps something in memory for each file in it.
  private static final int MESSAGES_MAX = 200_000;

  private static final String PART = ".posthorn-part";
  private static final String LIST = ".posthorn-list";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path first;
  private final int messagesMax;
  private final Map<Integer, String> directories = new HashMap<>();
  private List<Frame.Folder> folders = List.of();
  private List<String> subscriptions = List.of();
  private @Nullable Volume volume;
  private int volumes;

  public ZipTarget(Path file) {
    this(file, MESSAGES_MAX);
  }

  ZipTarget(Path file, int messagesMax) {
    this.first = file;
    this.messagesMax = messagesMax;
  }

  @Override
  public void begin(List<Frame.Folder> all, List<String> names) throws IOException {
    folders = List.copyOf(all);
    subscriptions = List.copyOf(names);
    Set<String> taken = new HashSet<>();
    for (Frame.Folder folder : all) {
      var path = new ArrayList<String>();
      for (String level : folder.name().split("/", -1)) {
        path.add(safe(level));
      }
      String wished = String.join("/", path);
      String directory = wished;
      for (int i = 2; !taken.add(directory.toLowerCase(Locale.ROOT)); i++) {
        directory = wished + " (" + i + ")";
      }
      directories.put(folder.number(), directory);
    }
    volume = open();
  }

  /// Without what some file system does not take.
  private static String safe(String level) {
    String name = level.replaceAll("[\\\\:*?\"<>|]", "_");
    return name.startsWith(".") || name.endsWith(".") || name.endsWith(" ")
        ? "_" + name + "_"
        : name;
  }

  @Override
  public void message(Frame.Folder folder, Frame.Message message, InputStream bytes)
      throws IOException {
    Volume now = current();
    if (now.messages == messagesMax) {
      now.finish();
      now = open();
      volume = now;
    }
    now.add(folder.name(), directories.get(folder.number()), message, bytes);
  }

  private Volume current() {
    Volume now = volume;
    if (now == null) {
      throw new IllegalStateException("Not begun");
    }
    return now;
  }

  private Volume open() throws IOException {
    volumes++;
    String name = first.getFileName().toString();
    int dot = name.toLowerCase(Locale.ROOT).endsWith(".zip") ? name.length() - 4 : name.length();
    Path file =
        volumes == 1
            ? first
            : first.resolveSibling(name.substring(0, dot) + "." + volumes + name.substring(dot));
    if (Files.exists(file)) {
      throw new FileAlreadyExistsException(file + " is there already: name another file");
    }
    return new Volume(file);
  }

  @Override
  public void finish() throws IOException {
    current().finish();
  }

  @Override
  public void close() throws IOException {
    if (volume != null) {
      volume.close();
    }
  }

  private final class Volume {
    private final Path file;
    private final Path part;
    private final Path list;
    private final ZipOutputStream zip;
    private final OutputStream listed;
    private final JsonGenerator json;
    private int messages;
    private boolean finished;

    Volume(Path file) throws IOException {
      this.file = file;
      this.part = file.resolveSibling(file.getFileName() + PART);
      this.list = file.resolveSibling(file.getFileName() + LIST);
      this.zip = new ZipOutputStream(new BufferedOutputStream(OwnDirectory.file(part), 64 << 10));
      this.listed = new BufferedOutputStream(OwnDirectory.file(list));
      this.json = JSON.createGenerator(listed);
      list(this::begin);
    }

    /// What JSON cannot write is no other trouble than that of the rest.
    private static void list(Runnable writing) throws IOException {
      try {
        writing.run();
      } catch (JacksonIOException e) {
        throw e.getCause();
      }
    }

    private void begin() {
      json.writeStartObject();
      json.writeStringProperty("format", "posthorn-export");
      json.writeStringProperty("version", Integer.toString(Manifest.VERSION));
      json.writeArrayPropertyStart("mailboxes");
      for (Frame.Folder folder : folders) {
        json.writeStartObject();
        json.writeStringProperty("name", folder.name());
        json.writeStringProperty("specialUse", folder.use());
        json.writeBooleanProperty("subscribed", folder.subscribed());
        json.writeNumberProperty("messages", folder.messages());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("subscriptions");
      subscriptions.forEach(json::writeString);
      json.writeEndArray();
      json.writeArrayPropertyStart("messages");
    }

    void add(String mailbox, @Nullable String directory, Frame.Message message, InputStream bytes)
        throws IOException {
      String name = directory + "/" + message.key().low() + ".eml";
      var entry = new ZipEntry(name);
      entry.setLastModifiedTime(FileTime.fromMillis(message.internalMillis()));
      zip.putNextEntry(entry);
      try {
        bytes.transferTo(zip);
      } finally {
        zip.closeEntry();
      }
      list(() -> listed(name, mailbox, message));
      messages++;
    }

    private void listed(String name, String mailbox, Frame.Message message) {
      json.writeStartObject();
      json.writeStringProperty("file", name);
      json.writeStringProperty("mailbox", mailbox);
      json.writeArrayPropertyStart("flags");
      message.flags().forEach(json::writeString);
      json.writeEndArray();
      json.writeStringProperty(
          "internalDate", Instant.ofEpochMilli(message.internalMillis()).toString());
      json.writeEndObject();
      json.writeRaw('\n');
    }

    void finish() throws IOException {
      list(() -> {
        json.writeEndArray();
        json.writeEndObject();
        json.close();
      });
      listed.close();
      zip.putNextEntry(new ZipEntry(Manifest.FILE));
      Files.copy(list, zip);
      zip.closeEntry();
      zip.close();
      finished = true;
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      Files.delete(list);
    }

    void close() throws IOException {
      if (!finished) {
        try {
          listed.close();
        } finally {
          abandon();
        }
      }
    }

    /// On a full disk nothing can be closed, and what is there takes the last room.
    private void abandon() throws IOException {
      try {
        zip.close();
      } finally {
        Files.deleteIfExists(part);
        Files.deleteIfExists(list);
      }
    }
  }
}
