package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "user",
    description = "People with an account: their address is their login.",
    subcommands = {
      AppPasswordCommand.class,
      BlockCommand.class,
      SendingCommand.class,
      VacationCommand.class
    },
    footer = {"", "Example:  posthorn user add ann@example.org"})
final class UserCommand {
  private static final String LOGIN = "LOGIN";

  @Command(
      name = "add",
      description = {
        "Add a user with an account and the usual mailboxes.",
        "The password is asked for, or read from standard input or a file."
      },
      footer = {
        "",
        "Examples:  posthorn user add ann@example.org",
        "           echo \"$SECRET\" | posthorn user add bob@example.org --password-stdin \\",
        "               --quota 5GB",
        "           posthorn user add cid@example.org --quota 5GB --quota-messages 100000",
        "           posthorn user add support@example.org --shared"
      })
  int add(
      @Mixin ClientOptions options,
      @Mixin PasswordOptions password,
      @Parameters(paramLabel = LOGIN, description = "The address, such as ann@example.org.")
          String login,
      @Option(names = "--name", paramLabel = "NAME", description = "The full name.")
          @Nullable String name,
      @Mixin AllowanceOptions allowance,
      @Option(names = "--create-domain", description = "Add the domain too if it is not there.")
          boolean createDomain,
      @Option(
              names = "--shared",
              description =
                  "A shared mailbox: nobody logs in there, and rights are given with  posthorn"
                      + " mailbox acl.")
          boolean shared) {
    Map<String, Object> user = new LinkedHashMap<>();
    user.put("login", login);
    if (shared) {
      user.put("shared", true);
    } else {
      user.put("password", password.read(login));
    }
    user.put("createDomain", createDomain);
    if (name != null) {
      user.put("fullName", name);
    }
    allowance.into(user);
    JsonNode answer = options.client().post("/users", user);
    options.done(answer, "Added " + answer.path("login").asString() + "." + alsoReceives(answer));
    return ExitCode.OK;
  }

  private static String alsoReceives(JsonNode added) {
    JsonNode roles = added.path("alsoReceives");
    return roles.isEmpty()
        ? ""
        : " As the first user of the domain also mail for "
            + roles.values().stream().map(JsonNode::asString).collect(Collectors.joining(", "))
            + ";\nto change that:  posthorn alias add "
            + roles.get(0).asString()
            + " OTHER@ADDRESS";
  }

