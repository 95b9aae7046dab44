package org.posthorn.storage.story;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Finds the stories of mails. Reads files, so it is used by a platform thread.
public final class StorySearch {
  /// So many events are told of the beginning of a mail, and as many of its end.
  private static final int PART_MAX = 1_000;

  private static final int LINKED_MAX = 100;
  private static final int ROUNDS_MAX = 8;

  /// Events that are missing are counted a little later.
  private static final Duration SLACK = Duration.ofSeconds(10);

  private final StoryLog log;

  public StorySearch(StoryLog log) {
    this.log = log;
  }

  /// What is left out of a story that is too long to be told: `events` behind the first `after`.
  public record Gap(int after, long events) {}

  /// What happened to one mail.
  public record MailStory(String mail, List<StoryEntry> entries, Optional<Gap> gap) {
    public MailStory {
      entries = List.copyOf(entries);
    }

    /// The mail on whose behalf it was made; empty if none.
    public String parent() {
      return entries.stream()
          .filter(entry -> entry.event() instanceof StoryEvent.Accepted)
          .map(entry -> ((StoryEvent.Accepted) entry.event()).onBehalfOf())
          .findFirst()
          .orElse("");
    }
  }

  /// Mails, the latest first, and clients that were refused. `byName`: the word was the id or the
  /// Message-ID of these mails, not an address. `more`: there are others, older. So many events of
  /// any mails are missing while these were under way.
  public record Found(
      List<MailStory> mails,
      List<StoryEntry> refused,
      boolean byName,
      boolean more,
      long missingEvents) {
    public Found {
      mails = List.copyOf(mails);
      refused = List.copyOf(refused);
    }
  }

  /// `word` is the id of a mail, a Message-ID or an address; of the last only what happened after
  /// `since`, and at most `limit` mails.
  public Found find(String word, Instant since, int limit) {
    log.flush();
    String key = StoryEntry.key(word.strip());
    var matches = new Matches(key, since, limit);
    log.scan(Set.of(key), /* newestFirst= */ true, Instant.EPOCH, matches::take);
    boolean byName = !matches.named.isEmpty();
    Set<String> ids = byName ? matches.named : matches.ids;
    Map<String, MailStory> stories = stories(ids, byName);
    List<MailStory> mails =
        byName
            ? List.copyOf(stories.values())
            : ids.stream().filter(stories::containsKey).map(stories::get).toList();
    return new Found(mails, matches.refused, byName, matches.full, missing(stories));
  }

  /// All that happened to one mail, however much, as it was written; `part` is given some at a
  /// time.
  public void whole(String mail, Consumer<List<StoryEntry>> part) {
    log.scan(
        Set.of(mail),
        /* newestFirst= */ false,
        Instant.EPOCH,
        entries -> {
          part.accept(entries.stream().filter(entry -> entry.mail().equals(mail)).toList());
          return true;
        });
  }

  /// What has to do with the word, while it is looked for.
  private static final class Matches {
    private final String key;
    private final Instant since;
    private final int limit;
    private final Set<String> ids = new LinkedHashSet<>();
    private final Set<String> named = new LinkedHashSet<>();
    private final List<StoryEntry> refused = new ArrayList<>();
    private boolean full;

    Matches(String key, Instant since, int limit) {
      this.key = key;
      this.since = since;
      this.limit = limit;
    }

    boolean take(List<StoryEntry> entries) {
      boolean newEnough = false;
      for (StoryEntry entry : entries.reversed()) {
        if (entry.at().isBefore(since)) {
          continue;
        }
        newEnough = true;
        if (ids.size() + refused.size() >= limit && !ids.contains(entry.mail())) {
          full = true;
          return false;
        }
        if (entry.mail().isEmpty()) {
          refused.add(entry);
        } else if (isNamed(entry)) {
          named.add(entry.mail());
          ids.add(entry.mail());
        } else {
          ids.add(entry.mail());
        }
      }
      return newEnough;
    }

    private boolean isNamed(StoryEntry entry) {
      return entry.mail().equals(key) || StoryEntry.key(entry.event().messageId()).equals(key);
    }
  }

