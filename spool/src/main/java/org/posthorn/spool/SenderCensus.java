package org.posthorn.spool;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.RecipientState;

/// Counts once through the queue whose mail is under way, the dead letters among it. Confined to
/// one thread.
final class SenderCensus {
  private static final int PAGE = 1_000;

  /// Whoever is not among so many is left out: memory stays bounded.
  private static final int SENDERS_MAX = 100_000;

  private final QueueStore queue;
  private final Map<Whose, Tally> tallies = new HashMap<>();

  SenderCensus(QueueStore queue) {
    this.queue = queue;
  }

  private record Whose(Optional<MailAddress> address, boolean loggedIn) {
    static Whose of(QueuedMail mail) {
      Optional<MailAddress> login = mail.arrival().login();
      return new Whose(login.or(() -> mail.forms().getFirst().sender()), login.isPresent());
    }
  }

  private static final class Tally {
    private long mails;
    private long recipients;
    private long held;
    private Instant newest = Instant.MIN;

    void add(QueuedMail mail, long underWay) {
      Instant came = mail.arrival().received();
      mails++;
      recipients += underWay;
      held +=
          mail.recipients().stream()
              .filter(row -> row.state() instanceof RecipientState.Held)
              .count();
      newest = came.isAfter(newest) ? came : newest;
    }

    SenderState state(Whose whose) {
      return new SenderState(whose.address(), whose.loggedIn(), mails, recipients, held, newest);
    }
  }

  List<SenderState> take() {
    Optional<MailId> last = Optional.empty();
    do {
      QueueStore.MailPage page = queue.mails(last, PAGE);
      page.mails().forEach(this::count);
      last = page.last();
    } while (last.isPresent());
    return tallies.entrySet().stream()
        .map(entry -> entry.getValue().state(entry.getKey()))
        .sorted(
            Comparator.comparingLong(SenderState::recipients)
                .reversed()
                .thenComparing(each -> each.sender().map(MailAddress::toString).orElse(""))
                .thenComparing(SenderState::loggedIn))
        .toList();
  }

  private void count(QueuedMail mail) {
    long underWay =
        mail.recipients().stream().filter(row -> QueueFilter.isUnderWay(row.state())).count();
    if (underWay == 0) {
      return;
    }
    Whose whose = Whose.of(mail);
    Tally tally = tallies.get(whose);
    if (tally == null && tallies.size() < SENDERS_MAX) {
      tally = new Tally();
      tallies.put(whose, tally);
    }
    if (tally != null) {
      tally.add(mail, underWay);
    }
  }
}
