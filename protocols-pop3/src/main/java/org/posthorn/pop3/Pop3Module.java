package org.posthorn.pop3;

import com.google.inject.AbstractModule;
import jakarta.inject.Singleton;

/// Binds [Pop3Server] and its [Pop3Config]. Needs the store's
/// [Logins][org.posthorn.storage.directory.Logins] and
/// [Accounts][org.posthorn.storage.account.Accounts].
public final class Pop3Module extends AbstractModule {
  private final Pop3Config config;

  public Pop3Module(Pop3Config config) {
    this.config = config;
  }

  @Override
  protected void configure() {
    bind(Pop3Config.class).toInstance(config);
    bind(Pop3Server.class).in(Singleton.class);
  }
}
