package org.posthorn.app.transfer.maildir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.posthorn.app.transfer.file.DiskNames;
import org.posthorn.app.transfer.file.ExportedMailbox;
import org.posthorn.app.transfer.file.MessageFile;
import org.posthorn.app.transfer.file.SourceFiles;
import org.posthorn.app.transfer.file.Subscriptions;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.app.transfer.intake.MailSource;
import org.posthorn.app.transfer.intake.NotTaken;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.app.transfer.intake.SourceMessage;

/// A Maildir with its folders: Maildir++ (`.Work.2026` beside `cur`), or folders in folders (`fs`).
/// Folders of one name, as one in modified UTF-7 beside one in plain letters, are one: whatever
/// else comes to lie there, a message keeps its key.
public final class MaildirSource implements MailSource {
  /// How folders lie in the file system.
  public enum Layout {
    AUTO,
    MAILDIRPP,
    FS
  }

  /// So many names of one folder are in memory at once.
  private static final int NAMES_MAX = 100_000;

  private static final int DEPTH_MAX = 30;
  private static final int KEYWORDS_MAX_BYTES = 64 << 10;
  private static final Set<String> PARTS = Set.of("cur", "new", "tmp");

  private final Path root;
  private final SourceFiles files;
  private final Layout layout;
  private final boolean guessed;
  private final Oddities oddities;
  private final Map<String, ExportedMailbox> exported;
  private final Subscriptions subscriptions;

  /// Where the messages of each folder lie.
  private final Map<String, List<Path>> places = new TreeMap<>();

  public MaildirSource(Path root, Layout layout, Oddities oddities) throws IOException {
    this.root = root;
    this.files = new SourceFiles(root);
    this.guessed = layout == Layout.AUTO;
    this.layout = guessed ? detected(root) : layout;
    this.oddities = oddities;
    this.exported = ExportedMailbox.beside(root, files, oddities);
    this.subscriptions = Subscriptions.of(root, files, oddities);
  }

  @Override
  public String format() {
    return "maildir";
  }

  @Override
  public List<String> subscriptions() {
    return subscriptions.names();
  }

  @Override
  public List<SourceFolder> folders() throws IOException {
    var folders = new TreeMap<String, SourceFolder>();
    places.clear();
    add(List.of(), root, folders);
    if (layout == Layout.FS) {
      nested(List.of(), root, folders, 0);
    } else {
      beside(folders);
    }
    if (folders.isEmpty()) {
      throw new IOException(
          root
              + " is no Maildir: there is no cur in it, nor in a folder of it. Name the directory that has cur, new and tmp");
    }
    var all = new ArrayList<>(folders.values());
    all.sort(Comparator.comparing(folder -> !folder.path().isEmpty()));
    all.forEach(this::tellSeveral);
    return all;
  }

  private void tellSeveral(SourceFolder folder) {
    List<Path> several = places(folder);
    if (several.size() > 1) {
      String names =
          several.stream()
              .map(place -> place.equals(root) ? "." : root.relativize(place).toString())
              .collect(Collectors.joining(", "));
      oddities.add(Oddity.SAME_NAME, folder.name() + ": " + names);
    }
  }

