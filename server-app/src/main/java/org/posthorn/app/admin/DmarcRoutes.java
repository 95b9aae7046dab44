package org.posthorn.app.admin;

import java.util.List;
import java.util.Map;
import org.posthorn.app.dmarc.ReceivedReports;

/// What others have reported about mail in the name of our domains.
final class DmarcRoutes {
  private static final int DAYS = 30;

  private final ReceivedReports received;

  DmarcRoutes(ReceivedReports received) {
    this.received = received;
  }

  private record ReportsView(String domain, int days, List<ReceivedReports.Source> sources) {}

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/dmarc/reports/{domain}",
                "What others have reported about mail in the name of a domain in the last `?days=` (30;"
                    + " at most 90), by the address that it came from: messages, how many passed DMARC,"
                    + " by DKIM and by SPF, were quarantined or rejected, and day by day.",
                (request, path) -> AdminAnswer.ok(reports(request, path)))
            .taking("days"));
  }

  private ReportsView reports(AdminRequest request, Map<String, String> path) {
    String domain = Names.domain(Names.part(path, "domain")).ascii();
    int days = request.parameter("days").map(DmarcRoutes::days).orElse(DAYS);
    return new ReportsView(domain, days, received.sources(domain, days));
  }

  private static int days(String text) {
    if (!text.matches("[1-9]\\d?")) {
      throw Declined.badRequest("\"" + text + "\" is no number of days from 1 to 90");
    }
    return Math.min(ReceivedReports.DAYS_MAX, Integer.parseInt(text));
  }
}
