package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.smtp.outbound.OutgoingMail.MESSAGE;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.HeaderField;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.storage.StorageUnavailable;

/// A load that cannot be carried as a whole.
final class AttemptTest {
  private static final OutgoingMail TO_TWO = OutgoingMail.to("bob@example.net", "carl@example.net");

  @AutoClose private final SendingMta mta = SendingMta.in("");

  /// Who has the mail already would get it twice.
  @Test
  void keepsTheAnswersThatItHasWhenTheStoreFails() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            IN_CLEAR
                + """
                MAIL bob@example.net
                DATA
                S: 250 taken
                MAIL carl@example.net
                HOLD
                """)) {
      // The text is looked at, and then read for each of them.
      Map<Recipient, Answer> answers = carried(server, new Failing(2));
      server.assertPlayed();
      assertThat(answers.get(TO_TWO.recipients().getFirst())).isInstanceOf(Answer.Delivered.class);
      assertThat(answers.get(TO_TWO.recipients().getLast()))
          .isInstanceOfSatisfying(
              Answer.Deferred.class,
              deferred -> {
                assertThat(deferred.status()).isEqualTo("4.3.0");
                assertThat(deferred.remote()).isEmpty();
              });
    }
  }

  @Test
  void keepsTheAnswersThatItHasWhenSomethingHappensThatNobodyExpects() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            IN_CLEAR
                + """
                MAIL bob@example.net
                DATA
                S: 250 taken
                MAIL carl@example.net
                HOLD
                """)) {
      Map<Recipient, Answer> answers = carried(server, new Failing(2, AttemptTest::loseAClass));
      server.assertPlayed();
      assertThat(answers.get(TO_TWO.recipients().getFirst())).isInstanceOf(Answer.Delivered.class);
      assertThat(answers.get(TO_TWO.recipients().getLast())).isInstanceOf(Answer.Deferred.class);
    }
  }

  /// The server takes whatever comes for more of the text.
  @Test
  void sendsNothingMoreOnAConnectionWhereATextBrokeOff() throws Exception {
    String begin = IN_CLEAR + "MAIL bob@example.net carl@example.net\n";
    try (ScriptedServer server =
            ScriptedServer.playing(begin + "C: (end)\n", begin + "DATA\nS: 250 taken\n");
        SmtpCarrier carrier =
            mta.keepingConnections(Duration.ofSeconds(20))
                .impatient()
                .routes(to("127.0.0.1:" + server.port(), "example.net"))
                .carrier(server.port(), mta.memories())) {
      assertThatThrownBy(() -> carrier.carry(TO_TWO.load(new Failing(1, AttemptTest::loseAClass))))
          .isInstanceOf(NoClassDefFoundError.class);
      assertThat(carrier.carry(TO_TWO.load()).values())
          .allMatch(Answer.Delivered.class::isInstance);
      server.assertPlayed();
    }
  }

  /// Each has what the server says, and not that the connection was gone.
  @Test
  void opensAnotherConnectionForTheRestWhereTheServerHangsUpBehindAReply() throws Exception {
    String script =
        """
        S: 220 mx
        EHLO PIPELINING
        C: MAIL FROM:<ann@example.org>
        C: RCPT TO:<%s@example.net>
        C: DATA
        S: 550 5.7.1 Not you
        CLOSE
        """;
    try (ScriptedServer server =
        ScriptedServer.playing(script.formatted("bob"), script.formatted("carl"))) {
      assertThat(carried(server, new TextMessage(MESSAGE)).values())
          .hasSize(2)
          .allSatisfy(answer ->
              assertThat(answer)
                  .isInstanceOfSatisfying(
                      Answer.Failed.class,
                      failed -> assertThat(failed.text()).isEqualTo("550 5.7.1 Not you")));
      server.assertPlayed();
    }
  }

  /// It takes one mail for each connection, and does not say so.
  @Test
  void opensAnotherConnectionForTheRestWhereTheServerClosesBehindAMail() throws Exception {
    String script = IN_CLEAR + "MAIL %s@example.net\nDATA\nS: 250 taken\nCLOSE\n";
    try (ScriptedServer server =
        ScriptedServer.playing(script.formatted("bob"), script.formatted("carl"))) {
      assertThat(carried(server, new TextMessage(MESSAGE)).values())
          .hasSize(2)
          .allMatch(Answer.Delivered.class::isInstance);
      server.assertPlayed();
    }
  }

  /// If it were cut off behind the end of the text, all would get that twice.
  @Test
  void offersTheRestOverAnotherConnectionWhereTheFirstHasLittleTimeLeft() throws Exception {
    String script = IN_CLEAR + "MAIL %s@example.net\nDATA\nS: 250 taken\nQUIT\n";
    try (ScriptedServer server =
        ScriptedServer.playing(script.formatted("bob"), script.formatted("carl"))) {
      Duration connection = Duration.ofMillis(2_500);
      mta.hurrying(connection);
      assertThat(carried(server, new Slow(connection.dividedBy(2).plusMillis(50))).values())
          .hasSize(2)
          .allMatch(Answer.Delivered.class::isInstance);
      server.assertPlayed();
    }
  }

  /// It is no trouble of the destination, so it must not look like an answer.
  @Test
  void hasNoAnswerWhenTheMessageCannotBeRead() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing()) {
      assertThatThrownBy(() -> carried(server, new Failing(0)))
          .isInstanceOf(StorageUnavailable.class);
      assertThatThrownBy(() -> carried(server, new Damaged()))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("The message cannot be read");
    }
  }

  /// They went together because one server took mail for all; now it does not.
  @Test
  void sendsNothingToAServerOfAnotherDomain() throws Exception {
    OutgoingMail mail = OutgoingMail.to("bob@a.example", "carl@b.example");
    String script = IN_CLEAR + "MAIL bob@a.example\nDATA\nS: 250 taken\nQUIT\n";
    mta.zone(
        """
        a.example IN MX 1 mx.a.example
        mx.a.example IN A 127.0.0.5
        b.example IN MX 1 mx.b.example
        mx.b.example IN A 127.0.0.6
        """);
    assertThat(mta.send(mail, script))
        .startsWith("bob@a.example: delivered (mx.a.example) 250 taken")
        .contains("carl@b.example: deferred 4.4.4 (-) ");
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      String host = "127.0.0.1:" + server.port();
      assertThat(mta.routes(to(host, "a.example"), to(host, "b.example")).send(server, mail))
          .contains("carl@b.example: deferred 4.4.4 (-) ");
    }
    String both = IN_CLEAR + "MAIL bob@a.example carl@b.example\nDATA\nS: 250 taken\nQUIT\n";
    try (ScriptedServer server = ScriptedServer.playing(both)) {
      assertThat(
              mta.routes(to("127.0.0.1:" + server.port(), "a.example", "b.example"))
                  .send(server, mail))
          .contains("carl@b.example: delivered");
    }
  }

  /// Each further try is a step towards an account that is locked.
  @Test
  void triesALoginThatIsRefusedAtOneAddressOnly() throws Exception {
    try (SendingMta world =
            SendingMta.in("smart.example IN A 127.0.0.5\nsmart.example IN A 127.0.0.6");
        ScriptedServer server =
            ScriptedServer.playingAt(
                "0.0.0.0",
                0,
                "S: 220 mx\nEHLO AUTH PLAIN\nC: AUTH PLAIN AGFubgBzZWNyZXQ=\nS: 535 5.7.8 Wrong\nQUIT",
                "CLOSE")) {
      var host =
          new Smarthost("smart.example", server.port(), Smarthost.Tls.NONE, Optional.of("relay"));
      world.carry(server.port(), OutgoingMail.to("bob@example.net").through(host));
      assertThat(server.clients()).hasSize(1);
    }
  }

  private static OutboundRoute to(String host, String... domains) {
    return to(host, 100, domains);
  }

  private static OutboundRoute to(String host, int recipientsOfAMail, String... domains) {
    return new OutboundRoute(
        List.of(domains),
        List.of(),
        host,
        Optional.of(Smarthost.Tls.NONE),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        new OutboundRoute.Limits(
            Optional.empty(),
            Optional.empty(),
            Duration.ofMinutes(1),
            Duration.ZERO,
            recipientsOfAMail,
            Optional.empty()),
        false);
  }

  /// One recipient for each transaction.
  private Map<Recipient, Answer> carried(ScriptedServer server, Message text) throws IOException {
    OutboundRoute route = to("127.0.0.1:" + server.port(), 1, "example.net");
    try (SmtpCarrier carrier = mta.routes(route).carrier(server.port(), mta.memories())) {
      return carrier.carry(TO_TWO.load(text));
    }
  }

  private static void loseTheDisk() {
    throw new StorageUnavailable("The disk is away");
  }

  private static void loseAClass() {
    throw new NoClassDefFoundError("org/example/Gone");
  }

  /// Can be opened so often, and then something is away.
  private static final class Failing extends Text {
    private final Runnable failure;
    private int left;

    Failing(int times) {
      this(times, AttemptTest::loseTheDisk);
    }

    Failing(int times, Runnable failure) {
      left = times;
      this.failure = failure;
    }

    @Override
    public InputStream open() {
      if (left-- == 0) {
        failure.run();
      }
      return super.open();
    }
  }

  /// Takes its time when it is read for the second time, which is the first over a connection.
  private static final class Slow extends Text {
    private final Duration time;
    private int opened;

    Slow(Duration time) {
      this.time = time;
    }

    @Override
    public InputStream open() {
      opened++;
      long end = System.nanoTime() + time.toNanos();
      while (opened == 2 && System.nanoTime() - end < 0) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
      return super.open();
    }
  }

  private static final class Damaged extends Text {
    @Override
    public InputStream open() {
      return new InputStream() {
        @Override
        public int read() throws IOException {
          throw new IOException("damaged");
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
          throw new IOException("damaged");
        }
      };
    }
  }

  private abstract static class Text implements Message {
    private final Message text = new TextMessage(MESSAGE);

    @Override
    public long sizeBytes() {
      return text.sizeBytes();
    }

    @Override
    public List<HeaderField> headers() {
      return text.headers();
    }

    @Override
    public MessageStructure structure() {
      return text.structure();
    }

    @Override
    public InputStream open() {
      return text.open();
    }

    @Override
    public Message withHeader(String name, String value) {
      return text.withHeader(name, value);
    }

    @Override
    public Message withoutHeaders(Predicate<HeaderField> matching) {
      return text.withoutHeaders(matching);
    }

    @Override
    public Message withBytes(InputStream bytes) throws IOException {
      return text.withBytes(bytes);
    }
  }
}
