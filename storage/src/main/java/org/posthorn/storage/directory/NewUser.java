package org.posthorn.storage.directory;

import java.util.OptionalLong;
import org.posthorn.message.MailAddress;

/// A user to be made. `quotaBytes` empty: the domain's.
public record NewUser(
    MailAddress address, Password password, OptionalLong quotaBytes, String fullName) {
  public NewUser {
    checkName(fullName);
    if (quotaBytes.isPresent() && quotaBytes.getAsLong() < 1) {
      throw new DirectoryException.NotPermitted("A quota is at least one byte");
    }
  }

  static void checkName(String fullName) {
    if (fullName.length() > 200 || fullName.chars().anyMatch(Character::isISOControl)) {
      throw new DirectoryException.NotPermitted(
          "A full name has at most 200 characters, none of them a control character");
    }
  }
}
