package org.posthorn.app.transfer.imap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.SourceFailed;
import org.posthorn.app.transfer.imap.ImapMailbox.Part;
import org.posthorn.app.transfer.intake.FlagNames;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.WireLines;
import org.posthorn.message.MailDate;
import org.posthorn.storage.account.SourceKey;

/// Takes one part of a mailbox over a connection: it is looked through some hundred messages at a
/// time, what is not known is fetched, flags that changed are told, and if that is wished what is
/// gone. Used by one thread.
final class PartReader {
  private static final String FACTS = "(UID FLAGS INTERNALDATE RFC822.SIZE)";
  private static final String LABELLED_FACTS = "(UID FLAGS INTERNALDATE RFC822.SIZE X-GM-LABELS)";
  private static final int WINDOW = 500;
  private static final int SENT_AHEAD = 32;
  private static final int SMALL_BYTES = 2 << 20;
  private static final int HEADER_BYTES = 64 << 10;
  private static final int KNOWN_PAGE = 2_000;
  private static final long UNCHANGED = 0;

  private final ImapConnection connection;
  private final Receiver receiver;
  private final Oddities oddities;
  private final Intake.Progress progress;
  private final Part part;
  private final ImapMailbox mailbox;
  private final Set<Long> done;

  /// UIDs of those that were told of as done, by whoever took this part before too.
  private final Set<Long> told;

  /// Asked for, and not here yet.
  private final SequencedMap<Long, Found> left = new LinkedHashMap<>();

  private boolean uidComesFirst;
  private boolean hasTaken;

  /// `done`: UIDs of messages that are not asked for. Those that come, or that the server refuses,
  /// are added. `told`: UIDs of those that progress has heard of; 0 for all that did not change.
  PartReader(
      ImapConnection connection,
      Receiver receiver,
      Oddities oddities,
      Intake.Progress progress,
      Part part,
      Set<Long> done,
      Set<Long> told) {
    this.connection = connection;
    this.receiver = receiver;
    this.oddities = oddities;
    this.progress = progress;
    this.part = part;
    this.mailbox = part.mailbox();
    this.done = done;
    this.told = told;
  }

  /// Whether any message has come.
  boolean hasTaken() {
    return hasTaken;
  }

  /// The message that was to come when the connection broke; 0 where none was.
  long brokeAt() {
    return left.isEmpty() ? 0 : left.firstEntry().getKey();
  }

  /// `delete`: what is gone there goes here too.
  void take(boolean delete) throws IOException {
    Opened opened = connection.examine(mailbox.wireName(), mailbox.since() > 0);
    if (opened.uidValidity() != mailbox.uidValidity()) {
      throw new IOException("it was made anew meanwhile");
    }
    var gone = new Gone();
    if (mailbox.since() > 0) {
      takeChanged(delete, gone);
    } else {
      takeAll(opened, gone);
    }
    if (delete && gone.mayBe()) {
      tellRemoved(gone);
    }
    receiver.flush();
  }

  private void takeChanged(boolean delete, Gone gone) throws IOException {
    var gathered = new Gathered(part.from(), part.to());
    connection.run(
        "UID FETCH %s %s (CHANGEDSINCE %d%s)"
            .formatted(part.uids(), facts(), mailbox.since(), delete ? " VANISHED" : ""),
        response -> {
          gathered.take(response);
          gone.vanished(response);
        });
    List<Found> changed = whole(gathered);
    for (int i = 0; i < changed.size(); i += WINDOW) {
      handOver(changed.subList(i, Math.min(changed.size(), i + WINDOW)));
    }
    long unchanged = Math.max(0, part.messages() - changed.size());
    if (told.add(UNCHANGED)) {
      progress.done(unchanged, 0, unchanged, 0);
    }
  }

  private void takeAll(Opened opened, Gone gone) throws IOException {
    List<Long> uids = uids(opened);
    uids.removeIf(uid -> uid < part.from() || uid > part.to());
    uids.sort(Comparator.naturalOrder());
    gone.only(uids);
    for (int i = 0; i < uids.size(); i += WINDOW) {
      long last = uids.get(Math.min(uids.size(), i + WINDOW) - 1);
      var window = new Gathered(uids.get(i), last);
      connection.run("UID FETCH %d:%d %s".formatted(uids.get(i), last, facts()), window::take);
      handOver(whole(window));
    }
  }

  /// A server that finds nothing has to say so too (RFC 9051 §6.4.4). Not all do; but no answer is
  /// none where there are messages, and what was taken of them must not go for it.
  private List<Long> uids(Opened opened) throws IOException {
    var uids = new ArrayList<Long>();
    var answered = new AtomicBoolean();
    connection.run(
        "UID SEARCH UID " + part.uids(),
        response -> {
          if (ImapResponses.is(response.get(1), "SEARCH")) {
            answered.set(true);
            response.stream().skip(2).map(ImapResponses::number).forEach(uids::add);
          }
        });
    if (!answered.get() && !opened.isEmpty()) {
      throw new ImapConnection.Refused(
          "the server does not answer SEARCH, nor say that there are no messages");
    }
    return uids;
  }

  /// Asks again for what was only told of as changed.
  private List<Found> whole(Gathered gathered) throws IOException {
    for (long uid : gathered.incomplete()) {
      try {
        connection.run("UID FETCH %d %s".formatted(uid, facts()), gathered::take);
      } catch (ImapConnection.Refused e) {
        if (e.isForNow()) {
          throw e;
        }
        // Else as if nothing were said.
      }
    }
    for (long uid : gathered.unknown()) {
      mailbox.leftOut();
      oddities.add(Oddity.GONE, label(uid));
    }
    return gathered.found();
  }

