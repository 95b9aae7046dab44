package org.posthorn.app.transfer.intake;

import java.nio.file.Path;
import java.util.List;

/// A folder of another program. `path` are the levels of its name, `use` a special use that it says
/// it has (`\Sent`, or empty); `messages` and `bytes` are how much is in it, 0 where nobody knows.
public record SourceFolder(
    List<String> path, String use, boolean subscribed, Path place, long messages, long bytes) {
  public SourceFolder {
    path = List.copyOf(path);
  }

  /// The name as its program would write it.
  public String name() {
    return path.isEmpty() ? "INBOX" : String.join("/", path);
  }
}
