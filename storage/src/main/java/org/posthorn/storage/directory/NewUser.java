package org.posthorn.storage.directory;

import java.util.OptionalLong;
import org.posthorn.message.MailAddress;

/// A user to be made.
public record NewUser(
    MailAddress address, Password password, Allowance allowance, String fullName) {
  public NewUser {
    checkName(fullName);
  }

  /// `quotaBytes` empty: the domain's.
  public NewUser(MailAddress address, Password password, OptionalLong quotaBytes, String fullName) {
    this(address, password, Allowance.ofBytes(quotaBytes), fullName);
  }

  /// Declines what is no full name.
  public static void checkName(String fullName) {
    if (fullName.length() > 200 || fullName.chars().anyMatch(Character::isISOControl)) {
      throw new DirectoryException.NotPermitted(
          "A full name has at most 200 characters, none of them a control character");
    }
  }
}
