package org.posthorn.imap.session;

import java.net.InetAddress;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.share.Sharing;

/// What all sessions share.
public record Services(
    PasswordCheck passwords,
    Accounts accounts,
    ContentStore contents,
    MailSearch search,
    Sharing sharing) {
  /// [org.posthorn.storage.directory.Logins#check].
  @FunctionalInterface
  public interface PasswordCheck {
    LoginResult check(String login, String password, InetAddress from);
  }
}
