package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "group",
    description = "Groups of users, to whom mailboxes can be shared at once.",
    footer = {
      "",
      "Example:  posthorn group create team@example.org ann@example.org bob@example.org",
      "          posthorn mailbox acl support@example.org INBOX --set '$team=lrswite'"
    })
final class GroupCommand {
  private static final String GROUP = "GROUP";
  private static final String MEMBERS = "members";

  @Command(
      name = "create",
      description =
          "Make a group of users of its domain. It gets no mail: for that there are aliases.",
      footer = {"", "Example:  posthorn group create team@example.org ann@example.org"})
  int create(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = GROUP, description = "Such as team@example.org.")
          String group,
      @Parameters(
              index = "1..*",
              arity = "0..*",
              paramLabel = "LOGIN",
              description = "Its members.")
          @Nullable List<String> members) {
    List<String> all = members == null ? List.of() : members;
    JsonNode answer = options.client().put(AdminClient.path("groups", group), Map.of(MEMBERS, all));
    options.done(answer, "Made group " + group + " with " + Counted.of(all.size(), "member") + ".");
    return ExitCode.OK;
  }

  @Command(
      name = "add",
      description = "Add members to a group.",
      footer = {"", "Example:  posthorn group add team@example.org bob@example.org"})
  int add(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = GROUP, description = "The group.") String group,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "LOGIN", description = "The users.")
          List<String> members) {
    JsonNode answer =
        options.client().post(AdminClient.path("groups", group, MEMBERS), Map.of(MEMBERS, members));
    options.done(answer, "Added " + String.join(", ", members) + " to " + group + ".");
    return ExitCode.OK;
  }

  @Command(
      name = "remove",
      description = "Take a member out of a group, or remove the group.",
      footer = {
        "",
        "Examples:  posthorn group remove team@example.org bob@example.org",
        "           posthorn group remove team@example.org"
      })
  int remove(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = GROUP, description = "The group.") String group,
      @Parameters(index = "1", arity = "0..1", paramLabel = "LOGIN", description = "The member.")
          @Nullable String member) {
    String path =
        member == null
            ? AdminClient.path("groups", group)
            : AdminClient.path("groups", group, MEMBERS, member);
    options.done(
        options.client().delete(path),
        member == null
            ? "Removed group " + group + "; what was shared with it is so no longer."
            : "Took " + member + " out of " + group + ".");
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      description = "Show the groups of all domains or of one.",
      footer = {"", "Example:  posthorn group list example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", arity = "0..1", description = "Only this domain's.")
          @Nullable String domain) {
    JsonNode answer =
        options
            .client()
            .get("/groups" + (domain == null ? "" : "?domain=" + AdminClient.encode(domain)));
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode groups) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode group : groups) {
      rows.add(
          List.of(
              group.path("group").asString(),
              String.join(
                  ", ", group.path(MEMBERS).valueStream().map(JsonNode::asString).toList())));
    }
    if (rows.isEmpty()) {
      out.line("No groups.");
    } else {
      out.table(List.of("GROUP", "MEMBERS"), rows);
    }
  }
}