  private void beside(Map<String, SourceFolder> folders) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!Files.isDirectory(entry) || PARTS.contains(name)) {
          continue;
        }
        if (!name.startsWith(".")) {
          otherwise(entry);
          continue;
        }
        if (files.leadsOut(entry, oddities)) {
          continue;
        }
        if (isClosed(entry)) {
          oddities.add(Oddity.UNREADABLE, entry.toString());
        } else {
          add(DiskNames.maildirLevels(name.substring(1)), entry, folders);
        }
      }
    }
  }

  private void nested(
      List<String> path, Path directory, Map<String, SourceFolder> folders, int depth)
      throws IOException {
    if (depth > DEPTH_MAX) {
      oddities.add(Oddity.NO_MAIL, directory.toString());
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!Files.isDirectory(entry) || PARTS.contains(name)) {
          continue;
        }
        if (name.startsWith(".")) {
          dotted(entry, directory);
          continue;
        }
        if (files.leadsOut(entry, oddities)) {
          continue;
        }
        // What other links lead to is found where it is; by links it could be found without end.
        if (Files.isSymbolicLink(entry)) {
          continue;
        }
        if (isClosed(entry)) {
          oddities.add(Oddity.UNREADABLE, entry.toString());
          continue;
        }
        var levels = new ArrayList<>(path);
        levels.add(DiskNames.decoded(name));
        add(levels, entry, folders);
        nested(levels, entry, folders, depth + 1);
      }
    }
  }

  /// What Maildir++ would call a folder of `directory`, found among folders in folders.
  private void dotted(Path entry, Path directory) throws IOException {
    if (guessed && isMaildir(entry) && !Files.isSymbolicLink(entry)) {
      throw new IOException(
          "%s is a Maildir with folders of its own, such as %s: name that directory. (Or say --layout fs, to leave such folders out.)"
              .formatted(directory, entry.getFileName()));
    }
    otherwise(entry);
  }

  /// What is no folder in this layout: its mail must not be missed silently. What a link leads to
  /// is found where it is.
  private void otherwise(Path entry) throws IOException {
    if (isMaildir(entry) && !Files.isSymbolicLink(entry) && count(entry) > 0) {
      oddities.add(Oddity.OTHER_LAYOUT, entry.toString());
    }
  }

  /// Where `place` is a Maildir.
  private void add(List<String> path, Path place, Map<String, SourceFolder> folders)
      throws IOException {
    for (String part : List.of("cur", "new")) {
      var _ = files.leadsOut(place.resolve(part), oddities);
    }
    if (!isMaildir(place)) {
      return;
    }
    var plain = new SourceFolder(path, "", true, place, count(place), 0);
    List<Path> same = places.computeIfAbsent(key(plain), _ -> new ArrayList<>());
    for (Path other : same) {
      if (Files.isSameFile(other, place)) {
        return; // One of them is a link to the other.
      }
    }
    same.add(place);
    same.sort(Comparator.naturalOrder());
    ExportedMailbox known = exported.get(plain.name());
    String use = known == null ? "" : known.use();
    var folder =
        new SourceFolder(path, use, subscriptions.has(plain.name()), place, plain.messages(), 0);
    var _ = folders.merge(key(folder), folder, MaildirSource::both);
  }

  /// Two folders with one key are one: the INBOX is the root, or is called so.
  private static String key(SourceFolder folder) {
    return folder.path().isEmpty() ? "INBOX" : String.join("\0", folder.path());
  }

  private static SourceFolder both(SourceFolder one, SourceFolder other) {
    return new SourceFolder(
        one.path(), one.use(), one.subscribed(), one.place(), one.messages() + other.messages(), 0);
  }

  private List<Path> places(SourceFolder folder) {
    return places.getOrDefault(key(folder), List.of(folder.place()));
  }

  private long count(Path place) throws IOException {
    var count = new long[1];
    for (String part : List.of("cur", "new")) {
      each(place.resolve(part), _ -> count[0]++);
    }
    return count[0];
  }

  @Override
  public void read(SourceFolder folder, long source, Sink sink) throws IOException {
    for (Path place : places(folder)) {
      read(place, source, sink);
    }
  }

  private void read(Path place, long source, Sink sink) throws IOException {
    Map<Character, String> keywords = keywords(place);
    for (String part : List.of("cur", "new")) {
      Path directory = place.resolve(part);
      for (long[] range : ranges(directory)) {
        var names = new ArrayList<String>();
        each(
            directory,
            name -> {
              long seconds = MaildirName.seconds(name);
              if (seconds >= range[0] && seconds <= range[1]) {
                names.add(name);
              }
            });
        names.sort(Comparator.comparingLong(MaildirName::seconds).thenComparing(n -> n));
        for (String name : names) {
          message(directory.resolve(name), part.equals("cur"), source, keywords, sink);
        }
      }
    }
  }

  /// Spans of time with at most so many messages each that their names fit in memory, in order.
  private List<long[]> ranges(Path directory) throws IOException {
    var seconds = new Longs();
    each(directory, name -> seconds.add(MaildirName.seconds(name)));
    long[] sorted = seconds.toArray();
    Arrays.sort(sorted);
    var ranges = new ArrayList<long[]>();
    for (int from = 0; from < sorted.length; ) {
      int to = Math.min(from + NAMES_MAX, sorted.length);
      while (to < sorted.length && sorted[to] == sorted[to - 1]) {
        to++;
      }
      ranges.add(new long[] {sorted[from], sorted[to - 1]});
      from = to;
    }
    return ranges;
  }

  private static final class Longs {
    private long[] values = new long[1_000];
    private int size;

    void add(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = value;
    }

    long[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }

  private void message(
      Path file, boolean current, long source, Map<Character, String> keywords, Sink sink)
      throws IOException {
    String label = root.relativize(file).toString();
    BasicFileAttributes attributes;
    MessageFile.Beginning beginning;
    try {
      attributes = files.attributes(file);
      beginning = MessageFile.Beginning.of(files, file);
    } catch (IOException e) {
      oddities.add(NotTaken.why(e), label);
      return;
    }
    MaildirName name = MaildirName.parse(file.getFileName().toString());
    List<String> flags =
        current
            ? name.flags(keywords, () -> oddities.add(Oddity.KEYWORD_UNKNOWN, label))
            : List.of();
    long millis = name.internalMillis(attributes.lastModifiedTime().toMillis());
    sink.message(
        new SourceMessage(
            label,
            SourceKeys.named(
                source, name.unique(), Long.toString(attributes.size()), beginning.checksum()),
            flags,
            millis,
            attributes.size(),
            () -> MessageFile.open(beginning, label, oddities)));
  }

  /// Dovecot's file: a line for each letter from `a` on.
  private Map<Character, String> keywords(Path folder) {
    var names = new TreeMap<Character, String>();
    Path file = folder.resolve("dovecot-keywords");
    String text =
        files
            .beside(file, KEYWORDS_MAX_BYTES, oddities)
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .orElse("");
    for (String line : text.split("\n", -1)) {
      String[] words = line.split(" ", 2);
      if (words.length == 2 && words[0].matches("\\d{1,2}") && Integer.parseInt(words[0]) < 26) {
        names.put((char) ('a' + Integer.parseInt(words[0])), words[1].strip());
      }
    }
    return names;
  }

  private void each(Path directory, Consumer<String> action) throws IOException {
    if (!files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.startsWith(".")) {
          action.accept(name);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (java.nio.file.AccessDeniedException _) {
      oddities.add(Oddity.UNREADABLE, directory.toString());
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
  }

  /// A directory that we may not look into: what is in it must not be missed silently.
  private static boolean isClosed(Path entry) {
    return Files.isDirectory(entry) && !(Files.isReadable(entry) && Files.isExecutable(entry));
  }

  private boolean isMaildir(Path directory) {
    return files.isDirectory(directory.resolve("cur"))
        || files.isDirectory(directory.resolve("new"));
  }

  private Layout detected(Path root) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      boolean nested = false;
      for (Path entry : entries) {
        String name = entry.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.startsWith(".") && name.length() > 1 && isMaildir(entry)) {
          return Layout.MAILDIRPP;
        }
        nested |= files.isDirectory(entry) && !name.startsWith(".") && !PARTS.contains(name);
      }
      return nested ? Layout.FS : Layout.MAILDIRPP;
    }
  }
}
