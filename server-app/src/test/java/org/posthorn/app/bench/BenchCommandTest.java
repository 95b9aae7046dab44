package org.posthorn.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.Records;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dkim.DkimVerifier;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The drivers against a server that is not ours.
final class BenchCommandTest {
  private static final int USERS = 3;

  private final GreenMail server =
      new GreenMail(
          new ServerSetup[] {
            new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP),
            new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_IMAP),
            new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_POP3)
          });

  @TempDir private Path directory;

  @BeforeEach
  void start() throws IOException {
    server.start();
    for (int i = 1; i <= USERS; i++) {
      String login = "user" + i + "@example.org";
      server.setUser(login, login, "secret");
    }
    Files.writeString(directory.resolve("password"), "secret\nand a line that is not read\n");
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void smtpInCountsWhatWasAcceptedAndWhatArrived() throws IOException {
    JsonNode figures =
        run("smtp-in", "--messages", "50", "--connections", "5", "--size", "3000", "--pid", self());
    assertThat(figures.path("messages").asInt()).isEqualTo(50);
    assertThat(server.getReceivedMessages()).hasSize(50);
    assertThat(figures.path("acceptedPerSecond").asDouble()).isPositive();
    assertThat(figures.path("deliveredPerSecond").asDouble())
        .isPositive()
        .isLessThanOrEqualTo(figures.path("acceptedPerSecond").asDouble());
    assertThat(figures.path("cpuMillisPerMessage").asDouble()).isNotNegative();
    assertThat(figures.path("p99Millis").asDouble())
        .isGreaterThanOrEqualTo(figures.path("p50Millis").asDouble());
  }

  @Test
  void smtpInSignsAndAnswersAboutItsDomain() throws Exception {
    run("smtp-in", "--messages", "3", "--connections", "1", "--dns-port", "0");
    assertThat(server.getReceivedMessages())
        .allSatisfy(message ->
            assertThat(message.getHeader("DKIM-Signature")[0])
                .contains("a=rsa-sha256", "d=example.net", "s=bench"));
    try (var domain = SigningDomain.answeringOn(0)) {
      var resolver = new SimpleResolver(domain.address());
      assertThat(texts(resolver, "example.net."))
          .containsExactly("v=spf1 include:_spf.example.net -all");
      assertThat(texts(resolver, "_dmarc.example.net.")).containsExactly("v=DMARC1; p=reject");
      assertThat(texts(resolver, "_dmarc.net.")).isEmpty();
      byte[] signed = domain.signed(new SampleMessage(2_000).next("user1@example.org"));
      var dns = new Records();
      dns.with(domain.keyName(), texts(resolver, domain.keyName() + ".").getFirst());
      assertThat(new DkimVerifier(dns, Instant::now).verify(new ByteArrayInputStream(signed)))
          .hasSize(1)
          .allMatch(DkimResult.Pass.class::isInstance);
    }
  }

  private static List<String> texts(SimpleResolver resolver, String name) throws IOException {
    Message query = Message.newQuery(Record.newRecord(Name.fromString(name), Type.TXT, DClass.IN));
    return resolver.send(query).getSection(Section.ANSWER).stream()
        .map(record -> String.join("", ((TXTRecord) record).getStrings()))
        .toList();
  }

  @Test
  void smtpInWaitsForTheCopyOfEachRecipient() throws IOException {
    JsonNode figures =
        run("smtp-in", "--messages", "10", "--connections", "2", "--recipients", "2");
    assertThat(figures.path("recipients").asInt()).isEqualTo(2);
    assertThat(server.getReceivedMessages()).hasSize(20);
  }

  @Test
  void aLargeMailboxIsFilledAndEmptied() throws IOException {
    JsonNode figures = run("mailbox", "--messages", "40", "--clients", "4");
    assertThat(figures.path("messages").asInt()).isEqualTo(40);
    for (String figure : List.of("appendMillis", "openAgainMillis", "copyAllMillis")) {
      assertThat(figures.path(figure).asDouble()).as(figure).isPositive();
    }
  }

  @Test
  void theStoreIsMeasuredWithoutAServerAndLeavesNothing() throws IOException {
    StringWriter out = new StringWriter();
    int status =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .execute(
                "store",
                "--json",
                "--seconds",
                "1",
                "--threads",
                "8",
                "--mailboxes",
                "50,300",
                "--folder",
                directory.toString());
    assertThat(status).isZero();
    JsonNode figures = JsonMapper.shared().readTree(out.toString());
    for (String figure :
        List.of(
            "fsyncPerSecond",
            "commitsPerSecond",
            "commitsAlonePerSecond",
            "deliveriesPerSecond",
            "append50PerSecond",
            "openCold300Millis",
            "openWarm300Millis",
            "diskBytesPerByte300",
            "flag300PerSecond",
            "expunge300PerSecond")) {
      assertThat(figures.path(figure).asDouble()).as(figure).isPositive();
    }
    try (var left = Files.list(directory)) {
      assertThat(left.map(file -> file.getFileName().toString())).containsExactly("password");
    }
  }

  @Test
  void pop3FetchesAllMessagesOfAllUsers() throws IOException {
    JsonNode figures = run("pop3", "--messages", "4", "--rounds", "2");
    assertThat(figures.path("messages").asInt()).isEqualTo(USERS * 4 * 2);
    assertThat(figures.has("cpuSeconds")).as("nobody said which process").isFalse();
  }

  @Test
  void idleMeasuresHowLongItTakesToBeTold() throws IOException {
    JsonNode figures = run("idle", "--connections", "6", "--messages", "3", "--pid", self());
    assertThat(figures.path("notifications").asInt()).isEqualTo(3 * 6 / USERS);
    assertThat(figures.has("kibPerConnection")).isTrue();
  }

  @Test
  void compareShowsMediansAndWritesThem() throws IOException {
    Files.writeString(directory.resolve("a.imap.1.json"), "{\"commandsPerSecond\":100}");
    Files.writeString(directory.resolve("a.imap.2.json"), "{\"commandsPerSecond\":400}");
    Files.writeString(directory.resolve("a.imap.3.json"), "{\"commandsPerSecond\":200}");
    Files.writeString(directory.resolve("b.imap.1.json"), "{\"commandsPerSecond\":700}");
    String table = text("compare", directory.toString(), "a", "b");
    assertThat(table).containsPattern("imap +commandsPerSecond +200.000 +700.000 +3.50");
    assertThat(Files.readString(directory.resolve("figures.json")))
        .contains("\"a\":{\"imap\":{\"commandsPerSecond\":200.0}}");
  }

  @Test
  void aServerThatIsNotThereIsSaidPlainly() throws IOException {
    int port = server.getImap().getPort();
    server.stop();
    var err = new StringWriter();
    int status =
        new CommandLine(new BenchCommand())
            .setErr(new PrintWriter(err))
            .execute(
                "imap",
                "--imap-port",
                Integer.toString(port),
                "--password-file",
                directory.resolve("password").toString());
    assertThat(status).isEqualTo(1);
    assertThat(err.toString()).contains("No connection to 127.0.0.1 port " + port);
  }

  private JsonNode run(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        List.of(
            "--json",
            "--user-count",
            Integer.toString(USERS),
            "--password-file",
            directory.resolve("password").toString(),
            "--smtp-port",
            Integer.toString(server.getSmtp().getPort()),
            "--imap-port",
            Integer.toString(server.getImap().getPort()),
            "--pop3-port",
            Integer.toString(server.getPop3().getPort())));
    return JsonMapper.shared().readTree(text(all.toArray(String[]::new)));
  }

  private static String text(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    assertThat(status).as(err.toString()).isZero();
    return out.toString();
  }

  private static String self() {
    return Long.toString(ProcessHandle.current().pid());
  }
}
