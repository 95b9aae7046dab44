package org.posthorn.storage.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.posthorn.message.Domain;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The domains that there are, each with the one owner of its partition: whoever knows something of
/// a domain has it from here, and whoever changes its rows does it here. Look-ups take no lock;
/// changes are durable when they return. Safe for use by many threads.
final class Domains {
  private static final Logger log = LoggerFactory.getLogger(Domains.class);

  private final Engine engine;
  private final Map<Domain, PartitionOwner<DomainState, DomainDraft>> owners =
      new ConcurrentHashMap<>();

  Domains(Engine engine) {
    this.engine = engine;
  }

  /// Reads a domain that has a partition. Empty when that is only what is left of one: it is
  /// erased.
  Optional<DomainState> read(Domain domain) {
    PartitionOwner<DomainState, DomainDraft> owner = owner(domain);
    DomainState state = owner.state();
    if (!state.exists()) {
      eraseIfPossible(domain);
      return Optional.empty();
    }
    owners.put(domain, owner);
    return Optional.of(state);
  }

  void create(Domain domain, DomainSettings settings) {
    PartitionOwner<DomainState, DomainDraft> owner = owners.computeIfAbsent(domain, this::owner);
    var _ =
        owner.change(draft -> {
          draft.begin(settings);
          return draft;
        });
  }

  /// Their names, with such as are none any more.
  Set<Domain> names() {
    return owners.keySet();
  }

  boolean isLocal(Domain domain) {
    return state(domain).isPresent();
  }

  Optional<DomainState> state(Domain domain) {
    return Optional.ofNullable(owners.get(domain))
        .map(PartitionOwner::state)
        .filter(DomainState::exists);
  }

  /// [#state], or [DirectoryException.NoSuchDomain].
  DomainState there(Domain domain) {
    return state(domain).orElseThrow(() -> new DirectoryException.NoSuchDomain(domain));
  }

  /// Users in the order of their names, after the name `after` (empty: from the first). The order
  /// is that of the rows; the state has none.
  List<User> users(Domain domain, String after, int limit) {
    var state = there(domain);
    byte[] from = DomainRows.next(DomainRows.key(DomainRows.USER, AddressBook.canonical(after)));
    var users = new ArrayList<User>();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          engine.scan(
              DomainRows.partition(domain),
              from,
              DomainRows.after(DomainRows.USER),
              limit - users.size(),
              false,
              resume);
      // A damaged row is nobody's, and hides nobody behind it.
      for (Page.Row row : page.rows()) {
        state.user(DomainRows.name(row.key())).ifPresent(users::add);
      }
      resume = page.resume();
    } while (resume.isPresent() && users.size() < limit);
    return users;
  }

  <R> R change(Domain domain, Function<DomainDraft, R> edit) {
    PartitionOwner<DomainState, DomainDraft> owner = owners.get(domain);
    if (owner == null) {
      throw new DirectoryException.NoSuchDomain(domain);
    }
    return owner.change(edit);
  }

  /// Does something while nobody changes the domain; at once where there is none.
  <R> R alone(Domain domain, Supplier<R> action) {
    PartitionOwner<DomainState, DomainDraft> owner = owners.get(domain);
    return owner == null ? action.get() : owner.change(_ -> action.get());
  }

  /// What stands in the way stops nobody: it is tried again at the next start.
  private void eraseIfPossible(Domain domain) {
    try {
      engine.erase(DomainRows.partition(domain));
    } catch (RuntimeException e) {
      log.atError().addKeyValue("domain", domain).setCause(e).log("domain-not-erased");
    }
  }

  private PartitionOwner<DomainState, DomainDraft> owner(Domain domain) {
    return new PartitionOwner<>(engine, DomainRows.partition(domain), new Keeper());
  }

  private static final class Keeper implements PartitionOwner.Keeper<DomainState, DomainDraft> {
    @Override
    public DomainState load(Engine engine, Partition partition) {
      return DomainState.load(engine, partition);
    }

    @Override
    public DomainDraft draft(DomainState state) {
      return new DomainDraft(state);
    }

    @Override
    public Optional<PartitionOwner.Step<DomainState>> finish(DomainDraft draft) {
      return draft.finish();
    }
  }
}
