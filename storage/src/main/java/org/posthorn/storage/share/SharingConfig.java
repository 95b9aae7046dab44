package org.posthorn.storage.share;

/// `acrossDomains`: users may give rights to users and groups of other domains of this server.
public record SharingConfig(boolean acrossDomains) {
  public static SharingConfig defaults() {
    return new SharingConfig(false);
  }
}
