package org.posthorn.app.transfer.imap;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.app.transfer.imap.ImapMailbox.Part;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.app.transfer.intake.TargetNames;
import org.posthorn.storage.account.SourceKey;

/// Finds out what there is to take from an account on another server: each mailbox in parts. Where
/// the server keeps mod-sequences (RFC 7162), a mailbox in which nothing has changed since the last
/// time is not looked at, and of others only what has changed. Used by one thread.
final class ImapPlan {
  private static final int PART_MESSAGES = 5_000;
  private static final int MARKS_MAX = 100;

  private final ImapIntake.From from;
  private final ImapConnection connection;
  private final Receiver receiver;
  private final Oddities oddities;
  private final Intake.Choice choice;
  private final Intake.Progress progress;
  private final boolean byModSeq;

  /// Between tries to open a mailbox that the server cannot open just then; none once it was waited
  /// in vain.
  private List<Duration> pauses;

  ImapPlan(
      ImapIntake.From from,
      ImapConnection connection,
      Receiver receiver,
      Oddities oddities,
      Intake.Choice choice,
      Intake.Progress progress,
      List<Duration> pauses) {
    this.from = from;
    this.connection = connection;
    this.receiver = receiver;
    this.oddities = oddities;
    this.choice = choice;
    this.progress = progress;
    this.pauses = pauses;
    this.byModSeq =
        choice.run().isEmpty()
            && (from.delete() ? connection.can("QRESYNC") : connection.can("CONDSTORE"));
  }

  /// Tells the receiver of all mailboxes; what is to be taken of them.
  List<Part> parts() throws IOException {
    var source = new ImapSource(connection, oddities);
    List<SourceFolder> there = source.folders();
    var taken = new TakenMailboxes(from, receiver);
    List<Part> parts = new ArrayList<>();
    int number = 0;
    for (TargetNames.Target target :
        new TargetNames(choice.into(), oddities).of(wanted(source, there))) {
      SourceFolder folder = target.folder();
      receiver.send(
          new Frame.Folder(
              number, target.name(), target.use(), target.keepName(), folder.subscribed(), 0, 0));
      taken.take(folder, target.name(), number);
      var names =
          new ImapMailbox.Names(
              source.wireName(folder), folder.name(), number, source.labelsElsewhere(folder));
      try {
        parts.addAll(mailbox(names, target.name()));
      } catch (ImapConnection.Refused e) {
        oddities.add(Oddity.UNREADABLE, "mailbox " + folder.name() + ": " + e.getMessage());
      }
      number++;
    }
    taken.tellGone(there, oddities);
    receiver.flush();
    return parts;
  }

  private List<SourceFolder> wanted(ImapSource source, List<SourceFolder> folders) {
    var wanted = new ArrayList<SourceFolder>();
    for (SourceFolder folder : folders) {
      if (choice.excluded().test(folder.name())) {
        oddities.add(Oddity.EXCLUDED, folder.name());
      } else if (!from.shared() && !source.isOwn(folder)) {
        oddities.add(Oddity.NOT_OWN, folder.name());
      } else {
        wanted.add(folder);
      }
    }
    return wanted;
  }

  private List<Part> mailbox(ImapMailbox.Names names, String target) throws IOException {
    Opened opened = opened(names.wireName());
    progress.begins(opened.exists(), 0);
    String validity = Long.toString(opened.uidValidity());
    long source = source("imap", names, validity, target);
    // Of a label that is taken away a mod-sequence need not tell.
    boolean keeps = byModSeq && opened.modSeq() > 0 && names.labelsElsewhere().isEmpty();
    long marks = source(from.delete() ? "imap marks, gone" : "imap marks", names, validity, target);
    Optional<SourceKey> before = keeps ? newestMark(marks) : Optional.empty();
    long since = before.map(SourceKey::low).orElse(0L);
    if (keeps && since == opened.modSeq()) {
      progress.done(opened.exists(), 0, opened.exists(), 0);
      return List.of();
    }
    Optional<Frame.Mark> mark =
        keeps
            ? Optional.of(
                new Frame.Mark(names.folder(), new SourceKey(marks, 0, opened.modSeq()), before))
            : Optional.empty();
    return new ImapMailbox(names, source, opened.uidValidity(), since, mark)
        .parts(begins(opened.exists()), PART_MESSAGES, opened.exists());
  }

  private Opened opened(String wireName) throws IOException {
    for (Duration pause : pauses) {
      try {
        return connection.examine(wireName, byModSeq);
      } catch (ImapConnection.Refused e) {
        if (!e.isForNow() || !ImapIntake.isAfterPause(pause)) {
          throw e;
        }
      }
    }
    try {
      return connection.examine(wireName, byModSeq);
    } catch (ImapConnection.Refused e) {
      pauses = e.isForNow() ? List.of() : pauses;
      throw e;
    }
  }

  /// What messages are known by must never change.
  private long source(String kind, ImapMailbox.Names names, String uidValidity, String target) {
    return SourceKeys.source(
        kind,
        from.address().host(),
        from.login(),
        names.wireName(),
        uidValidity,
        target,
        choice.run());
  }

  private Optional<SourceKey> newestMark(long marks) throws IOException {
    return receiver.knownFrom(new SourceKey(marks, 0, 0), MARKS_MAX).keySet().stream()
        .max(Comparator.comparingLong(SourceKey::low));
  }

  /// UIDs at which parts of the open mailbox begin.
  private List<Long> begins(long exists) throws IOException {
    if (exists <= PART_MESSAGES) {
      return List.of();
    }
    String numbers =
        LongStream.rangeClosed(1, (exists - 1) / PART_MESSAGES)
            .mapToObj(part -> Long.toString(part * PART_MESSAGES + 1))
            .collect(Collectors.joining(","));
    List<Long> uids = new ArrayList<>();
    connection.run(
        "FETCH " + numbers + " (UID)",
        response -> Found.read(response).ifPresent(found -> uids.add(found.uid())));
    return uids.stream().sorted().toList();
  }
}
