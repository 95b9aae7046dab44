package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.mailet.DnsServer;

/// The commands of docs/dns.md, with a server and a DNS: what the page shows is what they print.
/// `…` on the page stands for anything.
@Timeout(120)
class DnsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "dns.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\n(\\$ posthorn.*?)^```$");
  private static final Pattern RECORD =
      Pattern.compile("(?ms)^(\\S+\\.) IN ((TXT \\(.*?\\))|.*?)$");
  private static final String ADDRESSES = "mail.example.org. 60 IN A 192.0.2.25\n";
  private static final String REVERSE = "25.2.0.192.in-addr.arpa. 60 IN PTR mail.example.org.\n";

  /// In the names of the page's keys.
  private static final String DAY = "20261127";

  @TempDir Path data;

  @Test
  void thePageShowsWhatTheCommandsPrint() throws IOException {
    List<String> blocks =
        BLOCK.matcher(Files.readString(PAGE)).results().map(found -> found.group(1)).toList();
    assertThat(blocks).hasSize(3);
    try (DnsServer dns = DnsServer.with(ADDRESSES);
        TestServer server = start(dns)) {
      server.admin().post("/domains", Map.of("domain", "example.org"));
      assertThat(run("dkim create example.org").isDone()).isTrue();
      shows(blocks.get(0));
      shows(blocks.get(1));
      assertThat(run("dns check example.org").status()).isEqualTo(1);

      dns.add(REVERSE + published(run("dns show example.org").out()));
      assertThat(run("dkim look example.org").isDone()).isTrue();
      shows(blocks.get(2));
      assertThat(run("dns check example.org").status()).isZero();
    }
  }

  @Test
  void tellsWhatIsWrong() throws IOException {
    String zone =
        """
        example.org. 60 IN MX 10 old.example.net.
        example.org. 60 IN TXT "v=spf1 ip4:192.0.2.99 -all"
        _dmarc.example.org. 60 IN TXT "v=DMARC1; p=never"
        _mta-sts.example.org. 60 IN TXT "v=STSv1; id=1"
        _smtp._tls.example.org. 60 IN TXT "v=TLSRPTv1; rua=mailto:a@example.org"
        _smtp._tls.example.org. 60 IN TXT "v=TLSRPTv1; rua=mailto:b@example.org"
        _25._tcp.mail.example.org. 60 IN TLSA 3 1 1 00
        mail.example.org. 60 IN A 192.0.2.25
        25.2.0.192.in-addr.arpa. 60 IN PTR other.example.net.
        """;
    try (DnsServer dns = DnsServer.with(zone);
        TestServer server = start(dns)) {
      server.admin().post("/domains", Map.of("domain", "example.org"));
      InProcess.Result check = run("dns check example.org");
      assertThat(check.status()).isEqualTo(1);
      assertThat(check.out())
          .contains("MX, wrong: mail goes elsewhere")
          .contains("reverse name, wrong: ask whoever gave you the address")
          .contains("SPF, wrong: 192.0.2.25 is not allowed (fail): add ip4:192.0.2.25")
          .contains("DKIM, missing: run  posthorn dkim create example.org")
          .contains("DMARC, wrong: p= must be")
          .contains("MTA-STS policy, wrong: mta-sts.example.org has no address")
          .contains("TLS reports, wrong: keep one of them")
          .contains("DANE, wrong: it is not our certificate");
      dns.add("example.org. 60 IN TXT \"v=spf1 mx -all\"\n");
      assertThat(run("dns check example.org --json").out()).contains("there are two");
      assertThat(run("dns check example.org.").status()).isEqualTo(1);
      assertThat(run("dns show not_a-domain!").isDone()).isFalse();
    }
  }

  /// A record may also be of the whole certificate, or by another digest (RFC 6698 §2.1).
  @Test
  void takesAnyRecordThatNamesTheCertificate() throws Exception {
    try (DnsServer dns = DnsServer.with(ADDRESSES);
        TestServer server = start(dns)) {
      server.admin().post("/domains", Map.of("domain", "example.org"));
      byte[] certificate;
      try (InputStream pem = Files.newInputStream(data.resolve("tls/self-signed.crt"))) {
        certificate = CertificateFactory.getInstance("X.509").generateCertificate(pem).getEncoded();
      }
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(certificate);
      String named = "_25._tcp.mail.example.org. 60 IN TLSA 3 0 2 ";
      dns.add(named + HexFormat.of().formatHex(digest) + "\n");
      assertThat(run("dns check example.org").out())
          .containsPattern("DANE +_25\\._tcp\\.mail\\.example\\.org +right");
      digest[0]++;
      dns.become(ADDRESSES + named + HexFormat.of().formatHex(digest) + "\n");
      assertThat(run("dns check example.org").out()).contains("it is not our certificate");
    }
  }

  /// Which of them a server sees depends on what it can check, so each has to be named.
  @Test
  void tellsWhichOfTheCertificatesIsNotNamed() throws Exception {
    var authority = new Authority("CN=Test");
    KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    authority.write(data.resolve("ec.crt"), data.resolve("ec.key"), "mail.example.org", 60);
    authority.write(data.resolve("rsa.crt"), data.resolve("rsa.key"), "mail.example.org", 60, rsa);
    authority.write(data.resolve("web.crt"), data.resolve("web.key"), "www.example.org", 60);
    String zone = ADDRESSES + "mx2.example.org. 60 IN A 192.0.2.25\n";
    try (DnsServer dns = DnsServer.with(zone);
        TestServer server =
            TestServer.start(
                data,
                "hostname=mail.example.org",
                "outbound.dns.servers=[\"" + dns.address() + "\"]",
                """
                tls.certificates=[{certificate: ec.crt, key: ec.key}, {certificate: rsa.crt, \
                key: rsa.key}, {certificate: web.crt, key: web.key}]\
                """)) {
      server.admin().post("/domains", Map.of("domain", "example.org"));
      List<String> pins =
          run("dns show example.org")
              .out()
              .lines()
              .filter(line -> line.contains(" TLSA "))
              .map(line -> line.substring(line.indexOf("3 1 1 ")))
              .toList();
      assertThat(pins).as("EC and RSA, and not that of another name").hasSize(2);
      String name = "_25._tcp.mail.example.org. 60 IN TLSA ";
      dns.become(zone + name + pins.getFirst() + "\n");
      assertThat(run("dns check example.org").out())
          .contains("DANE, wrong: it is not all of our certificates")
          .contains("the one with the RSA key sends no mail: publish as well  " + pins.getLast());
      String both = name + String.join("\n" + name, pins) + "\n";
      dns.become(zone + both);
      assertThat(run("dns check example.org").out())
          .containsPattern("DANE +_25\\._tcp\\.mail\\.example\\.org +right");
      dns.become(zone + both + name + "3 1 2 " + "00".repeat(64) + "\n");
      assertThat(run("dns check example.org").out())
          .as("the stronger digest counts (RFC 7671 §9)")
          .contains("DANE, wrong: it is not our certificate");
      dns.become(
          zone
              + both
              + "example.org. 60 IN MX 10 mail.example.org.\n"
              + "example.org. 60 IN MX 20 mx2.example.org.\n"
              + name.replace("mail", "mx2")
              + pins.getLast()
              + "\n");
      assertThat(run("dns check example.org").out())
          .containsPattern("DANE +_25\\._tcp\\.mx2\\.example\\.org +wrong")
          .contains("the one with the EC key");
    }
  }

  /// Names that begin with `broken` get no answer that says anything.
  @Test
  void aKeyThatNobodyAnsweredForIsUnknown() throws IOException {
    try (DnsServer dns = DnsServer.with(ADDRESSES);
        TestServer server = start(dns)) {
      server.admin().post("/domains", Map.of("domain", "example.org"));
      assertThat(run("dkim create example.org --selector broken").isDone()).isTrue();
      InProcess.Result check = run("dns check example.org");
      assertThat(check.status()).isEqualTo(1);
      assertThat(check.out()).contains("DKIM, unknown: ").doesNotContain("DKIM, missing");
    }
  }

  @Test
  void tellsOfAPolicyThatIsInheritedAndOfReportsThatNobodySends() throws IOException {
    String zone =
        """
        _dmarc.example.org. 60 IN TXT "v=DMARC1; p=reject; sp=quarantine"
        _dmarc.example.net. 60 IN TXT "v=DMARC1; p=reject; rua=https://example.net/reports"
        """;
    try (DnsServer dns = DnsServer.with(zone);
        TestServer server = start(dns)) {
      for (String domain : List.of("news.example.org", "example.net")) {
        server.admin().post("/domains", Map.of("domain", domain));
      }
      assertThat(run("dns check news.example.org").out())
          .contains("DMARC, advice: the policy of example.org counts here too (quarantine)");
      assertThat(run("dns check example.net").out())
          .contains(
              "DMARC, advice: reports are sent by mail only: rua=mailto:postmaster@example.net");
    }
  }

  @Test
  void portsThatOnlyThisMachineReachesAreNotPublished() throws IOException {
    try (TestServer server =
        TestServer.start(
            data, "hostname=mail.example.org", "imap.tls.host=0.0.0.0", TestServer.WITHOUT_DNS)) {
      server.admin().post("/domains", Map.of("domain", "example.org"));
      assertThat(run("dns show example.org").out())
          .contains("_imaps._tcp.example.org. IN SRV")
          .doesNotContain("_imap._tcp", "_pop3s._tcp", "_submissions._tcp", "_submission._tcp");
    }
  }

  /// Runs the command in the block's first line, and compares.
  private void shows(String block) {
    String[] parts = block.split("\n", 2);
    String printed = run(parts[0].substring("$ posthorn ".length())).out();
    // What addresses this machine has is not for a test to know.
    String normal =
        withoutAddresses(printed)
            .replaceAll("(?m)^(address +\\S+ +)(right|advice) ", "$1right  ")
            .replaceAll("(?m)^address, advice: .*\\n\\n", "");
    String pattern =
        withoutAddresses(parts[1])
            .replace(DAY, "…")
            .strip()
            .lines()
            .map(line -> Pattern.quote(line.replaceAll(" +", " ")).replace("…", "\\E.*?\\Q"))
            .collect(Collectors.joining("\n"));
    assertThat(normal.strip().replaceAll(" +", " "))
        .matches(Pattern.compile(pattern, Pattern.DOTALL));
  }

  private static String withoutAddresses(String shown) {
    return shown.replaceAll("(?m)^(; where the server is|mail\\.example\\.org\\. IN A).*\\n", "");
  }

  private static String published(String shown) {
    return RECORD
        .matcher(shown)
        .results()
        .map(found -> found.group(1) + " 60 IN " + found.group(2) + "\n")
        .filter(line -> !line.startsWith("mail.example.org.") && !line.startsWith("_mta-sts."))
        .collect(Collectors.joining());
  }

  private TestServer start(DnsServer dns) throws IOException {
    return TestServer.start(
        data, "hostname=mail.example.org", "outbound.dns.servers=[\"" + dns.address() + "\"]");
  }

  private InProcess.Result run(String command) {
    return InProcess.run(data, command.split(" ", -1));
  }
}
