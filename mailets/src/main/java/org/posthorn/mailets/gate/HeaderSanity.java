package org.posthorn.mailets.gate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.HeaderField;

/// Looks for headers that no honest program writes (RFC 5322 §3.6): fields twice that there may be
/// once, which readers show differently, no `From`, no `Date`, or too many hops. Of several things
/// that are wrong, the one counts for which the operator wants the strictest.
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

  public record Settings(
      @Parameter(
              value = "What becomes of a message with a field twice that there is once.",
              otherwise = "refuse")
          Reaction repeated,
      @Parameter(value = "What becomes of one without From.", otherwise = "refuse") Reaction noFrom,
      @Parameter(value = "What becomes of one without Date.", otherwise = "tag") Reaction noDate,
      @Parameter(
              value = "A message that has come over more servers is refused.",
              otherwise = "50",
              min = 1,
              max = 1_000)
          int hopsMax) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "HeaderSanity";
    }

    @Override
    public String summary() {
      return "Looks at the header: fields that are missing or too many, and hops.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new HeaderSanity(
          settings.repeated, settings.noFrom, settings.noDate, settings.hopsMax);
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
    return findings(fields).stream()
        .min(Comparator.comparing(Finding::reaction))
        .map(Finding::verdict)
        .orElse(Verdict.pass());
  }

  private record Finding(Reaction reaction, String text, String reason, String value) {
    Verdict verdict() {
      return reaction.verdict("6.0", text, reason, "header", value);
    }
  }

  private List<Finding> findings(List<HeaderField> fields) {
    List<Finding> findings = new ArrayList<>();
    ONCE.stream()
        .filter(name -> count(fields, name) > 1)
        .map(name ->
            new Finding(
                repeated, "The header has several fields " + name, "repeated " + name, "repeated"))
        .forEach(findings::add);
    if (count(fields, "From") == 0) {
      findings.add(new Finding(noFrom, "The header has no From", "no From", "no-from"));
    }
    if (count(fields, "Date") == 0) {
      findings.add(new Finding(noDate, "The header has no Date", "no Date", "no-date"));
    }
    return findings;
  }

  private static long count(List<HeaderField> fields, String name) {
    return fields.stream().filter(field -> field.is(name)).count();
  }
}