  /// Whole stories, oldest mails first; `linked`: and those of mails that were made for them, or
  /// for which they were made.
  private Map<String, MailStory> stories(Set<String> ids, boolean linked) {
    Map<String, Gathered> told = new HashMap<>();
    Set<String> wanted = new HashSet<>(ids);
    Set<String> looked = new HashSet<>();
    for (int round = 0; round < ROUNDS_MAX && !wanted.isEmpty(); round++) {
      looked.addAll(wanted);
      Set<String> more = new LinkedHashSet<>();
      Set<String> now = wanted;
      log.scan(
          now,
          /* newestFirst= */ false,
          Instant.EPOCH,
          entries -> gather(entries, now, told, more));
      more.removeAll(looked);
      wanted = linked ? first(more, LINKED_MAX - looked.size()) : Set.of();
    }
    Map<String, MailStory> stories = new LinkedHashMap<>();
    told.entrySet().stream()
        .map(each -> each.getValue().story(each.getKey()))
        .sorted(
            Comparator.<MailStory, Instant>comparing(story -> story.entries().getFirst().at())
                .thenComparing(MailStory::mail))
        .forEach(story -> stories.put(story.mail(), story));
    return stories;
  }

  /// The beginning and the end of a story, in the order in which it was written.
  private static final class Gathered {
    private final List<StoryEntry> beginning = new ArrayList<>();
    private final ArrayDeque<StoryEntry> end = new ArrayDeque<>();
    private long leftOut;

    void add(StoryEntry entry) {
      if (beginning.size() < PART_MAX) {
        beginning.add(entry);
        return;
      }
      end.add(entry);
      if (end.size() > PART_MAX) {
        end.removeFirst();
        leftOut++;
      }
    }

    /// What is told again after a kill stands behind what came later.
    MailStory story(String mail) {
      List<StoryEntry> entries = new ArrayList<>(beginning);
      entries.addAll(end);
      entries.sort(Comparator.comparing(StoryEntry::at));
      return new MailStory(mail, entries, leftOut == 0 ? Optional.empty() : Optional.of(gap()));
    }

    private Gap gap() {
      Instant before = beginning.getLast().at();
      long earlier = end.stream().filter(entry -> entry.at().isBefore(before)).count();
      return new Gap(beginning.size() + (int) earlier, leftOut);
    }
  }

  private long missing(Map<String, MailStory> stories) {
    if (stories.isEmpty()) {
      return 0;
    }
    Instant begin = Instant.MAX;
    Instant end = Instant.MIN;
    for (MailStory story : stories.values()) {
      Instant first = story.entries().getFirst().at();
      Instant last = story.entries().getLast().at().plus(SLACK);
      begin = first.isBefore(begin) ? first : begin;
      end = last.isAfter(end) ? last : end;
    }
    var sum = new MissingSum(begin, end);
    log.scan(Set.of(StoryEntry.MISSING_KEY), /* newestFirst= */ true, begin, sum::take);
    return sum.events;
  }

  /// How many events are missing in a stretch of time.
  private static final class MissingSum {
    private final Instant begin;
    private final Instant end;
    private long events;

    MissingSum(Instant begin, Instant end) {
      this.begin = begin;
      this.end = end;
    }

    boolean take(List<StoryEntry> entries) {
      for (StoryEntry entry : entries) {
        if (entry.event() instanceof StoryEvent.Missing(long count)
            && !entry.at().isBefore(begin)
            && !entry.at().isAfter(end)) {
          events += count;
        }
      }
      return !entries.getLast().at().isBefore(begin);
    }
  }

  private static boolean gather(
      List<StoryEntry> entries, Set<String> wanted, Map<String, Gathered> told, Set<String> more) {
    for (StoryEntry entry : entries) {
      if (entry.event() instanceof StoryEvent.Accepted accepted
          && !accepted.onBehalfOf().isEmpty()) {
        more.add(wanted.contains(entry.mail()) ? accepted.onBehalfOf() : entry.mail());
      }
      if (wanted.contains(entry.mail())) {
        told.computeIfAbsent(entry.mail(), _ -> new Gathered()).add(entry);
      }
    }
    return true;
  }

  private static Set<String> first(Set<String> all, int count) {
    Set<String> some = new LinkedHashSet<>();
    all.stream().limit(Math.max(0, count)).forEach(some::add);
    return some;
  }
}