  private void handOver(List<Found> window) throws IOException {
    Map<SourceKey, List<String>> known =
        receiver.known(window.stream().map(found -> mailbox.key(found.uid())).toList());
    var wanted = new ArrayList<Found>();
    long flagged = 0;
    long passed = 0;
    for (Found found : window) {
      SourceKey key = mailbox.key(found.uid());
      List<String> before = known.get(key);
      if (before == null && isWanted(found)) {
        wanted.add(found);
        continue;
      }
      passed += told.add(found.uid()) ? 1 : 0;
      if (before != null && FlagNames.differ(before, found.flags())) {
        flagged++;
        receiver.send(new Frame.Flagged(key, found.flags()));
      }
    }
    progress.done(passed, 0, passed, flagged);
    fetch(wanted);
    receiver.flush();
  }

  private boolean isWanted(Found found) {
    return !done.contains(found.uid()) && !mailbox.isElsewhere(found);
  }

  private String facts() {
    return mailbox.hasLabels() ? LABELLED_FACTS : FACTS;
  }

  /// One command for each message, many sent ahead. Servers may answer them together, so it is the
  /// UID before the bytes that says whose they are; where it does not come first, one command waits
  /// for the other.
  private void fetch(List<Found> wanted) throws IOException {
    left.clear();
    wanted.forEach(found -> left.put(found.uid(), found));
    var tags = new ArrayDeque<String>();
    int sent = 0;
    for (Found found : wanted) {
      while (sent < wanted.size() && tags.size() < (uidComesFirst ? SENT_AHEAD : 1)) {
        tags.add(connection.send("UID FETCH " + wanted.get(sent).uid() + " (UID BODY.PEEK[])"));
        sent++;
      }
      try {
        connection.await(tags.remove(), _ -> {}, (before, bytes) -> body(before, bytes, found));
      } catch (ImapConnection.Refused e) {
        if (e.isForNow()) {
          throw e;
        }
        left.remove(found.uid());
        done.add(found.uid());
        told.add(found.uid());
        mailbox.leftOut();
        oddities.add(Oddity.UNREADABLE, label(found.uid()) + ": " + e.getMessage());
      }
    }
    for (Found gone : left.values()) {
      mailbox.leftOut();
      oddities.add(Oddity.GONE, label(gone.uid()));
    }
    left.clear();
  }

  private void body(List<Object> before, InputStream bytes, Found asked) throws IOException {
    long uid = uid(before);
    uidComesFirst |= uid > 0;
    Found which = left.get(uid > 0 ? uid : asked.uid());
    if (which != null) {
      message(which, bytes);
      left.remove(which.uid());
      done.add(which.uid());
      hasTaken = true;
      told.add(which.uid());
      progress.done(1, which.sizeBytes(), 0, 0);
    }
  }

  String label(long uid) {
    return mailbox.name() + " UID " + uid;
  }

  /// 0 where it is not among `items`.
  private static long uid(List<Object> items) {
    int at = items.indexOf("UID");
    return at >= 0 && at + 1 < items.size() ? ImapResponses.number(items.get(at + 1)) : 0;
  }

  private void message(Found found, InputStream bytes) throws IOException {
    String label = label(found.uid());
    InputStream gathered = ImapIntake.gathered(bytes, SMALL_BYTES);
    if (gathered.available() == 0) {
      withoutBytes(found, label);
      return;
    }
    InputStream whole = gathered;
    long millis = found.internalMillis();
    if (millis == 0) {
      oddities.add(Oddity.NO_DATE, label);
      byte[] beginning = gathered.readNBytes(HEADER_BYTES);
      whole = new SequenceInputStream(new ByteArrayInputStream(beginning), gathered);
      millis = dateField(beginning);
    }
    var frame =
        new Frame.Message(mailbox.folder(), mailbox.key(found.uid()), found.flags(), millis, label);
    try {
      InputStream text = new WireLines(whole, () -> oddities.add(Oddity.NUL, label));
      receiver.send(frame, () -> text);
    } catch (SourceFailed e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static long dateField(byte[] beginning) {
    return MailDate.ofMessage(beginning)
        .map(date -> date.toInstant().toEpochMilli())
        .orElseGet(System::currentTimeMillis);
  }

  /// A server that has lost the text of a message, or cannot read it for the moment, may say so by
  /// sending nothing: that is no message, and may be one the next time.
  private void withoutBytes(Found found, String label) {
    if (found.sizeBytes() == 0) {
      oddities.add(Oddity.EMPTY, label);
    } else {
      mailbox.leftOut();
      oddities.add(
          Oddity.UNREADABLE, label + ": of %,d bytes none came".formatted(found.sizeBytes()));
    }
  }

  private void tellRemoved(Gone gone) throws IOException {
    SourceKey from = part.firstKey();
    while (true) {
      List<SourceKey> page =
          receiver.knownFrom(from, KNOWN_PAGE).keySet().stream()
              .sorted(Comparator.comparingLong(SourceKey::low))
              .toList();
      for (SourceKey key : page) {
        if (key.low() > part.to()) {
          return;
        }
        if (gone.has(key.low())) {
          receiver.send(new Frame.Removed(key));
        }
      }
      if (page.size() < KNOWN_PAGE) {
        return;
      }
      from = mailbox.key(page.getLast().low() + 1);
    }
  }
}
