package org.posthorn.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.storage.account.SourceKey;

/// Takes mail and keeps nothing: what `--dry-run` imports to. It reads every message, so that it
/// finds all that is odd.
final class TrialUpload implements Receiver {
  /// Knows what the server knows.
  private final Upload questions;

  private long messages;
  private long bytes;

  TrialUpload(Upload questions) {
    this.questions = questions;
  }

  @Override
  public Map<SourceKey, List<String>> known(List<SourceKey> keys) {
    return questions.known(keys);
  }

  @Override
  public Map<SourceKey, List<String>> knownFrom(SourceKey from, int limit) {
    return questions.knownFrom(from, limit);
  }

  @Override
  public void send(Frame frame) {
    // Nothing is made.
  }

  @Override
  public synchronized void send(Frame.Message frame, SourceMessage.Opener opener)
      throws IOException {
    try (InputStream in = opener.open()) {
      bytes += in.transferTo(OutputStream.nullOutputStream());
      messages++;
    }
  }

  @Override
  public void flush() {
    // Nothing is held.
  }

  synchronized long messages() {
    return messages;
  }

  synchronized long bytes() {
    return bytes;
  }
}
