package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.spool.chain.Guarded;
import org.posthorn.spool.chain.WritesResults;

/// Gates that are replaced while a client is here.
class ReloadedGatesTest {
  private final SmtpHouse house = new SmtpHouse(8192);
  private final GatesInForce inForce = new GatesInForce();

  @AfterEach
  void close() {
    house.close();
  }

  /// Writes its results in this name; `atSender` happens in the middle of a session.
  private record InTheNameOf(String name, Runnable atSender) implements Gate, WritesResults {
    @Override
    public boolean writesResultsAs(String other) {
      return name.equals(other);
    }

    @Override
    public Verdict sender(Visitor visitor, IncomingMail mail) {
      atSender.run();
      return Verdict.pass();
    }
  }

  /// Whoever reads the mail believes the gates that looked at it, and those that are there by then.
  @Test
  void resultsInTheNameOfTheGatesThatAClientMetAreForgedAndThoseOfTheGatesOfNow() {
    Gates after = gates(new InTheNameOf("after.example", () -> {}));
    inForce.use(gates(new InTheNameOf("before.example", () -> inForce.use(after))));
    house
        .withGates(inForce)
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO client.example
            S: ...
            S: 250 HELP
            C: MAIL FROM:<x@example.net>
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<bob@example.org>
            S: 250 2.1.5 Recipient ok
            C: DATA
            S: 354 Go ahead, and end with a dot on a line of its own
            C: Authentication-Results: before.example; dkim=pass header.d=bank.example
            C: Authentication-Results: after.example; dkim=pass header.d=bank.example
            C: Authentication-Results: other.example; dkim=pass header.d=kept.example
            C: Subject: hi
            C:
            C: text
            C: .
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    assertThat(house.onlyMail().text()).contains("kept.example").doesNotContain("bank.example");
  }

  private static Gates gates(Gate gate) {
    var guarded =
        new Guarded(
            "results",
            gate,
            false,
            List.of(),
            List.of(),
            Duration.ofSeconds(5),
            true,
            false,
            new GateCalls(10));
    return new Gates(Map.of("mx", List.of(guarded)));
  }
}
