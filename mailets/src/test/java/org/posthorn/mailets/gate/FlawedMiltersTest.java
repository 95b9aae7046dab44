package org.posthorn.mailets.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;

/// Milters that hang, hang up, talk nonsense or never stop talking, at each step: the gate fails in
/// time, and leaves no connection and no thread behind.
class FlawedMiltersTest {
  private static final String STEPS = "OCHMRTLNBE";
  private static final Recipient BOB = Recipient.of(MailAddress.of("bob@example.org"));
  private static final Visitor VISITOR = GatesTest.visitor("192.0.2.7");
  private static final IncomingMail MAIL = GatesTest.mail("a@example.net");

  private ToyMilter toy;

  FlawedMiltersTest() throws IOException {
    this.toy = new ToyMilter();
  }

  @AfterEach
  void close() throws IOException {
    toy.close();
  }

  @Test
  void failsWhereAMilterHangsUp() throws IOException {
    for (char step : ToyMilter.letters(STEPS)) {
      restart().says(step, ToyMilter.HANG_UP);
      fails(step, "closed the connection");
    }
  }

  @Test
  void failsInTimeWhereAMilterIsSilent() throws IOException {
    for (char step : ToyMilter.letters(STEPS)) {
      restart().says(step, ToyMilter.SILENT);
      fails(step, "no answer in 300 ms");
    }
  }

  @Test
  void failsWhereAMilterTalksNonsense() throws IOException {
    for (char step : ToyMilter.letters(STEPS)) {
      restart().says(step, "?");
      fails(step, step == 'O' ? "did not agree" : "says '?'");
      restart().says(step, "m");
      fails(step, "");
    }
    restart().says('C', "hX\0y\0");
    fails('C', "says 'h' to CONNECT");
    restart().says('O', "O" + numbers(9, 0, 0));
    fails('O', "version 9");
    restart().says('O', "O" + numbers(6, 0x4000, 0));
    fails('O', "not offered");
  }

  @Test
  void failsInTimeWhereAMilterMakesProgressForEver() throws IOException {
    try (var hasty = new Endless("p")) {
      fails(gate(hasty.at(), "60s"), 'C', "never comes to an end");
    }
    try (var slow = new Endless("p", false, 100)) {
      fails(slow.at(), 'C', "no answer");
    }
  }

  @Test
  void failsWhereAMilterHasNoMeasure() throws IOException {
    try (var endless = new Endless("hX-Field\0" + "x".repeat(60_000) + "\0")) {
      fails(endless.at(), 'E', "changes more than");
    }
    try (var huge = new Endless("")) {
      fails(huge.at(), 'C', "a packet of 0 bytes");
    }
  }

  @Test
  void failsInTimeWhereAMilterDoesNotRead() throws IOException {
    toy.says('B', ToyMilter.SILENT).without(0x80000, "");
    try (var deaf = new Endless("c", true, 0)) {
      Gate gate = gate(deaf.at());
      step(gate, 'C');
      var message = HeapMessage.of("Subject: big\n\n" + "0123456789\n".repeat(2_000_000));
      gate.hello(VISITOR);
      gate.sender(VISITOR, MAIL);
      gate.recipient(VISITOR, MAIL, BOB);
      assertThatThrownBy(() -> gate.content(VISITOR, MAIL, message))
          .hasMessageContaining("no answer in");
    }
  }

  private void fails(char step, String why) throws IOException {
    fails(toy.at(), step, why);
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (toy.connected() > 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(toy.connected()).as("connections left at " + step).isZero();
  }

  private static void fails(String at, char step, String why) {
    fails(gate(at, "300ms"), step, why);
  }

  private static void fails(Gate gate, char step, String why) {
    long start = System.nanoTime();
    assertThatThrownBy(() -> step(gate, step))
        .as("at " + step)
        .hasMessageContaining("milter at 127.0.0.1:")
        .hasMessageContaining(why);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(50));
  }

  /// All up to and with the gate's stage that this step belongs to.
  private static void step(Gate gate, char step) {
    gate.connection(VISITOR);
    if ("OC".indexOf(step) >= 0) {
      return;
    }
    gate.hello(VISITOR);
    gate.sender(VISITOR, MAIL);
    gate.recipient(VISITOR, MAIL, BOB);
    gate.content(VISITOR, MAIL, HeapMessage.of("Subject: x\n\nbody\n"));
  }

  private static Gate gate(String at) {
    return gate(at, "300ms");
  }

  private static Gate gate(String at, String patience) {
    return TestParameters.gate(
        new Milter.Factory(), Map.of("at", at, "patience", patience), new TestServices());
  }

  private ToyMilter restart() throws IOException {
    toy.close();
    toy = new ToyMilter();
    return toy;
  }

  private static String numbers(int version, int actions, int steps) {
    byte[] bytes = ByteBuffer.allocate(12).putInt(version).putInt(actions).putInt(steps).array();
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
