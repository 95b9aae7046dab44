package org.posthorn.mailets.gate;

import java.util.List;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.HeaderField;

/// Looks for headers that no honest program writes (RFC 5322 §3.6): fields twice that there may be
/// once, which readers show differently, no `From`, no `Date`, or too many hops.
final class HeaderSanity implements Gate {
  private static final List<String> ONCE =
      List.of(
          "From",
          "Sender",
          "Reply-To",
          "To",
          "Cc",
          "Date",
          "Message-ID",
          "In-Reply-To",
          "References",
          "Subject");

  private final Reaction repeated;
  private final Reaction noFrom;
  private final Reaction noDate;
  private final int hopsMax;

  private HeaderSanity(Reaction repeated, Reaction noFrom, Reaction noDate, int hopsMax) {
    this.repeated = repeated;
    this.noFrom = noFrom;
    this.noDate = noDate;
    this.hopsMax = hopsMax;
  }

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "HeaderSanity";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      return new HeaderSanity(
          Reaction.of(parameters, "repeated", Reaction.REFUSE),
          Reaction.of(parameters, "no-from", Reaction.REFUSE),
          Reaction.of(parameters, "no-date", Reaction.TAG),
          parameters.number("hops-max", 50, 1, 1_000));
    }
  }

  @Override
  public boolean mayWait() {
    return false;
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    List<HeaderField> fields = message.headers();
    if (count(fields, "Received") > hopsMax) {
      return new Verdict.Refuse(554, "5.4.6", "The message has come too far", "too many hops");
    }
    for (String name : ONCE) {
      if (count(fields, name) > 1) {
        return repeated.verdict(
            "6.0",
            "The header has several fields " + name,
            "repeated " + name,
            "header",
            "repeated");
      }
    }
    if (count(fields, "From") == 0) {
      return noFrom.verdict("6.0", "The header has no From", "no From", "header", "no-from");
    }
    return count(fields, "Date") == 0
        ? noDate.verdict("6.0", "The header has no Date", "no Date", "header", "no-date")
        : Verdict.pass();
  }

  private static long count(List<HeaderField> fields, String name) {
    return fields.stream().filter(field -> field.is(name)).count();
  }
}
