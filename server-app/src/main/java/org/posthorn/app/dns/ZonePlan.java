package org.posthorn.app.dns;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.posthorn.app.dkim.DkimRotation;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.storage.keys.DomainKey;

/// What a domain should publish, by what this server knows of itself.
public record ZonePlan(Domain domain, ZoneFacts facts, DkimRotation dkim) {
  /// How mail programs find what, where it listens: the name of the listener is the service's.
  private static final List<String> SERVICES =
      List.of("submissions", "submission", "imaps", "imap", "pop3s", "pop3");

  private static final int MX_PREFERENCE = 10;
  private static final String MX_PORT = "_25._tcp.";

  /// All records, in the order of their weight.
  public List<ZoneRecord> records() {
    List<ZoneRecord> all = new ArrayList<>();
    all.add(new ZoneRecord(domain.ascii(), "MX", mx(), "where mail for the domain goes"));
    addresses(all);
    all.add(new ZoneRecord(domain.ascii(), "TXT", spf(), "SPF: who may send as the domain"));
    keys(all);
    all.add(
        new ZoneRecord(
            "_dmarc." + domain,
            "TXT",
            "v=DMARC1; p=none; rua=mailto:postmaster@" + domain,
            "DMARC: what becomes of mail that only says it is from here; p=quarantine or p=reject"
                + " when the reports are clean"));
    all.add(
        new ZoneRecord(
            "_mta-sts." + domain,
            "TXT",
            "v=STSv1; id=" + policyId(),
            "MTA-STS: others encrypt mail to here; needs the policy file below"));
    all.add(
        new ZoneRecord(
            "_smtp._tls." + domain,
            "TXT",
            "v=TLSRPTv1; rua=mailto:postmaster@" + domain,
            "reports about how well others could encrypt"));
    services(all);
    facts
        .pins()
        .forEach(pin ->
            all.add(
                new ZoneRecord(
                    MX_PORT + facts.hostname(),
                    "TLSA",
                    pin,
                    "DANE: our certificate; counts only in a zone with DNSSEC")));
    return all;
  }

  String mx() {
    return MX_PREFERENCE + " " + facts.hostname() + ".";
  }

  /// Only where the server's name is in this zone.
  private void addresses(List<ZoneRecord> all) {
    if (facts.hostname().equals(domain.ascii())
        || facts.hostname().endsWith("." + domain.ascii())) {
      for (InetAddress address : ZoneFacts.publicAddresses()) {
        all.add(
            new ZoneRecord(
                facts.hostname(),
                address.getAddress().length == 4 ? "A" : "AAAA",
                AddressText.of(address),
                "where the server is; its reverse name must be " + facts.hostname()));
      }
    }
  }

  String spf() {
    StringBuilder text = new StringBuilder("v=spf1 mx");
    for (InetAddress source : facts.sourceAddresses()) {
      text.append(' ').append(mechanism(source));
    }
    return text.append(" -all").toString();
  }

  static String mechanism(InetAddress address) {
    return (address.getAddress().length == 4 ? "ip4:" : "ip6:") + AddressText.of(address);
  }

  private void keys(List<ZoneRecord> all) {
    for (DomainKey key : dkim.list(Optional.of(domain))) {
      if (key.state() != DomainKey.State.SPENT) {
        dkim.record(key)
            .ifPresent(record ->
                all.add(
                    new ZoneRecord(
                        DkimRotation.recordName(key),
                        "TXT",
                        record,
                        "DKIM: a key that mail is signed with")));
      }
    }
  }

  private void services(List<ZoneRecord> all) {
    for (String service : SERVICES) {
      for (ZoneFacts.Service listener : facts.services().get()) {
        if (listener.name().equals(service)) {
          all.add(
              new ZoneRecord(
                  "_" + service + "._tcp." + domain,
                  "SRV",
                  service(service, listener.port()),
                  "mail programs find the server (RFC 6186)"));
        }
      }
    }
  }

  /// IMAP is preferred to POP3.
  private String service(String service, int port) {
    return "%d 1 %d %s.".formatted(service.startsWith("pop3") ? 10 : 0, port, facts.hostname());
  }

  /// What `https://mta-sts.DOMAIN/.well-known/mta-sts.txt` should say (RFC 8461 §3.2).
  public String policyFile() {
    return facts.policy().isEmpty()
        ? "version: STSv1\nmode: testing\nmx: " + facts.hostname() + "\nmax_age: 604800\n"
        : String.join("\n", facts.policy()) + "\n";
  }

  /// Another one for another policy.
  private String policyId() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(policyFile().getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
