package org.posthorn.app.admin;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.message.Counted;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.ListDesk.Verdict;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.Mentions;

/// Mailing lists, their members, and the posts that wait.
final class ListRoutes {
  private static final int PAGE_MAX = 5_000;
  private static final int PROBLEMS_MAX = 100;

  private final Directory directory;
  private final ListBook lists;
  private final Moderation moderation;
  private final Json json;
  private final InstantSource clock = InstantSource.system();

  ListRoutes(Directory directory, Moderation moderation, Json json) {
    this.directory = directory;
    this.lists = directory.lists();
    this.moderation = moderation;
    this.json = json;
  }

  private record ListView(String list, String id, Map<String, String> settings) {
    static ListView of(MailingList list) {
      return new ListView(list.address().toString(), list.id(), list.settings().toMap());
    }
  }

  private record ListDetail(
      String list,
      String id,
      Map<String, String> settings,
      Map<String, Integer> members,
      int held) {}

  private record MemberView(
      String address, String name, String state, Instant since, int bounceDays) {
    static MemberView of(ListMember member) {
      return new MemberView(
          member.address().toString(),
          member.name(),
          word(member.state()),
          member.since(),
          member.bounceDays());
    }
  }

  private record MembersPage(List<MemberView> members, @Nullable String next) {}

  private record HeldView(
      String post,
      String mail,
      String from,
      String subject,
      long sizeBytes,
      Instant since,
      String why) {
    static HeldView of(Held held) {
      return new HeldView(
          held.token(),
          held.mail().value(),
          held.from(),
          held.subject(),
          held.sizeBytes(),
          held.since(),
          held.why());
    }
  }

  private record SettingsBody(@Nullable Map<String, String> settings) {
    Map<String, String> changes() {
      return settings == null ? Map.of() : settings;
    }
  }

  private record MemberBody(String address, @Nullable String name) {
    ListBook.NewMember wanted() {
      String called = name == null ? "" : name;
      MemberTable.checkName(called);
      return new ListBook.NewMember(Names.address(address), called);
    }
  }

  private record MembersBody(List<MemberBody> members) {}

  private record StateBody(String state) {}

  private record VerdictBody(String verdict, @Nullable String reason) {}

  /// `there`: who were members before; `problems` are the first of those that were not taken.
  private record Added(int added, int there, int notTaken, List<MemberTable.Problem> problems) {}

  List<Route> routes() {
    List<Route> all = new ArrayList<>(listRoutes());
    all.addAll(memberRoutes());
    all.add(
        new Route(
            "GET",
            "/lists/{list}/held",
            "Posts that wait for a moderator, the oldest first.",
            (_, path) ->
                AdminAnswer.ok(
                    moderation.waiting(list(path)).stream().map(HeldView::of).toList())));
    all.add(
        new Route(
            "POST",
            "/lists/{list}/held/{post}",
            "Decide about a post: `{\"verdict\": \"approve\"}`, or `reject`, with a `reason` for"
                + " its author if you like.",
            this::decide));
    all.add(
        new Route(
            "POST",
            "/lists/{list}/unsubscribe/{token}",
            "Unsubscribe whoever has this token: for a web server that takes the POST of RFC 8058.",
            (_, path) -> unsubscribe(path)));
    return all;
  }

