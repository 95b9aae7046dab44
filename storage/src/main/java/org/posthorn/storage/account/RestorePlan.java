package org.posthorn.storage.account;

import java.util.List;
import java.util.OptionalLong;

/// What a restore would do, made for one state of the account. Immutable.
public final class RestorePlan {
  private final AccountState base;
  private final OptionalLong toVersion;
  private final List<RestoreStep> steps;

  RestorePlan(AccountState base, OptionalLong toVersion, List<RestoreStep> steps) {
    this.base = base;
    this.toVersion = toVersion;
    this.steps = List.copyOf(steps);
  }

  /// In the order in which they are done; none when all is as it was.
  public List<RestoreStep> steps() {
    return steps;
  }

  /// Empty when it is not a state that comes back, but single messages.
  public OptionalLong toVersion() {
    return toVersion;
  }

  /// The state that the plan was made for: no other can be restored by it.
  AccountState base() {
    return base;
  }
}
