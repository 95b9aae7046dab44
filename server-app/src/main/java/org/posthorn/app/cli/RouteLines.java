package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// How the way of mail for an address is shown.
final class RouteLines {
  private RouteLines() {}

  static void print(Output out, JsonNode route) {
    out.line(out.bold(route.path("recipient").asString()));
    if (route.path("local").asBoolean()) {
      out.line(
          "local    the domain is this server's own: its mail goes out only if the chain says so");
    }
    out.line("goes to  " + route.path("where").asString());
    out.line("because  " + route.path("rule").asString());
    line(out, "limits   ", route.path("limits").asString(""));
    line(out, "as       ", route.path("helloName").asString(""));
    line(out, "problem  ", route.path("problem").asString(""));
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode server : route.path("servers")) {
      List<String> addresses = new ArrayList<>();
      server.path("addresses").forEach(address -> addresses.add(address.asString()));
      String problem = server.path("problem").asString("");
      rows.add(
          List.of(
              server.path("host").asString(),
              server.path("preference").asString(),
              String.join(", ", addresses),
              server.path("port").asString(),
              problem.isEmpty() ? server.path("tls").asString() : problem));
    }
    if (!rows.isEmpty()) {
      out.table(List.of("SERVER", "PREF", "ADDRESSES", "PORT", "TLS"), rows);
    }
  }

  private static void line(Output out, String title, String text) {
    if (!text.isEmpty()) {
      out.line(title + text);
    }
  }
}
