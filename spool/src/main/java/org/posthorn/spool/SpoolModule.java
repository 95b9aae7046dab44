package org.posthorn.spool;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Services;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.remember.PluginStores;
import org.posthorn.storage.story.StoryLog;

/// Binds [Spool] and what mailets and the administration need of it. Needs the engine, the queue's
/// rows, the content store, the directory and the accounts, a [Carrier], a [Dns], an [Http], the
/// [Memories] and [PluginStores], the [StoryLog] and a clock (`InstantSource`).
public final class SpoolModule extends AbstractModule {
  private final SpoolConfig config;
  private final ForwardingConfig forwarding;
  private final ServerName name;
  private final Map<String, RepositoryConfig> repositories;

  public SpoolModule(
      SpoolConfig config,
      ForwardingConfig forwarding,
      Map<String, RepositoryConfig> repositories,
      ServerName name) {
    this.repositories = Map.copyOf(repositories);
    this.config = config;
    this.forwarding = forwarding;
    this.name = name;
  }

  @Override
  protected void configure() {
    bind(SpoolConfig.class).toInstance(config);
    bind(ServerName.class).toInstance(name);
  }

  @Provides
  @Singleton
  ReturnPaths returnPaths(Engine engine, InstantSource clock) {
    return new ReturnPaths(engine, clock, forwarding);
  }

  @Provides
  @Singleton
  Spool spool(
      QueueStore queue,
      ContentStore contents,
      Carrier carrier,
      ReturnPaths returnPaths,
      StoryLog story,
      InstantSource clock) {
    return new Spool(queue, contents, carrier, returnPaths, config, name, clock, story);
  }

  @Provides
  @Singleton
  static PluginMetrics metrics() {
    return new PluginMetrics();
  }

  @Provides
  @Singleton
  static SpoolServices.Kept kept(Memories memories, PluginStores stores) {
    return new SpoolServices.Kept(
        name -> new NamedMemory(memories, name), name -> new NamedStore(stores.store(name)));
  }

  @Provides
  @Singleton
  static org.posthorn.mailet.Directory residents(Directory users, Accounts accounts) {
    return new Residents(users, accounts);
  }

  @Provides
  @Singleton
  static Services services(
      Spool spool,
      Dns dns,
      Http http,
      org.posthorn.mailet.Directory residents,
      PluginMetrics metrics,
      SpoolServices.Kept kept) {
    return spool.services(dns, http, residents, metrics, kept);
  }

  @Provides
  @Singleton
  static GatesInForce gates() {
    return new GatesInForce();
  }

  @Provides
  @Singleton
  static Reports reports(Spool spool) {
    return spool.reports();
  }

  @Provides
  @Singleton
  static QueueAdministration administration(Spool spool) {
    return spool.administration();
  }

  @Provides
  @Singleton
  Repositories repositories(QueueStore queue, QueueAdministration orders) {
    return new Repositories(queue, orders, repositories);
  }
}
