package org.posthorn.storage.system;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;

/// A sync was tried and failed: nobody knows what of the file is on the disk, for Linux takes it as
/// written from then on, and the next sync says that all is well. Whatever else goes wrong on the
/// way to a sync leaves everything as it was.
public final class SyncFailed extends IOException {
  private static final long serialVersionUID = 1L;

  private SyncFailed(IOException cause) {
    super(cause.getMessage(), cause);
  }

  /// As [FileChannel#force].
  public static void orForce(FileChannel channel, boolean metadata) throws IOException {
    try {
      channel.force(metadata);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new SyncFailed(e);
    }
  }
}
