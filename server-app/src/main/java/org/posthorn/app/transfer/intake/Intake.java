package org.posthorn.app.transfer.intake;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.SourceFailed;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.storage.account.SourceKey;

/// Reads a source of mail and hands over what the account does not have yet. Used by one thread.
public final class Intake {
  private static final int BATCH_MESSAGES = 250;
  private static final long BATCH_BYTES = 16L << 20;

  private final MailSource source;
  private final Receiver receiver;
  private final Oddities oddities;
  private final Choice choice;
  private final Progress progress;
  private final List<SourceMessage> batch = new ArrayList<>();
  private long batchBytes;

  /// What is imported, and to where: `into` is the mailbox above all, `excluded` the source's names
  /// that are left out; a `run` that is not empty makes keys that no other run has, so that all is
  /// taken again.
  public record Choice(Optional<String> into, Predicate<String> excluded, String run) {}

  /// Hears how far it is. `knownBefore` and `flagged` count messages that were not sent again.
  public interface Progress {
    void begins(long messages, long bytes);

    void done(long messages, long bytes, long knownBefore, long flagged);
  }

  public Intake(
      MailSource source, Receiver receiver, Oddities oddities, Choice choice, Progress progress) {
    this.source = source;
    this.receiver = receiver;
    this.oddities = oddities;
    this.choice = choice;
    this.progress = progress;
  }

  /// Throws what the receiver throws when it is gone, and `IOException` where the source is none.
  public void run() throws IOException {
    List<TargetNames.Target> targets =
        new TargetNames(choice.into(), oddities)
            .of(source.folders().stream().filter(this::wanted).toList());
    progress.begins(
        targets.stream().mapToLong(target -> target.folder().messages()).sum(),
        targets.stream().mapToLong(target -> target.folder().bytes()).sum());
    int number = 0;
    for (TargetNames.Target target : targets) {
      SourceFolder folder = target.folder();
      receiver.send(
          new Frame.Folder(
              number,
              target.name(),
              target.use(),
              target.keepName(),
              folder.subscribed(),
              folder.messages(),
              folder.bytes()));
      read(target, number++);
    }
    if (choice.into().isEmpty()) {
      for (String name : source.subscriptions()) {
        if (targets.stream().noneMatch(target -> target.folder().name().equals(name))) {
          receiver.send(new Frame.Subscription(name));
        }
      }
    }
  }

  private boolean wanted(SourceFolder folder) {
    if (choice.excluded().test(folder.name())) {
      oddities.add(Oddity.EXCLUDED, folder.name());
      return false;
    }
    return true;
  }

  private void read(TargetNames.Target target, int number) throws IOException {
    String name = target.folder().name();
    long keys =
        choice.run().isEmpty()
            ? SourceKeys.source(source.format(), target.name(), name)
            : SourceKeys.source(source.format(), target.name(), name, choice.run());
    try {
      source.read(
          target.folder(),
          keys,
          message -> {
            batch.add(message);
            batchBytes += message.sizeBytes();
            if (batch.size() == BATCH_MESSAGES || batchBytes > BATCH_BYTES) {
              handOver(number);
            }
          });
    } finally {
      handOver(number);
    }
  }

  private void handOver(int folder) throws IOException {
    List<SourceMessage> messages = List.copyOf(batch);
    batch.clear();
    batchBytes = 0;
    Map<SourceKey, List<String>> known =
        messages.isEmpty()
            ? Map.of()
            : receiver.known(messages.stream().map(SourceMessage::key).toList());
    long bytes = 0;
    long knownBefore = 0;
    long flagged = 0;
    for (SourceMessage message : messages) {
      List<String> before = known.get(message.key());
      bytes += message.sizeBytes();
      if (before == null) {
        send(message, folder);
      } else {
        knownBefore++;
        if (FlagNames.differ(before, message.flags())) {
          flagged++;
          receiver.send(new Frame.Flagged(message.key(), message.flags()));
        }
      }
    }
    receiver.flush();
    progress.done(messages.size(), bytes, knownBefore, flagged);
  }

  private void send(SourceMessage message, int folder) throws IOException {
    var frame =
        new Frame.Message(
            folder, message.key(), message.flags(), message.internalMillis(), message.label());
    try {
      receiver.send(frame, message.opener());
    } catch (NotTaken e) {
      oddities.add(e.oddity(), message.label());
    } catch (SourceFailed _) {
      oddities.add(Oddity.UNREADABLE, message.label());
    }
  }
}
