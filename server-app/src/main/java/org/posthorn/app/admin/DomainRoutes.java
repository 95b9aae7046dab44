package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.Mentions;
import org.posthorn.storage.directory.Mentions.Mention;
import org.posthorn.storage.directory.Resolution;

/// Domains, their second names and catch-alls, and the aliases of addresses.
final class DomainRoutes {
  private final Directory directory;
  private final Moderation moderation;
  private final Json json;

  DomainRoutes(Directory directory, Moderation moderation, Json json) {
    this.directory = directory;
    this.moderation = moderation;
    this.json = json;
  }

  private record DomainView(
      String domain,
      int users,
      List<String> aliases,
      Optional<String> aliasOf,
      Optional<String> catchAll,
      Optional<String> separator,
      OptionalLong quotaBytes,
      OptionalLong quotaMessages,
      OptionalInt historyDays,
      OptionalInt trashDays,
      OptionalInt junkDays) {}

  /// `leadsElsewhere`: somebody outside of its domain gets its mail.
  private record AliasView(String alias, List<String> targets, boolean leadsElsewhere) {}

  private record DomainBody(String domain) {}

  /// `separator`: one character, or empty for none.
  private record SettingsBody(
      @Nullable String separator,
      @Nullable Long quotaBytes,
      @Nullable Long quotaMessages,
      @Nullable Integer historyDays,
      @Nullable Integer trashDays,
      @Nullable Integer junkDays) {
    DomainSettings changed(DomainSettings before) {
      DomainSettings after =
          before.withAllowance(Allowances.changed(before.allowance(), quotaBytes, quotaMessages));
      after =
          Fields.changed(
              after,
              "separator",
              separator,
              (all, text) -> all.withSeparator(Optional.of(text).filter(one -> !one.isEmpty())));
      after =
          Fields.changed(
              after,
              "historyDays",
              historyDays,
              (all, days) -> all.withHistoryDays(DaySettings.said(days)));
      after =
          Fields.changed(
              after,
              "trashDays",
              trashDays,
              (all, days) -> all.withRetentionDays(DaySettings.said(days), all.junkDays()));
      return Fields.changed(
          after,
          "junkDays",
          junkDays,
          (all, days) -> all.withRetentionDays(all.trashDays(), DaySettings.said(days)));
    }
  }

  private record AddressBody(String address) {}

  private record TargetsBody(List<String> targets) {}

  List<Route> routes() {
    return List.of(
        new Route("GET", "/domains", "All domains.", (_, _) -> AdminAnswer.ok(domains())),
        new Route(
            "GET", "/domains/{domain}", "One domain.", (_, path) -> AdminAnswer.ok(one(path))),
        new Route(
            "POST",
            "/domains",
            "Take mail for a domain: `{\"domain\": \"example.org\"}`.",
            (request, _) -> add(request)),
        new Route(
                "DELETE",
                "/domains/{domain}",
                "Take no more mail for a domain or for a second name of one. With `?force=true` its users"
                    + " go too, with all their mail, its lists, and aliases that lead elsewhere.",
                this::remove)
            .takingFlags("force"),
        new Route(
            "PATCH",
            "/domains/{domain}",
            "Change what counts for users for whom nothing else is said: `quotaBytes`, `quotaMessages` (0: no limit, -1: the server's); or the `separator` between a name and its detail (empty: none); `historyDays`, `trashDays` and `junkDays` (0: for ever, -1: as configured).",
            this::configure),
        new Route(
                "PUT",
                "/domains/{domain}/aliases/{alias}",
                "Make `alias` a second name of `domain`. One that has users, aliases, lists or a catch-all"
                    + " of its own is only taken with `?force=true`: it keeps them, and what is nobody's"
                    + " there becomes mail for `domain`.",
                this::alias)
            .takingFlags("force"),
        new Route(
            "DELETE",
            "/domains/{domain}/alias-of",
            "Let a second name be a domain of its own, with all that it has.",
            (_, path) -> endAlias(path)),
        new Route(
            "PUT",
            "/domains/{domain}/catch-all",
            "Deliver mail for unknown users: `{\"address\": \"ann@example.org\"}`.",
            this::catchAll),
        new Route(
            "DELETE",
            "/domains/{domain}/catch-all",
            "Refuse mail for unknown users.",
            (_, path) -> noCatchAll(path)),
        new Route(
                "GET",
                "/aliases",
                "All aliases, or those of `?domain=`. `leadsElsewhere`: somebody outside of its domain"
                    + " gets its mail, also by other aliases.",
                (request, _) -> AdminAnswer.ok(aliases(request)))
            .taking("domain"),
        new Route(
            "PUT",
            "/aliases/{alias}",
            "Lead an address to others: `{\"targets\": [\"ann@example.org\"]}`. `leadNowhere` names the"
                + " targets in our domains that nobody has.",
            this::putAlias),
        new Route(
            "DELETE",
            "/aliases/{alias}",
            "Remove an alias. `leadNowhere` names what led to it, also by other aliases, and leads nowhere now.",
            (_, path) -> removeAlias(path)),
        new Route(
            "GET",
            "/dead-ends",
            "What names an address of ours that nobody has: aliases, catch-alls, moderators, archives"
                + " and members of lists, the configuration's postmaster.",
            (_, _) ->
                AdminAnswer.ok(
                    directory.mentions().deadEnds().stream().map(LooseEnds.Place::of).toList())));
  }

