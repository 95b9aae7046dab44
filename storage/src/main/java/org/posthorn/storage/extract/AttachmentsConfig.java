package org.posthorn.storage.extract;

import java.time.Duration;

/// Search in the text of attachments (PDF, office documents, RTF), which a process of its own
/// reads.
public record AttachmentsConfig(
    /// Whether the text of attachments is found by searches. Reading a document costs many times
    /// what the delivery of its message does, in the background and at low priority.
    boolean enabled,
    /// A larger attachment is not read; its name is found all the same. 1 KB to 256 MB.
    long maxBytes,
    /// How much CPU time reading one attachment may take, or five times that by the clock; what
    // takes
    /// longer is given up, for good. 1 s to 10 minutes.
    Duration timeout,
    /// Characters of text of one attachment that are found; what comes later in it is not. 1,000 to
    /// 4,000,000.
    int maxChars,
    /// The most memory of the process that reads, as heap; it is there only while there is
    // something
    /// to read, and a minute longer. 64 MB to 4 GB.
    long memoryBytes) {

  public AttachmentsConfig {
    within("max-bytes", maxBytes, 1L << 10, 256L << 20);
    within("timeout", timeout, Duration.ofSeconds(1), Duration.ofMinutes(10));
    within("max-chars", maxChars, 1_000, 4_000_000);
    within("memory-bytes", memoryBytes, 64L << 20, 4L << 30);
  }

  public static AttachmentsConfig off() {
    return new AttachmentsConfig(false, 20L << 20, Duration.ofSeconds(20), 1_000_000, 256L << 20);
  }

  /// By the clock: a machine that has much to do gives little time to what is read beside it.
  Duration wallTimeout() {
    return timeout.multipliedBy(5);
  }

  private static <T extends Comparable<T>> void within(String name, T value, T min, T max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "search attachments %s is %s: set it between %s and %s".formatted(name, value, min, max));
    }
  }
}
