package org.posthorn.app.transfer.intake;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.storage.account.SourceKey;

/// Where mail goes that is imported: a server, or for a trial run nowhere. Used by one thread at a
/// time.
public interface Receiver {
  /// Which messages are there already, with the flags that they had at their source.
  Map<SourceKey, List<String>> known(List<SourceKey> keys) throws IOException;

  /// The same for messages of one source in the order of their keys, at most `limit`, from `from`
  /// on.
  Map<SourceKey, List<String>> knownFrom(SourceKey from, int limit) throws IOException;

  /// The names of the account's mailboxes; none where nobody knows.
  default List<String> mailboxes() throws IOException {
    return List.of();
  }

  void send(Frame frame) throws IOException;

  /// Sends a message. Throws [SourceFailed] when its bytes cannot be read; any other `IOException`
  /// means that the receiver is gone.
  void send(Frame.Message frame, SourceMessage.Opener bytes) throws IOException;

  /// What was handed over goes on its way.
  void flush() throws IOException;
}
