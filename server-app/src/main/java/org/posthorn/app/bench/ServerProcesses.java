package org.posthorn.app.bench;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Processes and all that they started, as Linux accounts for them. CPU time of those that ended is
/// in their parent's account, so short-lived ones are counted too.
final class ServerProcesses {
  private static final Path PROC = Path.of("/proc");
  private static final double TICKS_PER_SECOND = 100;
  private static final Duration REST = Duration.ofSeconds(1);

  /// Of one processor: less than this is rest.
  private static final double REST_SHARE = 0.05;

  private final Set<Long> roots;

  /// One line of /proc: who started it, and its CPU time with that of its children that ended.
  private record Entry(long pid, long parent, String name, long ticks) {}

  private ServerProcesses(Set<Long> roots) {
    this.roots = roots;
  }

  static ServerProcesses find(List<Long> pids, List<String> names) throws IOException {
    Set<Long> roots = new LinkedHashSet<>(pids);
    Map<Long, Entry> all = all();
    for (String name : names) {
      long before = roots.size();
      all.values().stream().filter(p -> isCalled(p, name)).forEach(p -> roots.add(p.pid));
      if (roots.size() == before) {
        throw new IOException("No process is called " + name);
      }
    }
    for (long pid : roots) {
      if (!all.containsKey(pid)) {
        throw new IOException("There is no process " + pid);
      }
    }
    return new ServerProcesses(roots);
  }

  /// Nobody told which processes are the server's.
  boolean unknown() {
    return roots.isEmpty();
  }

  double cpuSeconds() throws IOException {
    return tree().stream().mapToLong(Entry::ticks).sum() / TICKS_PER_SECOND;
  }

  /// Waits until they have next to nothing to do any more, so that what they put off counts as
  /// well. Returns how many seconds that took, at most `limitSeconds`.
  double awaitRest(long limitSeconds) throws IOException, InterruptedException {
    long start = System.nanoTime();
    double seconds = 0;
    double before = cpuSeconds();
    boolean rests = unknown();
    while (!rests && seconds < limitSeconds) {
      Thread.sleep(REST);
      double now = cpuSeconds();
      rests = now - before < REST_SHARE * REST.toMillis() / 1_000;
      before = now;
      seconds = (System.nanoTime() - start) / 1e9;
    }
    return seconds;
  }

  int count() throws IOException {
    return tree().size();
  }

  /// Memory in use; a page that several of them share is counted in parts.
  long memoryBytes() throws IOException {
    long kib = 0;
    for (Entry process : tree()) {
      kib += proportionalKib(process.pid);
    }
    return kib << 10;
  }

  /// Memory in use; what they share is counted for each.
  long residentBytes() throws IOException {
    long kib = 0;
    for (Entry process : tree()) {
      kib += field(PROC.resolve(process.pid + "/status"), "VmRSS:");
    }
    return kib << 10;
  }

  private static long proportionalKib(long pid) throws IOException {
    return field(PROC.resolve(pid + "/smaps_rollup"), "Pss:");
  }

  private static long field(Path file, String name) throws IOException {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.substring(name.length()).replace("kB", "").strip());
        }
      }
      return 0;
    } catch (AccessDeniedException e) {
      throw e;
    } catch (IOException _) {
      return 0; // It has ended meanwhile.
    }
  }

  private List<Entry> tree() throws IOException {
    Map<Long, Entry> all = all();
    List<Entry> tree = new ArrayList<>();
    for (Entry process : all.values()) {
      Optional<Entry> ancestor = Optional.of(process);
      while (ancestor.isPresent() && !roots.contains(ancestor.get().pid)) {
        ancestor = Optional.ofNullable(all.get(ancestor.get().parent));
      }
      ancestor.ifPresent(_ -> tree.add(process));
    }
    return tree;
  }

  private static Map<Long, Entry> all() throws IOException {
    Map<Long, Entry> all = new HashMap<>();
    try (var folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path folder : folders) {
        try {
          Entry process = parse(Files.readString(folder.resolve("stat")));
          all.put(process.pid, process);
        } catch (IOException _) {
          // It has ended meanwhile.
        }
      }
    }
    return all;
  }

  /// `pid (name) state ppid …`; fields 14 to 17 are the times.
  private static Entry parse(String stat) {
    int nameEnd = stat.lastIndexOf(')');
    String[] rest = stat.substring(nameEnd + 2).split(" ", -1);
    long ticks = 0;
    for (int i = 11; i < 15; i++) {
      ticks += Long.parseLong(rest[i]);
    }
    int nameStart = stat.indexOf('(');
    return new Entry(
        Long.parseLong(stat.substring(0, nameStart).strip()),
        Long.parseLong(rest[1]),
        stat.substring(nameStart + 1, nameEnd),
        ticks);
  }

  private static boolean isCalled(Entry process, String name) {
    if (process.name.equals(name)) {
      return true;
    }
    try {
      Path program = Files.readSymbolicLink(PROC.resolve(process.pid + "/exe"));
      for (Path part : program) {
        if (part.toString().equals(name)) {
          return true;
        }
      }
      return false;
    } catch (IOException _) {
      return false; // A kernel thread, or somebody else's.
    }
  }
}
