package org.posthorn.app.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.app.dns.Finding.State.ADVICE;
import static org.posthorn.app.dns.Finding.State.OPTIONAL;
import static org.posthorn.app.dns.Finding.State.RIGHT;
import static org.posthorn.app.dns.Finding.State.UNKNOWN;
import static org.posthorn.app.dns.Finding.State.WRONG;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.app.Authority;
import org.posthorn.app.Records;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.PolicyFile;

/// With a real web server on loopback, whose certificate is looked at.
@Timeout(120)
final class PolicyCheckTest {
  private static final String HOST = "mta-sts.example.org";
  private static final String ENFORCE =
      "version: STSv1\nmode: enforce\nmx: mail.example.org\nmax_age: 604800\n";
  private static final List<String> RECORD = List.of("v=STSv1; id=1");
  private static final List<String> SERVERS = List.of("mail.example.org");

  private final Authority authority = new Authority("CN=Ours");
  private final Records dns = new Records().withHost(HOST);
  private HttpsServer web;
  private volatile int status = 200;
  private volatile String type = "text/plain";
  private volatile String file = ENFORCE;

  @BeforeEach
  void start() throws Exception {
    serve(authority.serverNamed(HOST, 60));
  }

  @AfterEach
  void stop() {
    web.stop(0);
  }

  @Test
  void aPolicyThatNamesTheServersIsRight() {
    assertThat(findings(RECORD)).extracting(Finding::state).containsExactly(RIGHT, RIGHT);
    assertThat(policy().found()).isEqualTo("mode: enforce, mx: mail.example.org, max_age: 604800");
    file = ENFORCE.replace("mail.", "*.").replace("\n", "\r\n");
    assertThat(policy().state()).isEqualTo(RIGHT);
  }

  @Test
  void nobodyMustHaveAPolicyAndWithoutTheRecordNoneIsFetched() {
    status = 500;
    assertThat(findings(List.of())).extracting(Finding::state).containsExactly(OPTIONAL);
  }

  @Test
  void aRecordThatNobodyUnderstandsIsWrong() {
    for (String record : List.of("v=STSv1", "v=STSv1; id=2026-11-28", "v=STSv1; id=")) {
      Finding finding = findings(List.of(record)).getFirst();
      assertThat(finding.state()).isEqualTo(WRONG);
      assertThat(finding.todo()).contains("nobody finds an id");
    }
    assertThat(findings(List.of("v=STSv1; id=1;", "v=STSv1; id=2;")).getFirst().state())
        .isEqualTo(WRONG);
  }

  @ParameterizedTest
  @CsvSource({
    "404, text/plain, 'answers ''HTTP/1.1 404 Not Found'', not 200'",
    "301, text/plain, not 200",
    "200, text/html, is not text/plain but 'text/html'",
    "200, '', is not text/plain"
  })
  void aFileThatOthersDoNotTakeIsWrong(int answered, String mediaType, String why) {
    status = answered;
    type = mediaType;
    assertThat(policy().state()).isEqualTo(WRONG);
    assertThat(policy().todo())
        .startsWith("others get no policy from https://" + HOST + "/.well-known/mta-sts.txt: ")
        .contains(why.replace("''", "'"));
  }

  @Test
  void aFileThatIsNoPolicyIsWrong() {
    file = ENFORCE.replace("mode", "mood");
    assertThat(policy().todo()).contains("has no mode");
    file = "x".repeat(100_000);
    assertThat(policy().todo()).contains("larger than 65536 bytes");
    assertThat(policy().state()).isEqualTo(WRONG);
  }

  @Test
  void aCertificateThatOthersDoNotTakeIsWrong() throws Exception {
    stop();
    serve(authority.serverNamed("www.example.org", 60));
    assertThat(policy().todo()).contains("No subject alternative DNS name matching " + HOST);
    stop();
    serve(authority.serverNamed(HOST, -60));
    assertThat(policy().todo()).contains("its certificate has expired");
    stop();
    serve(new Authority("CN=Nobody").serverNamed(HOST, 60));
    assertThat(policy().todo()).contains("no authority that is trusted");
    assertThat(policy().state()).isEqualTo(WRONG);
  }

  @Test
  void aServerThatThePolicyDoesNotNameIsWrong() {
    Finding finding = findings(RECORD, "mail.example.org", "mx2.example.net").getLast();
    assertThat(finding.state()).isEqualTo(WRONG);
    assertThat(finding.todo()).contains("does not name mx2.example.net").contains("another id");
    file = ENFORCE.replace("enforce", "none");
    assertThat(findings(RECORD, "mx2.example.net").getLast().state()).isEqualTo(ADVICE);
  }

  @Test
  void adviceIsForWhatOnlyWatchesOrIsSoonForgotten() {
    file = ENFORCE.replace("enforce", "testing");
    assertThat(policy().state()).isEqualTo(ADVICE);
    assertThat(policy().todo()).contains("mode: enforce when");
    file = ENFORCE.replace("604800", "3600");
    assertThat(policy().state()).isEqualTo(ADVICE);
    assertThat(policy().todo()).contains("max_age: 604800");
  }

  @Test
  void aNameThatLeadsNowhereIsWrongAndSilenceIsUnknown() {
    dns.without(HOST);
    assertThat(policy().state()).isEqualTo(WRONG);
    assertThat(policy().todo()).contains(HOST + " has no address");
    dns.silentFor(HOST);
    assertThat(policy().state()).isEqualTo(UNKNOWN);
    assertThat(policy().found()).isEmpty();
  }

  @Test
  void aWebServerThatIsNotThereIsWrong() {
    int port = web.getAddress().getPort();
    stop();
    assertThat(check(port).of(RECORD, SERVERS).getLast().state()).isEqualTo(WRONG);
  }

  private Finding policy() {
    return findings(RECORD).getLast();
  }

  private List<Finding> findings(List<String> records) {
    return check(web.getAddress().getPort()).of(records, SERVERS);
  }

  private List<Finding> findings(List<String> records, String... servers) {
    return check(web.getAddress().getPort()).of(records, List.of(servers));
  }

  private PolicyCheck check(int port) {
    byte[] trusted = authority.pem().getBytes(StandardCharsets.US_ASCII);
    PolicyFile policyFile = PolicyFile.over(dns, Optional.of(trusted), port);
    return new PolicyCheck(Domain.of("example.org"), dns, policyFile);
  }

  private void serve(SSLContext tls) throws Exception {
    web = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.setHttpsConfigurator(new HttpsConfigurator(tls));
    web.createContext(
        "/.well-known/mta-sts.txt",
        exchange -> {
          byte[] body = file.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", type);
          exchange.getResponseHeaders().add("Location", "/.well-known/mta-sts.txt?again");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    web.start();
  }
}
