package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailAddress;

/// What every gate promises; see [MailetContract].
///
/// ```java
/// final class NoStrangersTest implements GateContract {
///   @Override
///   public Gate gate() {
///     return TestParameters.gate(new NoStrangers(), Map.of(), new TestServices());
///   }
///
///   @Test
///   void refusesWhomWeDoNotKnow() {
///     Verdict verdict =
///         gate().sender(
///             GateContract.visitor("192.0.2.7"), GateContract.incoming("carl@example.net"));
///     assertThat(verdict).isInstanceOf(Verdict.Refuse.class);
///   }
/// }
/// ```
///
/// A gate that throws when whoever it asks is away needs an answer here, for every client and mail:
/// `services.http().under("https://score.example/?", 200, "3")`. That it throws is a test of its
/// own.
public interface GateContract {
  int MAILS = 60;

  /// The gate, ready for work.
  Gate gate();

  /// Somebody who has come to the port for other servers.
  static Visitor visitor(String address) {
    return new Visitor(
        InetAddress.ofLiteral(address),
        "mx",
        "c1",
        Optional.of("client.example"),
        Optional.empty(),
        Optional.empty());
  }

  /// A mail of `sender` (empty: of nobody) to `recipients`, with no notes yet.
  static IncomingMail incoming(String sender, String... recipients) {
    return new IncomingMail(
        MailAddress.parse(sender),
        Stream.of(recipients).map(MailAddress::of).map(Recipient::of).toList(),
        OptionalLong.empty(),
        Map.of());
  }

  /// The answers to all that happens while a client hands over a mail, as far as it gets.
  static List<Verdict> visit(Gate gate, Visitor visitor, Mail mail) {
    List<Verdict> verdicts = new ArrayList<>();
    verdicts.add(gate.connection(visitor));
    verdicts.add(gate.hello(visitor));
    var incoming = new IncomingMail(mail.sender(), List.of(), OptionalLong.empty(), Map.of());
    verdicts.add(gate.sender(visitor, incoming));
    for (Recipient recipient : mail.recipients()) {
      verdicts.add(gate.recipient(visitor, incoming, recipient));
    }
    verdicts.add(gate.content(visitor, incoming.withRecipients(mail.recipients()), mail.message()));
    gate.gone(visitor);
    return verdicts;
  }

  @Test
  default void hasAVerdictOnAnyMailOfAnybody() {
    long seed = System.nanoTime();
    var mails = new RandomMails(seed, HeapMessage::of);
    Gate gate = gate();
    for (int i = 0; i < MAILS; i++) {
      String address = i % 2 == 0 ? "192.0.2." + i : "2001:db8::" + i;
      assertThat(visit(gate, visitor(address), mails.next()))
          .as("seed %d, mail %d", seed, i)
          .doesNotContainNull();
    }
  }

  @Test
  default void worksForManyThreadsAtOnce() throws InterruptedException, ExecutionException {
    Gate gate = gate();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        var mails = new RandomMails(thread, HeapMessage::of);
        Visitor visitor = visitor("192.0.2." + thread);
        all.add(
            threads.submit(() -> {
              for (int i = 0; i < 10; i++) {
                assertThat(visit(gate, visitor, mails.next())).doesNotContainNull();
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  @Test
  default void closingTwiceIsNoHarm() {
    Gate gate = gate();
    gate.close();
    gate.close();
  }
}
