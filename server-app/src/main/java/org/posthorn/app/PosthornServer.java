package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import org.posthorn.app.admin.AdminRoutes;
import org.posthorn.app.admin.AdminServer;
import org.posthorn.app.admin.AdminSocket;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.app.admin.ServerControl;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.app.config.RecordMapper.Mapped;
import org.posthorn.app.config.Setting;
import org.posthorn.app.dkim.DkimRotation;
import org.posthorn.app.dmarc.DmarcReporter;
import org.posthorn.app.dmarc.ReceivedReports;
import org.posthorn.app.dns.ZoneFacts;
import org.posthorn.app.log.Logging;
import org.posthorn.app.tls.Certificates;
import org.posthorn.app.tlsreport.TlsReporter;
import org.posthorn.app.tlsreport.TlsStatistics;
import org.posthorn.app.web.PublicWeb;
import org.posthorn.mailet.Mail;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.smtp.inbound.ReceivedTls;
import org.posthorn.smtp.inbound.SendingBrake;
import org.posthorn.smtp.outbound.PolicyFile;
import org.posthorn.smtp.outbound.SmtpCarrier;
import org.posthorn.smtp.outbound.SourceAddresses;
import org.posthorn.smtp.outbound.ZoneDns;
import org.posthorn.spool.PluginMetrics;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.Repositories;
import org.posthorn.spool.Spool;
import org.posthorn.spool.chain.Rehearsal;
import org.posthorn.spool.chain.StepHealth;
import org.posthorn.spool.plugin.Plugins;
import org.posthorn.storage.StorageFigures;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.backup.Backups;
import org.posthorn.storage.collect.Collector;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.AppPasswords;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.directory.Mechanism;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.Upkeep;
import org.posthorn.storage.engine.CacheFigures;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.extract.DocumentTexts;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.remember.PluginStores;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.share.Sharing;
import org.posthorn.storage.story.StoryLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running server: composed, started and ended here in one order: storage → spool → listeners,
/// and back. Safe for use by many threads.
public final class PosthornServer implements ServerControl, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PosthornServer.class);

  private final DataDirectory data;
  private final ConfigSource source;
  private final Instant startedAt = Instant.now();
  private final Optional<String> build = BuildMark.onDisk();
  private final CountDownLatch stopWanted = new CountDownLatch(1);
  private final Lifecycle lifecycle = new Lifecycle();
  private final Composition composition;
  private final ChainInForce chain;
  private final Certificates certificates;
  private final Listeners listeners;
  private final String hostname;

  /// As it was read last. Of what only a restart takes over, something else may be in force.
  private volatile ServerConfig config;

  private List<Setting> inForce;

  private PosthornServer(DataDirectory data, ConfigSource source, Mapped<ServerConfig> mapped)
      throws IOException {
    this.data = data;
    this.source = source;
    this.config = mapped.config();
    this.hostname = config.hostname();
    this.inForce = mapped.settings();
    lifecycle.started("data directory", data::close);
    try {
      composition = Composition.of(config, data.path());
      startStorage(config);
      Plugins plugins =
          Plugins.open(ChainSource.pluginFolder(data.path()), config.spool().plugins());
      lifecycle.started("plugins", plugins::close);
      chain = new ChainInForce(composition, source, plugins);
      startSpool(config);
      Collector collector = composition.room(Collector.class);
      collector.start();
      lifecycle.started("collector", collector::close);
      certificates = Certificates.open(config.tls(), config.hostname(), data.path());
      lifecycle.started("certificates", certificates::close);
      listeners = Listeners.open(ports(config), certificates.context());
      lifecycle.started("listeners", listeners::close);
      AdminServer admin =
          AdminServer.start(
              new AdminSocket(data.path()),
              new AdminRoutes(
                  this,
                  composition.room(Directory.class),
                  composition.room(AppPasswords.class),
                  composition.room(Logins.class).attacks(),
                  composition.room(Accounts.class),
                  composition.room(ContentStore.class),
                  composition.room(QueueAdministration.class),
                  composition.room(Repositories.class),
                  composition.room(Backups.class),
                  composition.room(Collector.class),
                  composition.room(MailSearch.class),
                  composition.room(Sharing.class),
                  composition.room(Moderation.class),
                  composition.room(SendingBrake.class),
                  composition.room(TlsStatistics.class),
                  composition.room(TlsReporter.class),
                  composition.room(ReceivedReports.class),
                  composition.room(ReceivedTls.class),
                  composition.room(Memories.class),
                  composition.room(StoryLog.class),
                  composition.room(DkimRotation.class),
                  zoneFacts(config),
                  composition.room(ZoneDns.class),
                  composition.room(PolicyFile.class)));
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
    DataDirectory data = DataDirectory.open(directory);
    if (data.isOpenToOthers()) {
      log.atWarn()
          .addKeyValue("what", "all mail and all keys are in it")
          .addKeyValue("do", "chmod o= " + data.path())
          .log("data-directory-open-to-others");
    }
    var server = new PosthornServer(data, source, config);
    var _ = missingSourceAddresses(config.config());
    server
        .writesStopped()
        .ifPresent(why -> log.atError().addKeyValue("why", why).log("writes-stopped"));
    log.atInfo()
        .addKeyValue("version", server.version())
        .addKeyValue("build", server.build.orElse("unknown"))
        .addKeyValue("data", directory)
        .addKeyValue("millis", (System.nanoTime() - begin) / 1_000_000)
        .log("started");
    return server;
  }

  private void startStorage(ServerConfig config) {
    lifecycle.started("engine", composition.room(Engine.class)::close);
    lifecycle.started("contents", composition.room(ContentStore.class)::close);
    lifecycle.started("passwords", composition.room(Passwords.class)::close);
    lifecycle.started("accounts", composition.room(Accounts.class)::close);
    Logins logins = composition.room(Logins.class);
    lifecycle.started("logins", logins::close);
    logins.start();
    QuotaWarnings warnings =
        QuotaWarnings.start(
            composition.room(Accounts.class),
            composition.room(ContentStore.class),
            config.hostname());
    lifecycle.started("quota warnings", warnings::close);
    lifecycle.started("document texts", composition.room(DocumentTexts.class)::close);
    MailSearch search = composition.room(MailSearch.class);
    lifecycle.started("search", search::close);
    search.start();
    Memories memories = composition.room(Memories.class);
    lifecycle.started("memories", memories::close);
    memories.start();
    PluginStores pluginStores = composition.room(PluginStores.class);
    lifecycle.started("plugin stores", pluginStores::close);
    pluginStores.start();
    Upkeep upkeep = composition.room(Upkeep.class);
    lifecycle.started("upkeep", upkeep::close);
    upkeep.start();
  }

  private void startSpool(ServerConfig config) throws IOException {
    ChainInForce.Built built = chain.first(config);
    SmtpCarrier carrier = composition.room(SmtpCarrier.class);
    lifecycle.started("carrier", carrier::close);
    carrier.start();
    StoryLog story = composition.room(StoryLog.class);
    lifecycle.started("story", story::close);
    story.start();
    Spool spool = composition.room(Spool.class);
    lifecycle.started("spool", spool::close);
    spool.tellWhatIsLost();
    chain.use(built);
    lifecycle.started("gates", chain::endGates);
    DkimRotation dkim = composition.room(DkimRotation.class);
    dkim.start();
    lifecycle.started("dkim", dkim::close);
    Repositories repositories = composition.room(Repositories.class);
    lifecycle.started("repositories", repositories::close);
    repositories.start();
    TlsReporter reporter = composition.room(TlsReporter.class);
    lifecycle.started("tls reports", reporter::close);
    reporter.start();
    DmarcReporter dmarc = composition.room(DmarcReporter.class);
    lifecycle.started("dmarc reports", dmarc::close);
    dmarc.start();
  }

  private List<Port> ports(ServerConfig config) {
    List<Port> ports = composition.ports(config);
    if (config.web().enabled()) {
      var pages =
          new PublicWeb(
              config.web(),
              config.hostname(),
              composition.room(Directory.class),
              this::listeners,
              config.storage().logins().mechanisms().contains(Mechanism.PLAIN));
      ports.add(new Port(Port.WEB, config.web().listener(), pages));
    }
    return ports;
  }

  private ZoneFacts zoneFacts(ServerConfig config) {
    return new ZoneFacts(
        config.hostname(),
        config.outbound().identity().sourceAddresses(),
        () ->
            ListenerStatus.forPrograms(listeners()).stream()
                .map(each -> new ZoneFacts.Service(each.name(), each.port()))
                .toList(),
        config.web().enabled() ? config.web().mtaSts().lines(config.hostname()) : List.of(),
        certificates);
  }

  /// The rooms that are running.
  Composition composition() {
    return composition;
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
    ChainInForce.Built built = chain.again(fresh.config());
    try {
      certificates.reload(fresh.config().tls());
    } catch (IOException e) {
      ChainInForce.discard(built);
      throw new ConfigException(
          List.of(new ConfigProblem("certificates", "tls", String.valueOf(e.getMessage()))));
    } catch (RuntimeException e) {
      ChainInForce.discard(built);
      throw e;
    }
    composition.room(SmtpCarrier.class).use(fresh.config().outbound());
    composition.room(Spool.class).waysChanged();
    List<String> taken = new ArrayList<>(chain.use(built));
    Logging.levels(fresh.config().log());
    Changes changes = Changes.between(inForce, fresh.settings());
    inForce = Changes.inForce(inForce, fresh.settings());
    config = fresh.config();
    log.atInfo().addKeyValue("changed", changes.all()).log("reloaded");
    taken.addAll(changes.taken());
    return new Reloaded(taken, afterRestart(changes), chain.leftBehind(), warnings(fresh.config()));
  }

  private List<String> warnings(ServerConfig config) {
    List<String> warnings = new ArrayList<>(missingSourceAddresses(config));
    certificates.otherName().ifPresent(warnings::add);
    return warnings;
  }

  private static List<String> missingSourceAddresses(ServerConfig config) {
    List<String> missing = SourceAddresses.missing(config.outbound());
    missing.forEach(what -> log.atWarn().addKeyValue("what", what).log("source-address-missing"));
    return missing;
  }

  private List<String> afterRestart(Changes changes) {
    List<String> all = new ArrayList<>(changes.afterRestart());
    Path file = data.path().resolve(ConfigSource.FILE);
    if (source.file().isEmpty() && Files.exists(file)) {
      all.add(file + ", which was not there at the start");
    }
    return all;
  }

  @Override
  public List<StepHealth> stepHealth() {
    return chain.health();
  }

  @Override
  public SortedMap<String, Instant> endingCertificates() {
    return certificates.ending(Instant.now());
  }

  @Override
  public Optional<String> otherName() {
    return certificates.otherName();
  }

  @Override
  public List<String> leftBehind() {
    return chain.leftBehind();
  }

  @Override
  public Rehearsal.Report rehearse(Mail mail) {
    return chain.rehearse(source.read().config(), mail);
  }

  @Override
  public String version() {
    return Version.text();
  }

  @Override
  public Build build() {
    return new Build(build, Version.commit(), !BuildMark.onDisk().equals(build));
  }

  @Override
  public String hostname() {
    return hostname;
  }

  @Override
  public Set<String> credentials() {
    return config.outbound().credentials().keySet();
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
  public List<String> keysSet() {
    return source.keysSet();
  }

  @Override
  public List<CacheFigures> caches() {
    return composition.room(StorageFigures.class).caches();
  }

  @Override
  public Optional<String> writesStopped() {
    return composition.room(StorageFigures.class).writesStopped();
  }

  @Override
  public List<PluginMetrics.Shown> figures() {
    return composition.room(PluginMetrics.class).shown();
  }

  @Override
  public List<ListenerStatus> listeners() {
    return listeners.status();
  }
}
