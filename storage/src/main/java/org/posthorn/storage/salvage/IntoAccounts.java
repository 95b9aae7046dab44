package org.posthorn.storage.salvage;

import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Counted;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;

/// Takes salvaged mail into the accounts of another store; who is not there is made. Used by one
/// thread.
final class IntoAccounts implements Salvage.Destination {
  private static final Actor ACTOR = new Actor("salvage", "admin", "");
  private static final int PASSWORD_BYTES = 24;

  private final ContentStore contents;
  private final Accounts accounts;
  private final Directory directory;
  private final Salvage.Telling telling;
  private final SecureRandom random = new SecureRandom();
  private final List<NewEmail> waiting = new ArrayList<>();
  private Salvage.@Nullable Letter last;

  IntoAccounts(
      ContentStore contents, Accounts accounts, Directory directory, Salvage.Telling telling) {
    this.contents = contents;
    this.accounts = accounts;
    this.directory = directory;
    this.telling = telling;
    // The quotas that users had are lost, and nobody is to lose mail by those of the configuration.
    accounts.quotas().lift();
  }

  @Override
  public void take(Salvage.Letter letter, InputStream bytes) throws IOException {
    waiting.add(
        new NewEmail(contents.write(bytes), letter.prefix(), letter.flags(), letter.date()));
    last = letter;
  }

  @Override
  public long flush() {
    Salvage.Letter letter = last;
    if (letter == null || waiting.isEmpty()) {
      return 0;
    }
    try {
      Account account = account(letter.login());
      List<NewEmail> emails = List.copyOf(waiting);
      var _ =
          account.change(
              ACTOR,
              draft -> {
                MailboxId to =
                    draft
                        .find(letter.mailbox())
                        .map(MailboxInfo::id)
                        .orElseGet(() -> draft.create(letter.mailbox(), Optional.empty()).id());
                emails.forEach(email -> draft.append(to, email));
                return to;
              });
      return emails.size();
    } catch (MailboxException | DirectoryException refused) {
      telling.problem(
          letter.login().toString(),
          Counted.of(waiting.size(), "message") + " not placed: " + refused.getMessage());
      return 0;
    } finally {
      waiting.clear();
    }
  }

  /// The account of a user, who is made when there is none; nobody knows the password.
  private Account account(MailAddress login) {
    Domain domain = login.domain();
    if (!directory.isLocal(domain)) {
      directory.domains().create(domain, DomainSettings.STANDARD);
    }
    var user =
        directory
            .user(login)
            .orElseGet(() ->
                directory
                    .users()
                    .createAgain(
                        new NewUser(login, new Password.Clear(noise()), Allowance.NONE, "")));
    return accounts
        .find(user.account())
        .orElseThrow(() -> new MailboxException.AccountGone(user.account()));
  }

  private String noise() {
    var bytes = new byte[PASSWORD_BYTES];
    random.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }
}
