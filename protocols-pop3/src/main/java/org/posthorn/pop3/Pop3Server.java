package org.posthorn.pop3;

import jakarta.inject.Inject;
import java.io.IOException;
import java.time.InstantSource;
import org.posthorn.net.Connection;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.Dismissal;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.login.Sasl;

/// Speaks POP3 (RFC 1939) with the clients of a listener. Safe for use by many threads.
public final class Pop3Server implements ConnectionHandler {
  private final Pop3Config config;
  private final Sasl sasl;
  private final Accounts accounts;
  private final Maildrops maildrops = new Maildrops();
  private final LoginDelay delay;

  @Inject
  Pop3Server(Pop3Config config, Logins logins, Accounts accounts) {
    this.config = config;
    this.sasl = new Sasl(logins);
    this.accounts = accounts;
    this.delay = new LoginDelay(config.loginDelay(), InstantSource.system());
  }

  @Override
  public void serve(Connection connection) throws IOException {
    var login = new Pop3Login(connection, sasl, accounts, maildrops, delay);
    new Pop3Session(connection, config, login).run();
  }

  @Override
  public boolean asksForCertificates() {
    return true;
  }

  @Override
  public String busy() {
    return "-ERR [SYS/TEMP] Too many connections, try again later\r\n";
  }

  /// Nothing: an answer that was not asked for would be taken for that of the next command.
  @Override
  public String farewell(Dismissal why) {
    return "";
  }
}
