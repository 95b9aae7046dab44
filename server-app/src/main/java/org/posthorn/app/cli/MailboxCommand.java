package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "mailbox",
    description = "The mailboxes (folders) of a user.",
    footer = {"", "Example:  posthorn mailbox list ann@example.org"})
final class MailboxCommand {
  @Command(
      name = "list",
      description = "Show a user's mailboxes with their messages and sizes.",
      footer = {"", "Example:  posthorn mailbox list ann@example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login) {
    JsonNode answer = options.client().get(AdminClient.path("users", login, "mailboxes"));
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "create",
      description = "Make a mailbox, and those above it. Levels are separated by /.",
      footer = {"", "Example:  posthorn mailbox create ann@example.org Work/2026"})
  int create(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Parameters(paramLabel = "NAME", description = "The mailbox.") String name) {
    JsonNode answer =
        options.client().post(AdminClient.path("users", login, "mailboxes"), Map.of("name", name));
    options.done(answer, "Made " + name + ".");
    return ExitCode.OK;
  }

  @Command(
      name = "set",
      description =
          "Let messages leave a mailbox by themselves when they have been there for a time.",
      footer = {
        "",
        "Examples:  posthorn mailbox set ann@example.org Trash --retention 30d",
        "           posthorn mailbox set ann@example.org Trash --retention none"
      })
  int set(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Parameters(paramLabel = "NAME", description = "The mailbox.") String name,
      @Option(
              names = "--retention",
              required = true,
              paramLabel = "DAYS",
              description =
                  "Such as 30d; none: messages stay; default: as the domain says for Trash and"
                      + " Junk.")
          String retention) {
    JsonNode answer =
        options
            .client()
            .patch(
                AdminClient.path("users", login, "mailboxes", name),
                Map.of("retentionDays", Days.parse(retention)));
    long days = answer.path("keptDays").asLong();
    options.done(
        answer,
        days == 0
            ? "Messages stay in " + name + "."
            : "Messages leave "
                + name
                + " after "
                + Counted.of(days, "day")
                + "; the history still has them.");
    return ExitCode.OK;
  }

  @Command(
      name = "acl",
      description = {
        "Show who may do what in a mailbox, or give rights in it.",
        "Rights: l list, r read, s keep what is read, w other flags, i insert, p post, k make"
            + " mailboxes below, x delete the mailbox, t mark as deleted, e expunge, a give rights."
      },
      footer = {
        "",
        "Examples:  posthorn mailbox acl ann@example.org Archive",
        "           posthorn mailbox acl ann@example.org Archive \\",
        "               --set bob@example.org=lrs",
        "           posthorn mailbox acl support@example.org INBOX \\",
        "               --set '$team=lrswite' --set cyd="
      })
  int acl(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Parameters(paramLabel = "NAME", description = "The mailbox.") String name,
      @Option(
              names = "--set",
              paramLabel = "WHO=RIGHTS",
              description =
                  "A login, a group such as $team, or anyone, with the rights it shall have; none:"
                      + " nothing behind the =. Repeatable.")
          @Nullable List<String> grants) {
    AdminClient client = options.client();
    for (String grant : grants == null ? List.<String>of() : grants) {
      int equals = grant.indexOf('=');
      if (equals < 1) {
        throw new CommandFailed(ExitCode.USAGE, "Write for example  --set bob@example.org=lrs");
      }
      var _ =
          client.put(
              AdminClient.path(
                  "users", login, "mailboxes", name, "acl", grant.substring(0, equals)),
              Map.of("rights", grant.substring(equals + 1)));
    }
    JsonNode answer = client.get(AdminClient.path("users", login, "mailboxes", name, "acl"));
    options.show(answer, out -> printRights(out, answer));
    return ExitCode.OK;
  }

  private static void printRights(Output out, JsonNode entries) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode entry : entries) {
      rows.add(List.of(entry.path("identifier").asString(), entry.path("rights").asString()));
    }
    if (rows.isEmpty()) {
      out.line("Shared with nobody.");
    } else {
      out.table(List.of("WHO", "RIGHTS"), rows);
    }
  }

  @Command(
      name = "delete",
      description = "Delete a mailbox and the messages in it.",
      footer = {"", "Example:  posthorn mailbox delete ann@example.org Work/2026 --yes"})
  int delete(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Parameters(paramLabel = "NAME", description = "The mailbox.") String name,
      @Option(names = "--yes", description = "Do it; do not ask.") boolean yes) {
    AdminClient client = options.client();
    if (!yes) {
      // Nobody is asked about a mailbox that is not there.
      var _ = client.get(AdminClient.path("users", login, "mailboxes", name, "acl"));
    }
    if (!yes && !Question.agreed("Delete " + name + " and its messages? [y/N] ")) {
      throw new CommandFailed(
          ExitCode.USAGE, "Nothing was deleted. To delete without a question:  --yes");
    }
    options.done(
        client.delete(AdminClient.path("users", login, "mailboxes", name)),
        "Deleted " + name + ".");
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode mailboxes) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode mailbox : mailboxes) {
      rows.add(
          List.of(
              mailbox.path("name").asString(),
              mailbox.path("messages").asString(),
              mailbox.path("unseen").asString(),
              Output.size(mailbox.path("sizeBytes").asLong()),
              mailbox.path("specialUse").asString(""),
              kept(mailbox)));
    }
    out.table(List.of("MAILBOX", "MESSAGES", "UNSEEN", "SIZE", "USE", "KEPT"), rows);
  }

  /// `30d`, or nothing for messages that stay.
  private static String kept(JsonNode mailbox) {
    long days = mailbox.path("keptDays").asLong();
    return days == 0 ? "" : days + "d";
  }
}
