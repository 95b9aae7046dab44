package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// Which mail of a repository is meant: one, what the options choose, or all.
final class RepositoryChoice {
  @Parameters(index = "0", paramLabel = "NAME", description = "The repository.")
  private @Nullable String name;

  @Parameters(index = "1", paramLabel = "MAIL", arity = "0..1", description = "The mail's id.")
  private @Nullable String mail;

  @Option(
      names = "--sender",
      paramLabel = "TEXT",
      description =
          "Only mail from an address with this part, or from such as *@example.org; <> is the sender of reports.")
  private @Nullable String sender;

  @Option(
      names = "--recipient",
      paramLabel = "TEXT",
      description = "Only recipients whose address has this part, or such as *@example.org.")
  private @Nullable String recipient;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Only where the reason for which it is there has this part.")
  private @Nullable String reason;

  @Option(
      names = "--older-than",
      paramLabel = "TIME",
      description = "Only mail that was put there so long ago, such as 2h, 3d.")
  private @Nullable String olderThan;

  String name() {
    return Objects.requireNonNull(name);
  }

  boolean hasAge() {
    return olderThan != null;
  }

  /// The mails that are meant, with those of their recipients that are.
  JsonNode show(ClientOptions options, int limit) {
    return pages(options).first(limit);
  }

  /// The ids of all that are meant; a mail that was named has to be among them.
  List<String> ids(ClientOptions options) {
    List<String> ids = new ArrayList<>();
    pages(options).each(each -> ids.add(each.path("id").asString()));
    if (mail != null && ids.isEmpty()) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE,
          "Mail %s is not in %s, or the options do not fit it: see  posthorn repository show %s"
              .formatted(mail, name(), name()));
    }
    return ids;
  }

  private QueuePages pages(ClientOptions options) {
    List<String> parts = parts();
    if (mail != null) {
      parts.add("mail=" + AdminClient.encode(mail));
    }
    return new QueuePages(options, parts);
  }

  /// Whether mail is in it or the configuration names it: if not, the name may be mistyped.
  boolean isKnown(ClientOptions options) {
    return options.client().get("/repositories").findValuesAsString("name").contains(name());
  }

  boolean isOne() {
    return mail != null;
  }

  /// Where an order goes.
  String path(String verb) {
    return mail == null ? "/queue/" + verb : AdminClient.path("queue", mail, verb);
  }

  /// The query of a request, with `more` parameters.
  String query(String... more) {
    List<String> parts = parts();
    parts.addAll(List.of(more));
    return String.join("&", parts);
  }

  private List<String> parts() {
    List<String> parts = new ArrayList<>();
    add(parts, "repository", name());
    add(parts, "sender", sender);
    add(parts, "recipient", recipient);
    add(parts, "answer", reason);
    add(parts, "older-than", olderThan);
    return parts;
  }

  private static void add(List<String> parts, String name, @Nullable String value) {
    if (value != null) {
      parts.add(name + "=" + AdminClient.encode(value));
    }
  }
}
