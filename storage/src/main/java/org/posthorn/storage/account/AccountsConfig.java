package org.posthorn.storage.account;

import java.time.Duration;

/// Limits of accounts, and how much of them is kept in memory.
public record AccountsConfig(
    /// Bytes of memory for mailboxes that were opened: about 45 bytes for each message. 1 MB to
    /// 64 GB.
    long viewCacheBytes,
    /// Bytes of memory for what clients sort by and show in lists (dates, subjects, the header
    /// fields that they ask for): 10 to 400 bytes for each message and kind. 0 to 64 GB.
    long excerptCacheBytes,
    /// How many accounts are kept open although nobody uses them. 1 to 1,000,000.
    int idleAccounts,
    /// For how long an account is kept open although nobody uses it. 1 s to 1 day.
    Duration idleTime,
    /// Mailboxes (and, apart from them, subscriptions) that one account may have. 10 to 100,000.
    int mailboxesMax,
    /// Different keywords that one account may use. 10 to 100,000.
    int keywordsMax,
    /// For how long the store knows that a mail was delivered already, when its delivery is
    // repeated
    /// after a crash. More than mail is retried: 1 to 90 days.
    Duration deliveryMemory,
    /// How much mail accounts may hold.
    QuotaConfig quota,
    /// For how long what was changed and deleted can be had back; domains and users may have their
    /// own. 1 to 36500 days.
    Duration history,
    /// When messages leave Trash and Junk by themselves.
    RetentionConfig retention,
    /// How often the server looks for history and messages that have had their time. 1 minute to 7
    /// days.
    Duration upkeepEvery) {

  public AccountsConfig {
    within("view-cache-bytes", viewCacheBytes, 1L << 20, 64L << 30);
    within("excerpt-cache-bytes", excerptCacheBytes, 0L, 64L << 30);
    within("idle-accounts", idleAccounts, 1, 1_000_000);
    within("mailboxes-max", mailboxesMax, 10, 100_000);
    within("keywords-max", keywordsMax, 10, 100_000);
    within("idle-time", idleTime, Duration.ofSeconds(1), Duration.ofDays(1));
    within("history", history, Duration.ofDays(1), Duration.ofDays(36_500));
    within("upkeep-every", upkeepEvery, Duration.ofMinutes(1), Duration.ofDays(7));
    within("delivery-memory", deliveryMemory, Duration.ofDays(1), Duration.ofDays(90));
  }

  public static AccountsConfig defaults() {
    return new AccountsConfig(
        64L << 20,
        32L << 20,
        2_000,
        Duration.ofMinutes(30),
        5_000,
        1_000,
        Duration.ofDays(7),
        QuotaConfig.defaults(),
        Duration.ofDays(30),
        RetentionConfig.defaults(),
        Duration.ofHours(6));
  }

  private static <T extends Comparable<T>> void within(String name, T value, T min, T max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "accounts " + name + " is " + value + ": set it between " + min + " and " + max);
    }
  }
}
