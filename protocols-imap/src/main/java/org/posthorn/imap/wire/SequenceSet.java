package org.posthorn.imap.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Message numbers or UIDs as a client names them, `2:4,7,9:*` (RFC 3501 §9, `sequence-set`).
/// `withSaved`: and what the last search saved, `$` (RFC 5182 §3).
public record SequenceSet(List<Range> ranges, boolean withSaved) {
  /// What `*` is until it is known what the largest number is.
  public static final long STAR = Long.MAX_VALUE;

  /// Both ends belong to it. As the client wrote it, either end may be the larger.
  public record Range(long first, long last) {}

  public SequenceSet {
    ranges = List.copyOf(ranges);
  }

  public SequenceSet(List<Range> ranges) {
    this(ranges, false);
  }

  /// Without what was saved.
  public SequenceSet withoutSaved() {
    return withSaved ? new SequenceSet(ranges) : this;
  }

  /// Whether no number but `*` is above `largest`, and there is a largest. What was saved always
  /// is: it may be nothing (RFC 5182 §2.1).
  public boolean within(long largest) {
    if (ranges.isEmpty()) {
      return withSaved;
    }
    for (Range range : ranges) {
      if ((range.first != STAR && range.first > largest)
          || (range.last != STAR && range.last > largest)) {
        return false;
      }
    }
    return largest > 0;
  }

  /// The numbers meant when the largest in use is `largest`: ascending ranges, none touching
  /// another. Without what was saved.
  public List<Range> resolve(long largest) {
    List<Range> sorted = new ArrayList<>(ranges.size());
    for (Range range : ranges) {
      long first = range.first == STAR ? largest : range.first;
      long last = range.last == STAR ? largest : range.last;
      sorted.add(new Range(Math.min(first, last), Math.max(first, last)));
    }
    if (sorted.size() <= 1) {
      return sorted;
    }
    sorted.sort(Comparator.comparingLong(Range::first));
    return merge(sorted);
  }

  private static List<Range> merge(List<Range> sorted) {
    List<Range> merged = new ArrayList<>();
    for (Range range : sorted) {
      Range before = merged.isEmpty() ? null : merged.getLast();
      if (before != null && range.first <= before.last + 1) {
        merged.set(merged.size() - 1, new Range(before.first, Math.max(before.last, range.last)));
      } else {
        merged.add(range);
      }
    }
    return merged;
  }
}
