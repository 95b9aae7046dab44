package org.posthorn.imap;

import jakarta.inject.Inject;
import java.io.IOException;
import org.posthorn.imap.session.ImapSession;
import org.posthorn.imap.session.Services;
import org.posthorn.imap.session.SessionRules;
import org.posthorn.net.Connection;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.Dismissal;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.share.Sharing;

/// Speaks IMAP4rev1 (RFC 3501) with clients of a listener. Safe for use by many threads.
public final class ImapServer implements ConnectionHandler {
  private final Services services;
  private final SessionRules rules;

  @Inject
  ImapServer(
      ImapConfig config,
      Logins logins,
      Accounts accounts,
      ContentStore contents,
      MailSearch search,
      Sharing sharing,
      Directory directory) {
    this.services = new Services(new Sasl(logins), accounts, contents, search, sharing, directory);
    this.rules =
        new SessionRules(
            config.plainTextLogins(),
            config.messageMaxBytes(),
            config.loginTimeout(),
            config.idleTimeout(),
            config.keepAlive(),
            config.loginFailuresMax(),
            config.loginFailureDelay(),
            config.hide(),
            config.quotaAdministrators());
  }

  @Override
  public void serve(Connection connection) throws IOException {
    new ImapSession(connection, services, rules).run();
  }

  @Override
  public boolean asksForCertificates() {
    return true;
  }

  @Override
  public String busy() {
    return "* BYE [UNAVAILABLE] Too many connections, try again later\r\n";
  }

  @Override
  public String farewell(Dismissal why) {
    return switch (why) {
      case SERVER_STOPS -> "* BYE The server stops, come again in a while\r\n";
      case LOGIN_ENDED -> "* BYE Your login was ended here\r\n";
    };
  }
}
