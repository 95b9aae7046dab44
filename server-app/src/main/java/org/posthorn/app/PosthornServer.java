package org.posthorn.app;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Module;
import com.google.inject.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.posthorn.app.admin.AdminRoutes;
import org.posthorn.app.admin.AdminServer;
import org.posthorn.app.admin.AdminSocket;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.app.admin.ServerControl;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.app.config.RecordMapper.Mapped;
import org.posthorn.app.log.Logging;
import org.posthorn.app.tls.Certificates;
import org.posthorn.imap.ImapModule;
import org.posthorn.imap.ImapServer;
import org.posthorn.smtp.SmtpModule;
import org.posthorn.smtp.SmtpPorts;
import org.posthorn.spool.ServerName;
import org.posthorn.spool.SpoolModule;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.engine.Engine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running server: wired by Guice, started and ended here in one order: storage → spool →
/// listeners, and back. Safe for use by many threads.
public final class PosthornServer implements ServerControl, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PosthornServer.class);

  private final DataDirectory data;
  private final ConfigSource source;
  private final Instant startedAt = Instant.now();
  private final CountDownLatch stopWanted = new CountDownLatch(1);
  private final Lifecycle lifecycle = new Lifecycle();
  private final Certificates certificates;
  private final Listeners listeners;
  private Mapped<ServerConfig> config;

  private PosthornServer(DataDirectory data, ConfigSource source, Mapped<ServerConfig> mapped)
      throws IOException {
    this.data = data;
    this.source = source;
    this.config = mapped;
    lifecycle.started("data directory", data::close);
    try {
      ServerConfig config = mapped.config();
      Injector injector = wire(config, data.path());
      startStorage(injector);
      certificates = Certificates.open(config.tls(), config.hostname(), data.path());
      lifecycle.started("certificates", certificates::close);
      listeners = Listeners.open(ports(injector, config), certificates.context());
      lifecycle.started("listeners", listeners::close);
      AdminServer admin =
          AdminServer.start(
              new AdminSocket(data.path()),
              new AdminRoutes(
                  this,
                  injector.getInstance(Directory.class),
                  injector.getInstance(Accounts.class)));
      lifecycle.started("admin", admin::close);
    } catch (IOException | RuntimeException e) {
      lifecycle.end();
      throw e;
    }
  }

  /// Serves when it returns. Throws [DataDirectory.InUse], other `IOException`s with what to tell
  /// the operator, and [ConfigException].
  public static PosthornServer start(Path directory, ConfigSource source) throws IOException {
    long begin = System.nanoTime();
    Mapped<ServerConfig> config = source.read();
    var server = new PosthornServer(DataDirectory.open(directory), source, config);
    log.atInfo()
        .addKeyValue("version", server.version())
        .addKeyValue("data", directory)
        .addKeyValue("millis", (System.nanoTime() - begin) / 1_000_000)
        .log("started");
    return server;
  }

  private void startStorage(Injector injector) {
    lifecycle.started("engine", injector.getInstance(Engine.class)::close);
    lifecycle.started("contents", injector.getInstance(ContentStore.class)::close);
    lifecycle.started("passwords", injector.getInstance(Passwords.class)::close);
    lifecycle.started("accounts", injector.getInstance(Accounts.class)::close);
  }

  private static Injector wire(ServerConfig config, Path data) throws IOException {
    List<Module> modules =
        List.of(
            new Strict(),
            new StorageModule(config.storage(), data.resolve("store")),
            new SpoolModule(config.spool(), new ServerName(config.hostname())),
            new SmtpModule(config.smtp()),
            new ImapModule(config.imap()));
    try {
      return Guice.createInjector(Stage.PRODUCTION, modules);
    } catch (CreationException e) {
      Throwable cause = e.getErrorMessages().iterator().next().getCause();
      throw new IOException(cause == null ? e.getMessage() : cause.getMessage(), e);
    }
  }

  private static List<Port> ports(Injector injector, ServerConfig config) {
    List<Port> ports = new ArrayList<>();
    for (SmtpPorts.SmtpPort port : injector.getInstance(SmtpPorts.class).open()) {
      ports.add(new Port(port.name(), port.listener(), port.handler()));
    }
    ImapServer imap = injector.getInstance(ImapServer.class);
    config.imap().plain().ifPresent(listener -> ports.add(new Port("imap", listener, imap)));
    config.imap().tls().ifPresent(listener -> ports.add(new Port("imaps", listener, imap)));
    return ports;
  }

  /// No binding that nobody wrote down, and time as a thing that is given.
  private static final class Strict extends AbstractModule {
    @Override
    protected void configure() {
      binder().requireExplicitBindings();
      binder().requireAtInjectOnConstructors();
      binder().requireExactBindingAnnotations();
      binder().disableCircularProxies();
      bind(InstantSource.class).toInstance(InstantSource.system());
      bind(org.posthorn.spool.Carrier.class)
          .toInstance(load -> {
            java.util.Map<org.posthorn.mailet.Recipient, org.posthorn.spool.Carrier.Answer> m =
                new java.util.HashMap<>();
            load.recipients()
                .forEach(r ->
                    m.put(
                        r,
                        new org.posthorn.spool.Carrier.Answer.Deferred(
                            "4.4.1", Optional.empty(), "no relay in this build")));
            return m;
          });
    }
  }

  /// Waits until somebody wants the server to stop.
  public void awaitStop() throws InterruptedException {
    stopWanted.await();
  }

  @Override
  public void stop() {
    stopWanted.countDown();
  }

  @Override
  public void close() {
    stop();
    if (lifecycle.end()) {
      log.atInfo().log("stopped");
    }
  }

  @Override
  public synchronized Reloaded reload() {
    Mapped<ServerConfig> fresh = source.read();
    try {
      certificates.reload(fresh.config().tls());
    } catch (IOException e) {
      throw new ConfigException(
          List.of(new ConfigProblem("certificates", "tls", String.valueOf(e.getMessage()))));
    }
    Logging.levels(fresh.config().log());
    Changes changes = Changes.between(config.settings(), fresh.settings());
    config = fresh;
    log.atInfo().addKeyValue("changed", changes.all()).log("reloaded");
    return new Reloaded(changes.taken(), changes.afterRestart());
  }

  @Override
  public String version() {
    return Version.text();
  }

  @Override
  public synchronized String hostname() {
    return config.config().hostname();
  }

  @Override
  public Instant startedAt() {
    return startedAt;
  }

  @Override
  public Path data() {
    return data.path();
  }

  @Override
  public Optional<Path> configFile() {
    return source.file();
  }

  @Override
  public List<ListenerStatus> listeners() {
    return listeners.status();
  }
}
