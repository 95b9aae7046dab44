package org.posthorn.storage.story;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Finds what somebody did not get, whoever it was. No key leads there, so all that was told since
/// a time is read: it is used by a platform thread.
public final class FailureSearch {
  private final StoryLog log;

  public FailureSearch(StoryLog log) {
    this.log = log;
  }

  /// What happened to a `recipient`, and who had sent the mail: empty for the null sender, or where
  /// that is not known.
  public record Failure(StoryEntry entry, String recipient, String sender) {}

  /// The latest first. `more`: there are others, older.
  public record Found(List<Failure> failures, boolean more) {
    public Found {
      failures = List.copyOf(failures);
    }
  }

  /// At most `limit` recipients of events that are `wanted`, since that time, without those whom
  /// the mail was `delivered` to after that. Of what happened to one of them the last counts; but
  /// what another server said tells more than that it was bounced for it.
  public Found find(
      Predicate<StoryEvent> wanted,
      Predicate<StoryEvent> delivered,
      Predicate<String> recipients,
      Instant since,
      int limit) {
    log.flush();
    var latest = new Latest(wanted, recipients, since, limit);
    log.scan(Set.of(StoryEntry.EVERY_KEY), /* newestFirst= */ true, since, latest::take);
    var mails = latest.entries.keySet().stream().map(Of::mail).collect(Collectors.toSet());
    Map<Of, Instant> got = new HashMap<>();
    Map<String, String> senders = senders(mails, delivered, got);
    List<Failure> failures = new ArrayList<>();
    latest.entries.forEach((of, entry) -> {
      if (!got.getOrDefault(of, Instant.MIN).isAfter(entry.at())) {
        failures.add(new Failure(entry, of.recipient, senders.getOrDefault(of.mail, "")));
      }
    });
    return new Found(failures, latest.full);
  }

  private record Of(String mail, String recipient) {}

  /// What is found while it is looked for.
  private static final class Latest {
    private final Predicate<StoryEvent> wanted;
    private final Predicate<String> recipients;
    private final Instant since;
    private final int limit;
    private final Map<Of, StoryEntry> entries = new LinkedHashMap<>();
    private boolean full;

    Latest(Predicate<StoryEvent> wanted, Predicate<String> recipients, Instant since, int limit) {
      this.wanted = wanted;
      this.recipients = recipients;
      this.since = since;
      this.limit = limit;
    }

    boolean take(List<StoryEntry> some) {
      for (StoryEntry entry : some.reversed()) {
        if (!entry.at().isBefore(since) && wanted.test(entry.event())) {
          entry
              .event()
              .addresses(recipient -> {
                if (recipients.test(recipient)) {
                  note(new Of(entry.mail(), recipient), entry);
                }
              });
        }
      }
      return !full;
    }

    private void note(Of of, StoryEntry entry) {
      StoryEntry later = entries.get(of);
      if (later == null && entries.size() == limit) {
        full = true;
      } else if (later == null || later.event() instanceof StoryEvent.Served) {
        entries.put(of, entry);
      }
    }
  }

  /// `got`: who of these mails has got one, and when last.
  private Map<String, String> senders(
      Set<String> mails, Predicate<StoryEvent> delivered, Map<Of, Instant> got) {
    Map<String, String> senders = new HashMap<>();
    if (!mails.isEmpty()) {
      log.scan(
          mails,
          /* newestFirst= */ true,
          Instant.EPOCH,
          entries -> {
            for (StoryEntry entry : entries) {
              if (entry.event() instanceof StoryEvent.Accepted accepted
                  && mails.contains(entry.mail())) {
                senders.put(entry.mail(), accepted.sender());
              }
              if (mails.contains(entry.mail()) && delivered.test(entry.event())) {
                entry
                    .event()
                    .addresses(to ->
                        got.merge(
                            new Of(entry.mail(), to),
                            entry.at(),
                            (one, other) -> one.isAfter(other) ? one : other));
              }
            }
            return senders.size() < mails.size();
          });
    }
    return senders;
  }
}
