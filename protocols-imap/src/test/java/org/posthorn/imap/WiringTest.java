package org.posthorn.imap;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Stage;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.net.Conversation;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;

/// The server as the module makes it, with the directory's users.
class WiringTest {
  private static final class Strict extends AbstractModule {
    @Override
    protected void configure() {
      binder().requireExplicitBindings();
      binder().requireAtInjectOnConstructors();
      binder().requireExactBindingAnnotations();
      binder().disableCircularProxies();
    }
  }

  @Test
  void letsAUserOfTheDirectoryIn() {
    var injector =
        Guice.createInjector(
            Stage.PRODUCTION,
            new Strict(),
            new StorageModule(StorageConfig.inMemory(), Path.of("unused")),
            new ImapModule(ImapConfig.defaults()));
    var directory = injector.getInstance(Directory.class);
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    var ann = MailAddress.of("ann@example.org");
    directory
        .users()
        .create(new NewUser(ann, new Password.Clear("secret"), OptionalLong.empty(), "Ann"));
    Conversation.play(
        injector.getInstance(ImapServer.class),
        8192,
        """
        S: ~\\* OK .*
        C: a LOGIN Ann@Example.org secret
        S: ~a OK .*
        C: b LIST "" S%
        S: * LIST (\\\\HasNoChildren \\\\Sent) "/" Sent
        S: b OK Listed
        C: c LOGOUT
        S: * BYE Until next time
        S: c OK Logged out
        -- closed
        """);
  }
}
