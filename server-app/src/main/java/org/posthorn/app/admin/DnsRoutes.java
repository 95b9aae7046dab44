package org.posthorn.app.admin;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.posthorn.app.dkim.DkimRotation;
import org.posthorn.app.dns.Finding;
import org.posthorn.app.dns.ZoneCheck;
import org.posthorn.app.dns.ZoneFacts;
import org.posthorn.app.dns.ZonePlan;
import org.posthorn.app.dns.ZoneRecord;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.PolicyFile;
import org.posthorn.smtp.outbound.ZoneDns;

/// What a domain must publish, and whether it does.
final class DnsRoutes {
  private final ZoneFacts facts;
  private final DkimRotation dkim;
  private final ZoneDns dns;
  private final PolicyFile policyFile;

  DnsRoutes(ZoneFacts facts, DkimRotation dkim, ZoneDns dns, PolicyFile policyFile) {
    this.facts = facts;
    this.dkim = dkim;
    this.dns = dns;
    this.policyFile = policyFile;
  }

  /// `mtaStsFile` is what `https://mta-sts.DOMAIN/.well-known/mta-sts.txt` should say;
  /// `mtaStsServed`: this server's own pages say it.
  private record PlanView(
      String domain, List<ZoneRecord> records, String mtaStsFile, boolean mtaStsServed) {}

  private record FindingView(
      String what, String name, String type, String state, String found, String todo) {}

  private record CheckView(String domain, boolean right, List<FindingView> findings) {}

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/dns/{domain}",
            "What a domain should publish in the DNS for mail: `records` with `name`, `type`,"
                + " `value` (of TXT the bare text) and `why`; and the MTA-STS policy file, and whether this"
                + " server shows it itself (`mtaStsServed`).",
            (_, path) -> AdminAnswer.ok(plan(path))),
        new Route(
            "GET",
            "/dns/{domain}/check",
            "Looks up what a domain publishes, and fetches its MTA-STS policy as others do: of each thing its `state` (`right`, `advice`,"
                + " `optional`, `missing`, `wrong`, `unknown`), what was `found` and what `todo`."
                + " `right` is true when nothing is missing, wrong or unknown.",
            (_, path) -> AdminAnswer.ok(check(path))));
  }

  private ZonePlan planOf(Map<String, String> path) {
    return new ZonePlan(Names.domain(Names.part(path, "domain")), facts, dkim);
  }

  private PlanView plan(Map<String, String> path) {
    ZonePlan plan = planOf(path);
    return new PlanView(
        plan.domain().ascii(), plan.records(), plan.policyFile(), !facts.policy().isEmpty());
  }

  private CheckView check(Map<String, String> path) {
    ZonePlan plan = planOf(path);
    List<Finding> findings = new ZoneCheck(plan, dns, policyFile).run();
    Domain domain = plan.domain();
    return new CheckView(
        domain.ascii(),
        findings.stream().noneMatch(finding -> finding.state().isTrouble()),
        findings.stream().map(DnsRoutes::view).toList());
  }

  private static FindingView view(Finding finding) {
    return new FindingView(
        finding.what(),
        finding.name(),
        finding.type(),
        finding.state().name().toLowerCase(Locale.ROOT),
        finding.found(),
        finding.todo());
  }
}
