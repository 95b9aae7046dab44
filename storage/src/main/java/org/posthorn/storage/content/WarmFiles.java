package org.posthorn.storage.content;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.posthorn.storage.system.PageCache;

/// The files that came in last stay in the system's memory, since they are read soon: by who judges
/// them, who sends them on, and by the client that is told of them. Of those before them the system
/// is asked to let go. Otherwise each large file takes memory that nobody used before, until there
/// is none left: on a virtual machine most of what writing it costs, and in a container it counts
/// as ours. Safe for use by many threads.
final class WarmFiles {
  private final long maxBytes;
  private final Deque<Warm> files = new ArrayDeque<>();
  private long bytes;

  private record Warm(Path path, long bytes) {}

  /// `maxBytes`: of all that stay, but the last one always does.
  WarmFiles(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// A file that is on the disk now.
  void add(Path path, long fileBytes) {
    keep(new Warm(path, fileBytes)).forEach(file -> PageCache.forget(file.path));
  }

  /// Returns those that there is no room for any more.
  private synchronized List<Warm> keep(Warm file) {
    files.add(file);
    bytes += file.bytes;
    List<Warm> gone = new ArrayList<>();
    while (bytes > maxBytes && files.size() > 1) {
      Warm oldest = files.remove();
      bytes -= oldest.bytes;
      gone.add(oldest);
    }
    return gone;
  }
}
