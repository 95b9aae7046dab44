package org.posthorn.mailets;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Stage;
import com.google.inject.TypeLiteral;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.TestDns;
import org.posthorn.mailet.TestHttp;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.ServerName;
import org.posthorn.spool.Spool;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.SpoolModule;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.ChainBuilder;
import org.posthorn.spool.chain.ChainConfig;
import org.posthorn.spool.chain.ConfigTree;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueueWalk;
import org.posthorn.storage.story.StoryConfig;
import org.posthorn.storage.story.StoryModule;

/// Storage, spool and mailets wired as in the server, on threads of their own, with the chain that
/// ships. Used by one test.
final class WholeSpool implements AutoCloseable {
  private static final Password ANY =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  private static final Map<String, String> LISTS =
      Map.of(
          "match",
          "RecipientIsLocal",
          "mailet",
          "MailingLists",
          "held",
          "held-posts",
          "link",
          "https://lists.example.org/u");

  final Injector injector;
  final Spool spool;
  final ContentStore contents;
  final Directory directory;
  final QueueStore queue;

  /// What all of it goes by.
  volatile InstantSource clock = InstantSource.system();

  /// What happens in the moment between a step that looks at a held post and its being put aside.
  volatile Runnable beforeItIsKept = () -> {};

  private final class Moment implements MailetFactory<Moment.Settings> {
    record Settings() {}

    @Override
    public String name() {
      return "Moment";
    }

    @Override
    public String summary() {
      return "Lets the test do something.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return mail -> {
        beforeItIsKept.run();
        return new Outcome.Continue(mail);
      };
    }
  }

  WholeSpool(StorageConfig storage, Path data, SpoolConfig config, Carrier carrier) {
    injector =
        Guice.createInjector(
            Stage.PRODUCTION,
            new AbstractModule() {
              @Override
              protected void configure() {
                binder().requireExplicitBindings();
                binder().requireAtInjectOnConstructors();
                binder().requireExactBindingAnnotations();
                bind(InstantSource.class).toInstance(() -> clock.instant());
                bind(Carrier.class).toInstance(carrier);
                bind(Dns.class).toInstance(new TestDns());
                bind(DmarcObserver.class).toInstance(_ -> {});
                bind(Http.class).toInstance(new TestHttp());
              }
            },
            new StorageModule(storage, data),
            new StoryModule(StoryConfig.defaults(), StorageConfig.Kind.MEMORY, data),
            new SpoolModule(
                config, ForwardingConfig.defaults(), Map.of(), new ServerName("mail.example.org")),
            new MailetsModule(Path.of("."), Optional.empty()));
    spool = injector.getInstance(Spool.class);
    contents = injector.getInstance(ContentStore.class);
    directory = injector.getInstance(Directory.class);
    queue = injector.getInstance(QueueStore.class);
    spool.start(chain(List.of(), Map.of()));
  }

  /// From now on these steps come first, and there are these processors too.
  void use(List<Map<String, ?>> first, Map<String, ?> more) {
    spool.start(chain(first, more));
  }

  private Chain chain(List<Map<String, ?>> first, Map<String, ?> more) {
    Set<MailetFactory<?>> shipped = injector.getInstance(Key.get(new TypeLiteral<>() {}));
    Set<MailetFactory<?>> mailets = new HashSet<>(shipped);
    mailets.add(new Moment());
    Set<MatcherFactory<?>> matchers = injector.getInstance(Key.get(new TypeLiteral<>() {}));
    return new ChainBuilder(mailets, matchers, injector.getInstance(Services.class))
        .build(ChainConfig.of(ConfigTree.of(processors(first, more))));
  }

  private static Map<String, Object> processors(List<Map<String, ?>> first, Map<String, ?> more) {
    List<Map<String, ?>> root = new ArrayList<>(first);
    root.add(Map.of("match", "RecipientIsLocal", "mailet", "Aliases"));
    root.add(LISTS);
    root.add(Map.of("match", "RecipientIsLocal", "mailet", "ToProcessor", "processor", "local"));
    var processors = new HashMap<String, Object>(more);
    processors.putAll(
        Map.of(
            "root",
            Map.of("steps", root, "at-end", "relay"),
            "local",
            Map.of("steps", List.of(Map.of("mailet", "ToMailbox")), "at-end", "dead-letters"),
            "relay",
            Map.of("steps", List.of(Map.of("mailet", "Relay")), "at-end", "dead-letters"),
            "held-posts",
            Map.of("steps", List.of(LISTS, Map.of("mailet", "Moment")), "at-end", "keep"),
            "bounces",
            Map.of("steps", List.of(Map.of("mailet", "Bounce")), "at-end", "drop"),
            "dead-letters",
            Map.of("at-end", "keep")));
    return processors;
  }

  void domain(String name) {
    directory.domains().create(Domain.of(name), DomainSettings.STANDARD);
  }

  void user(String address) {
    var _ =
        directory
            .users()
            .create(new NewUser(MailAddress.of(address), ANY, OptionalLong.empty(), ""));
  }

  MailId accept(String sender, byte[] message, String... recipients) {
    return accept(
        Optional.of(MailAddress.of(sender)),
        message,
        NewMail.Options.NONE,
        Arrays.stream(recipients).map(MailAddress::of).map(Recipient::of).toList());
  }

  MailId accept(
      Optional<MailAddress> sender,
      byte[] message,
      NewMail.Options options,
      List<Recipient> recipients) {
    return accept(sender, message, options, recipients, Optional.empty(), Map.of());
  }

  /// `login`: who has logged in to send it; `notes`: what gates have found.
  MailId accept(
      Optional<MailAddress> sender,
      byte[] message,
      NewMail.Options options,
      List<Recipient> recipients,
      Optional<MailAddress> login,
      Map<String, String> notes) {
    StoredContent content;
    try {
      content = contents.write(new ByteArrayInputStream(message));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return spool.accept(
        spool.newId(),
        new NewMail(
            sender,
            recipients,
            content,
            "Received: from client.example by mail.example.org with ESMTP; x\r\n",
            List.of(),
            options,
            new Origin(Optional.empty(), "client.example", login, "ESMTP", "c1", clock.instant()),
            notes));
  }

  /// Returns when the queue is empty.
  void awaitEmpty() {
    awaitRecipients(0);
  }

  /// Until no more than so many recipients are there.
  void awaitRecipients(int most) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (queue.counts().recipients() > most) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("The queue does not get empty: " + queue.counts());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /// What does not fit together in the queue, when nobody works on it any more: while a change is
  /// being made, what one reads before it does not fit what one reads after it.
  List<String> faultsAtRest() {
    spool.close();
    return QueueWalk.faults(queue, contents);
  }

  /// Messages in somebody's INBOX.
  int inbox(String address) {
    return account(address).mailboxes().getFirst().messages();
  }

  /// Messages in a folder that is there.
  int messages(String address, String folder) {
    return account(address).find(new MailboxName(folder)).orElseThrow().messages();
  }

  private Account account(String address) {
    return injector
        .getInstance(Accounts.class)
        .find(directory.user(MailAddress.of(address)).orElseThrow().account())
        .orElseThrow();
  }

  @Override
  public void close() {
    spool.close();
    injector.getInstance(Passwords.class).close();
    injector.getInstance(Accounts.class).close();
    contents.close();
    injector.getInstance(Engine.class).close();
  }
}
