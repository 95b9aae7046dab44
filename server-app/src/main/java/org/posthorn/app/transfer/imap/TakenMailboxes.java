package org.posthorn.app.transfer.imap;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.storage.account.SourceKey;

/// Which mailboxes of an account on another server were taken before: those that are not there any
/// more are told. They stay here, for a server that for once shows too little must cost nobody a
/// mailbox. Used by one thread.
final class TakenMailboxes {
  private static final int MAX = 5_000;

  private final Receiver receiver;
  private final long source;

  /// Marks, each of a mailbox: by its name there, and by the one it has here.
  private final Set<SourceKey> before;

  private final Set<Long> targets = new HashSet<>();

  TakenMailboxes(ImapIntake.From from, Receiver receiver) throws IOException {
    this.receiver = receiver;
    this.source = SourceKeys.source("imap mailboxes", from.address().host(), from.login());
    this.before = Set.copyOf(receiver.knownFrom(new SourceKey(source, 0, 0), MAX).keySet());
  }

  /// One that is taken now; `number` is what frames call it.
  void take(SourceFolder folder, String target, int number) throws IOException {
    targets.add(SourceKeys.source(target));
    var key = new SourceKey(source, SourceKeys.source(folder.name()), SourceKeys.source(target));
    if (!before.contains(key)) {
      receiver.send(new Frame.Mark(number, key, Optional.empty()));
    }
  }

  /// `there`: all that the server has, also what is not taken now.
  void tellGone(List<SourceFolder> there, Oddities oddities) throws IOException {
    Set<Long> names =
        there.stream().map(folder -> SourceKeys.source(folder.name())).collect(Collectors.toSet());
    Set<Long> gone =
        before.stream()
            .filter(key -> !names.contains(key.high()) && !targets.contains(key.low()))
            .map(SourceKey::low)
            .collect(Collectors.toSet());
    if (!gone.isEmpty()) {
      for (String name : receiver.mailboxes()) {
        if (gone.contains(SourceKeys.source(name))) {
          oddities.add(Oddity.GONE_THERE, name);
        }
      }
    }
  }
}
