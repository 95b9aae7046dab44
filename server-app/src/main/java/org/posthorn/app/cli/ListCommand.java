package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "list",
    description = "Mailing lists: their settings, their members, the posts that wait.",
    footer = {
      "",
      "Example:  posthorn list create team@example.org moderators=ann@example.org",
      "          posthorn list subscribe team@example.org bob@example.org \\",
      "              carl@example.com"
    })
final class ListCommand {
  private static final String LISTS = "lists";
  private static final String LIST = "LIST";
  private static final String MEMBERS = "members";
  private static final String HELD = "held";
  private static final String SETTINGS = "settings";
  private static final int PAGE = 2_000;

  @Command(
      name = "create",
      description = {
        "Make a mailing list.",
        "Settings: title, posting (anyone, members, moderators), others (hold, refuse, drop), joining"
            + " (open, closed), moderators, subject-tag, reply-to (sender, list), rewrite-from"
            + " (dmarc, always, never), max-bytes, archive, footer, bounce-days, bouncing (suspend,"
            + " remove), tell-sender (yes, no)."
      },
      footer = {
        "",
        "Example:  posthorn list create team@example.org title=\"The Team\" posting=anyone"
      })
  int create(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "Such as team@example.org.")
          String list,
      @Parameters(index = "1..*", arity = "0..*", paramLabel = "NAME=VALUE")
          @Nullable List<String> settings) {
    JsonNode answer =
        options.client().put(AdminClient.path(LISTS, list), Map.of(SETTINGS, read(settings)));
    options.done(
        answer,
        "Made list " + list + ". Now:  posthorn list subscribe " + list + " somebody@example.org");
    return ExitCode.OK;
  }

  @Command(
      name = "set",
      description = "Change settings of a list; an empty value takes one away.",
      footer = {"", "Example:  posthorn list set team@example.org reply-to=list footer="})
  int set(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME=VALUE")
          List<String> settings) {
    JsonNode answer =
        options.client().patch(AdminClient.path(LISTS, list), Map.of(SETTINGS, read(settings)));
    options.done(answer, "Changed " + list + ".");
    return ExitCode.OK;
  }

  private static Map<String, String> read(@Nullable List<String> settings) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String setting : settings == null ? List.<String>of() : settings) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new CommandFailed(
            ExitCode.USAGE, "\"" + setting + "\" is no setting; write for example posting=members");
      }
      all.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return all;
  }

  @Command(
      name = "list",
      description = "Show the mailing lists of all domains or of one.",
      footer = {"", "Example:  posthorn list list example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", arity = "0..1", description = "Only this domain's.")
          @Nullable String domain) {
    JsonNode answer =
        options
            .client()
            .get("/lists" + (domain == null ? "" : "?domain=" + AdminClient.encode(domain)));
    options.show(
        answer,
        out ->
            table(
                out,
                "No lists.",
                List.of("LIST", "TITLE", "POSTING", "JOINING"),
                answer,
                List.of("list", "/settings/title", "/settings/posting", "/settings/joining")));
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = "Show a list: its settings, how many members it has, how many posts wait.",
      footer = {"", "Example:  posthorn list show team@example.org"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LIST, description = "The list.") String list) {
    JsonNode answer = options.client().get(AdminClient.path(LISTS, list));
    options.show(
        answer,
        out -> {
          List<List<String>> rows = new ArrayList<>();
          answer
              .path(SETTINGS)
              .properties()
              .forEach(one -> rows.add(List.of(one.getKey(), one.getValue().asString())));
          answer
              .path(MEMBERS)
              .properties()
              .forEach(one -> rows.add(List.of("members, " + one.getKey(), one.getValue() + "")));
          rows.add(List.of("posts that wait", answer.path(HELD) + ""));
          out.table(List.of("SETTING", answer.path("list").asString()), rows);
        });
    return ExitCode.OK;
  }

  @Command(
      name = "delete",
      description = {
        "Delete a list with its members, for good.",
        "One for which posts wait goes only with --reject-held."
      },
      footer = {"", "Example:  posthorn list delete team@example.org --yes"})
  int delete(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LIST, description = "The list.") String list,
      @Option(
              names = "--reject-held",
              description = "Also with posts that wait: they go to nobody, and nobody is told.")
          boolean rejectHeld,
      @Option(names = "--yes", description = "Do it; do not ask.") boolean yes) {
    if (!yes && !Question.agreed("Delete " + list + " with its members, for good? [y/N] ")) {
      throw new CommandFailed(
          ExitCode.USAGE, "Nothing was deleted. To delete without a question:  --yes");
    }
    JsonNode answer =
        options.client().delete(AdminClient.path(LISTS, list) + (rejectHeld ? "?held=reject" : ""));
    options.done(answer, "Deleted list " + list + "." + DeadEnds.behind(answer));
    return ExitCode.OK;
  }

  @Command(
      name = "members",
      description = "Show the members of a list.",
      footer = {"", "Example:  posthorn list members team@example.org"})
  int members(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LIST, description = "The list.") String list) {
    List<JsonNode> all = new ArrayList<>();
    eachMember(options, list, all::add);
    all.sort((one, other) -> address(one).compareTo(address(other)));
    JsonNode answer = options.mapper().createArrayNode().addAll(all);
    options.show(
        answer,
        out ->
            table(
                out,
                "No members.",
                List.of("ADDRESS", "NAME", "STATE", "SINCE", "BOUNCES"),
                answer,
                List.of("address", "name", "state", "since", "bounceDays")));
    return ExitCode.OK;
  }

  private static void eachMember(ClientOptions options, String list, Consumer<JsonNode> action) {
    String path = AdminClient.path(LISTS, list, MEMBERS) + "?limit=" + PAGE;
    JsonNode page = options.client().get(path);
    page.path(MEMBERS).forEach(action);
    while (page.hasNonNull("next")) {
      String after = AdminClient.encode(page.path("next").asString());
      page = options.client().get(path + "&after=" + after);
      page.path(MEMBERS).forEach(action);
    }
  }

  private static String address(JsonNode member) {
    return member.path("address").asString();
  }

  @Command(
      name = "subscribe",
      description = "Make people members, without asking them.",
      footer = {"", "Example:  posthorn list subscribe team@example.org bob@example.org"})
  int subscribe(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "ADDRESS", description = "Who.")
          List<String> addresses) {
    JsonNode answer =
        options
            .client()
            .post(
                AdminClient.path(LISTS, list, MEMBERS),
                Map.of(MEMBERS, addresses.stream().map(one -> Map.of("address", one)).toList()));
    return added(options, answer);
  }

  private static int added(ClientOptions options, JsonNode answer) {
    options.show(
        answer,
        out -> {
          answer
              .path("problems")
              .forEach(problem ->
                  out.line(
                      "line " + problem.path("line") + ": " + problem.path("problem").asString()));
          long untold = answer.path("notTaken").asLong() - answer.path("problems").size();
          if (untold > 0) {
            out.line("and " + Counted.of(untold, "line") + " more that could not be taken");
          }
          out.line(
              Counted.of(answer.path("added").asLong(), "new member")
                  + "; there already: "
                  + answer.path("there"));
        });
    return answer.path("problems").isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  @Command(
      name = "unsubscribe",
      description = "Take a member off a list.",
      footer = {"", "Example:  posthorn list unsubscribe team@example.org bob@example.org"})
  int unsubscribe(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1", paramLabel = "ADDRESS", description = "Who.") String address) {
    options.done(
        options.client().delete(AdminClient.path(LISTS, list, MEMBERS, address)),
        "Took " + address + " off " + list + ".");
    return ExitCode.OK;
  }

  @Command(
      name = "suspend",
      description = "Send a member nothing until you say otherwise.",
      footer = {"", "Example:  posthorn list suspend team@example.org bob@example.org"})
  int suspend(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1", paramLabel = "ADDRESS", description = "Who.") String address) {
    options.done(
        state(options, list, address, "suspended"), address + " gets nothing of " + list + ".");
    return ExitCode.OK;
  }

  @Command(
      name = "resume",
      description = "Send a member mail again who was suspended, or whose mail came back.",
      footer = {"", "Example:  posthorn list resume team@example.org bob@example.org"})
  int resume(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1", paramLabel = "ADDRESS", description = "Who.") String address) {
    options.done(
        state(options, list, address, "active"), address + " gets the mail of " + list + ".");
    return ExitCode.OK;
  }

  private static JsonNode state(ClientOptions options, String list, String address, String state) {
    return options
        .client()
        .patch(AdminClient.path(LISTS, list, MEMBERS, address), Map.of("state", state));
  }

  @Command(
      name = "import",
      description = {
        "Subscribe people from a file in UTF-8: an address on each line, or CSV with"
            + " address,name,state as  list export  prints it.",
        "Members who are there already stay as they are."
      },
      footer = {"", "Example:  posthorn list import team@example.org members.csv"})
  int importMembers(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1", paramLabel = "FILE", description = "The file.") Path file) {
    byte[] text;
    try {
      text = Files.readAllBytes(file);
    } catch (IOException e) {
      throw CommandFailed.unread("the members", file, e);
    }
    List<JsonNode> answer = new ArrayList<>();
    options
        .client()
        .lines("POST", AdminClient.path(LISTS, list, MEMBERS, "import"), text, answer::add);
    return added(options, answer.getFirst());
  }

  @Command(
      name = "export",
      description = "Print the members as CSV: address,name,state.",
      footer = {"", "Example:  posthorn list export team@example.org > members.csv"})
  int export(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LIST, description = "The list.") String list) {
    if (options.json()) {
      return members(options, list);
    }
    Output out = options.output();
    out.line("address,name,state");
    eachMember(
        options,
        list,
        member ->
            out.line(
                cell(address(member))
                    + ","
                    + cell(member.path("name").asString())
                    + ","
                    + member.path("state").asString()));
    return ExitCode.OK;
  }

  private static String cell(String text) {
    return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  @Command(
      name = "held",
      description = "Show the posts that wait for a moderator.",
      footer = {"", "Example:  posthorn list held team@example.org"})
  int held(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LIST, description = "The list.") String list) {
    JsonNode answer = options.client().get(AdminClient.path(LISTS, list, HELD));
    options.show(
        answer,
        out ->
            table(
                out,
                "No posts wait.",
                List.of("POST", "SINCE", "FROM", "SUBJECT", "WHY"),
                answer,
                List.of("post", "since", "from", "subject", "why")));
    return ExitCode.OK;
  }

  @Command(
      name = "approve",
      description = "Let a post through that waits.",
      footer = {"", "Example:  posthorn list approve team@example.org k4w2pzqhb3xtn5ra"})
  int approve(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1", paramLabel = "POST", description = "As  list held  shows it.")
          String post) {
    JsonNode answer =
        options
            .client()
            .post(AdminClient.path(LISTS, list, HELD, post), Map.of("verdict", "approve"));
    options.done(answer, "It goes to the members of " + list + ".");
    return ExitCode.OK;
  }

  @Command(
      name = "reject",
      description = "Drop a post that waits; its author is told if you give a reason.",
      footer = {
        "",
        "Example:  posthorn list reject team@example.org k4w2pzqhb3xtn5ra \\",
        "              --reason \"No adverts\""
      })
  int reject(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LIST, description = "The list.") String list,
      @Parameters(index = "1", paramLabel = "POST", description = "As  list held  shows it.")
          String post,
      @Option(names = "--reason", paramLabel = "TEXT", description = "What its author is told.")
          @Nullable String reason) {
    JsonNode answer =
        options
            .client()
            .post(
                AdminClient.path(LISTS, list, HELD, post),
                Map.of("verdict", "reject", "reason", reason == null ? "" : reason));
    options.done(answer, "It goes to nobody.");
    return ExitCode.OK;
  }

  private static void table(
      Output out, String none, List<String> titles, JsonNode all, List<String> fields) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode one : all) {
      rows.add(
          fields.stream()
              .map(field -> field.startsWith("/") ? one.at(field) : one.path(field))
              .map(JsonNode::asString)
              .toList());
    }
    if (rows.isEmpty()) {
      out.line(none);
    } else {
      out.table(titles, rows);
    }
  }
}