  @Command(
      name = "remove",
      description = "Remove a user and all mail of theirs, for good.",
      footer = {"", "Example:  posthorn user remove ann@example.org --yes"})
  int remove(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LOGIN, description = "The user.") String login,
      @Option(names = "--yes", description = "Do it; do not ask.") boolean yes) {
    AdminClient client = options.client();
    String path = AdminClient.path("users", login);
    if (!yes) {
      var _ = client.get(path); // Nobody is asked about a user who is not there.
    }
    if (!yes && !Question.agreed("Remove " + login + " and all their mail, for good? [y/N] ")) {
      throw new CommandFailed(
          ExitCode.USAGE, "Nothing was removed. To remove without a question:  --yes");
    }
    JsonNode answer = client.delete(path);
    options.done(answer, "Removed " + login + " and their mail." + DeadEnds.behind(answer));
    return ExitCode.OK;
  }

  @Command(
      name = "rename",
      description = {
        "Give a user another name in the same domain; mail, password, app passwords, quota, groups and"
            + " what is shared stay.",
        "The name before becomes an alias of the new one. Sessions end: the new name is the login."
      },
      footer = {
        "",
        "Examples:  posthorn user rename ann@example.org ann.jones@example.org",
        "           posthorn user rename ann@example.org anna@example.org --no-alias"
      })
  int rename(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = LOGIN, description = "The user.") String login,
      @Parameters(index = "1", paramLabel = "NEW", description = "The new address and login.")
          String to,
      @Option(names = "--no-alias", description = "Let the name before be nobody's.")
          boolean noAlias) {
    JsonNode answer =
        options
            .client()
            .post(
                AdminClient.path("users", login, "rename"), Map.of("login", to, "alias", !noAlias));
    options.done(
        answer,
        "%s is %s now, which is the login too; %s.%s%s"
            .formatted(
                login,
                answer.path("login").asString(),
                noAlias ? "nobody has " + login + " now" : "mail for " + login + " goes there",
                DeadEnds.behind(answer),
                DeadEnds.listsByOldName(answer)));
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      description = "Show the users of all domains or of one.",
      footer = {"", "Example:  posthorn user list example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", arity = "0..1", description = "Only this domain's.")
          @Nullable String domain) {
    JsonNode answer =
        options
            .client()
            .get("/users" + (domain == null ? "" : "?domain=" + AdminClient.encode(domain)));
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = "Show one user: state, quota, use, aliases.",
      footer = {"", "Example:  posthorn user show ann@example.org"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LOGIN, description = "The user.") String login) {
    JsonNode user = options.client().get(AdminClient.path("users", login));
    options.show(
        user,
        out -> {
          out.line(
              out.bold(user.path("login").asString()) + "  " + user.path("fullName").asString());
          out.line("enabled   " + (user.path("enabled").asBoolean() ? "yes" : "no"));
          out.line("account   " + user.path("account").asString());
          out.line(
              "aliases   "
                  + orElse(
                      user.path("aliases")
                          .valueStream()
                          .map(JsonNode::asString)
                          .collect(Collectors.joining(", ")),
                      "none"));
          out.line("messages  " + used(user, "messages", "limitMessages", "quotaMessages"));
          out.line("history   " + user.path("historyKept").asString());
          out.line("used      " + used(user, "usedBytes", "limitBytes", "quotaBytes"));
        });
    return ExitCode.OK;
  }

  @Command(
      name = "password",
      description = {
        "Give a user a new password.",
        "Sessions that were begun with the old one end; app passwords go on."
      },
      footer = {"", "Example:  posthorn user password ann@example.org --password-file new.txt"})
  int password(
      @Mixin ClientOptions options,
      @Mixin PasswordOptions password,
      @Parameters(paramLabel = LOGIN, description = "The user.") String login) {
    JsonNode answer =
        options
            .client()
            .put(
                AdminClient.path("users", login, "password"),
                Map.of("password", password.read(login)));
    options.done(
        answer,
        "The password of %s is changed, and sessions that were begun with the old one are ended.%s"
            .formatted(login, options.json() ? "" : appPasswords(options, login)));
    return ExitCode.OK;
  }

  /// Whoever resets a stolen password must know what else lets somebody in.
  private static String appPasswords(ClientOptions options, String login) {
    int count =
        options
            .client()
            .get(AdminClient.path("users", login, "app-passwords"))
            .path("passwords")
            .size();
    return count == 0
        ? ""
        : "\nApp passwords let in as before:  posthorn user app-password list " + login;
  }

  @Command(
      name = "enable",
      description = "Let a user log in and receive again.",
      footer = {"", "Example:  posthorn user enable ann@example.org"})
  int enable(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LOGIN, description = "The user.") String login) {
    return enabled(options, login, true);
  }

  @Command(
      name = "disable",
      description = "Keep a user's mail, but let them neither log in nor receive.",
      footer = {"", "Example:  posthorn user disable ann@example.org"})
  int disable(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = LOGIN, description = "The user.") String login) {
    return enabled(options, login, false);
  }

  @Command(
      name = "set",
      description = "Change a user's name, or what the user may keep.",
      footer = {
        "",
        "Examples:  posthorn user set ann@example.org --quota 5GB --quota-messages 100000",
        "           posthorn user set ann@example.org --quota none",
        "           posthorn user set ann@example.org --quota default \\",
        "               --name \"Ann Example\"",
        "           posthorn user set ann@example.org --history 90d"
      })
  int set(
      @Mixin ClientOptions options,
      @Mixin AllowanceOptions allowance,
      @Parameters(paramLabel = LOGIN, description = "The user.") String login,
      @Option(names = "--name", paramLabel = "NAME", description = "The full name.")
          @Nullable String name,
      @Option(
              names = "--history",
              paramLabel = "DAYS",
              description =
                  "How long what was changed and deleted can be had back, such as 90d; default: as"
                      + " the domain's.")
          @Nullable String history) {
    Map<String, Object> changes = new LinkedHashMap<>();
    allowance.into(changes);
    if (name != null) {
      changes.put("fullName", name);
    }
    Days.historyInto(changes, history);
    if (changes.isEmpty()) {
      throw new CommandFailed(
          ExitCode.USAGE, "Say what to change: --quota, --quota-messages, --name or --history");
    }
    options.done(
        options.client().patch(AdminClient.path("users", login), changes),
        login + " is changed; to see it:  posthorn user show " + login);
    return ExitCode.OK;
  }

  @Command(
      name = "import",
      description = {
        "Add many users from a file of comma-separated values, UTF-8.",
        "Its first line names the columns: login and password, and if you like name, quota,"
            + " quota-messages.",
        "A password is as it is typed, or an Argon2id hash ($argon2id$v=19$m=…,t=…,p=…$salt$hash,"
            + " with or without {ARGON2ID} before it). Lines with other hashes are not taken.",
        "Users that are there already are left alone and reported."
      },
      footer = {
        "",
        "Example:  posthorn user import users.csv",
        "",
        "  login,password,name,quota",
        "  ann@example.org,correct horse,Ann Example,5GB",
        "  bob@example.org,\"a, comma\",,"
      })
  int importFile(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "FILE.csv", description = "The file.") Path file,
      @Option(names = "--create-domain", description = "Add domains that are not there.")
          boolean createDomain) {
    byte[] csv;
    try {
      csv = Files.readAllBytes(file);
    } catch (IOException e) {
      throw CommandFailed.unread("the users", file, e);
    }
    var report = new ImportReport(options);
    options.client().lines("POST", "/users/import?createDomain=" + createDomain, csv, report::take);
    return report.end();
  }

  private static int enabled(ClientOptions options, String login, boolean enabled) {
    JsonNode answer =
        options.client().patch(AdminClient.path("users", login), Map.of("enabled", enabled));
    options.done(answer, login + (enabled ? " is enabled." : " is disabled."));
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode users) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode user : users) {
      rows.add(
          List.of(
              user.path("login").asString(),
              user.path("enabled").asBoolean() ? "yes" : "no",
              orElse(AllowanceOptions.quota(user), "-"),
              orElse(AllowanceOptions.messages(user), "-"),
              user.path("fullName").asString()));
    }
    if (rows.isEmpty()) {
      out.line("No users yet. Add one:  posthorn user add NAME@DOMAIN");
    } else {
      out.table(List.of(LOGIN, "ENABLED", "QUOTA", "MESSAGES", "NAME"), rows);
    }
  }

  /// Such as `3.1 GB of 5.0 GB (62 %)`; and whether the limit is the user's own.
  private static String used(JsonNode user, String used, String limit, String own) {
    boolean bytes = own.equals("quotaBytes");
    long is = user.path(used).asLong();
    long may = user.path(limit).asLong();
    String now = bytes ? Output.size(is) : Long.toString(is);
    String whose = user.path(own).isNumber() ? "" : ", by default";
    return may == 0
        ? now + " (no limit" + whose + ")"
        : "%s of %s (%d %%%s)"
            .formatted(now, bytes ? Output.size(may) : may, Math.round(is * 100.0 / may), whose);
  }

  private static String orElse(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }
}