  private List<Route> listRoutes() {
    return List.of(
        new Route(
                "GET",
                "/lists",
                "All mailing lists, or those of `?domain=`.",
                (request, _) -> AdminAnswer.ok(all(request)))
            .taking("domain"),
        new Route(
            "PUT",
            "/lists/{list}",
            "Make a mailing list: `{\"settings\": {\"posting\": \"members\"}}`.",
            (request, path) ->
                AdminAnswer.created(
                    ListView.of(
                        lists.create(
                            Names.newAddress(Names.part(path, "list")),
                            json.read(request, SettingsBody.class).changes())))),
        new Route(
            "GET",
            "/lists/{list}",
            "One list: its settings, how many members it has, how many posts wait.",
            (_, path) -> AdminAnswer.ok(detail(list(path)))),
        new Route(
            "PATCH",
            "/lists/{list}",
            "Change settings of a list: `{\"settings\": {\"reply-to\": \"list\"}}`.",
            (request, path) ->
                AdminAnswer.ok(
                    ListView.of(
                        lists.configure(
                            address(path), json.read(request, SettingsBody.class).changes())))),
        new Route(
                "DELETE",
                "/lists/{list}",
                "Delete a list with its members. One for which posts wait goes only with `?held=reject`,"
                    + " which rejects them: they go to nobody, and nobody is told. `leadNowhere` names"
                    + " what led to it, also by aliases, and leads nowhere now.",
                this::delete)
            .taking("held"));
  }

  private List<Route> memberRoutes() {
    return List.of(
        new Route(
                "GET",
                "/lists/{list}/members",
                "Members, at most `?limit=` (1000) after `?after=`; `next` goes into the next request.",
                (request, path) -> AdminAnswer.ok(members(request, list(path))))
            .taking("limit", "after"),
        new Route(
            "POST",
            "/lists/{list}/members",
            "Subscribe people, without asking them: `{\"members\": [{\"address\":"
                + " \"ann@example.org\", \"name\": \"Ann\"}]}`.",
            this::subscribe),
        new Route(
            "POST",
            "/lists/{list}/members/import",
            "Subscribe people from a text: an address on each line, or CSV with address, name and"
                + " state, as  list export  writes it. Who is a member stays as he is.",
            this::importMembers),
        new Route(
            "PATCH",
            "/lists/{list}/members/{address}",
            "Let a member get mail again, or nothing: `{\"state\": \"active\"}`, `suspended`.",
            this::setState),
        new Route(
            "DELETE",
            "/lists/{list}/members/{address}",
            "Unsubscribe somebody.",
            (_, path) -> remove(path)));
  }

  private AdminAnswer delete(AdminRequest request, Map<String, String> path) {
    MailingList list = list(path);
    checkNothingWaits(list, request);
    Mentions mentions = directory.mentions();
    List<Mentions.Mention> named = mentions.leadingTo(list.address());
    moderation.end(list, lists.delete(list.address()));
    return LooseEnds.of(mentions, named);
  }

  private void checkNothingWaits(MailingList list, AdminRequest request) {
    Optional<String> held = request.parameter("held");
    if (held.isPresent() && !held.get().equals("reject")) {
      throw Declined.badRequest("\"" + held.get() + "\" is not reject");
    }
    int waiting = moderation.waiting(list).size();
    if (waiting > 0 && held.isEmpty()) {
      throw Declined.conflict(
          "%s %s for the moderators of %s: decide about %s (posthorn list held), or have %s rejected with the list (--reject-held)"
              .formatted(
                  Counted.of(waiting, "post"),
                  waiting == 1 ? "waits" : "wait",
                  list.address(),
                  waiting == 1 ? "it" : "them",
                  waiting == 1 ? "it" : "them"));
    }
  }

  private List<ListView> all(AdminRequest request) {
    List<Domain> domains =
        request
            .parameter("domain")
            .map(name -> List.of(Names.domain(name)))
            .orElseGet(() -> directory.domains().all().stream().map(DomainInfo::domain).toList());
    return domains.stream().flatMap(domain -> lists.of(domain).stream()).map(ListView::of).toList();
  }

