package org.posthorn.app.dns;

import static org.posthorn.app.dns.Finding.State.ADVICE;
import static org.posthorn.app.dns.Finding.State.MISSING;
import static org.posthorn.app.dns.Finding.State.OPTIONAL;
import static org.posthorn.app.dns.Finding.State.RIGHT;
import static org.posthorn.app.dns.Finding.State.UNKNOWN;
import static org.posthorn.app.dns.Finding.State.WRONG;

import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.dkim.DkimRotation;
import org.posthorn.mailet.Dns.Answer;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.KeyAnswer;
import org.posthorn.senderauth.spf.Spf;
import org.posthorn.senderauth.spf.SpfResult;
import org.posthorn.smtp.outbound.PolicyFile;
import org.posthorn.smtp.outbound.ZoneDns;
import org.posthorn.storage.keys.DomainKey;

/// Looks up what a domain publishes, and says record by record what is right and what to do. Used
/// by one thread, once.
public final class ZoneCheck {
  private static final String OWN_KEY = "posthorn dkim create ";

  private final ZonePlan plan;
  private final ZoneDns dns;
  private final PolicyFile policyFile;
  private final Domain domain;
  private final String host;
  private final List<Finding> findings = new ArrayList<>();

  public ZoneCheck(ZonePlan plan, ZoneDns dns, PolicyFile policyFile) {
    this.plan = plan;
    this.dns = dns;
    this.policyFile = policyFile;
    this.domain = plan.domain();
    this.host = plan.facts().hostname();
  }

  public List<Finding> run() {
    List<String> servers = mx();
    Set<InetAddress> addresses = addresses();
    addresses.forEach(this::reverse);
    spf(addresses);
    dkim();
    dmarc();
    policy(servers);
    reports();
    for (ZoneRecord record : plan.records()) {
      if (record.type().equals("SRV")) {
        service(record);
      }
    }
    tlsa(servers, addresses);
    return List.copyOf(findings);
  }

