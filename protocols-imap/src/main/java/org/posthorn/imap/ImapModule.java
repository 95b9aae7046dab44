package org.posthorn.imap;

import com.google.inject.AbstractModule;
import jakarta.inject.Singleton;
import org.posthorn.imap.command.VouchedTexts;

/// Binds [ImapServer] with its [ImapConfig], and [VouchedTexts] for others. Needs the store's
/// [Logins][org.posthorn.storage.directory.Logins],
/// [Accounts][org.posthorn.storage.account.Accounts],
/// [Directory][org.posthorn.storage.directory.Directory],
/// [Sharing][org.posthorn.storage.share.Sharing],
/// [ContentStore][org.posthorn.storage.content.ContentStore] and
/// [MailSearch][org.posthorn.storage.search.MailSearch].
public final class ImapModule extends AbstractModule {
  private final ImapConfig config;

  public ImapModule(ImapConfig config) {
    this.config = config;
  }

  @Override
  protected void configure() {
    bind(ImapConfig.class).toInstance(config);
    bind(ImapServer.class).in(Singleton.class);
    bind(VouchedTexts.class).in(Singleton.class);
  }
}
