package org.posthorn.storage.search;

import java.time.Duration;
import java.util.Optional;
import org.posthorn.storage.extract.AttachmentsConfig;

/// The index of the text of emails.
public record SearchConfig(
    /// Whether there is an index. Without it the same searches find the same, by reading the
    /// emails. The words of the emails lie in it in clear: so when this is left out there is one
    /// exactly when mail is not encrypted (`storage.encryption`).
    Optional<Boolean> enabled,
    /// Bytes of memory for words that are not yet in the index's files, of all accounts together.
    /// 1 MB to 1 GB.
    long bufferBytes,
    /// For how long a search waits for emails to be indexed that have just come; what is not by
    // then
    /// is read. 0 to 1 minute.
    Duration waitLimit,
    /// How often the index is made durable while mail comes in; after a crash what is younger is
    /// indexed again. 1 s to 1 hour.
    Duration settleTime,
    /// While the processors are busy, new emails wait for the index: at most so long, and not where
    /// somebody searches for them. 0 (never) to 1 hour.
    Duration patience,
    /// Search in the text of attachments.
    AttachmentsConfig attachments) {

  public SearchConfig {
    within("buffer-bytes", bufferBytes, 1L << 20, 1L << 30);
    within("wait-limit", waitLimit, Duration.ZERO, Duration.ofMinutes(1));
    within("settle-time", settleTime, Duration.ofSeconds(1), Duration.ofHours(1));
    within("patience", patience, Duration.ZERO, Duration.ofHours(1));
  }

  public static SearchConfig defaults() {
    return new SearchConfig(
        Optional.empty(),
        16L << 20,
        Duration.ofSeconds(2),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        AttachmentsConfig.off());
  }

  public boolean hasIndex(boolean encrypted) {
    return enabled.orElse(!encrypted);
  }

  private static <T extends Comparable<T>> void within(String name, T value, T min, T max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "search " + name + " is " + value + ": set it between " + min + " and " + max);
    }
  }
}
