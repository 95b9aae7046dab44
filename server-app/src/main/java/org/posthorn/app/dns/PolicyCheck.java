package org.posthorn.app.dns;

import static org.posthorn.app.dns.Finding.State.ADVICE;
import static org.posthorn.app.dns.Finding.State.OPTIONAL;
import static org.posthorn.app.dns.Finding.State.RIGHT;
import static org.posthorn.app.dns.Finding.State.UNKNOWN;
import static org.posthorn.app.dns.Finding.State.WRONG;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.PolicyFile;
import org.posthorn.smtp.outbound.StsPolicy;

/// What is to be said about the MTA-STS policy of a domain (RFC 8461): its record in the DNS, and
/// the file that others get when there is one.
record PolicyCheck(Domain domain, Dns dns, PolicyFile file) {
  /// Who holds a policy for less is easily made to lose it (§3.2: weeks or more).
  private static final Duration SHORT = Duration.ofDays(7);

  /// `records`: what stands at `_mta-sts.`; `servers`: the names in the MX records.
  List<Finding> of(List<String> records, List<String> servers) {
    List<Finding> findings = new ArrayList<>();
    findings.add(record(records));
    if (!records.isEmpty()) {
      findings.add(file(servers));
    }
    return findings;
  }

  private Finding record(List<String> records) {
    String name = "_mta-sts." + domain;
    String there = String.join(" | ", records);
    if (records.isEmpty()) {
      String todo = "publish it as  posthorn dns show  prints it";
      return new Finding("MTA-STS", name, "TXT", OPTIONAL, "", todo);
    }
    if (records.size() > 1) {
      return new Finding("MTA-STS", name, "TXT", WRONG, there, "keep one of them");
    }
    return StsPolicy.id(records).isPresent()
        ? new Finding("MTA-STS", name, "TXT", RIGHT, there, "")
        : new Finding(
            "MTA-STS",
            name,
            "TXT",
            WRONG,
            there,
            "nobody finds an id in it: v=STSv1; id= and at most 32 letters and digits");
  }

  private Finding file(List<String> servers) {
    Dns.Answer<InetAddress> addresses = dns.addresses(host());
    if (addresses.isUnknown()) {
      return finding(UNKNOWN, "", "the DNS did not answer: try again");
    }
    if (addresses.found().isEmpty()) {
      return finding(WRONG, "", host() + " has no address, so others get no policy");
    }
    try {
      return policy(file.fetch(domain), servers);
    } catch (IOException failed) {
      return finding(
          WRONG,
          "",
          "others get no policy from https://%s/.well-known/mta-sts.txt: %s"
              .formatted(host(), failed.getMessage()));
    }
  }

  private Finding policy(StsPolicy policy, List<String> servers) {
    List<String> lines = policy.lines();
    String there = String.join(", ", lines.subList(1, lines.size()));
    List<String> unnamed =
        policy.mode() == StsPolicy.Mode.NONE
            ? List.of()
            : servers.stream().filter(server -> !policy.allows(server)).toList();
    if (!unnamed.isEmpty()) {
      return finding(
          WRONG,
          there,
          "it does not name %s, so who keeps to it sends nothing there: add  mx: %s  and publish another id"
              .formatted(String.join(", ", unnamed), String.join("  mx: ", unnamed)));
    }
    List<String> advice = advice(policy);
    return finding(advice.isEmpty() ? RIGHT : ADVICE, there, String.join("; ", advice));
  }

  private static List<String> advice(StsPolicy policy) {
    List<String> advice = new ArrayList<>();
    switch (policy.mode()) {
      case ENFORCE -> {}
      case TESTING ->
          advice.add(
              "mode: testing only watches: mode: enforce when the TLS reports are clean, and another id");
      case NONE ->
          advice.add("mode: none asks nobody to encrypt: mode: testing to begin, and another id");
    }
    if (policy.maxAge().compareTo(SHORT) < 0) {
      advice.add("max_age is small: others should hold it for a week or more, max_age: 604800");
    }
    return advice;
  }

  private String host() {
    return "mta-sts." + domain.ascii();
  }

  private Finding finding(Finding.State state, String found, String todo) {
    return new Finding("MTA-STS policy", host(), "HTTPS", state, found, todo);
  }
}
