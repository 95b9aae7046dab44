package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Mail of the queue, read page by page: a server shows a few thousand at once.
record QueuePages(ClientOptions options, List<String> query) {
  private static final int PAGE = 1_000;

  /// `query` are parts such as `state=held`.
  QueuePages {
    query = List.copyOf(query);
  }

  /// All that fits.
  void each(Consumer<JsonNode> mail) {
    String next = "";
    do {
      JsonNode page = page(next, PAGE, /* counted= */ false);
      page.path("mails").forEach(mail);
      next = next(page);
    } while (!next.isEmpty());
  }

  /// The first `limit`, as one answer of the server that has them all. Only behind the last of them
  /// does it count how many more there are.
  ObjectNode first(int limit) {
    ObjectNode all = page("", Math.min(limit, PAGE), limit <= PAGE);
    ArrayNode mails = (ArrayNode) all.path("mails");
    long lookedAt = all.path("lookedAt").asLong(0);
    while (mails.size() < limit && !next(all).isEmpty()) {
      int rest = limit - mails.size();
      ObjectNode page = page(next(all), Math.min(rest, PAGE), rest <= PAGE);
      long before = mails.size();
      page.path("mails").forEach(mails::add);
      if (page.hasNonNull("total")) {
        page.put("total", before + page.path("total").asLong());
      }
      if (page.hasNonNull("lookedAt")) {
        lookedAt += page.path("lookedAt").asLong();
        page.put("lookedAt", lookedAt);
        options
            .output()
            .progress("%,d so far, of %,d mails looked at".formatted(mails.size(), lookedAt));
      }
      page.set("mails", mails);
      all = page;
    }
    options.output().endProgress();
    return all;
  }

  /// A line for people when there is more than is shown, and how to see it.
  static void tellOfRest(Output out, JsonNode shown, String howToChoose) {
    long total = shown.path("total").asLong(0);
    int count = shown.path("mails").size();
    if (!next(shown).isEmpty() && !shown.hasNonNull("total")) {
      out.line("");
      out.line("%s shown, the oldest; there may be more.".formatted(Output.mails(count)));
      out.line("More:  --limit %d; fewer:  %s".formatted(2 * count, howToChoose));
    } else if (!next(shown).isEmpty()) {
      boolean exact = shown.path("totalIsExact").asBoolean();
      out.line("");
      out.line(
          "%,d of %s%,d mails shown, the oldest."
              .formatted(count, exact ? "" : "more than ", total));
      out.line("More:  --limit %d; fewer:  %s".formatted(total, howToChoose));
    }
  }

  /// Empty: there are no more.
  private static String next(JsonNode page) {
    return page.path("next").asString("");
  }

  private ObjectNode page(String after, int limit, boolean counted) {
    List<String> parts = new ArrayList<>(query);
    parts.add("limit=" + limit);
    if (!counted) {
      parts.add("no-total=true");
    }
    if (!after.isEmpty()) {
      parts.add("after=" + AdminClient.encode(after));
    }
    return (ObjectNode) options.client().get("/queue?" + String.join("&", parts));
  }
}
