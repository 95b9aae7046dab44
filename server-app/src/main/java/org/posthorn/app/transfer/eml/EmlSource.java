package org.posthorn.app.transfer.eml;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.transfer.file.MessageFile;
import org.posthorn.app.transfer.file.SourceFiles;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.app.transfer.intake.MailSource;
import org.posthorn.app.transfer.intake.NotTaken;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.message.MailDate;
import org.posthorn.storage.account.SourceKey;

/// Files with one message each (`.eml`), in folders. An export of ours has a list beside them with
/// flags and dates; other files have the date of their Date field and no flags.
public final class EmlSource implements MailSource {
  private static final int DEPTH_MAX = 30;

  private final Path root;
  private final SourceFiles files;
  private final Oddities oddities;
  private final Optional<Manifest> manifest;

  public EmlSource(Path root, Oddities oddities) throws IOException {
    this.root = root;
    this.files = new SourceFiles(root);
    this.oddities = oddities;
    this.manifest = Manifest.in(root, files);
  }

  @Override
  public String format() {
    return "eml";
  }

  @Override
  public List<String> subscriptions() {
    return manifest.map(Manifest::subscriptions).orElse(List.of());
  }

  @Override
  public List<SourceFolder> folders() throws IOException {
    if (manifest.isPresent()) {
      return manifest.get().folders();
    }
    if (!Files.isDirectory(root)) {
      return List.of(new SourceFolder(List.of(), "", true, root, 1, Files.size(root)));
    }
    Map<List<String>, SourceFolder> folders = new LinkedHashMap<>();
    walk(List.of(), root, folders, 0);
    if (folders.isEmpty()) {
      throw new IOException("There is no .eml file in " + root);
    }
    return new ArrayList<>(folders.values());
  }

  private void walk(
      List<String> path, Path directory, Map<List<String>, SourceFolder> folders, int depth)
      throws IOException {
    if (depth > DEPTH_MAX) {
      oddities.add(Oddity.NO_MAIL, directory.toString());
      return;
    }
    Optional<List<Path>> entries = entries(directory);
    if (entries.isEmpty()) {
      return;
    }
    long messages = 0;
    var below = new ArrayList<Path>();
    for (Path entry : entries.get()) {
      if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        below.add(entry);
      } else if (isEml(entry) && !Files.isDirectory(entry)) {
        messages++;
      } else if (!Files.isDirectory(entry) || !files.leadsOut(entry, oddities)) {
        // What a linked directory has is found where it is; by links it could be without end.
        oddities.add(Oddity.NO_MAIL, root.relativize(entry).toString());
      }
    }
    if (messages > 0 || (below.isEmpty() && depth > 0)) {
      folders.put(path, new SourceFolder(path, "", true, directory, messages, 0));
    }
    for (Path entry : below) {
      var levels = new ArrayList<>(path);
      levels.add(nameOf(entry));
      walk(levels, entry, folders, depth + 1);
    }
  }

  /// What is in a directory, in order; empty for one that cannot be read, which is told. The first
  /// one somebody named: it has to be readable.
  private Optional<List<Path>> entries(Path directory) throws IOException {
    var found = new ArrayList<Path>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(found::add);
    } catch (DirectoryIteratorException e) {
      IOException why = e.getCause();
      return unreadable(directory, why == null ? new IOException(e) : why);
    } catch (IOException e) {
      return unreadable(directory, e);
    }
    found.sort(Comparator.naturalOrder());
    return Optional.of(found);
  }

  private Optional<List<Path>> unreadable(Path directory, IOException why) throws IOException {
    if (directory.equals(root)) {
      throw why;
    }
    oddities.add(NotTaken.why(why), root.relativize(directory).toString());
    return Optional.empty();
  }

  /// A directory of a zip has a slash at its end.
  private static String nameOf(Path entry) {
    String name = entry.getFileName().toString();
    return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
  }

  private static boolean isEml(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".eml");
  }

  @Override
  public void read(SourceFolder folder, long source, Sink sink) throws IOException {
    if (manifest.isPresent()) {
      manifest.get().each(folder.name(), entry -> message(entry, source, sink));
      return;
    }
    if (!Files.isDirectory(folder.place())) {
      message(folder.place(), source, List.of(), Optional.empty(), sink);
      return;
    }
    for (Path file : entries(folder.place()).orElse(List.of())) {
      if (isEml(file) && !Files.isDirectory(file)) {
        message(file, source, List.of(), Optional.empty(), sink);
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (manifest.isPresent()) {
      manifest.get().close();
    }
    files.close();
  }

  private void message(Manifest.Entry entry, long source, Sink sink) throws IOException {
    Path file;
    try {
      file = root.resolve(entry.file());
    } catch (InvalidPathException _) {
      oddities.add(Oddity.UNREADABLE, entry.file());
      return;
    }
    message(file, source, entry.flags(), Optional.of(entry.internalMillis()), sink);
  }

  private void message(
      Path file, long source, List<String> flags, Optional<Long> internalMillis, Sink sink)
      throws IOException {
    boolean below = file.startsWith(root) && !file.equals(root);
    String label = below ? root.relativize(file).toString() : file.toString();
    BasicFileAttributes attributes;
    MessageFile.Beginning beginning;
    try {
      attributes = files.attributes(file);
      beginning = MessageFile.Beginning.of(files, file);
    } catch (IOException e) {
      oddities.add(e instanceof NotTaken known ? known.oddity() : Oddity.UNREADABLE, label);
      return;
    }
    long millis =
        internalMillis.orElseGet(() ->
            MailDate.ofMessage(beginning.bytes())
                .map(date -> date.toInstant().toEpochMilli())
                .orElseGet(() -> {
                  oddities.add(Oddity.NO_DATE, label);
                  return attributes.lastModifiedTime().toMillis();
                }));
    SourceKey key =
        SourceKeys.named(
            source,
            file.getFileName().toString(),
            Long.toString(attributes.size()),
            beginning.checksum());
    sink.message(
        new SourceMessage(
            label,
            key,
            flags,
            millis,
            attributes.size(),
            () -> MessageFile.open(beginning, label, oddities)));
  }
}
