package org.posthorn.mailets;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.TypeLiteral;
import com.google.inject.multibindings.Multibinder;
import com.google.inject.multibindings.ProvidesIntoSet;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailets.content.ShippedContent;
import org.posthorn.mailets.expression.ExpressionMatcher;
import org.posthorn.mailets.gate.ShippedGates;
import org.posthorn.mailets.http.ToHttp;
import org.posthorn.mailets.list.MailingLists;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.mailets.match.All;
import org.posthorn.mailets.match.HasHeader;
import org.posthorn.mailets.match.HostIs;
import org.posthorn.mailets.match.IsAuthenticated;
import org.posthorn.mailets.match.RecipientIs;
import org.posthorn.mailets.match.RemoteAddressIs;
import org.posthorn.mailets.match.SenderIs;
import org.posthorn.mailets.match.SenderIsNull;
import org.posthorn.mailets.match.ShippedMatchers;
import org.posthorn.mailets.match.SizeOver;
import org.posthorn.mailets.person.AwayAnswer;
import org.posthorn.mailets.person.IsBlocked;
import org.posthorn.mailets.smime.ShippedSmime;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.Reports;
import org.posthorn.spool.Spool;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.extract.DocumentTexts;
import org.posthorn.storage.files.DataFolder;
import org.posthorn.storage.keys.DomainKeys;

/// Binds the sets of [MailetFactory], [MatcherFactory] and [GateFactory] that ship. Needs the
/// directory, the keys of domains, the accounts, the texts of documents, the spool's [Reports] and
/// [ReturnPaths], a [DmarcObserver], and a clock.
public final class MailetsModule extends AbstractModule {
  private final Path data;
  private final Optional<URI> unsubscribeLink;

  /// Files that the operator names for mailets count from `data`. `unsubscribeLink`: where the
  /// world reaches our page for leaving a mailing list, if it does.
  public MailetsModule(Path data, Optional<URI> unsubscribeLink) {
    this.data = data;
    this.unsubscribeLink = unsubscribeLink;
  }

  @Override
  protected void configure() {
    var mailets = Multibinder.newSetBinder(binder(), new TypeLiteral<MailetFactory<?>>() {});
    mailets.addBinding().toInstance(new AddHeader.Factory());
    mailets.addBinding().toInstance(new RemoveHeader.Factory());
    mailets.addBinding().toInstance(new Drop.Factory());
    mailets.addBinding().toInstance(new ToProcessor.Factory());
    mailets.addBinding().toInstance(new ToRepository.Factory());
    mailets.addBinding().toInstance(new Log.Factory());
    mailets.addBinding().toInstance(new Relay.Factory());
    mailets.addBinding().toInstance(new CheckQuota.Factory());
    var folder = new DataFolder(data);
    ShippedContent.all(folder).forEach(mailet -> mailets.addBinding().toInstance(mailet));
    ShippedSmime.all(folder).forEach(mailet -> mailets.addBinding().toInstance(mailet));
    mailets.addBinding().toInstance(ToHttp.factory(folder));
    var matchers = Multibinder.newSetBinder(binder(), new TypeLiteral<MatcherFactory<?>>() {});
    matchers.addBinding().toInstance(new All());
    matchers.addBinding().toInstance(new RecipientIs());
    matchers.addBinding().toInstance(new HostIs());
    matchers.addBinding().toInstance(new SenderIs());
    matchers.addBinding().toInstance(new SenderIsNull());
    matchers.addBinding().toInstance(new SizeOver());
    matchers.addBinding().toInstance(new HasHeader());
    matchers.addBinding().toInstance(new IsAuthenticated());
    matchers.addBinding().toInstance(new RemoteAddressIs());
    matchers.addBinding().toInstance(new ExpressionMatcher());
    ShippedMatchers.all().forEach(matcher -> matchers.addBinding().toInstance(matcher));
  }

  /// Made anew each time, for gates of one configuration.
  @Provides
  static List<GateFactory<?>> gates(Provider<DmarcObserver> observer) {
    return ShippedGates.all(observer::get);
  }

  @ProvidesIntoSet
  static MailetFactory<?> toMailbox(
      Directory directory,
      Accounts accounts,
      Reports reports,
      InstantSource clock,
      SpoolConfig spool) {
    return new ToMailbox.Factory(ToMailbox.Rooms.of(directory, accounts, reports, clock, spool));
  }

  @ProvidesIntoSet
  static MailetFactory<?> toSenderFolder(
      Directory directory,
      Accounts accounts,
      Reports reports,
      InstantSource clock,
      SpoolConfig spool) {
    return new ToSenderFolder.Factory(
        ToMailbox.Rooms.of(directory, accounts, reports, clock, spool));
  }

  @ProvidesIntoSet
  static MailetFactory<?> toEverybody(Directory directory, Spool spool) {
    return new ToEverybody.Factory(directory, spool);
  }

  @ProvidesIntoSet
  static MailetFactory<?> dlp(DocumentTexts documents) {
    return ShippedContent.dlp(documents);
  }

  @ProvidesIntoSet
  static MailetFactory<?> aliases(Directory directory, ReturnPaths returnPaths) {
    return new Aliases.Factory(new SendingOn(directory, returnPaths));
  }

  @ProvidesIntoSet
  static MailetFactory<?> redirect(Directory directory, ReturnPaths returnPaths) {
    return new Redirect.Factory(false, new SendingOn(directory, returnPaths));
  }

  @ProvidesIntoSet
  static MailetFactory<?> forward(Directory directory, ReturnPaths returnPaths) {
    return new Redirect.Factory(true, new SendingOn(directory, returnPaths));
  }

  @ProvidesIntoSet
  static MailetFactory<?> verp(ReturnPaths returnPaths) {
    return new Verp.Factory(returnPaths);
  }

  @ProvidesIntoSet
  static MailetFactory<?> bounces(ReturnPaths returnPaths) {
    return new Bounces.Factory(returnPaths);
  }

  @ProvidesIntoSet
  MailetFactory<?> mailingLists(
      Directory directory,
      ReturnPaths returnPaths,
      Spool spool,
      Reports reports,
      Moderation moderation) {
    return new MailingLists.Factory(
        directory, returnPaths, spool, reports, moderation, unsubscribeLink);
  }

  @Provides
  @Singleton
  static Moderation moderation(
      Directory directory, QueueAdministration queue, InstantSource clock) {
    return new Moderation(directory, queue, clock);
  }

  @ProvidesIntoSet
  static MailetFactory<?> awayAnswer(Directory directory) {
    return new AwayAnswer.Factory(directory);
  }

  @ProvidesIntoSet
  static MatcherFactory<?> isBlocked(Directory directory) {
    return new IsBlocked(directory);
  }

  @ProvidesIntoSet
  static MailetFactory<?> dkimSign(DomainKeys keys, Directory directory) {
    return new DkimSign.Factory(new DkimSign.Rooms(new SigningDomains(keys), directory));
  }

  @ProvidesIntoSet
  static MailetFactory<?> bounce(Reports reports) {
    return new Bounce.Factory(reports);
  }
}