  private ListDetail detail(MailingList list) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (ListMember.State state : ListMember.State.values()) {
      counts.put(word(state), 0);
    }
    lists.forEachMember(list, member -> counts.merge(word(member.state()), 1, Integer::sum));
    return new ListDetail(
        list.address().toString(),
        list.id(),
        list.settings().toMap(),
        counts,
        moderation.waiting(list).size());
  }

  private MembersPage members(AdminRequest request, MailingList list) {
    int limit = request.limit(1_000, PAGE_MAX);
    List<ListMember> page =
        lists.members(list, request.parameter("after").map(Names::address), limit);
    return new MembersPage(
        page.stream().map(MemberView::of).toList(),
        page.size() < limit ? null : page.getLast().address().toString());
  }

  private AdminAnswer subscribe(AdminRequest request, Map<String, String> path) {
    List<ListBook.NewMember> wanted =
        json.read(request, MembersBody.class).members().stream().map(MemberBody::wanted).toList();
    int added = lists.add(list(path).address(), wanted, clock.instant()).size();
    return AdminAnswer.ok(new Added(added, wanted.size() - added, 0, List.of()));
  }

  private AdminAnswer importMembers(AdminRequest request, Map<String, String> path) {
    MailingList list = list(path);
    MemberTable table = MemberTable.read(request.body(), lists);
    List<MemberTable.Problem> problems = table.problems();
    int added = lists.add(list.address(), table.members(), clock.instant()).size();
    var answer =
        new Added(
            added,
            table.members().size() - added,
            problems.size(),
            problems.subList(0, Math.min(problems.size(), PROBLEMS_MAX)));
    return new AdminAnswer.Lines(sink -> sink.line(answer));
  }

  private AdminAnswer setState(AdminRequest request, Map<String, String> path) {
    MailAddress member = Names.address(Names.part(path, "address"));
    String wanted = json.read(request, StateBody.class).state();
    ListMember.State state =
        switch (wanted) {
          case "active" -> ListMember.State.ACTIVE;
          case "suspended" -> ListMember.State.SUSPENDED;
          default ->
              throw Declined.badRequest("\"" + wanted + "\" is neither active nor suspended");
        };
    return AdminAnswer.ok(
        MemberView.of(
            lists
                .set(list(path).address(), member, state)
                .orElseThrow(() -> noMember(member.toString()))));
  }

  private AdminAnswer remove(Map<String, String> path) {
    MailAddress member = Names.address(Names.part(path, "address"));
    if (!lists.remove(list(path).address(), member)) {
      throw noMember(member.toString());
    }
    return AdminAnswer.done();
  }

  private AdminAnswer unsubscribe(Map<String, String> path) {
    MailingList list = list(path);
    ListMember member =
        lists
            .byToken(list, Names.part(path, "token"))
            .orElseThrow(
                () -> Declined.notFound("Nobody is a member with this token, or not any more"));
    var _ = lists.remove(list.address(), member.address());
    return AdminAnswer.ok(MemberView.of(member));
  }

  private AdminAnswer decide(AdminRequest request, Map<String, String> path) {
    VerdictBody body = json.read(request, VerdictBody.class);
    Verdict verdict =
        switch (body.verdict()) {
          case "approve" -> Verdict.APPROVED;
          case "reject" -> Verdict.REJECTED;
          default ->
              throw Declined.badRequest("\"" + body.verdict() + "\" is neither approve nor reject");
        };
    Held held =
        moderation
            .decide(
                list(path),
                Names.part(path, "post"),
                verdict,
                body.reason() == null ? "" : body.reason())
            .orElseThrow(
                () -> Declined.notFound("No such post waits any more; see  posthorn list held"));
    if (held.verdict() != verdict) {
      throw Declined.conflict(
          "Somebody has decided already: " + held.verdict().name().toLowerCase(Locale.ROOT));
    }
    return AdminAnswer.ok(HeldView.of(held));
  }

  private MailingList list(Map<String, String> path) {
    return lists.there(address(path));
  }

  private static MailAddress address(Map<String, String> path) {
    return Names.address(Names.part(path, "list"));
  }

  private static Declined noMember(String address) {
    return Declined.notFound("There is no member " + address);
  }

  static String word(ListMember.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
