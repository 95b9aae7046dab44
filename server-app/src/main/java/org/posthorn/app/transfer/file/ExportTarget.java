package org.posthorn.app.transfer.file;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.posthorn.app.transfer.frame.Frame;

/// Files in the format of other programs that mail is exported to. Used by one thread.
public interface ExportTarget extends Closeable {
  /// First of all: every mailbox, and what is subscribed without being one.
  void begin(List<Frame.Folder> folders, List<String> subscriptions) throws IOException;

  /// Writes a message. When reading `bytes` throws, nothing of it is left and the exception comes
  /// out.
  void message(Frame.Folder folder, Frame.Message message, InputStream bytes) throws IOException;

  /// All is there.
  void finish() throws IOException;
}
