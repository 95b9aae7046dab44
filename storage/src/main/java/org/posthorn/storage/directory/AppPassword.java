package org.posthorn.storage.directory;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// A password that the server made for one program of a user, without the password. `scope` is what
/// it is good for; `id` is unique among those of the user.
public record AppPassword(
    int id,
    String name,
    Set<Service> scope,
    Instant made,
    Optional<Instant> expires,
    Optional<LastUse> lastUse) {
  static final int NAME_LENGTH_MAX = 100;

  /// Uses within so short a time are one: each is a write.
  private static final Duration USE_NOTED_EVERY = Duration.ofMinutes(5);

  /// When it was right the last time; within some minutes.
  public record LastUse(Instant at, Service service, String address) {}

  public AppPassword {
    scope = Set.copyOf(EnumSet.copyOf(scope));
    if (name.length() > NAME_LENGTH_MAX || name.chars().anyMatch(Character::isISOControl)) {
      throw new DirectoryException.NotPermitted(
          "The name of an app password has at most " + NAME_LENGTH_MAX + " characters");
    }
  }

  /// Whether it is good for `service` now.
  boolean allows(Service service, Instant now) {
    return scope.contains(service) && expires.filter(end -> !now.isBefore(end)).isEmpty();
  }

  boolean isUseDue(Instant now) {
    return lastUse.filter(use -> use.at().plus(USE_NOTED_EVERY).isAfter(now)).isEmpty();
  }

  AppPassword used(LastUse use) {
    return new AppPassword(id, name, scope, made, expires, Optional.of(use));
  }
}
