package org.posthorn.storage.directory;

import java.util.OptionalInt;

/// What is said for one user and can be changed; see [User]. Only what is new has to fit: whoever
/// is to be disabled is, whatever is stored beside that.
public record UserSettings(
    boolean enabled, String fullName, Allowance allowance, OptionalInt historyDays) {
  static UserSettings of(User user) {
    return new UserSettings(user.enabled(), user.fullName(), user.allowance(), user.historyDays());
  }

  public UserSettings withEnabled(boolean other) {
    return new UserSettings(other, fullName, allowance, historyDays);
  }

  public UserSettings withFullName(String other) {
    NewUser.checkName(other);
    return new UserSettings(enabled, other, allowance, historyDays);
  }

  public UserSettings withAllowance(Allowance other) {
    return new UserSettings(enabled, fullName, other, historyDays);
  }

  public UserSettings withHistoryDays(OptionalInt days) {
    DomainSettings.checkDays("History is kept", days, 1);
    return new UserSettings(enabled, fullName, allowance, days);
  }
}
