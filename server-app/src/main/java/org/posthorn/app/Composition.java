package org.posthorn.app;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Stage;
import com.google.inject.TypeLiteral;
import com.google.inject.spi.Message;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.app.dkim.DkimModule;
import org.posthorn.app.dmarc.DmarcReportModule;
import org.posthorn.app.oauth.OAuthModule;
import org.posthorn.app.tlsreport.TlsReportModule;
import org.posthorn.imap.ImapModule;
import org.posthorn.imap.ImapServer;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.MailetsModule;
import org.posthorn.net.ClientTrust;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.pop3.Pop3Module;
import org.posthorn.pop3.Pop3Server;
import org.posthorn.smtp.SmtpModule;
import org.posthorn.smtp.SmtpPorts;
import org.posthorn.smtp.outbound.OutboundModule;
import org.posthorn.spool.RehearsalServices;
import org.posthorn.spool.ServerName;
import org.posthorn.spool.SpoolModule;
import org.posthorn.spool.chain.Catalogue;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.ChainBuilder;
import org.posthorn.spool.chain.ChainConfig;
import org.posthorn.spool.chain.ChainConfigException;
import org.posthorn.spool.chain.GateBuilder;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Rehearsal;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.spool.plugin.ShippedHost;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.story.StoryModule;

/// The rooms, wired by Guice from their modules. Nothing runs yet but what the storage needs.
final class Composition {
  private final Injector injector;

  private Composition(Injector injector) {
    this.injector = injector;
  }

  /// Opens the storage in `data`. Throws `IOException` with what to tell the operator.
  static Composition of(ServerConfig config, Path data) throws IOException {
    try {
      return new Composition(
          Guice.createInjector(
              Stage.PRODUCTION,
              new Strict(),
              new StorageModule(
                  config.storage(), data.resolve("store"), Optional.of(ExtractorPlace.find())),
              new StoryModule(
                  config.story(),
                  config.storage().engine(),
                  data.resolve("store").resolve("story")),
              OAuthModule.of(config.storage().logins().oauth(), data),
              new SpoolModule(
                  config.spool(),
                  config.forwarding(),
                  config.repositories(),
                  new ServerName(config.hostname())),
              new TlsReportModule(config.tlsReports(), config.hostname()),
              new DmarcReportModule(config.dmarcReports(), config.hostname()),
              new OutboundModule(
                  config.outbound(), config.http(), config.hostname(), authorities(config, data)),
              new MailetsModule(data, config.web().unsubscribeLink(config.hostname())),
              new DkimModule(config.spool().longestWait()),
              new UrlTextsModule(),
              new SmtpModule(config.smtp()),
              new ImapModule(config.imap()),
              new Pop3Module(config.pop3())));
    } catch (CreationException e) {
      Message first = e.getErrorMessages().iterator().next();
      Throwable cause = first.getCause();
      throw new IOException(cause == null ? first.getMessage() : words(cause), e);
    }
  }

  /// With why a file could not be used, where only that is missing.
  private static String words(Throwable trouble) {
    String text = String.valueOf(trouble.getMessage());
    return trouble.getCause() instanceof FileSystemException file
        ? text + ": " + FileTrouble.words(file)
        : text;
  }

  private static Optional<byte[]> authorities(ServerConfig config, Path data) {
    Optional<String> named = config.outbound().trust().authoritiesFile();
    if (named.isEmpty()) {
      return Optional.empty();
    }
    Path file = data.resolve(named.get());
    try {
      byte[] pem = Files.readAllBytes(file);
      var _ = ClientTrust.authorities(pem);
      return Optional.of(pem);
    } catch (IOException e) {
      throw unusable(file, "cannot be read: " + FileTrouble.why(e));
    } catch (IllegalArgumentException e) {
      throw unusable(file, String.valueOf(e.getMessage()));
    }
  }

