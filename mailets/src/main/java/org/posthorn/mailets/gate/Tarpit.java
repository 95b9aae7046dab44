package org.posthorn.mailets.gate;

import java.time.Duration;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Makes clients wait: for the greeting, and for each recipient after so many. Robots in a hurry go
/// away; nobody else notices.
final class Tarpit implements Gate {
  private static final Duration MOST = Duration.ofSeconds(15);

  private final Duration greeting;
  private final Duration recipient;
  private final int afterRecipients;

  private Tarpit(Duration greeting, Duration recipient, int afterRecipients) {
    this.greeting = greeting;
    this.recipient = recipient;
    this.afterRecipients = afterRecipients;
  }

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "Tarpit";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      return new Tarpit(
          pause(parameters, "greeting"),
          pause(parameters, "recipient"),
          parameters.number("after-recipients", 10, 0, 100_000));
    }

    private static Duration pause(Parameters parameters, String name) {
      Duration pause = parameters.duration(name, Duration.ZERO);
      if (pause.compareTo(MOST) > 0) {
        throw new ParameterException("parameter '" + name + "' must be at most 15s");
      }
      return pause;
    }
  }

  /// The client shall wait, on its own thread: nobody else does.
  @Override
  public boolean mayWait() {
    return false;
  }

  @Override
  public Verdict connection(Visitor visitor) {
    return waited(greeting);
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient one) {
    return mail.recipients().size() >= afterRecipients ? waited(recipient) : Verdict.pass();
  }

  private static Verdict waited(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return Verdict.pass();
  }
}
