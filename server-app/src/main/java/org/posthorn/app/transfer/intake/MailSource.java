package org.posthorn.app.transfer.intake;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/// Mail in files of another program. Used by one thread. Files that cannot be read are told to the
/// [Oddities] that a source is made with, and keep nothing else.
public interface MailSource extends Closeable {
  /// The format's name, part of the source keys.
  String format();

  /// All folders, INBOX first.
  List<SourceFolder> folders() throws IOException;

  /// Hands over the messages of a folder in the order in which they came there. `source` is the
  /// number in their keys.
  void read(SourceFolder folder, long source, Sink sink) throws IOException;

  /// Names that are subscribed and no folders.
  default List<String> subscriptions() {
    return List.of();
  }

  /// Takes messages. One that is handed over can be opened until the next but 500.
  interface Sink {
    void message(SourceMessage message) throws IOException;
  }
}
