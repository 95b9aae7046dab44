package org.posthorn.storage.share;

/// Who may share mailboxes with whom.
public record SharingConfig(
    /// Whether users may give rights in their mailboxes to users and groups of other domains of
    /// this server too. When that is taken back, rights that were given across domains stay in the
    /// lists and do not count.
    boolean acrossDomains) {
  public static SharingConfig defaults() {
    return new SharingConfig(false);
  }
}
