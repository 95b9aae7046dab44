package org.posthorn.smtp.inbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;

/// A connection that is closed while a gate looks at the message.
@Timeout(60)
class ClosedAmidMessageTest {
  private static final String ENVELOPE =
      """
      EHLO client.example
      MAIL FROM:<x@example.net>
      RCPT TO:<bob@example.org>
      DATA
      """;

  private static final String TEXT =
      """
      Subject: hi

      text
      .
      """;

  private final SmtpHouse house = new SmtpHouse(8192);

  @AfterEach
  void close() {
    house.close();
  }

  /// Looks at a content until it is told to stop.
  private static final class Slow implements Gate {
    private final CountDownLatch looks = new CountDownLatch(1);
    private final CountDownLatch enough = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);

    @Override
    public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
      looks.countDown();
      try {
        enough.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return Verdict.pass();
    }

    @Override
    public void gone(Visitor visitor) {
      gone.countDown();
    }
  }

  /// Once for each time that it waited in vain, its recipients would have it.
  @Test
  void aMessageIsNotTakenWhoseSenderHasHungUpForWantOfAnAnswer() throws Exception {
    var slow = new Slow();
    try (Listener listener = Listener.open(ListenerConfig.defaults(), patientFor(slow))) {
      try (var client = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
        say(client, ENVELOPE);
        until(client, "354 ");
        say(client, TEXT);
        slow.looks.await();
      }
      slow.enough.countDown();
      slow.gone.await();
    }
    assertThat(house.mails()).isEmpty();
  }

  /// Whoever says nothing more after the message may still listen, and is told.
  @Test
  void whoOnlyListensHearsThatItWasNotTaken() throws Exception {
    var slow = new Slow();
    try (Listener listener = Listener.open(ListenerConfig.defaults(), patientFor(slow));
        var client = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      say(client, ENVELOPE);
      until(client, "354 ");
      say(client, TEXT);
      client.shutdownOutput();
      slow.looks.await();
      slow.enough.countDown();
      assertThat(rest(client))
          .isEqualTo("451 4.4.2 The connection was closed before the message was taken\r\n");
    }
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void aMessageIsTakenWhoseSenderWaits() throws Exception {
    for (String more : new String[] {"", "QUIT\n"}) {
      var slow = new Slow();
      try (Listener listener = Listener.open(ListenerConfig.defaults(), patientFor(slow));
          var client = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
        say(client, ENVELOPE);
        until(client, "354 ");
        say(client, TEXT + more);
        if (!more.isEmpty()) {
          client.shutdownOutput();
        }
        slow.looks.await();
        slow.enough.countDown();
        until(client, "250 ");
      }
    }
    assertThat(house.mails()).hasSize(2);
  }

  /// For which a gate takes longer than clients may wait.
  private SmtpServer patientFor(Slow slow) {
    InstantSource clock =
        () -> Instant.ofEpochSecond(1_790_000_000 + (slow.enough.getCount() == 0 ? 60 : 0));
    return house.withGates(gates(slow)).withClock(clock).server(Role.MX);
  }

  private static String rest(Socket client) throws IOException {
    return new String(client.getInputStream().readAllBytes(), US_ASCII);
  }

  /// Its sender hears nothing and sends it again. So it is with a user who is put out meanwhile.
  @Test
  void aMessageIsNotTakenWhoseSenderCannotHearOfIt() throws Exception {
    var slow = new Slow();
    SmtpServer server = house.withGates(gates(slow)).server(Role.MX);
    try (Listener listener = Listener.open(ListenerConfig.defaults(), server);
        var client = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      say(client, ENVELOPE);
      until(client, "354 ");
      say(client, TEXT);
      slow.looks.await();
      Thread stopping = Thread.ofVirtual().start(() -> listener.close(Duration.ofMillis(1)));
      assertThat(client.getInputStream().readAllBytes()).isEmpty();
      slow.enough.countDown();
      stopping.join();
      assertThat(listener.connections()).isZero();
    }
    assertThat(house.mails()).isEmpty();
  }

  private static void say(Socket client, String lines) throws IOException {
    client.getOutputStream().write(lines.replace("\n", "\r\n").getBytes(US_ASCII));
  }

  /// Reads the line that begins so, and what stands before it.
  private static void until(Socket client, String start) throws IOException {
    var line = new StringBuilder();
    while (!line.toString().startsWith(start) || line.charAt(line.length() - 1) != '\n') {
      if (!line.isEmpty() && line.charAt(line.length() - 1) == '\n') {
        line.setLength(0);
      }
      line.append((char) client.getInputStream().read());
    }
  }

  private static Gates gates(Gate gate) {
    var guarded =
        new Guarded(
            "slow",
            gate,
            false,
            List.of(),
            List.of(),
            Duration.ofSeconds(50),
            true,
            false,
            new GateCalls(10));
    return new Gates(Map.of("mx", List.of(guarded)));
  }
}