  private static ConfigException unusable(Path authorities, String why) {
    return new ConfigException(
        List.of(new ConfigProblem(authorities.toString(), "outbound.trust.authorities-file", why)));
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
    }
  }

  <T> T room(Class<T> type) {
    return injector.getInstance(type);
  }

  List<Port> ports(ServerConfig config) {
    List<Port> ports = new ArrayList<>();
    for (SmtpPorts.SmtpPort port : room(SmtpPorts.class).open()) {
      ports.add(new Port(port.name(), port.listener(), port.handler()));
    }
    ConnectionHandler imap = room(ImapServer.class);
    config.imap().plain().ifPresent(listener -> ports.add(new Port("imap", listener, imap)));
    config.imap().tls().ifPresent(listener -> ports.add(new Port("imaps", listener, imap)));
    ConnectionHandler pop3 = room(Pop3Server.class);
    config.pop3().plain().ifPresent(listener -> ports.add(new Port("pop3", listener, pop3)));
    config.pop3().tls().ifPresent(listener -> ports.add(new Port("pop3s", listener, pop3)));
    return ports;
  }

  /// Builds the gates with all that ship and those of `plugins`.
  Gates gates(ConfigSource source, ServerConfig config, PluginSet plugins) {
    return gates(source, config, plugins, List.of());
  }

  /// Builds the gates with those that ship, but for `without`, and those of `plugins`. Throws
  /// [ConfigException] where they make no sense.
  Gates gates(
      ConfigSource source,
      ServerConfig config,
      PluginSet plugins,
      Collection<PluginFactory<?>> without) {
    try {
      List<GateFactory<?>> factories = gateFactories(plugins);
      leaveOut(factories, without);
      var builder = new GateBuilder(factories, room(Services.class));
      return builder.build(ChainSource.gates(source, config));
    } catch (ChainConfigException e) {
      throw new ConfigException(
          e.faults().stream().map(fault -> new ConfigProblem("gates", "", fault)).toList());
    }
  }

  /// By kind and name: what ships is made anew each time it is asked for.
  private static void leaveOut(
      List<? extends PluginFactory<?>> shipped, Collection<PluginFactory<?>> without) {
    shipped.removeIf(each ->
        without.stream()
            .anyMatch(out -> out.getClass() == each.getClass() && out.name().equals(each.name())));
  }

  /// Leads a mail through the chain of `source` without delivering anything. Throws
  /// [ConfigException] where the chain makes no sense.
  Rehearsal.Report rehearse(
      ConfigSource source, ServerConfig config, PluginSet plugins, Runnable afterEnd, Mail mail) {
    var services = new RehearsalServices(room(Services.class));
    try {
      Chain chain =
          new ChainBuilder(mailetFactories(plugins), matcherFactories(plugins), services)
              .rehearsal(ChainSource.chain(source, config), afterEnd);
      try {
        return Rehearsal.run(chain, mail, services);
      } finally {
        chain.retire();
      }
    } catch (ChainConfigException e) {
      throw new ConfigException(
          List.of(new ConfigProblem("chain", "", String.valueOf(e.getMessage()))));
    }
  }

  /// A chain in which nothing is delivered, of what ships and of `mailets` and `matchers`. Throws
  /// [ChainConfigException] where it makes no sense.
  Chain rehearsal(
      ChainConfig chain,
      Services services,
      Collection<MailetFactory<?>> mailets,
      Collection<MatcherFactory<?>> matchers) {
    var allMailets = new ArrayList<>(shippedMailets());
    allMailets.addAll(mailets);
    var allMatchers = new ArrayList<>(shippedMatchers());
    allMatchers.addAll(matchers);
    return new ChainBuilder(allMailets, allMatchers, services).rehearsal(chain, () -> {});
  }

  /// What chains and gates can be made of.
  Catalogue catalogue(PluginSet plugins) {
    List<PluginFactory<?>> all = new ArrayList<>(mailetFactories(plugins));
    all.addAll(matcherFactories(plugins));
    all.addAll(gateFactories(plugins));
    return Catalogue.of(all);
  }

  /// All that needs no plugin.
  List<PluginFactory<?>> shipped() {
    List<PluginFactory<?>> all = new ArrayList<>(shippedMailets());
    all.addAll(shippedMatchers());
    all.addAll(gateFactories(PluginSet.none()));
    return all;
  }

  private List<GateFactory<?>> gateFactories(PluginSet plugins) {
    List<GateFactory<?>> all =
        new ArrayList<>(injector.getInstance(Key.get(new TypeLiteral<List<GateFactory<?>>>() {})));
    all.addAll(plugins.gates());
    return all;
  }

  private List<MailetFactory<?>> mailetFactories(PluginSet plugins) {
    List<MailetFactory<?>> all = new ArrayList<>(shippedMailets());
    all.addAll(plugins.mailets());
    return all;
  }

  private List<MatcherFactory<?>> matcherFactories(PluginSet plugins) {
    List<MatcherFactory<?>> all = new ArrayList<>(shippedMatchers());
    all.addAll(plugins.matchers());
    return all;
  }

  Set<MailetFactory<?>> shippedMailets() {
    return injector.getInstance(Key.get(new TypeLiteral<Set<MailetFactory<?>>>() {}));
  }

  Set<MatcherFactory<?>> shippedMatchers() {
    return injector.getInstance(Key.get(new TypeLiteral<Set<MatcherFactory<?>>>() {}));
  }

  /// Builds the chain with all that ships and that of `plugins`.
  Chain chain(ConfigSource source, ServerConfig config, PluginSet plugins, Runnable afterEnd) {
    return chain(source, config, plugins, List.of(), afterEnd);
  }

  /// Builds the chain with the mailets and matchers that ship, but for `without`, and those of
  /// `plugins`; `afterEnd` runs when it has ended. Throws [ConfigException] where it makes no
  /// sense.
  Chain chain(
      ConfigSource source,
      ServerConfig config,
      PluginSet plugins,
      Collection<PluginFactory<?>> without,
      Runnable afterEnd) {
    try {
      List<MailetFactory<?>> mailets = mailetFactories(plugins);
      leaveOut(mailets, without);
      List<MatcherFactory<?>> matchers = matcherFactories(plugins);
      leaveOut(matchers, without);
      return new ChainBuilder(
              mailets, matchers, room(Services.class), new ShippedHost(config.spool().plugins()))
          .build(ChainSource.chain(source, config), afterEnd);
    } catch (ChainConfigException e) {
      throw new ConfigException(
          List.of(new ConfigProblem("chain", "", String.valueOf(e.getMessage()))));
    }
  }
}