  private List<DomainView> domains() {
    List<DomainInfo> all = directory.domains().all();
    List<DomainView> views = new ArrayList<>();
    for (DomainInfo info : all) {
      views.add(view(info, all));
    }
    return views;
  }

  private static DomainView view(DomainInfo info, List<DomainInfo> all) {
    DomainSettings settings = info.settings();
    return new DomainView(
        info.domain().ascii(),
        info.users(),
        all.stream()
            .filter(other -> other.settings().aliasOf().equals(Optional.of(info.domain())))
            .map(other -> other.domain().ascii())
            .toList(),
        settings.aliasOf().map(Domain::ascii),
        settings.catchAll().map(MailAddress::toString),
        settings.separator(),
        settings.allowance().quotaBytes(),
        settings.allowance().quotaMessages(),
        settings.historyDays(),
        settings.trashDays(),
        settings.junkDays());
  }

  private AdminAnswer configure(AdminRequest request, Map<String, String> path) {
    SettingsBody body = json.read(request, SettingsBody.class);
    directory.domains().configure(Names.domain(Names.part(path, "domain")), body::changed);
    return AdminAnswer.done();
  }

  private AdminAnswer add(AdminRequest request) {
    Domain domain = Names.domain(json.read(request, DomainBody.class).domain());
    directory.domains().create(domain, DomainSettings.STANDARD);
    return AdminAnswer.created(Map.of("domain", domain.ascii()));
  }

  private AdminAnswer remove(AdminRequest request, Map<String, String> path) {
    Domain domain = Names.domain(Names.part(path, "domain"));
    boolean force = request.flag("force");
    Map<MailingList, List<Held>> waiting = force ? waiting(domain) : Map.of();
    directory.domains().delete(domain, force);
    waiting.forEach(moderation::end);
    return AdminAnswer.done();
  }

  /// The posts that go with the lists.
  private Map<MailingList, List<Held>> waiting(Domain domain) {
    ListBook lists = directory.lists();
    return lists.of(domain).stream().collect(Collectors.toMap(list -> list, lists.desk()::held));
  }

  private AdminAnswer alias(AdminRequest request, Map<String, String> path) {
    directory
        .domains()
        .alias(
            Names.domain(Names.part(path, "alias")),
            Names.domain(Names.part(path, "domain")),
            request.flag("force"));
    return AdminAnswer.done();
  }

  private AdminAnswer endAlias(Map<String, String> path) {
    try {
      directory.domains().endAlias(Names.domain(Names.part(path, "domain")));
    } catch (DirectoryException.NotPermitted e) {
      throw Declined.conflict(String.valueOf(e.getMessage()));
    }
    return AdminAnswer.ok(one(path));
  }

  private DomainView one(Map<String, String> path) {
    Domain domain = Names.domain(Names.part(path, "domain"));
    List<DomainInfo> all = directory.domains().all();
    return all.stream()
        .filter(info -> info.domain().equals(domain))
        .map(info -> view(info, all))
        .findFirst()
        .orElseThrow(() -> new DirectoryException.NoSuchDomain(domain));
  }

  private AdminAnswer catchAll(AdminRequest request, Map<String, String> path) {
    MailAddress target = Names.address(json.read(request, AddressBody.class).address());
    directory.domains().setCatchAll(Names.domain(Names.part(path, "domain")), Optional.of(target));
    return AdminAnswer.done();
  }

  private AdminAnswer noCatchAll(Map<String, String> path) {
    directory.domains().setCatchAll(Names.domain(Names.part(path, "domain")), Optional.empty());
    return AdminAnswer.done();
  }

  private List<AliasView> aliases(AdminRequest request) {
    List<Domain> domains =
        request
            .parameter("domain")
            .map(name -> List.of(Names.domain(name)))
            .orElseGet(() -> directory.domains().all().stream().map(DomainInfo::domain).toList());
    List<AliasView> views = new ArrayList<>();
    for (Domain domain : domains) {
      for (Resolution.Alias alias : directory.aliases(domain)) {
        views.add(
            new AliasView(
                alias.alias().toString(),
                alias.targets().stream().map(MailAddress::toString).toList(),
                directory.expand(alias.alias()).leavesFrom(domain)));
      }
    }
    return views;
  }

  private AdminAnswer putAlias(AdminRequest request, Map<String, String> path) {
    MailAddress alias = Names.address(Names.part(path, "alias"));
    List<MailAddress> targets =
        json.read(request, TargetsBody.class).targets().stream().map(Names::address).toList();
    boolean there =
        directory.aliases(alias.domain()).stream()
            .anyMatch(known -> known.alias().toString().equalsIgnoreCase(alias.toString()));
    if (there) {
      directory.changeAlias(alias, targets);
    } else {
      directory.createAlias(Names.newAddress(Names.part(path, "alias")), targets);
    }
    return LooseEnds.of(
        directory.mentions(),
        targets.stream()
            .map(target -> new Mention(Mentions.Kind.ALIAS, alias.toString(), target))
            .toList());
  }

  private AdminAnswer removeAlias(Map<String, String> path) {
    MailAddress alias = Names.address(Names.part(path, "alias"));
    Mentions mentions = directory.mentions();
    List<Mention> named = mentions.leadingTo(alias);
    directory.deleteAlias(alias);
    return LooseEnds.of(mentions, named);
  }
}
