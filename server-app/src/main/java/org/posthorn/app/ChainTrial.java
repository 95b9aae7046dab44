package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.mailet.Services;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.RehearsalServices;
import org.posthorn.spool.chain.Chain;
import org.posthorn.spool.chain.Fate;
import org.posthorn.spool.chain.Rehearsal;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Personal;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.directory.Vacation;

/// A server around a chain that is nothing but memory, for tests of chains and of plugins: nothing
/// listens, and nothing is delivered or sent, as with `posthorn chain test`. Used by one thread.
public final class ChainTrial {
  /// Nobody logs in here, so no time is spent on a hash.
  private static final Password NONE =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  private final Directory directory;
  private final RehearsalServices services;
  private final Chain chain;
  private final List<PluginFactory<?>> shipped;

  /// What became of a mail: the steps, and each end with the mail as it was then.
  public record Passage(Rehearsal.Report report, List<Fate> fates) {
    public Passage {
      fates = List.copyOf(fates);
    }
  }

  private ChainTrial(Composition composition, RehearsalServices services, Chain chain) {
    this.directory = composition.room(Directory.class);
    this.services = services;
    this.chain = chain;
    this.shipped =
        Stream.<PluginFactory<?>>concat(
                composition.shippedMailets().stream(), composition.shippedMatchers().stream())
            .toList();
  }

  /// Reads the chain in `file`, with `settings` such as `hostname=mail.example.org`; besides the
  /// mailets and matchers that ship there are `mailets` and `matchers`. `folder` is for what gates
  /// and mailets read by a relative name. Throws [org.posthorn.app.config.ConfigException] or
  /// [org.posthorn.spool.chain.ChainConfigException] with what is wrong.
  public static ChainTrial open(
      Path file,
      Path folder,
      List<String> settings,
      Collection<MailetFactory<?>> mailets,
      Collection<MatcherFactory<?>> matchers)
      throws IOException {
    var all = new ArrayList<>(settings);
    all.add("chain-file=" + file.toAbsolutePath());
    var source = new ConfigSource(Optional.empty(), all);
    ServerConfig config = source.read().config().withStorage(StorageConfig.inMemory());
    Composition composition = Composition.of(config, folder);
    var services = new RehearsalServices(composition.room(Services.class));
    return new ChainTrial(
        composition,
        services,
        composition.rehearsal(ChainSource.chain(source, config), services, mailets, matchers));
  }

  /// The mailets and matchers that ship, as they would be in this chain.
  public List<PluginFactory<?>> shipped() {
    return shipped;
  }

  /// Somebody who has a mailbox; the domain is made with its first user.
  public void user(MailAddress address) {
    domain(address.domain());
    if (directory.resolve(address) instanceof Resolution.NoSuchUser) {
      var _ = directory.users().create(new NewUser(address, NONE, OptionalLong.empty(), ""));
    }
  }

  public void alias(MailAddress alias, List<MailAddress> targets) {
    domain(alias.domain());
    directory.createAlias(alias, targets);
  }

  /// A mailing list with the standard settings, and its members.
  public void list(MailAddress address, List<MailAddress> members) {
    domain(address.domain());
    var _ = directory.lists().create(address, Map.of());
    List<ListBook.NewMember> all =
        members.stream().map(member -> new ListBook.NewMember(member, "")).toList();
    var _ = directory.lists().add(address, all, services.clock().instant());
  }

  /// From now on somebody is away, and has this answered.
  public void away(MailAddress login, String subject, String text) {
    User user = directory.user(login).orElseThrow();
    Vacation vacation =
        Vacation.of(Optional.empty(), Optional.empty(), subject, text, "", Vacation.EVERY_STANDARD);
    var _ =
        directory
            .personal()
            .change(user, before -> new Personal(Optional.of(vacation), before.blocked()));
  }

  public void domain(Domain domain) {
    if (!directory.isLocal(domain)) {
      directory.domains().create(domain, DomainSettings.STANDARD);
    }
  }

  /// Leads a mail through the chain.
  public Passage run(Mail mail) {
    List<Fate> fates = new ArrayList<>();
    Rehearsal.Report report = Rehearsal.run(chain, mail, services, fates::add);
    return new Passage(report, fates);
  }
}
