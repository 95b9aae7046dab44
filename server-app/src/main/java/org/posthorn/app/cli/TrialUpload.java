package org.posthorn.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SourceKey;
import tools.jackson.databind.JsonNode;

/// Takes mail and keeps nothing: what `--dry-run` imports to. It reads every message, so that it
/// finds all that is odd. Safe for use by many threads.
final class TrialUpload implements Receiver {
  /// Knows what the server knows.
  private final Upload questions;

  private final Oddities oddities;
  private long messages;
  private long bytes;
  private long flagged;
  private long removed;

  TrialUpload(Upload questions, Oddities oddities) {
    this.questions = questions;
    this.oddities = oddities;
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
  public List<String> mailboxes() {
    return questions.mailboxes();
  }

  @Override
  public synchronized void send(Frame frame) {
    switch (frame) {
      case Frame.Folder folder -> tellPlace(folder);
      case Frame.Flagged _ -> flagged++;
      case Frame.Removed _ -> removed++;
      case Frame.Message _, Frame.Mark _, Frame.Subscription _, Frame.Problem _, Frame.End _ -> {
        // Nothing is made.
      }
    }
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

  /// As the server decides it when it makes mailboxes.
  private void tellPlace(Frame.Folder folder) {
    if (folder.use().isEmpty()) {
      return;
    }
    var name = new MailboxName(folder.name());
    JsonNode mailboxes = questions.mailboxViews();
    for (JsonNode mailbox : mailboxes) {
      var own = new MailboxName(mailbox.path("name").asString());
      if (!mailbox.path("specialUse").asString("").equalsIgnoreCase(folder.use())
          || own.equals(name)) {
        continue;
      }
      boolean takesName =
          folder.keepName()
              && mailbox.path("messages").asInt() == 0
              && !own.isInbox()
              && !name.isBelow(own)
              && mailboxes
                  .valueStream()
                  .noneMatch(other -> other.path("name").asString().equals(name.value()));
      if (!takesName) {
        oddities.add(Oddity.MERGED, folder.name() + " → " + own);
      }
    }
  }

  synchronized long messages() {
    return messages;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized long flagged() {
    return flagged;
  }

  synchronized long removed() {
    return removed;
  }
}
