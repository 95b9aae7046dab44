package org.posthorn.spool;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Services;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.story.StoryLog;

/// Binds [Spool] and what mailets and the administration need of it. Needs the engine, the queue's
/// rows, the content store, a [Carrier], a [Dns], the [Memories], the [StoryLog] and a clock
/// (`InstantSource`).
public final class SpoolModule extends AbstractModule {
  private final SpoolConfig config;
  private final ForwardingConfig forwarding;
  private final ServerName name;

  public SpoolModule(SpoolConfig config, ForwardingConfig forwarding, ServerName name) {
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
  static Services services(Spool spool, Dns dns, Memories memories) {
    return spool.services(dns, name -> new NamedMemory(memories, name));
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
}
