package org.posthorn.mailets.gate;

import java.time.Duration;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Makes clients wait: for the greeting, and for each recipient after so many. Robots in a hurry go
/// away; nobody else notices.
final class Tarpit implements Gate {
  private final Duration greeting;
  private final Duration recipient;
  private final int afterRecipients;

  private Tarpit(Duration greeting, Duration recipient, int afterRecipients) {
    this.greeting = greeting;
    this.recipient = recipient;
    this.afterRecipients = afterRecipients;
  }

  public record Settings(
      @Parameter(value = "How long before the greeting.", otherwise = "0s", min = 0, max = 15_000)
          Duration greeting,
      @Parameter(value = "How long with each recipient.", otherwise = "0s", min = 0, max = 15_000)
          Duration recipient,
      @Parameter(value = "After so many recipients.", otherwise = "10", min = 0, max = 100_000)
          int afterRecipients) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "Tarpit";
    }

    @Override
    public String summary() {
      return "Lets clients wait: before the greeting, and with each recipient after so many.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new Tarpit(settings.greeting, settings.recipient, settings.afterRecipients);
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
