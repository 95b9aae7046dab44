package org.posthorn.imap.wire;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a search is to tell, and to do with what it finds: the options behind RETURN (RFC 4731
/// §3.1, RFC 5182 §2.1, RFC 5267 §4, RFC 9394 §3.1). `ofNew` is fetched of each new message that
/// comes to results which are kept up to date (RFC 5465 §7).
public record SearchReturn(Set<Option> options, Optional<Partial> partial, List<FetchItem> ofNew) {
  /// ALL, as no option at all asks for (RFC 4731 §3.1).
  public static final SearchReturn EVERYTHING =
      new SearchReturn(Set.of(Option.ALL), Optional.empty(), List.of());

  public enum Option {
    MIN,
    MAX,
    ALL,
    COUNT,
    /// RFC 6203 §4: how near each is that is told.
    RELEVANCY,
    /// What is found becomes `$`.
    SAVE,
    /// A hint that the client comes back.
    CONTEXT,
    /// Changes of what would be found are told from now on.
    UPDATE
  }

  /// The results from one place to another, as the client wrote them: either may be the larger.
  /// Counted from 1, or `fromEnd`.
  public record Partial(long first, long last, boolean fromEnd) {
    public String text() {
      String sign = fromEnd ? "-" : "";
      return sign + first + ":" + sign + last;
    }

    /// The index of the first of `count` results that is meant.
    public int from(int count) {
      long least = Math.min(first, last);
      long most = Math.max(first, last);
      return (int) (fromEnd ? Math.max(count - most, 0) : Math.min(least - 1, count));
    }

    /// One more than the index of the last of `count` results that is meant.
    public int to(int count) {
      long least = Math.min(first, last);
      long most = Math.max(first, last);
      return (int) (fromEnd ? Math.max(count - least + 1, 0) : Math.min(most, count));
    }
  }

  public SearchReturn {
    options = Set.copyOf(options);
    ofNew = List.copyOf(ofNew);
  }

  public boolean has(Option option) {
    return options.contains(option);
  }

  /// Whether there is an ESEARCH response: not when nothing but SAVE was asked for (RFC 5182 §2).
  public boolean isTold() {
    return partial.isPresent() || !options.equals(Set.of(Option.SAVE));
  }
}