  /// The names of the servers in there.
  private List<String> mx() {
    List<String> found = ask("MX", domain.ascii(), "MX");
    if (found == null) {
      return List.of();
    }
    String there = String.join(", ", found);
    boolean ours = found.stream().anyMatch(value -> lower(value).endsWith(" " + lower(host) + "."));
    if (found.isEmpty()) {
      add("MX", domain.ascii(), "MX", MISSING, "", publish(domain.ascii(), "MX", plan.mx()));
    } else if (!ours) {
      add(
          "MX",
          domain.ascii(),
          "MX",
          WRONG,
          there,
          "mail goes elsewhere: " + publish(domain.ascii(), "MX", plan.mx()));
    } else {
      add("MX", domain.ascii(), "MX", RIGHT, there, "");
    }
    return found.stream()
        .map(value -> lower(value).replaceFirst("^\\d+ ", "").replaceFirst("\\.$", ""))
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /// Those of the server's name, and those from which mail leaves.
  private Set<InetAddress> addresses() {
    Set<InetAddress> all = new LinkedHashSet<>();
    Answer<InetAddress> answer = dns.addresses(host);
    all.addAll(answer.found());
    String there = String.join(", ", all.stream().map(AddressText::of).toList());
    if (answer.isUnknown()) {
      add("address", host, "A, AAAA", UNKNOWN, "", "the DNS did not answer: try again");
    } else if (all.isEmpty()) {
      add(
          "address",
          host,
          "A, AAAA",
          MISSING,
          "",
          "publish the addresses of this machine, or set hostname in the configuration");
    } else {
      List<InetAddress> own = ZoneFacts.publicAddresses();
      boolean elsewhere = !own.isEmpty() && all.stream().noneMatch(own::contains);
      add(
          "address",
          host,
          "A, AAAA",
          elsewhere ? ADVICE : RIGHT,
          there,
          elsewhere
              ? "none of these is on this machine: fine if a router or proxy leads here"
              : "");
    }
    all.addAll(plan.facts().sourceAddresses());
    return all;
  }

  private void reverse(InetAddress address) {
    String what = "reverse name";
    String shown = AddressText.of(address);
    Answer<String> answer = dns.names(address);
    List<String> names = answer.found();
    if (answer.isUnknown()) {
      add(what, shown, "PTR", UNKNOWN, "", "the DNS did not answer: try again");
    } else if (names.stream().anyMatch(name -> lower(name).equals(lower(host)))) {
      add(what, shown, "PTR", RIGHT, String.join(", ", names), "");
    } else {
      add(
          what,
          shown,
          "PTR",
          names.isEmpty() ? MISSING : WRONG,
          String.join(", ", names),
          "ask whoever gave you the address to set its name to " + host);
    }
  }

  private void spf(Set<InetAddress> addresses) {
    List<String> found = texts("SPF", domain.ascii(), "v=spf1");
    if (found == null) {
      return;
    }
    String name = domain.ascii();
    String there = String.join(" | ", found);
    if (found.isEmpty()) {
      add("SPF", name, "TXT", MISSING, "", publish(name, "TXT", plan.spf()));
    } else if (found.size() > 1) {
      add("SPF", name, "TXT", WRONG, there, "there are two, and receivers believe none: keep one");
    } else {
      Spf spf = new Spf(dns, host, InstantSource.system());
      List<String> refused = new ArrayList<>();
      for (InetAddress address : addresses) {
        SpfResult result = spf.mailFrom(address, "postmaster", name, host);
        if (!result.passed()) {
          refused.add(
              "%s is not allowed (%s): add %s"
                  .formatted(
                      AddressText.of(address), result.code().word(), ZonePlan.mechanism(address)));
        }
      }
      add("SPF", name, "TXT", refused.isEmpty() ? RIGHT : WRONG, there, String.join("; ", refused));
    }
  }

  private void dkim() {
    List<DomainKey> keys = plan.dkim().list(Optional.of(domain));
    if (keys.isEmpty()) {
      add("DKIM", "_domainkey." + domain, "TXT", MISSING, "", "run  " + OWN_KEY + domain);
    }
    for (DomainKey key : keys) {
      String name = DkimRotation.recordName(key);
      String state = lower(key.state().name());
      String there = "there, " + state;
      boolean spent = key.state() == DomainKey.State.SPENT;
      switch (plan.dkim().published(key)) {
        case KeyAnswer.Unknown(String why) ->
            add("DKIM", name, "TXT", UNKNOWN, "", why + ": try again");
        case KeyAnswer.Found _ ->
            add("DKIM", name, "TXT", spent ? ADVICE : RIGHT, there, spent ? "remove it" : "");
        case KeyAnswer.Refused _ ->
            add(
                "DKIM",
                name,
                "TXT",
                spent ? ADVICE : MISSING,
                "",
                spent
                    ? "remove it"
                    : "publish what  posthorn dkim show " + domain + "  prints (" + state + ")");
      }
    }
  }

  private void dmarc() {
    List<String> found = texts("DMARC", "_dmarc." + domain, "v=DMARC1");
    if (found != null) {
      findings.add(new DmarcCheck(domain, dns).of(found));
    }
  }

  private void policy(List<String> servers) {
    List<String> found = texts("MTA-STS", "_mta-sts." + domain, "v=STSv1");
    if (found != null) {
      findings.addAll(new PolicyCheck(domain, dns, policyFile).of(found, servers));
    }
  }

  private void reports() {
    String what = "TLS reports";
    String name = "_smtp._tls." + domain;
    List<String> found = texts(what, name, "v=TLSRPTv1");
    if (found == null) {
      return;
    }
    String there = String.join(" | ", found);
    switch (found.size()) {
      case 0 -> add(what, name, "TXT", OPTIONAL, "", "publish it as  posthorn dns show  prints it");
      case 1 -> add(what, name, "TXT", RIGHT, there, "");
      default -> add(what, name, "TXT", WRONG, there, "keep one of them");
    }
  }

  private void service(ZoneRecord wanted) {
    List<String> found = ask("mail programs", wanted.name(), "SRV");
    if (found == null) {
      return;
    }
    boolean right = found.stream().anyMatch(value -> target(value).equals(target(wanted.value())));
    String todo = publish(wanted.name(), "SRV", wanted.value());
    add(
        "mail programs",
        wanted.name(),
        "SRV",
        right ? RIGHT : found.isEmpty() ? OPTIONAL : ADVICE,
        String.join(", ", found),
        right ? "" : todo);
  }

  /// Port and host of `0 1 993 mail.example.org.`.
  private static String target(String service) {
    String[] parts = lower(service).split(" ", 3);
    return parts.length < 3 ? "" : parts[2];
  }

  private void tlsa(List<String> servers, Set<InetAddress> addresses) {
    List<String> found = ask("DANE", tlsaName(host), "TLSA");
    if (found != null && found.isEmpty()) {
      add(
          "DANE",
          tlsaName(host),
          "TLSA",
          OPTIONAL,
          "",
          "only if the zone has DNSSEC: posthorn dns show");
    } else if (found != null) {
      checkTlsa(host, found);
    }
    for (String server : servers) {
      if (!server.equals(lower(host)) && leadsHere(server, addresses)) {
        List<String> others = ask("DANE", tlsaName(server), "TLSA");
        if (others != null && !others.isEmpty()) {
          checkTlsa(server, others);
        }
      }
    }
  }

  private static String tlsaName(String server) {
    return "_25._tcp." + server;
  }

  /// Whether it is another name of this server: what others show nobody here knows.
  private boolean leadsHere(String server, Set<InetAddress> addresses) {
    return dns.addresses(server).found().stream().anyMatch(addresses::contains);
  }

  /// One that is wrong is worse than none: who checks it sends no mail. That holds for each
  /// certificate that may be shown, and which one that is depends on who comes.
  private void checkTlsa(String server, List<String> found) {
    List<ZoneFacts.Shown> all = plan.facts().shown(server);
    List<ZoneFacts.Shown> unnamed =
        all.stream().filter(one -> !one.isVouchedForBy(found, server, domain)).toList();
    String pins = String.join(", ", unnamed.stream().map(ZoneFacts.Shown::pin).toList());
    String todo = "";
    if (unnamed.size() == all.size()) {
      todo = "it is not our certificate, and who checks it sends no mail: publish  " + pins;
    } else if (!unnamed.isEmpty()) {
      todo =
          "it is not all of our certificates, and who checks it and is shown the one with the %s key sends no mail: publish as well  %s"
              .formatted(
                  String.join(", ", unnamed.stream().map(ZoneFacts.Shown::name).toList()), pins);
    }
    add(
        "DANE",
        tlsaName(server),
        "TLSA",
        unnamed.isEmpty() ? RIGHT : WRONG,
        String.join(", ", found),
        todo);
  }

  private @Nullable List<String> texts(String what, String name, String form) {
    List<String> found = ask(what, name, "TXT");
    return found == null
        ? null
        : found.stream().filter(text -> lower(text).startsWith(lower(form))).toList();
  }

  /// The records; where nobody answered that is a finding, and there is nothing more to say.
  private @Nullable List<String> ask(String what, String name, String type) {
    return switch (dns.records(name, type)) {
      case Answer.Records<String>(var records) -> records;
      case Answer.NoSuchName<String> _ -> List.of();
      case Answer.Unknown<String>(String why) -> {
        add(what, name, type, UNKNOWN, "", why + ": try again");
        yield null;
      }
    };
  }

  private static String publish(String name, String type, String value) {
    return "publish  %s. IN %s %s".formatted(name, type, value);
  }

  private void add(
      String what, String name, String type, Finding.State state, String found, String todo) {
    findings.add(new Finding(what, name, type, state, found, todo));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
